//! What a step of a job says.

use artifact::yaml::read::Value;

/// The action that it uses, in lower case and without its version. Nothing for one of this repository or an image.
pub fn action(step: &Value) -> Option<String> {
    let uses = step.get("uses")?.text()?;
    let elsewhere = !uses.starts_with(['.', '$']) && !uses.contains("://");
    elsewhere.then(|| uses.split('@').next().unwrap_or(uses).to_ascii_lowercase())
}

/// The version of the action, as it is written.
pub fn version(step: &Value) -> Option<&str> {
    Some(step.get("uses")?.text()?.split_once('@')?.1)
}

/// What an input of its action is given.
pub fn input<'a>(step: &'a Value, name: &str) -> Option<&'a Value> {
    let given = step.get("with")?.entries().iter();
    given.rev().find(|(key, _)| key.text.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// Inputs that are a script, which an action runs.
const SCRIPTS: [(&str, &str); 9] = [
    ("actions/github-script", "script"),
    ("addnab/docker-run-action", "run"),
    ("appleboy/ssh-action", "script"),
    ("azure/cli", "inlineScript"),
    ("azure/powershell", "inlineScript"),
    ("mikefarah/yq", "cmd"),
    ("nick-fields/retry", "command"),
    ("nick-invision/retry", "command"),
    ("reactivecircus/android-emulator-runner", "script"),
];

/// Whether what stands under keys of a step is run as a script.
pub fn is_script(step: &Value, keys: &[&str]) -> bool {
    match keys {
        ["run"] => true,
        ["with", input] => {
            let action = action(step).unwrap_or_default();
            SCRIPTS.iter().any(|(known, script)| *known == action && script.eq_ignore_ascii_case(input))
        }
        _ => false,
    }
}
