//! What a job leaves behind: reports and built files.

use super::action::Action;
use super::group::Group;
use crate::files::blueprint::{Unit, within};
use artifact::yaml::{Map, Node};
use model::facts::{Framework, Runtime};

/// The report of what tests reach.
pub(super) fn coverage(group: &Group<'_, '_>) -> Map {
    let python = group.first().runtime() == Some(Runtime::Python);
    let names: &[&str] = if python { &["coverage.xml", ".coverage", "htmlcov/"] } else { &["coverage/"] };
    let paths: Vec<String> = names.iter().map(|name| within(group.folder(), name)).collect();
    upload("Keep the coverage report", &format!("coverage-{}", group.id()), &paths)
        .comment("Also of tests that failed.")
        .set("if", "${{ !cancelled() }}")
}

/// What a service's build makes, where that is known.
pub(super) fn built(unit: &Unit<'_>) -> Option<Map> {
    unit.service.build.command.as_ref()?;
    let paths = match unit.service.framework {
        Some(Framework::NextJs) => {
            vec![
                within(&unit.service.path, ".next/"),
                format!("!{}", within(&unit.service.path, ".next/cache/")),
            ]
        }
        Some(_) | None => {
            let folder = unit.service.output.as_deref().or_else(|| started_from(unit))?;
            vec![format!("{}/", within(&unit.service.path, folder.trim_end_matches('/')))]
        }
    };
    Some(upload(&format!("Keep what was built of {}", unit.name), &format!("built-{}", unit.name), &paths))
}

/// The folder of the script that is started: `dist` of `node dist/server.js`.
fn started_from<'b>(unit: &'b Unit<'_>) -> Option<&'b str> {
    let mut words = unit.service.start.as_deref()?.split_whitespace();
    let script = words.find(|word| [".js", ".mjs", ".cjs"].iter().any(|end| word.ends_with(end)))?;
    let (folder, _) = script.trim_start_matches("./").split_once('/')?;
    (folder != ".." && folder != "node_modules" && !folder.is_empty()).then_some(folder)
}

fn upload(name: &str, artifact: &str, paths: &[String]) -> Map {
    let path = match paths {
        [one] => Node::Text(one.clone()),
        several => Node::Block(several.join("\n") + "\n"),
    };
    let hidden = paths.iter().any(|path| path.split('/').any(|part| part.starts_with('.')));
    let mut inputs = Map::new().set("name", artifact).set("path", path);
    if hidden {
        inputs = inputs.set("include-hidden-files", true);
    }
    Action::Upload.with(name, inputs.set("if-no-files-found", "ignore").set("retention-days", 7))
}
