//! What each kind of node adds.

use super::super::value::{Value, key_text};
use super::super::{Import, class, is_variable_name, read_at, reads, reads::Context};
use super::Collector;
use crate::env::Demand;
use model::facts::{Phase, ValueCheck};
use oxc_ast::ast::{
    Argument, ArrowFunctionExpression, AssignmentExpression, AssignmentTarget, BinaryExpression,
    BindingPattern, CallExpression, Class, ComputedMemberExpression, ConditionalExpression,
    ExportAllDeclaration, ExportDefaultDeclaration, ExportDefaultDeclarationKind, ExportFromDeclaration,
    ExportNamedDeclaration, Expression, ForOfStatement, Function, IfStatement, ImportDeclaration,
    ImportDeclarationSpecifier, ImportExpression, LogicalExpression, LogicalOperator, MethodDefinition,
    NewExpression, ObjectExpression, ObjectProperty, ReturnStatement, Statement, StaticMemberExpression,
    TSNonNullExpression, ThrowStatement, UnaryExpression, VariableDeclarator,
};
use oxc_ast_visit::{Visit, walk};
use oxc_span::GetSpan;
use oxc_syntax::scope::ScopeFlags;

impl<'a> Visit<'a> for Collector {
    fn visit_import_declaration(&mut self, import: &ImportDeclaration<'a>) {
        let source = import.source.value.to_string();
        if import.import_kind.is_type() {
            return;
        }
        self.module.sources.push(source.clone());
        for specifier in import.specifiers.iter().flatten() {
            let (local, name) = match specifier {
                ImportDeclarationSpecifier::ImportSpecifier(one) => {
                    (one.local.name.to_string(), one.imported.name().to_string())
                }
                ImportDeclarationSpecifier::ImportDefaultSpecifier(one) => {
                    (one.local.name.to_string(), "default".to_owned())
                }
                ImportDeclarationSpecifier::ImportNamespaceSpecifier(one) => {
                    (one.local.name.to_string(), "*".to_owned())
                }
            };
            if let Some(kind) = source.strip_prefix("$env/static/") {
                let mut read = read_at(&self.module.path, &name, self.line(specifier.span().start));
                read.demand = Demand::Required;
                read.phase = Phase::Build;
                if kind == "private" || kind == "public" {
                    self.module.reads.push(read);
                }
            }
            let import = Import { source: source.clone(), name };
            self.note_environment(&import, &local);
            self.module.imports.insert(local, import);
        }
    }

    fn visit_export_all_declaration(&mut self, export: &ExportAllDeclaration<'a>) {
        self.module.sources.push(export.source.value.to_string());
        self.module.stars.push(export.source.value.to_string());
    }

    fn visit_export_from_declaration(&mut self, export: &ExportFromDeclaration<'a>) {
        self.module.sources.push(export.source.value.to_string());
        for specifier in &export.specifiers {
            // Kept under a name that no program can use.
            let local = format!("from {} {}", export.source.value, specifier.local.name());
            let import =
                Import { source: export.source.value.to_string(), name: specifier.local.name().to_string() };
            self.module.imports.insert(local.clone(), import);
            self.export(&specifier.exported.name(), Value::Name(local));
        }
    }

    fn visit_export_named_declaration(&mut self, export: &ExportNamedDeclaration<'a>) {
        for specifier in &export.specifiers {
            self.export(&specifier.exported.name(), Value::Name(specifier.local.name().to_string()));
        }
    }

    fn visit_export_default_declaration(&mut self, export: &ExportDefaultDeclaration<'a>) {
        let value = match &export.declaration {
            ExportDefaultDeclarationKind::FunctionDeclaration(function) => {
                let settings = function.body.as_ref().and_then(|body| self.reader.outcome(body));
                self.keep_settings(settings);
                function.id.as_ref().map_or(Value::Function, |id| Value::Name(id.name.to_string()))
            }
            ExportDefaultDeclarationKind::ClassDeclaration(class) => {
                class.id.as_ref().map_or(Value::Unknown, |id| Value::Name(id.name.to_string()))
            }
            other => other.as_expression().map_or(Value::Unknown, |value| {
                let settings = self.reader.returned(value);
                self.keep_settings(settings);
                self.reader.value(value)
            }),
        };
        self.export("default", value);
        walk::walk_export_default_declaration(self, export);
    }

    fn visit_assignment_expression(&mut self, assignment: &AssignmentExpression<'a>) {
        let value = self.reader.value(&assignment.right);
        let mut written = None;
        match &assignment.left {
            AssignmentTarget::StaticMemberExpression(member) => {
                let name = member.property.name.as_str();
                match &member.object {
                    Expression::Identifier(object) if object.name == "module" && name == "exports" => {
                        let settings = self.reader.returned(&assignment.right);
                        self.keep_settings(settings);
                        self.export("default", value);
                    }
                    Expression::Identifier(object) if object.name == "exports" => self.export(name, value),
                    Expression::StaticMemberExpression(outer)
                        if outer.property.name == "exports"
                            && matches!(&outer.object, Expression::Identifier(id) if id.name == "module") =>
                    {
                        self.export(name, value);
                    }
                    object if self.reader.is_environment(object) => {
                        written = Some((name.to_owned(), member.span.start));
                    }
                    _ => {}
                }
            }
            AssignmentTarget::AssignmentTargetIdentifier(name) => {
                let known = self.module.constants.entry(name.name.to_string()).or_insert(Value::Unknown);
                if *known == Value::Unknown {
                    *known = value;
                }
            }
            _ => {}
        }
        match written {
            // `process.env.X ||= 'd'` reads; `process.env.X = 'd'` does not.
            Some((name, start)) => {
                if assignment.operator.is_logical() {
                    let mut read = read_at(&self.module.path, &name, self.line(start));
                    read.demand = Demand::Optional;
                    read.default = self.reader.value(&assignment.right).as_default();
                    self.module.reads.push(read);
                }
            }
            None => self.visit_assignment_target(&assignment.left),
        }
        self.visit_expression(&assignment.right);
    }

    fn visit_variable_declarator(&mut self, declarator: &VariableDeclarator<'a>) {
        if let Some(init) = &declarator.init {
            let value = self.reader.value(init);
            match &declarator.id {
                BindingPattern::BindingIdentifier(name) => {
                    let name = name.name.to_string();
                    match &value {
                        Value::Environment => {
                            self.reader.environments.insert(name.clone());
                        }
                        Value::Module(source) => {
                            let import = Import { source: source.clone(), name: "*".to_owned() };
                            self.module.imports.entry(name.clone()).or_insert(import);
                        }
                        Value::Function => {
                            self.keep_arrow(&name, init);
                            self.pending_name = Some(name.clone());
                        }
                        Value::List(items) => {
                            let names: Option<Vec<String>> = items
                                .iter()
                                .map(|item| item.as_text().filter(|t| is_variable_name(t)).map(str::to_owned))
                                .collect();
                            if let Some(names) = names.filter(|names| !names.is_empty()) {
                                self.lists.push((names, self.line(declarator.span.start)));
                            }
                        }
                        _ => {}
                    }
                    self.module.constants.entry(name).or_insert(value);
                }
                BindingPattern::ObjectPattern(pattern) => self.destructure(pattern, &value),
                BindingPattern::ArrayPattern(_) | BindingPattern::AssignmentPattern(_) => {}
            }
        }
        walk::walk_variable_declarator(self, declarator);
        self.pending_name = None;
    }

    fn visit_logical_expression(&mut self, either: &LogicalExpression<'a>) {
        if either.operator == LogicalOperator::And {
            reads::annotate_test(&self.reader, &mut self.contexts, &either.left, Demand::Optional);
        } else {
            self.note_outcome(&either.right);
            let default = self.reader.value(&either.right);
            let ends = matches!(either.right.get_inner_expression(), Expression::CallExpression(call) if reads::is_exit(&call.callee));
            let demand = if ends { Demand::Required } else { Demand::Optional };
            // The empty text is no value that anything could work with.
            let default = default.as_default();
            let context = match default.as_deref() {
                Some("") => Context::default(),
                _ => Context { demand: Some(demand), default, check: None },
            };
            self.annotate(&either.left, &context);
        }
        walk::walk_logical_expression(self, either);
    }

    fn visit_conditional_expression(&mut self, either: &ConditionalExpression<'a>) {
        reads::annotate_test(&self.reader, &mut self.contexts, &either.test, Demand::Optional);
        self.note_outcome(&either.consequent);
        self.note_outcome(&either.alternate);
        if let Some(name) = self.reader.env_name(&either.test) {
            // `process.env.X ? Number(process.env.X) : 3000`
            let inside = self.reader.value(&either.consequent) == Value::Env(name);
            let default = self.reader.value(&either.alternate).as_default().filter(|_| inside);
            self.annotate(
                &either.consequent,
                &Context { demand: Some(Demand::Optional), default, check: None },
            );
        }
        walk::walk_conditional_expression(self, either);
    }

    fn visit_if_statement(&mut self, branch: &IfStatement<'a>) {
        self.branch(branch);
    }

    fn visit_statements(&mut self, statements: &oxc_allocator::Vec<'a, Statement<'a>>) {
        self.in_order(statements);
    }

    fn visit_for_of_statement(&mut self, each: &ForOfStatement<'a>) {
        self.each(each);
    }

    fn visit_unary_expression(&mut self, unary: &UnaryExpression<'a>) {
        if unary.operator.is_not() {
            reads::annotate_test(&self.reader, &mut self.contexts, &unary.argument, Demand::Unknown);
        }
        walk::walk_unary_expression(self, unary);
    }

    fn visit_ts_non_null_expression(&mut self, assertion: &TSNonNullExpression<'a>) {
        let context = Context { demand: Some(Demand::Assumed), ..Context::default() };
        self.annotate(&assertion.expression, &context);
        walk::walk_ts_non_null_expression(self, assertion);
    }

    fn visit_static_member_expression(&mut self, member: &StaticMemberExpression<'a>) {
        if self.reader.is_environment(&member.object) {
            let name = member.property.name.to_string();
            self.read(&name, member.span.start, member.span.end);
            return;
        }
        walk::walk_static_member_expression(self, member);
    }

    fn visit_computed_member_expression(&mut self, member: &ComputedMemberExpression<'a>) {
        if self.reader.is_environment(&member.object) {
            match &member.expression {
                Expression::StringLiteral(name) => {
                    let name = name.value.to_string();
                    self.read(&name, member.span.start, member.span.end);
                }
                Expression::Identifier(name) => {
                    self.reads_any = true;
                    let reading = self
                        .frames
                        .iter_mut()
                        .rev()
                        .find(|f| f.parameter.as_deref() == Some(name.name.as_str()));
                    if let Some(frame) = reading {
                        frame.reads_parameter = true;
                    }
                }
                other => self.visit_expression(other),
            }
            return;
        }
        walk::walk_computed_member_expression(self, member);
    }

    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        if let (Expression::StaticMemberExpression(get), Some(first)) = (&call.callee, call.arguments.first())
            && get.property.name == "get"
            && self.reader.env_name_of_call(call)
            && let Value::Text(name) = self.reader.argument(first)
        {
            self.read(&name, call.span.start, call.span.end);
            return;
        }
        if let (Expression::Identifier(name), Some(Argument::StringLiteral(source))) =
            (&call.callee, call.arguments.first())
            && name.name == "require"
        {
            self.module.sources.push(source.value.to_string());
        }
        if let (Expression::Identifier(name), Some(first)) =
            (&call.callee, call.arguments.first().and_then(Argument::as_expression))
            && matches!(name.name.as_str(), "Number" | "parseInt" | "parseFloat")
        {
            self.annotate(first, &Context { check: Some(ValueCheck::Number), ..Context::default() });
        }
        self.keep_definition(call);
        self.note_demand(call);
        if reads::is_exit(&call.callee)
            && let Some(frame) = self.frames.last_mut()
        {
            frame.ends = true;
        }
        self.call(&call.callee, &call.arguments, call.span, false);
        walk::walk_call_expression(self, call);
    }

    fn visit_import_expression(&mut self, import: &ImportExpression<'a>) {
        if let Expression::StringLiteral(source) = &import.source {
            self.module.sources.push(source.value.to_string());
        }
        walk::walk_import_expression(self, import);
    }

    fn visit_new_expression(&mut self, call: &NewExpression<'a>) {
        self.call(&call.callee, &call.arguments, call.span, true);
        walk::walk_new_expression(self, call);
    }

    fn visit_binary_expression(&mut self, comparison: &BinaryExpression<'a>) {
        if comparison.operator.is_equality()
            && let Expression::StringLiteral(path) = comparison.right.get_inner_expression()
            && path.value.starts_with('/')
            && matches!(self.reader.value(&comparison.left).last_name(), "url" | "pathname" | "path")
        {
            self.module.compared_paths.push(path.value.to_string());
        }
        self.note_flag(comparison);
        walk::walk_binary_expression(self, comparison);
    }

    fn visit_return_statement(&mut self, end: &ReturnStatement<'a>) {
        if let Some(value) = &end.argument {
            self.note_outcome(value);
        }
        walk::walk_return_statement(self, end);
    }

    fn visit_throw_statement(&mut self, throw: &ThrowStatement<'a>) {
        if let Some(frame) = self.frames.last_mut() {
            frame.ends = true;
        }
        walk::walk_throw_statement(self, throw);
    }

    fn visit_object_expression(&mut self, object: &ObjectExpression<'a>) {
        self.keep_shape(object);
        walk::walk_object_expression(self, object);
    }

    fn visit_object_property(&mut self, property: &ObjectProperty<'a>) {
        if property.method || self.reader.value(&property.value) == Value::Function {
            self.pending_name = key_text(&property.key).map(str::to_owned);
        }
        walk::walk_object_property(self, property);
        self.pending_name = None;
    }

    fn visit_class(&mut self, class: &Class<'a>) {
        self.module.controllers.extend(class::controller(&self.reader, class));
        let declared = class::declared(&self.reader, class);
        self.declare(declared);
        walk::walk_class(self, class);
    }

    fn visit_method_definition(&mut self, method: &MethodDefinition<'a>) {
        self.pending_name = key_text(&method.key).map(str::to_owned);
        walk::walk_method_definition(self, method);
        self.pending_name = None;
    }

    fn visit_function(&mut self, function: &Function<'a>, flags: ScopeFlags) {
        self.keep_function(function);
        let name = function.id.as_ref().map(|id| id.name.to_string()).or_else(|| self.pending_name.take());
        self.enter_function(name, &function.params);
        walk::walk_function(self, function, flags);
        self.leave_function();
    }

    fn visit_arrow_function_expression(&mut self, function: &ArrowFunctionExpression<'a>) {
        let name = self.pending_name.take();
        self.enter_function(name, &function.params);
        walk::walk_arrow_function_expression(self, function);
        self.leave_function();
    }
}
