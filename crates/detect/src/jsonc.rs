//! JSON with comments and trailing commas, as `tsconfig.json` and friends are written.

use serde_json::Value;

/// Parses JSON, tolerating a byte order mark, comments and trailing commas.
pub(crate) fn parse(text: &str) -> Result<Value, serde_json::Error> {
    serde_json::from_str(text).or_else(|_| serde_json::from_str(&strip(text)))
}

/// Blanks comments and trailing commas; line numbers stay.
fn strip(text: &str) -> String {
    let mut out: Vec<u8> = Vec::with_capacity(text.len());
    let bytes = text.as_bytes();
    let mut comma: Option<usize> = None;
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let length = match rest[0] {
            b'"' => string_length(rest),
            b'/' if rest.starts_with(b"//") => {
                at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                continue;
            }
            b'/' if rest.starts_with(b"/*") => {
                let length = memchr::memmem::find(rest, b"*/").map_or(rest.len(), |end| end + 2);
                out.extend(rest[..length].iter().filter(|byte| **byte == b'\n'));
                at += length;
                continue;
            }
            _ => 1,
        };
        match rest[0] {
            b',' => comma = Some(out.len()),
            b'}' | b']' => {
                if let Some(comma) = comma.take() {
                    out[comma] = b' ';
                }
            }
            byte if byte.is_ascii_whitespace() => {}
            _ => comma = None,
        }
        out.extend(&rest[..length]);
        at += length;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The length of the string literal at the start, quotes included.
fn string_length(bytes: &[u8]) -> usize {
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_trailing_commas_are_blanked() {
        let text = "{ // a\n \"u\": \"http://x/*\", /* b\n */ \"l\": [1, 2, ], }";
        assert_eq!(parse(text).unwrap(), serde_json::json!({"u": "http://x/*", "l": [1, 2]}));
        assert!(parse("{").is_err());
    }
}
