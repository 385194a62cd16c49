//! Paths that code puts together: `path.join(__dirname, 'routes')`.

use super::source::{Module, Value};
use crate::path;

/// The path that a value is, from the root; relative texts are seen from `from`.
pub(crate) fn of(module: &Module, value: &Value, from: &str) -> Option<String> {
    follow(module, value, from, 8)
}

fn follow(module: &Module, value: &Value, from: &str, depth: u8) -> Option<String> {
    let depth = depth.checked_sub(1)?;
    let here = || path::parent(&module.path).to_owned();
    match value {
        Value::Text(text) => Some(path::join(from, text)),
        Value::Name(name) if name == "__dirname" => Some(here()),
        // `import.meta.dirname`
        Value::Member(object, name) if name == "dirname" && **object == Value::Unknown => Some(here()),
        Value::Name(name) => follow(module, module.constants.get(name)?, from, depth),
        Value::Either(_, last) => follow(module, last, from, depth),
        Value::Call(callee, arguments) => match callee.last_name() {
            "join" | "resolve" => {
                let mut at = from.to_owned();
                for argument in arguments {
                    at = follow(module, argument, &at, depth)?;
                }
                Some(at)
            }
            "cwd" => Some(from.to_owned()),
            // `dirname(fileURLToPath(import.meta.url))`
            "dirname" => Some(here()),
            "fileURLToPath" => follow(module, arguments.first()?, from, depth),
            "URL" => Some(path::join(&here(), arguments.first()?.as_text()?)),
            _ => None,
        },
        Value::Joined(parts) => {
            let (first, rest) = parts.split_first()?;
            let rest: Option<Vec<&str>> = rest.iter().map(Value::as_text).collect();
            Some(path::join(&follow(module, first, from, depth)?, rest?.concat().trim_start_matches('/')))
        }
        _ => None,
    }
}
