//! Settings classes of pydantic, version 1 and 2: their fields are variables.

use super::index::Index;
use super::module::{Module, elements, literal};
use crate::env::{Demand, EnvRead};
use model::facts::ValueCheck;
use rustpython_ruff_python_ast::{Expr, ExprCall, Stmt, StmtAnnAssign, StmtClassDef};

/// How deep nested models and base classes are followed.
const DEPTH: u8 = 5;

/// Which generation of pydantic a class is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Generation {
    One,
    Two,
}

/// What a class says about the names of its variables.
#[derive(Debug, Clone, Default)]
struct Naming {
    prefix: String,
    delimiter: Option<String>,
}

/// Every variable that settings classes of the given modules read.
pub(crate) fn reads(index: &Index<'_>, root: &str, files: &[&str]) -> Vec<EnvRead> {
    let mut found = Vec::new();
    for module in files.iter().filter_map(|file| index.module(file)) {
        let scope = Scope { index, root, module: &module };
        for class in classes(&module) {
            if let Some(generation) = scope.generation(class, 0) {
                let naming = scope.naming(class, 0);
                scope.fields(class, generation, &naming, 0, &mut found);
            }
        }
    }
    found
}

fn classes(module: &Module) -> impl Iterator<Item = &StmtClassDef> {
    module.top_level().into_iter().filter_map(|statement| match statement {
        Stmt::ClassDef(class) => Some(class),
        _ => None,
    })
}

/// A module in which names are resolved.
struct Scope<'s> {
    index: &'s Index<'s>,
    root: &'s str,
    module: &'s Module,
}

impl Scope<'_> {
    fn bases(&self, class: &StmtClassDef) -> Vec<String> {
        class.arguments.iter().flat_map(|arguments| arguments.args.iter()).filter_map(|base| self.module.dotted(base)).collect()
    }

    /// The generation of a settings class; `None` for any other class.
    fn generation(&self, class: &StmtClassDef, depth: u8) -> Option<Generation> {
        self.bases(class).iter().find_map(|base| match base.as_str() {
            "pydantic_settings.BaseSettings" | "pydantic_settings.main.BaseSettings" => Some(Generation::Two),
            "pydantic.BaseSettings" | "pydantic.v1.BaseSettings" | "pydantic.env_settings.BaseSettings" => Some(Generation::One),
            _ if depth < DEPTH => self.with_class(base, |scope, class| scope.generation(class, depth + 1)),
            _ => None,
        })
    }

    /// Runs something on a class that is named here, in the module that defines it.
    fn with_class<T>(&self, dotted: &str, run: impl FnOnce(&Scope<'_>, &StmtClassDef) -> Option<T>) -> Option<T> {
        if !dotted.contains('.') {
            let class = classes(self.module).find(|class| class.name.as_str() == dotted)?;
            return run(self, class);
        }
        let (file, name) = self.index.locate(self.root, dotted)?;
        let module = self.index.module(&file)?;
        let class = classes(&module).find(|class| class.name.as_str() == name)?;
        run(&Scope { index: self.index, root: self.root, module: &module }, class)
    }

    fn naming(&self, class: &StmtClassDef, depth: u8) -> Naming {
        let mut naming = Naming::default();
        if depth < DEPTH {
            for base in self.bases(class) {
                if let Some(inherited) = self.with_class(&base, |scope, class| Some(scope.naming(class, depth + 1))) {
                    naming = inherited;
                }
            }
        }
        for statement in &class.body {
            match statement {
                Stmt::ClassDef(config) if config.name.as_str() == "Config" => {
                    for (name, value, _) in config.body.iter().filter_map(super::module::assignment) {
                        naming.set(name, self.module.text_of(value));
                    }
                }
                _ => {
                    if let Some(("model_config", Expr::Call(call), _)) = super::module::assignment(statement) {
                        for keyword in &call.arguments.keywords {
                            if let Some(name) = &keyword.arg {
                                naming.set(name.as_str(), self.module.text_of(&keyword.value));
                            }
                        }
                    }
                    if let Some(("model_config", Expr::Dict(dict), _)) = super::module::assignment(statement) {
                        for item in &dict.items {
                            if let Some(name) = item.key.as_ref().and_then(literal) {
                                naming.set(&name, self.module.text_of(&item.value));
                            }
                        }
                    }
                }
            }
        }
        naming
    }

    fn fields(&self, class: &StmtClassDef, generation: Generation, naming: &Naming, depth: u8, found: &mut Vec<EnvRead>) {
        if depth >= DEPTH {
            return;
        }
        for base in self.bases(class) {
            self.with_class(&base, |scope, class| {
                scope.fields(class, generation, naming, depth + 1, found);
                Some(())
            });
        }
        for statement in &class.body {
            if let Stmt::AnnAssign(field) = statement {
                self.field(field, generation, naming, depth, found);
            }
        }
    }

    fn field(&self, field: &StmtAnnAssign, generation: Generation, naming: &Naming, depth: u8, found: &mut Vec<EnvRead>) {
        let Expr::Name(name) = &*field.target else { return };
        let name = name.id.as_str();
        let annotation = Annotation::read(self, &field.annotation);
        if name.starts_with('_') || name == "model_config" || annotation.is_class_variable {
            return;
        }
        let declared = Declared::read(self, field.value.as_deref().or(annotation.field));
        if let Some(nested) = &annotation.model {
            let is_settings = self.with_class(nested, |scope, class| scope.generation(class, 0)).is_some();
            if !is_settings && let Some(delimiter) = &naming.delimiter {
                let inner = Naming { prefix: format!("{}{name}{delimiter}", naming.prefix), delimiter: Some(delimiter.clone()) };
                self.with_class(nested, |scope, class| {
                    scope.fields(class, generation, &inner, depth + 1, found);
                    Some(())
                });
            }
            return;
        }
        let demand = match (declared.has_default, annotation.optional && generation == Generation::One) {
            (false, false) => Demand::Required,
            _ => Demand::Optional,
        };
        let names = if declared.names.is_empty() { vec![format!("{}{name}", naming.prefix)] } else { declared.names };
        let check = annotation.check.or_else(|| declared.min_length.map(|min_length| ValueCheck::Text { min_length }));
        let place = self.module.place(field);
        for (at, name) in names.iter().enumerate() {
            let demand = if at == 0 { demand } else { Demand::Optional };
            let read = EnvRead { demand, default: declared.default.clone(), check: check.clone(), ..EnvRead::new(name.to_ascii_uppercase(), place.clone()) };
            found.push(EnvRead { secret: annotation.secret, ..read });
        }
    }
}

impl Naming {
    fn set(&mut self, name: &str, value: Option<String>) {
        match name {
            "env_prefix" => self.prefix = value.unwrap_or_default(),
            "env_nested_delimiter" => self.delimiter = value,
            _ => {}
        }
    }
}

/// What a field's type says.
#[derive(Default)]
struct Annotation<'e> {
    optional: bool,
    secret: bool,
    is_class_variable: bool,
    check: Option<ValueCheck>,
    /// A class of this repository.
    model: Option<String>,
    /// `Field(…)` inside `Annotated`.
    field: Option<&'e Expr>,
}

impl<'e> Annotation<'e> {
    fn read(scope: &Scope<'_>, expr: &'e Expr) -> Self {
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
                    "Union" => elements(&subscript.slice).into_iter().for_each(|element| self.visit(scope, element)),
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
            "int" | "float" | "Decimal" | "PositiveInt" | "NonNegativeInt" | "PositiveFloat" | "NonNegativeFloat" => self.check = Some(ValueCheck::Number),
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
    let is_enum = scope.bases(class).iter().any(|base| base.rsplit('.').next().is_some_and(|name| name.ends_with("Enum")));
    is_enum.then(|| class.body.iter().filter_map(super::module::assignment).filter_map(|(_, value, _)| literal(value)).collect())
}

/// What a field's value says.
#[derive(Default)]
struct Declared {
    has_default: bool,
    default: Option<String>,
    names: Vec<String>,
    min_length: Option<u32>,
}

impl Declared {
    fn read(scope: &Scope<'_>, value: Option<&Expr>) -> Self {
        match value {
            None | Some(Expr::EllipsisLiteral(_)) => Self::default(),
            Some(Expr::Call(call)) if scope.module.callee(call).is_some_and(|callee| callee.rsplit('.').next() == Some("Field")) => Self::of_field(scope, call),
            Some(value) => Self { has_default: true, default: default_of(scope, value), ..Self::default() },
        }
    }

    fn of_field(scope: &Scope<'_>, call: &ExprCall) -> Self {
        let keyword = |name: &str| call.arguments.find_keyword(name).map(|keyword| &keyword.value);
        let value = call.arguments.find_argument_value("default", 0).filter(|value| !matches!(value, Expr::EllipsisLiteral(_)));
        let names = ["validation_alias", "env", "alias"].into_iter().find_map(keyword).map(|alias| aliases(scope, alias)).unwrap_or_default();
        let min_length = keyword("min_length").and_then(literal).and_then(|text| text.parse().ok());
        Self { has_default: value.is_some() || keyword("default_factory").is_some(), default: value.and_then(|value| default_of(scope, value)), names, min_length }
    }
}

fn aliases(scope: &Scope<'_>, expr: &Expr) -> Vec<String> {
    match expr {
        Expr::Call(call) => call.arguments.args.iter().filter_map(|name| scope.module.text_of(name)).collect(),
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
            class.body.iter().filter_map(super::module::assignment).find(|found| found.0 == attribute.attr.as_str()).and_then(|found| literal(found.1))
        });
    }
    // `SecretStr("x")`, `Path("x")`, `HttpUrl("x")`.
    if let Expr::Call(call) = value {
        let callee = scope.module.callee(call).unwrap_or_default();
        let wraps = callee.rsplit('.').next().is_some_and(|name| ["SecretStr", "Path", "str", "int"].contains(&name) || name.ends_with("Url") || name.ends_with("Dsn"));
        if !wraps {
            return None;
        }
        return call.arguments.find_positional(0).and_then(literal);
    }
    scope.module.text_of(value)
}
