//! What a step of a build is given: variables that anybody may see as arguments, secrets mounted while it runs and in no layer.

use super::super::{Blueprint, blueprint::Unit, blueprint::Value};
use artifact::dockerfile::{Instruction, Mount};
use model::facts::Phase;
use model::manifest::Setting;

/// What one step is given.
pub(super) struct Given {
    arguments: Vec<Instruction>,
    mounts: Vec<Mount>,
    exports: Vec<String>,
}

impl Given {
    /// Every variable of the build. Some installers want theirs whenever they run anything.
    pub(super) fn to_build(blueprint: &Blueprint<'_>, unit: &Unit<'_>) -> Self {
        Self::of(blueprint, unit, |_, setting| setting.phase == Phase::Build)
    }

    /// What opens a private registry.
    pub(super) fn to_install(blueprint: &Blueprint<'_>, unit: &Unit<'_>) -> Self {
        Self::of(blueprint, unit, |name, setting| unit.installs_with(name, setting))
    }

    fn of(blueprint: &Blueprint<'_>, unit: &Unit<'_>, wanted: impl Fn(&str, &Setting) -> bool) -> Self {
        let mut given = Self { arguments: Vec::new(), mounts: Vec::new(), exports: Vec::new() };
        for (name, setting) in unit.service.env.iter().filter(|(name, setting)| wanted(name, setting)) {
            if unit.service.is_secret(name) {
                given.mounts.push(Mount::Secret { id: name.clone() });
                given.exports.push(export(name, setting.required));
                continue;
            }
            let default = match blueprint.value_of(unit, name) {
                Some(Value::Plain(text)) if !text.is_empty() => Some(text),
                Some(_) | None => None,
            };
            given.arguments.push(Instruction::Arg { name: name.clone(), default });
        }
        given
    }

    /// A command with all of it, and with these mounts besides.
    pub(super) fn run(
        self,
        mounts: Vec<Mount>,
        command: impl Into<String>,
    ) -> impl Iterator<Item = Instruction> {
        let mounts = mounts.into_iter().chain(self.mounts).collect();
        let script = self.exports.into_iter().chain([command.into()]).collect();
        self.arguments.into_iter().chain([Instruction::Run { mounts, script }])
    }
}

/// Environments of mounts (`env=`) are younger than the BuildKit of Docker 20.10. One that may be left out is not set then:
/// to installers an empty name is a name.
fn export(name: &str, required: bool) -> String {
    let export = format!("export {name}=\"$(cat /run/secrets/{name})\"");
    match required {
        true => format!("{export} &&"),
        false => format!("if [ -f /run/secrets/{name} ]; then {export}; fi &&"),
    }
}

/// What the head of the file says of secrets.
pub(super) fn about(unit: &Unit<'_>) -> Vec<String> {
    let secrets = || {
        let built = unit.service.env.iter().filter(|(_, setting)| setting.phase == Phase::Build);
        built.filter(|(name, _)| unit.service.is_secret(name))
    };
    let options: Vec<String> = secrets().map(|(name, _)| format!("--secret id={name},env={name}")).collect();
    let mut lines = Vec::new();
    if !options.is_empty() {
        lines.push(format!("Given while it is built, kept in no layer: `{}`.", options.join(" ")));
    }
    // What only installing reads ends up nowhere.
    let public = secrets().filter(|(name, setting)| !unit.installs_with(name, setting));
    lines.extend(public.map(|(name, _)| {
        format!("WARNING: {name} looks like a secret, but what is built from it may hold it in plain text.")
    }));
    lines
}
