//! From the path of a request to names of files, with everything refused that could mean another place.

use model::media;

/// A path as it was asked for, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Route {
    /// Names of folders and of the file, none of them empty, hidden or `..`.
    pub(crate) segments: Vec<String>,
    /// It ended in a slash, so it names a folder.
    pub(crate) is_folder: bool,
}

/// Why a path has no file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It is no path, or is made to look like another one.
    Malformed,
    /// It names what is kept hidden, such as `.env` or `.git`.
    Hidden,
}

impl Route {
    /// Reads the path of a request's target, without its query.
    pub(crate) fn read(path: &str) -> Result<Self, Refusal> {
        let path = path.strip_prefix('/').ok_or(Refusal::Malformed)?;
        if path.is_empty() {
            return Ok(Self { segments: Vec::new(), is_folder: true });
        }
        let (path, is_folder) = path.strip_suffix('/').map_or((path, false), |path| (path, true));
        let segments = path.split('/').map(segment).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { segments, is_folder })
    }

    /// Whether the last name is like a file's, so that a page is not what was asked for.
    pub(crate) fn names_a_file(&self) -> bool {
        self.segments.last().is_some_and(|name| !self.is_folder && media::names_a_file(name))
    }
}

fn segment(text: &str) -> Result<String, Refusal> {
    let name = decoded(text).ok_or(Refusal::Malformed)?;
    let is_odd = |c: char| matches!(c, '/' | '\\') || c.is_control();
    if matches!(name.as_str(), "" | "." | "..") || name.contains(is_odd) {
        return Err(Refusal::Malformed);
    }
    if name.starts_with('.') && name != ".well-known" {
        return Err(Refusal::Hidden);
    }
    Ok(name)
}

/// Undoes percent-encoding (RFC 3986, section 2.1), once.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'%' { digit(rest.next()?)? << 4 | digit(rest.next()?)? } else { byte });
    }
    String::from_utf8(bytes).ok()
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(path: &str) -> Vec<String> {
        Route::read(path).unwrap().segments
    }

    #[test]
    fn paths_are_decoded() {
        assert_eq!(names("/"), [""; 0]);
        assert_eq!(names("/a/b.js"), ["a", "b.js"]);
        assert_eq!(names("/caf%C3%A9/x%20y.html"), ["café", "x y.html"]);
        assert_eq!(names("/.well-known/security.txt"), [".well-known", "security.txt"]);
        assert!(Route::read("/docs/").unwrap().is_folder && !Route::read("/docs").unwrap().is_folder);
        for (path, is_file) in
            [("/a.js", true), ("/a.js/", false), ("/a.js/c", false), ("/v1.2", false), ("/js", false)]
        {
            assert!(Route::read(path).is_ok_and(|route| route.names_a_file() == is_file), "{path}");
        }
        // Decoded once: what is left is a name.
        assert_eq!(names("/%252e%252e"), ["%2e%2e"]);
    }

    #[test]
    fn what_could_mean_another_place_is_refused() {
        for path in [
            "",
            "*",
            "a",
            "/..",
            "/a/../b",
            "/%2e%2e/b",
            "/a/.%2E",
            "/a//b",
            "//a",
            "/a%2fb",
            "/a%5Cb",
            "/a\\b",
            "/a%00",
            "/a%0d%0a",
            "/%",
            "/%4",
            "/%zz",
            "/%ff",
            "/.",
            "/a/./b",
            "/..%2f..%2fetc",
            "/+/%+1",
        ] {
            assert_eq!(Route::read(path), Err(Refusal::Malformed), "{path}");
        }
        for path in
            ["/.env", "/%2eenv", "/.git/config", "/a/.htpasswd", "/.well-known/.key", "/...", "/a/.git/"]
        {
            assert_eq!(Route::read(path), Err(Refusal::Hidden), "{path}");
        }
    }
}
