//! Where requests are passed to.

use super::Found;
use artifact::nginx::read::Directive;
use std::net::IpAddr;

/// What `proxy_pass` names: `http://host:port/path`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target<'a> {
    /// A name, an address, or a variable that holds one; `unix:` for a socket.
    pub host: &'a str,
    /// As it is written.
    pub port: Option<&'a str>,
    /// What replaces the path of the request: with the slash it begins with, empty if nothing does.
    pub path: &'a str,
}

/// Reads the word of a `proxy_pass`, or of the `server` of an upstream.
pub fn read(word: &str) -> Target<'_> {
    let rest = word.split_once("://").map_or(word, |(_, rest)| rest);
    if let Some(socket) = rest.strip_prefix("unix:") {
        let path = socket.split_once(':').map_or("", |(_, path)| path);
        return Target { host: "unix:", port: None, path };
    }
    let slash = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(slash);
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    };
    Target { host, port, path }
}

impl Target<'_> {
    /// Whether the host is a name that has to be looked up, and not an address, this machine or a variable.
    pub fn is_name(&self) -> bool {
        let host = self.host.trim_matches(['[', ']']);
        !host.is_empty()
            && host != "unix:"
            && !host.contains('$')
            && !self.is_here()
            && host.parse::<IpAddr>().is_err()
            && host.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
    }

    /// Whether it is the machine, or the container, that nginx itself runs in.
    pub fn is_here(&self) -> bool {
        let host = self.host.trim_matches(['[', ']']);
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

/// A word with the variables in it replaced that are `set` where a directive stands, once.
pub fn resolved(found: &Found<'_>, word: &str) -> String {
    let mut text = word.to_owned();
    for set in found.levels().flatten().filter(|known| known.name == "set") {
        let [name, value] = set.arguments.as_slice() else { continue };
        let Some(name) = name.strip_prefix('$') else { continue };
        if super::variables(&text).contains(&name) {
            text = replace(&text, name, value);
        }
    }
    text
}

fn replace(text: &str, name: &str, value: &str) -> String {
    let mut parts = text.split('$');
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let bare = part.strip_prefix('{').unwrap_or(part);
        let rest = bare
            .strip_prefix(name)
            .filter(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'));
        match rest {
            Some(rest) => {
                let rest = if part.starts_with('{') { rest.strip_prefix('}').unwrap_or(rest) } else { rest };
                whole.push_str(value);
                whole.push_str(rest);
            }
            None => {
                whole.push('$');
                whole.push_str(part);
            }
        }
    }
    whole
}

/// The upstream blocks of a file by name.
pub fn upstream<'a>(found: &Found<'a>, name: &str) -> Option<&'a Directive> {
    found.levels().flatten().find(|known| known.name == "upstream" && known.first() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_requests_are_passed_to() {
        let of = |word| {
            let target = read(word);
            (target.host.to_owned(), target.port.map(str::to_owned), target.path.to_owned())
        };
        assert_eq!(of("http://api:3000/v1/"), ("api".into(), Some("3000".into()), "/v1/".into()));
        assert_eq!(of("$api"), ("$api".into(), None, String::new()));
        assert_eq!(of("http://[::1]:80"), ("[::1]".into(), Some("80".into()), String::new()));
        assert_eq!(of("http://unix:/run/a.sock:/x"), ("unix:".into(), None, "/x".into()));
        assert!(read("http://api").is_name() && !read("http://127.0.0.1:1").is_name());
        assert!(!read("http://$host").is_name() && read("http://[::1]:80").is_here());
    }

    #[test]
    fn replaces_whole_names_only() {
        assert_eq!(replace("http://$up/$uploads${up}x", "up", "a"), "http://a/$uploadsax");
    }
}
