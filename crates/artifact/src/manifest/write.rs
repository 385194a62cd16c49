//! Writing: the difference between what a text says and what is wanted is put into the text; all else stays as it is.
//!
//! Both are brought into one form first, so that `"64MiB"` and `"64M"` are no difference. A new file is the same thing
//! with an empty text.

use super::problem::Problem;
use model::manifest::ManifestFile;
use std::collections::BTreeMap;
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, TableLike, Value};

/// Comments to put above tables and keys that are written anew, by their dotted path (`services.api`).
/// The one for the empty path stands at the top of a new file.
pub type Comments = BTreeMap<String, String>;

/// A new file: only what is set, with comments.
///
/// # Errors
/// When a value has no form in TOML, like a path that is not UTF-8.
pub fn print(file: &ManifestFile, comments: &Comments) -> Result<String, Vec<Problem>> {
    let body = patch("", file, comments)?;
    let body = body.trim_start_matches('\n');
    Ok(match comments.get("") {
        Some(comment) => format!("{}\n{body}", commented(comment)),
        None => body.to_owned(),
    })
}

/// The text changed so that it says what is wanted. Keys that do not differ keep their bytes, comments and order;
/// with no difference at all the text comes back as it is.
///
/// # Errors
/// When the text is no valid manifest, or a wanted value has no form in TOML.
pub fn patch(text: &str, wanted: &ManifestFile, comments: &Comments) -> Result<String, Vec<Problem>> {
    let present = super::parse(text)?;
    if present == *wanted {
        return Ok(text.to_owned());
    }
    let mut document: DocumentMut = text.parse().map_err(|error| vec![Problem::syntax(text, &error)])?;
    let (have, want) = (canonical(&present)?, canonical(wanted)?);
    Patch { comments, path: Vec::new() }.table(document.as_table_mut(), have.as_table(), want.as_table());
    let written = document.to_string();
    let lines = text.matches('\n').count();
    if lines > 0 && text.matches("\r\n").count() == lines {
        return Ok(written.replace("\r\n", "\n").replace('\n', "\r\n"));
    }
    Ok(written)
}

fn canonical(file: &ManifestFile) -> Result<DocumentMut, Vec<Problem>> {
    toml_edit::ser::to_document(file)
        .map_err(|error| vec![Problem::at("", &(0..0), "", &format!("cannot be written as TOML: {error}"))])
}

/// A walk down two tables in one form, and the document they are about.
struct Patch<'c> {
    comments: &'c Comments,
    path: Vec<String>,
}

impl Patch<'_> {
    fn table(&mut self, document: &mut dyn TableLike, have: &dyn TableLike, want: &dyn TableLike) {
        for (key, _) in have.iter().filter(|(key, _)| !want.contains_key(key)) {
            document.remove(key);
        }
        for (key, wanted) in want.iter() {
            self.path.push(key.to_owned());
            self.entry(document, key, have.get(key), wanted);
            self.path.pop();
        }
    }

    fn entry(&mut self, document: &mut dyn TableLike, key: &str, have: Option<&Item>, wanted: &Item) {
        if have.is_some_and(|have| same(have, wanted)) {
            return;
        }
        let dotted = document.is_dotted();
        let Some(found) = document.get_mut(key) else { return self.insert(document, key, wanted, dotted) };
        match (found.as_table_like_mut(), wanted.as_table_like()) {
            (Some(inner), Some(wanted)) => {
                let empty = Table::new();
                let have = have.and_then(Item::as_table_like).unwrap_or(&empty);
                self.table(inner, have, wanted);
                // A name that someone gave stays, even when nothing is left to say about it.
                if !self.is_left_out(found) && is_invisible(found) {
                    *found = Item::Value(Value::InlineTable(InlineTable::new()));
                }
            }
            (Some(_), None) | (None, Some(_)) => {
                document.remove(key);
                self.insert(document, key, wanted, dotted);
            }
            (None, None) => replace(found, wanted),
        }
    }

    fn insert(&self, document: &mut dyn TableLike, key: &str, wanted: &Item, inline: bool) {
        if self.is_left_out(wanted) {
            return;
        }
        let item = if inline { inlined(wanted) } else { self.shaped(&self.path, wanted) };
        let comment = item.is_value().then(|| self.comments.get(&self.path.join("."))).flatten();
        document.insert(key, item);
        if let (Some(comment), Some(mut key)) = (comment, document.key_mut(key)) {
            key.leaf_decor_mut().set_prefix(commented(comment));
        }
    }

    /// A table of the manifest's own, as opposed to an entry under a name that someone gave, says nothing when it is empty.
    fn is_left_out(&self, wanted: &Item) -> bool {
        matches!(self.path.len(), 1 | 3) && wanted.as_table_like().is_some_and(TableLike::is_empty)
    }

    /// An item in the form in which people write it: tables with a header down to variables, which stand on a line each.
    fn shaped(&self, path: &[String], wanted: &Item) -> Item {
        let words: Vec<&str> = path.iter().map(String::as_str).collect();
        let (headed, implicit) = match words.as_slice() {
            ["services" | "datastores" | "environments"] | ["environments", _, "env"] => (true, true),
            ["deploy"] | [_, _] | ["services", _, "env"] | ["environments", _, "env", _] => (true, false),
            _ => (false, false),
        };
        let Some(entries) = wanted.as_table_like().filter(|_| headed) else { return inlined(wanted) };
        let mut table = Table::new();
        table.set_implicit(implicit);
        if let Some(comment) = self.comments.get(&path.join(".")) {
            table.decor_mut().set_prefix(format!("\n{}", commented(comment)));
        }
        for (key, value) in entries.iter() {
            let path: Vec<String> = path.iter().cloned().chain([key.to_owned()]).collect();
            let inner = Patch { comments: self.comments, path };
            inner.insert(&mut table, key, value, false);
        }
        Item::Table(table)
    }
}

/// Whether a table without a header of its own holds nothing that would be written.
fn is_invisible(item: &Item) -> bool {
    let headless = match item {
        Item::Table(table) => table.is_dotted() || table.is_implicit(),
        Item::Value(Value::InlineTable(table)) => table.is_dotted(),
        Item::None | Item::Value(_) | Item::ArrayOfTables(_) => false,
    };
    headless && item.as_table_like().is_some_and(|table| table.iter().all(|(_, inner)| is_invisible(inner)))
}

fn commented(comment: &str) -> String {
    comment.lines().map(|line| format!("{}\n", format!("# {line}").trim_end())).collect()
}

fn same(one: &Item, other: &Item) -> bool {
    match (one.as_table_like(), other.as_table_like()) {
        (Some(one), Some(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, item)| other.get(key).is_some_and(|other| same(item, other)))
        }
        (Some(_), None) | (None, Some(_)) => false,
        (None, None) => one.to_string().trim() == other.to_string().trim(),
    }
}

fn inlined(item: &Item) -> Item {
    let mut item = item.clone();
    item.make_value();
    if let Some(table) = item.as_inline_table_mut() {
        table.fmt();
    }
    item
}

/// Puts a value in the place of another, with what stands around it.
fn replace(found: &mut Item, wanted: &Item) {
    let Some(old) = found.as_value() else { return *found = inlined(wanted) };
    let Ok(mut new) = inlined(wanted).into_value() else { return };
    if let (Some(old), Some(wanted)) = (old.as_array(), new.as_array()) {
        new = Value::Array(merged(old, wanted));
    }
    *new.decor_mut() = old.decor().clone();
    *found = Item::Value(new);
}

/// The wanted elements, those that were there before with what stands around them.
fn merged(old: &Array, wanted: &Array) -> Array {
    let mut left: Vec<&Value> = old.iter().collect();
    let mut merged = Array::new();
    // A list over several lines goes on like that.
    let indent =
        old.iter().filter_map(|value| value.decor().prefix()?.as_str()).find(|prefix| prefix.contains('\n'));
    let indent = indent.map(|prefix| prefix[prefix.rfind('\n').unwrap_or(0)..].to_owned());
    for value in wanted {
        let kept = left.iter().position(|old| equal(old, value)).map(|place| left.remove(place).clone());
        let fresh = kept.is_none();
        let mut value = kept.unwrap_or_else(|| value.clone());
        let bare = value.decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or("").is_empty();
        match &indent {
            Some(indent) if fresh => value.decor_mut().set_prefix(indent.as_str()),
            _ if merged.is_empty() && fresh => value.decor_mut().set_prefix(""),
            _ if !merged.is_empty() && (bare || fresh) => value.decor_mut().set_prefix(" "),
            _ => {}
        }
        if fresh {
            value.decor_mut().set_suffix("");
        }
        merged.push_formatted(value);
    }
    merged.set_trailing(old.trailing().clone());
    merged.set_trailing_comma(old.trailing_comma());
    merged
}

fn equal(one: &Value, other: &Value) -> bool {
    match (one.as_str(), one.as_integer()) {
        (Some(text), _) => other.as_str() == Some(text),
        (None, Some(number)) => other.as_integer() == Some(number),
        (None, None) => false,
    }
}
