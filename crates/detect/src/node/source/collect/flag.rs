//! Variables that are needed only when another one has a value.

use super::super::reads::{self, Context};
use super::super::value::{Value, key_text};
use super::super::{condition, is_variable_name, read_at};
use super::{Collector, binding_name};
use crate::env::{Demand, EnvRead};
use model::facts::RequiredWhen;
use oxc_ast::ast::{
    Argument, ArrowFunctionBody, BinaryExpression, CallExpression, Expression, ForOfStatement,
    ForStatementLeft, IfStatement, ObjectPropertyKind, Statement,
};
use oxc_ast_visit::{Visit, walk};

/// A function that demands the variables of one argument when the variable that another one names is on.
#[derive(Debug)]
pub(super) struct Guard {
    name: String,
    flag: usize,
    value: String,
    keys: usize,
}

/// What a function does with its parameters, as far as it may be a [`Guard`].
#[derive(Debug, Default)]
pub(super) struct Checks {
    parameters: Vec<String>,
    flag: Option<(usize, String)>,
    keys: Option<usize>,
}

impl Checks {
    pub(super) const fn new(parameters: Vec<String>) -> Self {
        Self { parameters, flag: None, keys: None }
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.parameters.iter().position(|parameter| parameter == name)
    }
}

impl Collector {
    /// What is in a branch holds under its condition, and what comes after one that leaves under the contrary.
    pub(super) fn branch<'a>(&mut self, branch: &IfStatement<'a>) {
        let mut on = Vec::new();
        condition::when_true(&self.reader, &branch.test, &mut on);
        on.retain(|when| !is_always(when));
        if reads::ends(&branch.consequent) {
            let mut gone = Vec::new();
            reads::missing(&branch.test, &mut gone);
            for expression in gone {
                self.needed(expression, branch.span.start, &on);
            }
        } else {
            reads::annotate_test(&self.reader, &mut self.contexts, &branch.test, Demand::Optional);
        }
        self.visit_expression(&branch.test);
        let before = self.conditions.len();
        self.conditions.extend(on);
        self.visit_statement(&branch.consequent);
        self.conditions.truncate(before);
        if let Some(alternate) = &branch.alternate {
            self.visit_statement(alternate);
        }
    }

    /// A value is needed, under a condition or always.
    fn needed(&mut self, expression: &Expression<'_>, offset: u32, on: &[RequiredWhen]) {
        let when = on.iter().chain(self.conditions.iter().rev());
        let name = condition::variable(&self.reader, expression);
        if let (Some(when), Some(key)) =
            (when.into_iter().find(|when| Some(&when.name) != name.as_ref()).cloned(), &name)
        {
            self.annotate(expression, &Context { demand: Some(Demand::Optional), ..Context::default() });
            self.require(key, offset, when);
            return;
        }
        self.annotate(expression, &Context { demand: Some(Demand::Required), ..Context::default() });
        if let Expression::Identifier(name) = expression.get_inner_expression()
            && let Some(Value::Env(variable)) = self.module.constants.get(name.name.as_str()).cloned()
        {
            let read = read_at(&self.module.path, &variable, self.line(offset));
            self.module.reads.push(EnvRead { demand: Demand::Required, ..read });
        }
    }

    fn require(&mut self, key: &str, offset: u32, when: RequiredWhen) {
        if is_variable_name(key) && key != when.name {
            let read = read_at(&self.module.path, key, self.line(offset));
            self.module.reads.push(EnvRead { required_when: Some(when), ..read });
        }
    }

    /// Statements one after the other: what comes after `if (!env.A) return;` is done when A is on.
    pub(super) fn in_order<'a>(&mut self, statements: &oxc_allocator::Vec<'a, Statement<'a>>) {
        let before = self.conditions.len();
        for statement in statements {
            self.visit_statement(statement);
            if let Statement::IfStatement(branch) = statement
                && branch.alternate.is_none()
                && condition::leaves(&branch.consequent)
            {
                let mut rest = Vec::new();
                condition::when_false(&self.reader, &branch.test, &mut rest);
                rest.retain(|when| !is_always(when));
                self.conditions.extend(rest);
            }
        }
        self.conditions.truncate(before);
    }

    /// `for (const key of ['A', 'B'])`: what is said of the key is said of each.
    pub(super) fn each<'a>(&mut self, each: &ForOfStatement<'a>) {
        let list = self.names(&each.right);
        if let Expression::Identifier(list) = each.right.get_inner_expression() {
            self.note_keys(&list.name);
        }
        let key = match &each.left {
            ForStatementLeft::VariableDeclaration(made) => {
                made.declarations.first().and_then(|one| binding_name(&one.id))
            }
            _ => None,
        };
        let before = self.loops.len();
        self.loops.extend(key.zip(list));
        walk::walk_for_of_statement(self, each);
        self.loops.truncate(before);
    }

    /// The names of variables in a list.
    fn names(&self, list: &Expression<'_>) -> Option<Vec<String>> {
        let value = match self.reader.value(list) {
            Value::Name(name) => self.module.constants.get(&name)?.clone(),
            value => value,
        };
        names_of(&value)
    }

    /// The variables that a path of an issue names.
    fn path(&self, options: &Argument<'_>) -> Vec<String> {
        let Argument::ObjectExpression(object) = options else { return Vec::new() };
        let path = object.properties.iter().find_map(|property| match property {
            ObjectPropertyKind::ObjectProperty(property) if key_text(&property.key)? == "path" => {
                Some(self.reader.value(&property.value))
            }
            _ => None,
        });
        match path {
            Some(Value::List(items)) => match items.as_slice() {
                [Value::Text(name)] => vec![name.clone()],
                [Value::Name(key)] => {
                    let known = self.loops.iter().rev().find(|(name, _)| name == key);
                    known.map(|(_, names)| names.clone()).unwrap_or_default()
                }
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    /// `ctx.addIssue({ path: ['KEY'] })` under a condition, `.refine((env) => !env.FLAG || env.KEY, { path: ['KEY'] })`, and a
    /// call of a function that may be a [`Guard`].
    pub(super) fn note_demand(&mut self, call: &CallExpression<'_>) {
        let (method, object) = match call.callee.get_inner_expression() {
            Expression::StaticMemberExpression(member) => {
                (member.property.name.as_str(), Some(&member.object))
            }
            Expression::Identifier(name) => (name.name.as_str(), None),
            _ => return,
        };
        match (method, object, call.arguments.as_slice()) {
            ("addIssue", Some(_), [issue, ..]) => self.issue(issue, call.span.start),
            ("push", Some(list), [issue, ..]) if self.reader.value(list).last_name() == "issues" => {
                self.issue(issue, call.span.start);
            }
            ("refine", Some(_), [rule, options, ..]) => {
                let mut on = Vec::new();
                if let Some(rule) = rule.as_expression().and_then(outcome) {
                    self.refused(rule, &mut on);
                }
                on.retain(|when| !is_always(when));
                for key in self.path(options) {
                    if let Some(when) = on.iter().find(|when| when.name != key) {
                        self.require(&key, call.span.start, when.clone());
                    }
                }
            }
            ("filter" | "every" | "some" | "find" | "forEach" | "map", Some(list), _) => {
                if let Expression::Identifier(list) = list.get_inner_expression() {
                    self.note_keys(&list.name);
                }
            }
            (name, None, arguments) => {
                let values: Vec<Value> =
                    arguments.iter().map(|argument| self.reader.argument(argument)).collect();
                let names = |value: &Value| value.as_text().is_some_and(is_variable_name);
                if values.iter().any(names) && values.iter().any(|value| names_of(value).is_some()) {
                    self.guarded.push((name.to_owned(), values, call.span.start));
                }
            }
            _ => {}
        }
    }

    fn issue(&mut self, issue: &Argument<'_>, offset: u32) {
        for key in self.path(issue) {
            if let Some(when) = self.conditions.iter().rev().find(|when| when.name != key).cloned() {
                self.require(&key, offset, when);
            }
        }
    }

    /// What makes a rule demand anything: of `!env.FLAG || env.KEY` and of `env.FLAG ? env.KEY : true` that FLAG is on.
    fn refused(&self, rule: &Expression<'_>, on: &mut Vec<RequiredWhen>) {
        match rule.get_inner_expression() {
            Expression::ConditionalExpression(either) => {
                condition::when_true(&self.reader, &either.test, on);
            }
            other => condition::when_false(&self.reader, other, on),
        }
    }

    fn note_keys(&mut self, list: &str) {
        if let Some(frame) = self.frames.last_mut() {
            frame.checks.keys = frame.checks.position(list).or(frame.checks.keys);
        }
    }

    /// `env[name] !== 'true'`, where `name` is a parameter.
    pub(super) fn note_flag(&mut self, comparison: &BinaryExpression<'_>) {
        if condition::is_equal(comparison.operator).is_some()
            && let Expression::ComputedMemberExpression(member) = comparison.left.get_inner_expression()
            && let Expression::Identifier(name) = &member.expression
            && let Some(value) = condition::literal(&comparison.right)
            && let Some(frame) = self.frames.last_mut()
            && let Some(at) = frame.checks.position(&name.name)
        {
            frame.checks.flag = Some((at, value));
        }
    }

    /// Keeps a function that turned out to be a [`Guard`].
    pub(super) fn note_guard(&mut self, name: Option<&str>, checks: Checks) {
        if let (Some(name), Some((flag, value)), Some(keys)) = (name, checks.flag, checks.keys)
            && flag != keys
        {
            self.guards.push(Guard { name: name.to_owned(), flag, value, keys });
        }
    }

    /// Adds what the calls of guards demand.
    pub(super) fn settle_guards(&mut self) {
        for (name, arguments, offset) in std::mem::take(&mut self.guarded) {
            let Some(guard) = self.guards.iter().find(|guard| guard.name == name) else { continue };
            let flag = arguments.get(guard.flag).and_then(Value::as_text);
            let (Some(flag), Some(keys)) = (flag, arguments.get(guard.keys).and_then(names_of)) else {
                continue;
            };
            let when = RequiredWhen { name: flag.to_owned(), value: guard.value.clone() };
            for key in keys {
                self.require(&key, offset, when.clone());
            }
        }
    }
}

/// What Mainstay deploys is production, so a condition on that is none.
fn is_always(when: &RequiredWhen) -> bool {
    when.name == "NODE_ENV" && when.value == "production"
}

fn names_of(list: &Value) -> Option<Vec<String>> {
    let Value::List(items) = list else { return None };
    let names =
        items.iter().map(|item| item.as_text().filter(|name| is_variable_name(name)).map(str::to_owned));
    names.collect::<Option<Vec<String>>>().filter(|names| !names.is_empty())
}

/// What a function of one expression or one `return` comes out with.
fn outcome<'b, 'a>(function: &'b Expression<'a>) -> Option<&'b Expression<'a>> {
    let Expression::ArrowFunctionExpression(arrow) = function.get_inner_expression() else { return None };
    match &arrow.body {
        ArrowFunctionBody::FunctionBody(body) => match body.statements.last()? {
            Statement::ReturnStatement(end) => end.argument.as_ref(),
            _ => None,
        },
        body => body.as_expression(),
    }
}
