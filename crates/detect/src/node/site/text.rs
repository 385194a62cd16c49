//! What the text of a configuration says, without reading its code.

/// The quoted text after `key:` in a configuration.
pub(super) fn value_of(text: &str, key: &str) -> Option<String> {
    text.match_indices(key).find_map(|(at, _)| {
        let before = text[..at].chars().next_back();
        if before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.') {
            return None;
        }
        let rest = text[at + key.len()..]
            .trim_start_matches(['\'', '"'])
            .trim_start()
            .strip_prefix(':')?
            .trim_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"' | '`'))?;
        Some(rest[1..].split(quote).next()?.to_owned())
    })
}

/// `key: path.resolve(__dirname, 'a', 'b')`, joined.
pub(super) fn joined_of(text: &str, key: &str) -> Option<String> {
    let at = text.match_indices(key).find(|(at, _)| {
        let rest = text[at + key.len()..].trim_start();
        rest.strip_prefix(':').is_some_and(|rest| {
            let rest = rest.trim_start();
            rest.starts_with("path.") || rest.starts_with("resolve(") || rest.starts_with("join(")
        })
    })?;
    let rest = &text[at.0..];
    let call = &rest[rest.find('(')? + 1..];
    let call = call.split(')').next()?;
    let parts: Vec<&str> = call.split(['\'', '"', '`']).skip(1).step_by(2).collect();
    (!parts.is_empty()).then(|| parts.join("/"))
}
