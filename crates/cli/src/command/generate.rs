//! `mainstay generate`: writes what the repository needs to ship, through a plan, keeping what people edited.

mod pin;

use super::scaffold;
use crate::arguments::{Common, Format, Generate};
use crate::error::CliError;
use crate::output::table::Table;
use crate::output::{self, ask, diff, style::Style};
use crate::project::Folder;
use model::ExitKind;
use planner::files::reconcile::RECORD;
use planner::files::{self, Blueprint, Decision, Family, Outcome, Record};
use planner::goal::scaffold::FileChange;
use std::collections::BTreeMap;
use std::path::Path;

pub fn run(common: &Common, args: &Generate) -> Result<ExitKind, CliError> {
    let folder = Folder::find(&common.directory)?;
    let facts = folder.facts()?;
    let environment = folder.shipped(common.environment.as_ref())?;
    let manifest = planner::draft(&facts, &folder.file, &environment)?;
    let mut record = read_record(&folder.root)?;
    let pins = pin::pins(args, &facts, &manifest, &record.pins)?;
    let families: &[Family] = if args.only.is_empty() { Family::ALL } else { &args.only };
    let blueprint = Blueprint::new(&facts, &manifest, &pins);
    let wanted = files::write(&blueprint, families);
    let paths = wanted.iter().map(|file| file.path.as_str()).chain(record.files.keys().map(String::as_str));
    let now = read_now(&folder.root, paths)?;
    let repinned = record.pins != pins;
    if repinned {
        record.follow(&now);
        record.pins.clone_from(&pins);
    }
    let (mut decisions, mut after) = files::reconcile(&wanted, &now, &record, args.only.is_empty());
    files::reconcile::overwrite(&mut decisions, &mut after, &wanted, &args.overwrite)
        .map_err(|unknown| CliError::input(format!("nothing is generated at {unknown}")))?;
    let changes: Vec<FileChange> = decisions.iter().filter_map(Decision::change).collect();
    if args.check {
        return Ok(check(&decisions, common.format));
    }
    show(&decisions, &changes, common.format);
    pin::tell_of_unpinned(&blueprint);
    let conflicts = decisions.iter().any(|decision| matches!(decision.outcome, Outcome::Conflict(_)));
    let negative = if conflicts { ExitKind::Negative } else { ExitKind::Done };
    if (changes.is_empty() && !repinned) || args.dry_run {
        return Ok(negative);
    }
    if !args.yes {
        if !ask::possible() {
            return Err(CliError::refused("nobody is there to be asked, and nothing was written")
                .hint("`mainstay generate --yes` writes these files"));
        }
        if !ask::confirm(&format!("write {} files?", changes.len()), true) {
            return Ok(ExitKind::Done);
        }
    }
    let changes = with_record(changes, &folder.root, &after)?;
    let done = scaffold::write(common.format, &folder.root, &manifest.scope(), &changes)?;
    Ok(if done == ExitKind::Done { negative } else { done })
}

fn read_record(root: &Path) -> Result<Record, CliError> {
    let path = root.join(RECORD);
    if !path.exists() {
        return Ok(Record::default());
    }
    let text = host::files::read_text(&path)?;
    serde_json::from_str(&text).map_err(|error| {
        CliError::input(format!("{RECORD} cannot be read: {error}"))
            .hint("restore it from git; without it, what you edited in generated files cannot be told from what was generated")
    })
}

/// What stands at these paths. A file that is no text is a person's.
fn read_now<'a>(
    root: &Path,
    paths: impl Iterator<Item = &'a str>,
) -> Result<BTreeMap<String, String>, CliError> {
    let mut now = BTreeMap::new();
    for path in paths {
        let full = root.join(path);
        if full.exists() && !now.contains_key(path) {
            now.insert(path.to_owned(), host::files::read_text(&full)?);
        }
    }
    Ok(now)
}

/// The record is one more file of the same step: it never disagrees with what was written.
fn with_record(
    mut changes: Vec<FileChange>,
    root: &Path,
    after: &Record,
) -> Result<Vec<FileChange>, CliError> {
    let text = serde_json::to_string_pretty(after)
        .map_err(|error| CliError::refused(format!("{RECORD} cannot be written: {error}")))?;
    let path = root.join(RECORD);
    let before = if path.exists() { Some(host::files::read_text(&path)?) } else { None };
    changes.push(FileChange { path: RECORD.into(), before, after: Some(text + "\n") });
    Ok(changes)
}

/// Says which files differ from what would be generated.
fn check(decisions: &[Decision], format: Format) -> ExitKind {
    let drifted = |decision: &&Decision| {
        matches!(decision.outcome, Outcome::Write(_) | Outcome::Remove | Outcome::Conflict(_))
    };
    let drift: Vec<&Decision> = decisions.iter().filter(drifted).collect();
    match format {
        Format::Json => output::json(&decisions.iter().map(view).collect::<Vec<_>>()),
        Format::Text if drift.is_empty() => output::note("every generated file is up to date"),
        Format::Text => {
            for decision in &drift {
                output::line(&format!("{}: {}", decision.path, word(&decision.outcome)));
            }
            output::note(&format!("{} files are out of date; `mainstay generate` writes them", drift.len()));
        }
    }
    if drift.is_empty() { ExitKind::Done } else { ExitKind::Negative }
}

fn show(decisions: &[Decision], changes: &[FileChange], format: Format) {
    if format == Format::Json {
        return output::json(&decisions.iter().map(view).collect::<Vec<_>>());
    }
    for change in changes.iter().filter(|change| change.before.is_some()) {
        diff::hunks(change);
    }
    let mut table = Table::new(&["FILE", "WHAT", "LINES"]);
    for decision in decisions.iter().filter(|decision| decision.outcome != Outcome::Same) {
        let lines = decision.change().map(|change| diff::counts(&change));
        let lines = lines.map_or(String::new(), |(come, go)| match go {
            0 => format!("+{come}"),
            _ => format!("+{come} -{go}"),
        });
        table.row(vec![decision.path.clone(), word(&decision.outcome).into(), lines]);
    }
    let same = decisions.iter().filter(|decision| decision.outcome == Outcome::Same).count();
    if decisions.len() > same {
        table.lines().iter().for_each(|line| output::line(line));
    }
    if same > 0 {
        output::note(&format!("{same} files are as they should be"));
    }
    for decision in decisions {
        if let Outcome::Conflict(text) = &decision.outcome {
            let style = Style::for_stderr();
            output::note(&format!(
                "{} in {}, which was left as it is:",
                style.bad("conflict"),
                decision.path
            ));
            conflict_lines(text).for_each(|line| output::note(&format!("  {line}")));
            output::note(&format!(
                "  help: edit it, or take the generated one with `mainstay generate --overwrite {}`",
                decision.path
            ));
        }
    }
}

/// The lines between conflict marks, marks included.
fn conflict_lines(text: &str) -> impl Iterator<Item = &str> {
    let mut inside = false;
    text.lines().filter(move |line| {
        let shown = inside || line.starts_with("<<<<<<<");
        inside = (inside || shown) && !line.starts_with(">>>>>>>");
        shown
    })
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Write(_) => "write",
        Outcome::Same => "same",
        Outcome::Remove => "remove",
        Outcome::Theirs => "yours, left as it is",
        Outcome::Dropped => "removed by you, left out",
        Outcome::Left => "no longer generated, edited by you, left as it is",
        Outcome::Conflict(_) => "conflict",
    }
}

fn view(decision: &Decision) -> serde_json::Value {
    let lines = decision.change().map(|change| diff::counts(&change)).unwrap_or_default();
    serde_json::json!({
        "path": decision.path,
        "outcome": match &decision.outcome {
            Outcome::Write(_) if decision.before.is_none() => "create",
            Outcome::Write(_) => "change",
            Outcome::Same => "same",
            Outcome::Remove => "remove",
            Outcome::Theirs => "yours",
            Outcome::Dropped => "dropped",
            Outcome::Left => "left",
            Outcome::Conflict(_) => "conflict",
        },
        "added": lines.0,
        "removed": lines.1,
    })
}
