//! Migrations in JavaScript and TypeScript: the calls of `up`, as chains of methods.

use super::builder;
use super::source::Source;
use artifact::sql::Statement;
use oxc_allocator::Allocator;
use oxc_ast::ast::{
    Argument, AssignmentExpression, AssignmentTarget, BindingPattern, CallExpression, Expression, Function,
    MethodDefinition, ObjectProperty, PropertyDefinition, PropertyKey, TaggedTemplateExpression,
    TemplateLiteral, VariableDeclarator,
};
use oxc_ast_visit::{Visit, walk};
use oxc_parser::Parser;
use oxc_span::{GetSpan, SourceType};
use oxc_syntax::scope::ScopeFlags;

/// One call in a chain of methods.
pub(super) struct Link<'t> {
    /// The method.
    pub(super) name: String,
    /// Each argument as it is written.
    pub(super) arguments: Vec<&'t str>,
    /// Those that are plain texts.
    pub(super) texts: Vec<Option<String>>,
    /// Where its name ends.
    pub(super) offset: usize,
    /// Where its first argument begins.
    pub(super) inside: usize,
}

impl Link<'_> {
    /// An argument that is a plain text.
    pub(super) fn text(&self, at: usize) -> Option<&str> {
        self.texts.get(at)?.as_deref()
    }
}

/// What `up` does, in order. `path` tells the language.
pub(super) fn statements(path: &str, text: &str) -> Vec<Statement> {
    let source = Source(text);
    if !source.is_reasonable() || path.contains(".d.") {
        return Vec::new();
    }
    let allocator = Allocator::default();
    let kind = SourceType::from_path(path).unwrap_or_default();
    let parsed = Parser::new(&allocator, text, kind).parse();
    let mut reader = Reader { source, inside: false, table: None, found: Vec::new() };
    reader.visit_program(&parsed.program);
    reader.found.sort_by_key(|statement| statement.line);
    reader.found
}

struct Reader<'t> {
    source: Source<'t>,
    /// Within `up`.
    inside: bool,
    /// The table that a callback around it changes.
    table: Option<String>,
    found: Vec<Statement>,
}

impl<'t> Reader<'t> {
    /// Walks something that has a name: into `up`, out of it in `down`.
    fn named(&mut self, name: Option<&str>, walk: impl FnOnce(&mut Self)) {
        let outer = self.inside;
        self.inside = match name {
            Some("up") => true,
            Some("down") => false,
            Some(_) | None => outer,
        };
        walk(self);
        self.inside = outer;
    }

    fn slice(&self, node: &impl GetSpan) -> &'t str {
        let span = node.span();
        self.source.0.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    fn link(&self, name: &str, call: &CallExpression<'_>) -> Link<'t> {
        let offset = call.callee.span().end as usize;
        Link {
            name: name.to_owned(),
            arguments: call.arguments.iter().map(|argument| self.slice(argument)).collect(),
            texts: call.arguments.iter().map(text).collect(),
            offset,
            inside: call.arguments.first().map_or(offset, |first| first.span().start as usize),
        }
    }
}

/// The calls of a chain, the first one first, and what it begins with where that is no name.
fn chain<'c, 'a>(
    call: &'c CallExpression<'a>,
) -> (Vec<(&'c str, &'c CallExpression<'a>)>, Option<&'c Expression<'a>>) {
    let mut calls = Vec::new();
    let mut current = call;
    let mut at = call.callee.get_inner_expression();
    // Whether `at` is what `current` calls.
    let mut called = true;
    let root = loop {
        match at {
            Expression::StaticMemberExpression(member) => {
                if called {
                    calls.push((member.property.name.as_str(), current));
                }
                called = false;
                at = member.object.get_inner_expression();
            }
            Expression::AwaitExpression(awaited) => at = awaited.argument.get_inner_expression(),
            Expression::CallExpression(inner) => {
                current = inner;
                called = true;
                at = inner.callee.get_inner_expression();
            }
            Expression::Identifier(name) => {
                if called {
                    calls.push((name.name.as_str(), current));
                }
                break None;
            }
            other => break Some(other),
        }
    };
    calls.reverse();
    (calls, root)
}

/// The text of an argument.
fn text(argument: &Argument<'_>) -> Option<String> {
    let plain = |expression: &Expression<'_>| match expression.get_inner_expression() {
        Expression::StringLiteral(text) => Some(text.value.to_string()),
        Expression::TemplateLiteral(template) => Some(of_template(template)),
        _ => None,
    };
    let expression = argument.as_expression()?;
    match expression.get_inner_expression() {
        Expression::BinaryExpression(sum) => Some(plain(&sum.left)? + &plain(&sum.right)?),
        _ => plain(expression),
    }
}

/// The text of a template; what is put in becomes a name.
fn of_template(template: &TemplateLiteral<'_>) -> String {
    let parts: Vec<String> = template.quasis.iter().map(|quasi| quasi.value.raw.to_string()).collect();
    parts.join("x")
}

fn key_name<'k>(key: &'k PropertyKey<'_>) -> Option<&'k str> {
    match key {
        PropertyKey::StaticIdentifier(name) => Some(name.name.as_str()),
        _ => None,
    }
}

impl<'a> Visit<'a> for Reader<'_> {
    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        let (calls, root) = chain(call);
        let links: Vec<Link<'_>> = calls.iter().map(|(name, call)| self.link(name, call)).collect();
        if self.inside {
            let found = builder::statements(&self.source, &links, self.table.as_deref());
            self.found.extend(found);
        }
        for ((_, call), link) in calls.iter().zip(&links) {
            // The columns of a new table are no one's yet.
            if builder::creates(link) {
                continue;
            }
            let outer = self.table.clone();
            if let Some(table) = builder::changes(link) {
                self.table = Some(table.to_owned());
            }
            self.visit_arguments(&call.arguments);
            self.table = outer;
        }
        if let Some(root) = root {
            self.visit_expression(root);
        }
    }

    fn visit_tagged_template_expression(&mut self, template: &TaggedTemplateExpression<'a>) {
        if self.inside && self.slice(&template.tag).ends_with("sql") {
            let at = template.quasi.span.start as usize;
            self.found.extend(self.source.script(at, &of_template(&template.quasi)));
        }
    }

    fn visit_method_definition(&mut self, method: &MethodDefinition<'a>) {
        self.named(key_name(&method.key), |reader| walk::walk_method_definition(reader, method));
    }

    fn visit_property_definition(&mut self, property: &PropertyDefinition<'a>) {
        self.named(key_name(&property.key), |reader| walk::walk_property_definition(reader, property));
    }

    fn visit_object_property(&mut self, property: &ObjectProperty<'a>) {
        self.named(key_name(&property.key), |reader| walk::walk_object_property(reader, property));
    }

    fn visit_function(&mut self, function: &Function<'a>, flags: ScopeFlags) {
        let name = function.id.as_ref().map(|id| id.name.as_str());
        self.named(name, |reader| walk::walk_function(reader, function, flags));
    }

    fn visit_variable_declarator(&mut self, declarator: &VariableDeclarator<'a>) {
        let name = match &declarator.id {
            BindingPattern::BindingIdentifier(id) => Some(id.name.as_str()),
            _ => None,
        };
        self.named(name, |reader| walk::walk_variable_declarator(reader, declarator));
    }

    fn visit_assignment_expression(&mut self, assignment: &AssignmentExpression<'a>) {
        let name = match &assignment.left {
            AssignmentTarget::StaticMemberExpression(member) => Some(member.property.name.as_str()),
            _ => None,
        };
        self.named(name, |reader| walk::walk_assignment_expression(reader, assignment));
    }
}
