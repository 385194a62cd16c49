//! `mainstay init`: looks at the repository and writes a short mainstay.toml. Run again it shows what would change and keeps hand edits.

use super::perform::{inputs, kind};
use crate::arguments::{Common, Format, Init};
use crate::composition;
use crate::error::CliError;
use crate::output::progress::Screen;
use crate::output::{self, refusal, style::Style};
use crate::project::{Folder, MANIFEST, wrong_file};
use crate::signal;
use engine::Session;
use model::ExitKind;
use model::event::Outcome;
use model::manifest::{Manifest, ManifestFile};
use planner::goal::scaffold::{self, FileChange};
use planner::initial::{Initial, Question};
use similar::{ChangeTag, TextDiff};
use std::io::{BufRead, IsTerminal};

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
    let change = FileChange { path: MANIFEST.into(), before: folder.text.clone(), after };
    if change.before.as_ref() == Some(&change.after) {
        output::note(&format!("{MANIFEST} says all that has to be said"));
        return Ok(ExitKind::Done);
    }
    show(&change, common.format);
    if args.dry_run || (asks && !confirm(&format!("write {MANIFEST}?"), true)) {
        return Ok(ExitKind::Done);
    }
    write(common.format, &folder, &manifest, &change)
}

/// The file as it is, with what is new in the repository added; what a person wrote wins.
fn keep_hand_edits(old: &ManifestFile, new: &ManifestFile) -> ManifestFile {
    let mut wanted = old.clone();
    wanted.name = wanted.name.or_else(|| new.name.clone());
    for (name, entry) in &new.services {
        let known = wanted.services.contains_key(name)
            || wanted.services.values().any(|service| service.path.is_some() && service.path == entry.path);
        if !known {
            wanted.services.insert(name.clone(), entry.clone());
        }
    }
    wanted
}

fn answer(initial: &mut Initial) {
    for Question { service, text } in &initial.questions {
        let deploy = confirm(text, false);
        if let Some(entry) = initial.file.services.get_mut(service) {
            entry.ignore = (!deploy).then_some(true);
        }
    }
}

fn confirm(question: &str, default: bool) -> bool {
    output::note(&format!("{question} [{}]", if default { "Y/n" } else { "y/N" }));
    let mut answer = String::new();
    // No answer (end of input) is no consent.
    if std::io::stdin().lock().read_line(&mut answer).unwrap_or(0) == 0 {
        return false;
    }
    match answer.trim().to_lowercase().as_str() {
        "" => default,
        word => word.starts_with('y'),
    }
}

fn show(change: &FileChange, format: Format) {
    if format == Format::Json {
        return output::json(
            &serde_json::json!({ "path": change.path, "before": change.before, "after": change.after }),
        );
    }
    let style = Style::for_stdout();
    let before = change.before.as_deref().unwrap_or_default();
    let diff = TextDiff::from_lines(before, &change.after);
    for part in diff.iter_all_changes() {
        let text = part.to_string_lossy();
        let text = text.trim_end_matches('\n');
        match part.tag() {
            ChangeTag::Delete => output::line(&style.bad(&format!("- {text}"))),
            ChangeTag::Insert => output::line(&style.good(&format!("+ {text}"))),
            ChangeTag::Equal => output::line(&format!("  {text}")),
        }
    }
}

fn write(
    format: Format,
    folder: &Folder,
    manifest: &Manifest,
    change: &FileChange,
) -> Result<ExitKind, CliError> {
    let engine = composition::engine()?;
    let guard = engine.lock(&manifest.scope())?;
    let screen = Screen::new(format, false);
    let cancel = signal::cancel_on_interrupt();
    let session = Session { root: Some(folder.root.clone()), watcher: &screen, cancel, guard: &guard };
    let observed = engine.known(&manifest.scope())?;
    let plan = scaffold::plan(std::slice::from_ref(change), &observed, &inputs(&observed));
    let outcome = engine.run(&plan, &session)?;
    refusal::outcome(&outcome);
    if (&outcome, format) == (&Outcome::Done, Format::Text) {
        output::note("next: `mainstay up` builds it and runs it here");
    }
    Ok(kind(&outcome))
}
