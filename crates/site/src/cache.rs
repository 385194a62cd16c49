//! How long a browser may keep a file without asking again.

/// For files whose name changes with their content (RFC 8246).
pub(crate) const FOREVER: &str = "public, max-age=31536000, immutable";
/// Kept, and asked about each time: a file that changes under its name is seen as soon as it is deployed.
pub(crate) const ASK: &str = "no-cache";

/// Folders in which build tools put nothing but files named by their content.
const HASHED: [&str; 2] = ["_next/static/", "_app/immutable/"];

/// What to say of the file with this path below the root.
///
/// A name without a hash is asked about even in `assets/` and `static/`: files that are copied there unchanged keep their
/// name when their content changes, and what was called immutable by mistake cannot be taken back for a year.
pub(crate) fn of(path: &str) -> &'static str {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_page = name.ends_with(".html");
    let hashed = HASHED.iter().any(|folder| path.starts_with(folder)) || carries_hash(name);
    if hashed && !is_page { FOREVER } else { ASK }
}

/// `main.1a2b3c4d.js` or `index-DiwrgTda.css`, also before a second extension as in `main.1a2b3c4d.js.map`.
fn carries_hash(name: &str) -> bool {
    let mut parts: Vec<&str> = name.split(['.', '-']).collect();
    // The extension is no hash.
    parts.pop();
    parts.into_iter().any(|part| is_hex(part) || is_base64(part))
}

/// At least eight hexadecimal digits, letters among them: `20240131` is a date.
fn is_hex(part: &str) -> bool {
    let digits = part.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'));
    part.len() >= 8
        && digits
        && part.contains(|c: char| c.is_ascii_digit())
        && part.contains(char::is_alphabetic)
}

/// Eight characters as Rollup and Vite write them: `DiwrgTda`, not `original` or `Portrait`.
fn is_base64(part: &str) -> bool {
    let inner_capital = part.chars().skip(1).any(|c| c.is_ascii_uppercase());
    let letters = part.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_');
    part.len() == 8 && letters && inner_capital && part.contains(|c: char| c.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_a_hash_are_kept() {
        for path in [
            "assets/index-DiwrgTda.js",
            "assets/vendor.4f9a01cd.css",
            "static/js/main.1a2b3c4d.js.map",
            "_next/static/chunks/app.js",
            "_app/immutable/start.js",
            "logo.0a1b2c3d4e5f60718293.svg",
        ] {
            assert_eq!(of(path), FOREVER, "{path}");
        }
    }

    #[test]
    fn other_names_are_asked_about() {
        for path in [
            "index.html",
            "about-DiwrgTda.html",
            "assets/logo.svg",
            "static/app.js",
            "photos/trip-20240131.jpg",
            "photo-original.png",
            "me-Portrait.jpg",
            "service-worker.js",
            "favicon.ico",
            "x._next/static/a.js",
            "4f9a01cd",
        ] {
            assert_eq!(of(path), ASK, "{path}");
        }
    }
}
