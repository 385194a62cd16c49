//! `mainstay init`: looks at the repository and writes a short mainstay.toml. Run again it shows what would change and keeps hand edits.

use super::scaffold;
use crate::arguments::{Common, Format, Init};
use crate::error::CliError;
use crate::output::{self, ask, diff};
use crate::project::{Folder, MANIFEST, wrong_file};
use model::ExitKind;
use model::manifest::ManifestFile;
use planner::goal::scaffold::FileChange;
use planner::initial::{Initial, Question};
use std::io::IsTerminal;

pub fn run(common: &Common, args: &Init) -> Result<ExitKind, CliError> {
    let folder = Folder::find(&common.directory)?;
    let facts = folder.facts()?;
    let mut initial = planner::initial(&facts);
    if let Some(name) = &args.name {
        initial.file.name = Some(name.clone());
    }
    let asks = !args.yes && std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    if asks {
        answer(&mut initial);
    }
    let wanted = keep_hand_edits(&folder.file, &initial.file);
    let environment = folder.environment(common.environment.as_ref())?;
    // What is written must be usable: an empty repository is told so here, before a file appears.
    let manifest = planner::draft(&facts, &wanted, &environment)?;
    let after = match &folder.text {
        Some(text) => artifact::manifest::patch(text, &wanted, &initial.comments)
            .map_err(|problems| wrong_file(&problems))?,
        None => {
            artifact::manifest::print(&wanted, &initial.comments).map_err(|problems| wrong_file(&problems))?
        }
    };
    let change = FileChange { path: MANIFEST.into(), before: folder.text.clone(), after: Some(after) };
    if change.before == change.after {
        output::note(&format!("{MANIFEST} says all that has to be said"));
        return Ok(ExitKind::Done);
    }
    match common.format {
        Format::Json => output::json(
            &serde_json::json!({ "path": change.path, "before": change.before, "after": change.after }),
        ),
        Format::Text => diff::whole(&change),
    }
    if args.dry_run || (asks && !ask::confirm(&format!("write {MANIFEST}?"), true)) {
        return Ok(ExitKind::Done);
    }
    let done =
        scaffold::write(common.format, &folder.root, &manifest.scope(), std::slice::from_ref(&change))?;
    if (done, common.format) == (ExitKind::Done, Format::Text) {
        output::note("next: `mainstay up` builds it and runs it here");
    }
    Ok(done)
}

/// The file as it is, with what is new in the repository added; what a person wrote wins.
fn keep_hand_edits(old: &ManifestFile, new: &ManifestFile) -> ManifestFile {
    let mut wanted = old.clone();
    wanted.name = wanted.name.or_else(|| new.name.clone());
    for (name, entry) in &new.services {
        // Several services may share a folder; a person may have given the one that was there another name.
        let known = wanted.services.contains_key(name)
            || old.services.values().any(|service| service.path.is_some() && service.path == entry.path);
        if !known {
            wanted.services.insert(name.clone(), entry.clone());
        }
    }
    wanted
}

fn answer(initial: &mut Initial) {
    for Question { service, text } in &initial.questions {
        let deploy = ask::confirm(text, false);
        if let Some(entry) = initial.file.services.get_mut(service) {
            entry.ignore = (!deploy).then_some(true);
        }
    }
}
