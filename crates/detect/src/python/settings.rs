//! Settings classes of pydantic, version 1 and 2: their fields are variables.

mod field;

use super::index::Index;
use super::module::{Module, literal};
use crate::env::{Demand, EnvRead};
use field::{Annotation, Declared};
use model::facts::ValueCheck;
use rustpython_ruff_python_ast::{Expr, Stmt, StmtAnnAssign, StmtClassDef};

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
        class
            .arguments
            .iter()
            .flat_map(|arguments| arguments.args.iter())
            .filter_map(|base| self.module.dotted(base))
            .collect()
    }

    /// The generation of a settings class; `None` for any other class.
    fn generation(&self, class: &StmtClassDef, depth: u8) -> Option<Generation> {
        self.bases(class).iter().find_map(|base| match base.as_str() {
            "pydantic_settings.BaseSettings" | "pydantic_settings.main.BaseSettings" => Some(Generation::Two),
            "pydantic.BaseSettings" | "pydantic.v1.BaseSettings" | "pydantic.env_settings.BaseSettings" => {
                Some(Generation::One)
            }
            _ if depth < DEPTH => self.with_class(base, |scope, class| scope.generation(class, depth + 1)),
            _ => None,
        })
    }

    /// Runs something on a class that is named here, in the module that defines it.
    fn with_class<T>(
        &self,
        dotted: &str,
        run: impl FnOnce(&Scope<'_>, &StmtClassDef) -> Option<T>,
    ) -> Option<T> {
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
                if let Some(inherited) =
                    self.with_class(&base, |scope, class| Some(scope.naming(class, depth + 1)))
                {
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
                    if let Some(("model_config", Expr::Call(call), _)) = super::module::assignment(statement)
                    {
                        for keyword in &call.arguments.keywords {
                            if let Some(name) = &keyword.arg {
                                naming.set(name.as_str(), self.module.text_of(&keyword.value));
                            }
                        }
                    }
                    if let Some(("model_config", Expr::Dict(dict), _)) = super::module::assignment(statement)
                    {
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

    fn fields(
        &self,
        class: &StmtClassDef,
        generation: Generation,
        naming: &Naming,
        depth: u8,
        found: &mut Vec<EnvRead>,
    ) {
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

    fn field(
        &self,
        field: &StmtAnnAssign,
        generation: Generation,
        naming: &Naming,
        depth: u8,
        found: &mut Vec<EnvRead>,
    ) {
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
                let inner = Naming {
                    prefix: format!("{}{name}{delimiter}", naming.prefix),
                    delimiter: Some(delimiter.clone()),
                };
                self.with_class(nested, |scope, class| {
                    scope.fields(class, generation, &inner, depth + 1, found);
                    Some(())
                });
            }
            return;
        }
        let demand = match (declared.has_default, annotation.optional && generation == Generation::One) {
            _ if declared.reads_itself => Demand::Unknown,
            (false, false) => Demand::Required,
            _ => Demand::Optional,
        };
        let names =
            if declared.names.is_empty() { vec![format!("{}{name}", naming.prefix)] } else { declared.names };
        let check = annotation
            .check
            .or_else(|| declared.min_length.map(|min_length| ValueCheck::Text { min_length }));
        let place = self.module.place(field);
        for (at, name) in names.iter().enumerate() {
            let demand = if at == 0 { demand } else { Demand::Optional };
            let read = EnvRead {
                demand,
                default: declared.default.clone(),
                check: check.clone(),
                ..EnvRead::new(name.to_ascii_uppercase(), place.clone())
            };
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
