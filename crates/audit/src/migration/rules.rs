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
