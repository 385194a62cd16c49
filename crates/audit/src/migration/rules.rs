//! The checks of single statements. `words` are in upper case; quoted names keep their quotes.

/// Actions of an `ALTER TABLE`, split at the commas outside parentheses.
fn actions(words: &[String]) -> Vec<&[String]> {
    if !begins(words, &["ALTER", "TABLE"]) {
        return Vec::new();
    }
    let mut depth = 0_u32;
    let mut separates = |word: &String| {
        match word.as_str() {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && word == ","
    };
    words.split(|word| separates(word)).collect()
}

fn begins(words: &[String], with: &[&str]) -> bool {
    words.len() >= with.len() && words.iter().zip(with).all(|(word, wanted)| word == wanted)
}

/// The words after the first `word`.
fn after<'a>(words: &'a [String], word: &str) -> Option<&'a [String]> {
    words.iter().position(|known| known == word).map(|at| &words[at + 1..])
}

fn has(words: &[String], run: &[&str]) -> bool {
    words.windows(run.len()).any(|window| begins(window, run))
}

pub(super) fn drops_table(words: &[String]) -> bool {
    begins(words, &["DROP", "TABLE"])
}

pub(super) fn drops_column(words: &[String]) -> bool {
    actions(words).into_iter().any(|action| {
        // `ALTER COLUMN b DROP NOT NULL` drops no column.
        let Some(dropped) = after(action, "DROP").filter(|_| !has_column_change(action)) else {
            return false;
        };
        !dropped.first().is_some_and(|what| matches!(what.as_str(), "CONSTRAINT" | "EXPRESSION"))
    })
}

/// `ALTER [COLUMN] name …` inside an `ALTER TABLE`.
fn has_column_change(action: &[String]) -> bool {
    let inner = if begins(action, &["ALTER", "TABLE"]) { &action[2..] } else { action };
    inner.iter().any(|word| word == "ALTER")
}

pub(super) fn renames(words: &[String]) -> bool {
    actions(words).into_iter().any(|action| {
        after(action, "RENAME").is_some_and(|rest| rest.first().is_some_and(|what| what != "CONSTRAINT"))
    })
}

pub(super) fn adds_required_column(words: &[String]) -> bool {
    actions(words).into_iter().any(|action| {
        let Some(added) = after(action, "ADD") else { return false };
        let table_constraint = added.first().is_some_and(|what| {
            matches!(what.as_str(), "CONSTRAINT" | "CHECK" | "UNIQUE" | "PRIMARY" | "FOREIGN" | "EXCLUDE")
        });
        let filled = |word: &String| {
            matches!(word.as_str(), "DEFAULT" | "GENERATED" | "SERIAL" | "BIGSERIAL" | "SMALLSERIAL")
        };
        !table_constraint && has(added, &["NOT", "NULL"]) && !added.iter().any(filled)
    })
}

pub(super) fn sets_not_null(words: &[String]) -> bool {
    actions(words).into_iter().any(|action| has(action, &["SET", "NOT", "NULL"]))
}

pub(super) fn changes_type(words: &[String]) -> bool {
    actions(words).into_iter().any(|action| {
        let inner = if begins(action, &["ALTER", "TABLE"]) { &action[2..] } else { action };
        let Some(changed) = after(inner, "ALTER") else { return false };
        let named = if begins(changed, &["COLUMN"]) { &changed[1..] } else { changed };
        named.get(1..).is_some_and(|rest| begins(rest, &["TYPE"]) || begins(rest, &["SET", "DATA", "TYPE"]))
    })
}

pub(super) fn blocks_writes(words: &[String]) -> bool {
    let index = begins(words, &["CREATE", "INDEX"]) || begins(words, &["CREATE", "UNIQUE", "INDEX"]);
    index && !words.iter().any(|word| word == "CONCURRENTLY")
}

/// `DEFAULT IN CODE` is how a column is told whose default the database does not know.
pub(super) fn defaults_in_code(words: &[String]) -> bool {
    has(words, &["DEFAULT", "IN", "CODE"])
}

/// `DO IRREVERSIBLE` is how an operation is told that has no way back.
pub(super) fn has_no_way_back(words: &[String]) -> bool {
    begins(words, &["DO", "IRREVERSIBLE"])
}

/// The table that a statement makes and that was not there before.
pub(super) fn makes(words: &[String]) -> Option<&str> {
    let made = after(words, "TABLE").filter(|_| begins(words, &["CREATE"]))?;
    made.first().filter(|word| *word != "IF").map(|name| bare(name))
}

/// The table that a statement is about.
pub(super) fn subject(words: &[String]) -> Option<&str> {
    let rest = match words.first()?.as_str() {
        "ALTER" | "DROP" => after(words, "TABLE")?,
        "CREATE" if words.iter().any(|word| word == "INDEX") => after(words, "ON")?,
        _ => return None,
    };
    let named = rest.iter().find(|word| !matches!(word.as_str(), "IF" | "EXISTS" | "ONLY"))?;
    Some(bare(named))
}

/// A name without its schema and quotes.
fn bare(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name).trim_matches(['"', '`'])
}
