//! What was written before, what stands in the repository now and what should be written → what to do with each file.
//!
//! Hand edits survive: a file that people changed since it was written is merged line by line with what is new
//! (three-way, with the last written text as the common ancestor). Where both changed the same lines, nothing is written
//! and the person decides. Files that people wrote are never touched.

mod pin;
mod region;

use super::{Extent, GeneratedFile};
use crate::goal::scaffold::FileChange;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The file in which the last written texts are kept, from the repository's root.
pub const RECORD: &str = ".mainstay/generated.json";

/// What was written last, by path. It is kept in the repository: whoever generates next needs it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Version of this form.
    #[serde(default)]
    pub format: u32,
    /// Digests of images by name with tag.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub pins: super::base::Pins,
    /// The texts, as they were written before anyone edited them.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
}

/// What happens with one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Relative to the repository's root.
    pub path: String,
    /// The content now; absent when there is no such file.
    pub before: Option<String>,
    /// What becomes of it.
    pub outcome: Outcome,
}

/// What becomes of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is new, or changes; hand edits are in it.
    Write(String),
    /// It is as it should be, perhaps with hand edits.
    Same,
    /// It is no longer wanted and nobody edited it.
    Remove,
    /// It is not ours: people wrote it before we did.
    Theirs,
    /// People removed it after it was written.
    Dropped,
    /// It is no longer wanted, but people edited it.
    Left,
    /// People and we changed the same lines. Holds both versions between conflict marks, for a look.
    Conflict(String),
}

/// What to do, by path, and the record afterwards. `scope`: the paths that this run may write are those of `wanted`;
/// what the record has beyond them is removed only when `complete`, that is when every family was written.
pub fn reconcile(
    wanted: &[GeneratedFile],
    now: &BTreeMap<String, String>,
    record: &Record,
    complete: bool,
) -> (Vec<Decision>, Record) {
    let mut after = record.clone();
    after.format = 1;
    let mut decisions: Vec<Decision> =
        wanted.iter().map(|file| decide(file, now.get(&file.path), &mut after)).collect();
    if complete {
        let paths: BTreeSet<&str> = wanted.iter().map(|file| file.path.as_str()).collect();
        let gone = record.files.iter().filter(|(path, _)| !paths.contains(path.as_str()));
        for (path, base) in gone {
            after.files.remove(path);
            let before = now.get(path).cloned();
            let outcome = match &before {
                Some(text) if text == base => Outcome::Remove,
                Some(_) => Outcome::Left,
                None => continue,
            };
            decisions.push(Decision { path: path.clone(), before, outcome });
        }
    }
    decisions.sort_by(|a, b| a.path.cmp(&b.path));
    (decisions, after)
}

fn decide(file: &GeneratedFile, now: Option<&String>, record: &mut Record) -> Decision {
    let base = record.files.get(&file.path).cloned();
    let outcome = match file.extent {
        Extent::File => whole(file, now.map(String::as_str), base.as_deref()),
        Extent::Region(name) => part(file, name, now.map(String::as_str), base.as_deref()),
    };
    match &outcome {
        Outcome::Write(_) | Outcome::Same => {
            record.files.insert(file.path.clone(), file.content.clone());
        }
        Outcome::Remove | Outcome::Theirs | Outcome::Dropped | Outcome::Left | Outcome::Conflict(_) => {}
    }
    Decision { path: file.path.clone(), before: now.cloned(), outcome }
}

fn whole(file: &GeneratedFile, now: Option<&str>, base: Option<&str>) -> Outcome {
    match (now, base) {
        (None, None) => Outcome::Write(file.content.clone()),
        (None, Some(_)) => Outcome::Dropped,
        (Some(now), _) if now == file.content => Outcome::Same,
        (Some(_), None) => Outcome::Theirs,
        (Some(now), Some(base)) => merged(now, base, &file.content),
    }
}

fn merged(now: &str, base: &str, wanted: &str) -> Outcome {
    if now == wanted || base == wanted {
        return Outcome::Same;
    }
    if now == base {
        return Outcome::Write(wanted.to_owned());
    }
    match diffy::merge(base, now, wanted) {
        Ok(text) if text == now => Outcome::Same,
        Ok(text) => Outcome::Write(text),
        Err(conflict) => Outcome::Conflict(conflict),
    }
}

/// A region of a file that people write: replaced in place, or added at the end.
fn part(file: &GeneratedFile, name: &str, now: Option<&str>, base: Option<&str>) -> Outcome {
    let now = now.unwrap_or_default();
    let marks = region::Marks::new(&file.path, name);
    match (region::find(now, &marks), base) {
        // It was there and people took it out.
        (None, Some(_)) => Outcome::Dropped,
        (None, None) => Outcome::Write(region::append(now, &marks, &file.content)),
        (Some(place), base) => {
            let inside = &now[place.clone()];
            match merged(inside, base.unwrap_or(inside), &file.content) {
                Outcome::Write(text) => Outcome::Write(region::replace(now, place, &text)),
                other => other,
            }
        }
    }
}

impl Decision {
    /// The change of the repository's files, when there is one.
    pub fn change(&self) -> Option<FileChange> {
        let after = match &self.outcome {
            Outcome::Write(text) => Some(text.clone()),
            Outcome::Remove => None,
            Outcome::Same | Outcome::Theirs | Outcome::Dropped | Outcome::Left | Outcome::Conflict(_) => {
                return None;
            }
        };
        Some(FileChange { path: self.path.clone(), before: self.before.clone(), after })
    }
}

/// Takes the generated text for these paths, whatever people made of them.
///
/// # Errors
/// The first path at which nothing is generated.
pub fn overwrite(
    decisions: &mut [Decision],
    record: &mut Record,
    wanted: &[GeneratedFile],
    paths: &[String],
) -> Result<(), String> {
    for path in paths {
        let file = wanted.iter().find(|file| &file.path == path && file.extent == Extent::File);
        let decision = decisions.iter_mut().find(|decision| &decision.path == path);
        let (Some(file), Some(decision)) = (file, decision) else { return Err(path.clone()) };
        record.files.insert(path.clone(), file.content.clone());
        decision.outcome = match &decision.before {
            Some(before) if *before == file.content => Outcome::Same,
            Some(_) | None => Outcome::Write(file.content.clone()),
        };
    }
    Ok(())
}
