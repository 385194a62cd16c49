//! One field of a settings class: what its type and its value say.

use super::Scope;
use crate::python::module::{assignment, elements, literal};
use model::facts::ValueCheck;
use rustpython_ruff_python_ast::{Expr, ExprCall, StmtClassDef};

/// What a field's type says.
#[derive(Default)]
pub(super) struct Annotation<'e> {
    pub(super) optional: bool,
    pub(super) secret: bool,
    pub(super) is_class_variable: bool,
    pub(super) check: Option<ValueCheck>,
    /// A class of this repository.
    pub(super) model: Option<String>,
    /// `Field(…)` inside `Annotated`.
    pub(super) field: Option<&'e Expr>,
}

impl<'e> Annotation<'e> {
    pub(super) fn read(scope: &Scope<'_>, expr: &'e Expr) -> Self {
        let mut read = Self::default();
        read.visit(scope, expr);
        read
    }

    fn visit(&mut self, scope: &Scope<'_>, expr: &'e Expr) {
        match expr {
            Expr::NoneLiteral(_) => self.optional = true,
            Expr::BinOp(union) => {
                self.visit(scope, &union.left);
                self.visit(scope, &union.right);
            }
            Expr::Subscript(subscript) => {
                let name = scope.module.dotted(&subscript.value).unwrap_or_default();
                match name.rsplit('.').next().unwrap_or_default() {
                    "Optional" => {
                        self.optional = true;
                        self.visit(scope, &subscript.slice);
                    }
                    "Union" => {
                        elements(&subscript.slice).into_iter().for_each(|element| self.visit(scope, element))
                    }
                    "Annotated" => {
                        let parts = elements(&subscript.slice);
                        if let Some(first) = parts.first() {
                            self.visit(scope, first);
                        }
                        self.field = parts.into_iter().skip(1).find(|part| matches!(part, Expr::Call(_)));
                    }
                    "Literal" => {
                        let values: Vec<String> = match &*subscript.slice {
                            Expr::Tuple(tuple) => tuple.elts.iter().filter_map(literal).collect(),
                            one => literal(one).into_iter().collect(),
                        };
                        self.check = (!values.is_empty()).then_some(ValueCheck::OneOf { values });
                    }
                    "ClassVar" => self.is_class_variable = true,
                    _ => {}
                }
            }
            _ => self.named(scope, expr),
        }
    }

    fn named(&mut self, scope: &Scope<'_>, expr: &Expr) {
        let Some(dotted) = scope.module.dotted(expr) else { return };
        let last = dotted.rsplit('.').next().unwrap_or_default();
        match last {
            "int" | "float" | "Decimal" | "PositiveInt" | "NonNegativeInt" | "PositiveFloat"
            | "NonNegativeFloat" => self.check = Some(ValueCheck::Number),
            "bool" | "StrictBool" => self.check = Some(ValueCheck::Boolean),
            "SecretStr" | "SecretBytes" => self.secret = true,
            "ClassVar" => self.is_class_variable = true,
            "AnyUrl" | "AnyHttpUrl" | "HttpUrl" | "MultiHostUrl" => self.check = Some(ValueCheck::Url),
            _ if last.ends_with("Dsn") => self.check = Some(ValueCheck::Url),
            "str" | "bytes" | "list" | "dict" | "Any" | "Path" | "EmailStr" | "List" | "Dict" => {}
            _ => {
                let words = scope.with_class(&dotted, |scope, class| Some(enumeration(scope, class)));
                match words {
                    Some(Some(values)) => self.check = Some(ValueCheck::OneOf { values }),
                    Some(None) => self.model = Some(dotted),
                    None => {}
                }
            }
        }
    }
}

/// The values of an enumeration's members; `None` for any other class.
fn enumeration(scope: &Scope<'_>, class: &StmtClassDef) -> Option<Vec<String>> {
    let is_enum = scope
        .bases(class)
        .iter()
        .any(|base| base.rsplit('.').next().is_some_and(|name| name.ends_with("Enum")));
    is_enum.then(|| {
        class.body.iter().filter_map(assignment).filter_map(|(_, value, _)| literal(value)).collect()
    })
}

/// What a field's value says.
#[derive(Default)]
pub(super) struct Declared {
    /// The value reads a variable by itself, which says more than that there is one.
    pub(super) reads_itself: bool,
    pub(super) has_default: bool,
    pub(super) default: Option<String>,
    pub(super) names: Vec<String>,
    pub(super) min_length: Option<u32>,
}

impl Declared {
    pub(super) fn read(scope: &Scope<'_>, value: Option<&Expr>) -> Self {
        match value {
            None | Some(Expr::EllipsisLiteral(_)) => Self::default(),
            Some(Expr::Call(call))
                if scope
                    .module
                    .callee(call)
                    .is_some_and(|callee| callee.rsplit('.').next() == Some("Field")) =>
            {
                Self::of_field(scope, call)
            }
            Some(value) => Self {
                has_default: true,
                default: default_of(scope, value),
                reads_itself: reads_itself(scope, value),
                ..Self::default()
            },
        }
    }

    fn of_field(scope: &Scope<'_>, call: &ExprCall) -> Self {
        let keyword = |name: &str| call.arguments.find_keyword(name).map(|keyword| &keyword.value);
        let value = call
            .arguments
            .find_argument_value("default", 0)
            .filter(|value| !matches!(value, Expr::EllipsisLiteral(_)));
        let names = ["validation_alias", "env", "alias"]
            .into_iter()
            .find_map(keyword)
            .map(|alias| aliases(scope, alias))
            .unwrap_or_default();
        let min_length = keyword("min_length").and_then(literal).and_then(|text| text.parse().ok());
        Self {
            reads_itself: value.is_some_and(|value| reads_itself(scope, value)),
            has_default: value.is_some() || keyword("default_factory").is_some(),
            default: value.and_then(|value| default_of(scope, value)),
            names,
            min_length,
        }
    }
}

fn aliases(scope: &Scope<'_>, expr: &Expr) -> Vec<String> {
    match expr {
        Expr::Call(call) => {
            call.arguments.args.iter().filter_map(|name| scope.module.text_of(name)).collect()
        }
        Expr::List(list) => list.elts.iter().filter_map(literal).collect(),
        other => scope.module.text_of(other).into_iter().collect(),
    }
}

/// A default as text: a literal, or the value of an enumeration's member.
fn default_of(scope: &Scope<'_>, value: &Expr) -> Option<String> {
    if let Expr::Attribute(attribute) = value
        && let Some(class) = scope.module.dotted(&attribute.value)
    {
        return scope.with_class(&class, |_, class| {
            class
                .body
                .iter()
                .filter_map(assignment)
                .find(|found| found.0 == attribute.attr.as_str())
                .and_then(|found| literal(found.1))
        });
    }
    // `SecretStr("x")`, `Path("x")`, `HttpUrl("x")`.
    if let Expr::Call(call) = value {
        let callee = scope.module.callee(call).unwrap_or_default();
        let wraps = callee.rsplit('.').next().is_some_and(|name| {
            ["SecretStr", "Path", "str", "int"].contains(&name)
                || name.ends_with("Url")
                || name.ends_with("Dsn")
        });
        if !wraps {
            return None;
        }
        return call.arguments.find_positional(0).and_then(literal);
    }
    scope.module.text_of(value)
}

/// Whether a value is `os.getenv("X")`, `os.environ["X"]` or a library's read.
fn reads_itself(scope: &Scope<'_>, value: &Expr) -> bool {
    const READS: &[&str] = &["os.getenv", "os.environ.get", "os.environ", "decouple.config", "getenv"];
    let inner = match value {
        Expr::Call(call) => &*call.func,
        Expr::Subscript(subscript) => &*subscript.value,
        _ => return false,
    };
    scope.module.dotted(inner).is_some_and(|name| READS.contains(&name.as_str()))
}
