//! Keeps a client on the release it met first, by a cookie, while the traffic of a pool is split between releases: else it
//! would get the page of one and the script of another. Outside of a split the cookie means nothing, and no member ever
//! sees it.

use model::id::{ReleaseId, Scope, ServiceName};
use sha2::{Digest, Sha256};
use std::borrow::Cow;

/// What the names of our cookies begin with; the name of the service follows.
const PREFIX: &str = "mainstay-release-";

/// A release of a service, as a cookie names it. It says nothing to people, and is another one in another scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token(u64);

impl Token {
    pub(crate) fn of(scope: &Scope, service: &ServiceName, release: &ReleaseId) -> Self {
        let digest = Sha256::digest(format!("{scope} {service} {release}"));
        Self(digest.iter().take(8).fold(0, |token, byte| token << 8 | u64::from(*byte)))
    }

    /// Reads what [`cookie`] wrote.
    fn read(value: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(value).ok().filter(|text| text.len() == 16)?;
        // The sign that numbers may have is no part of a token.
        u64::from_str_radix(text, 16).ok().filter(|_| !text.starts_with('+')).map(Self)
    }
}

/// The pairs of a `Cookie` field (RFC 6265, 4.2.1).
fn pairs(field: &[u8]) -> impl Iterator<Item = &[u8]> {
    field.split(|byte| *byte == b';').map(<[u8]>::trim_ascii).filter(|pair| !pair.is_empty())
}

fn is_ours(pair: &[u8]) -> bool {
    pair.starts_with(PREFIX.as_bytes())
}

/// The release that a `Cookie` field names for this service.
pub(crate) fn token(field: &[u8], service: &ServiceName) -> Option<Token> {
    pairs(field).filter(|pair| is_ours(pair)).find_map(|pair| {
        let value = pair[PREFIX.len()..].strip_prefix(service.as_str().as_bytes())?.strip_prefix(b"=")?;
        Token::read(value)
    })
}

/// A `Cookie` field without our cookies; empty when it had no others.
pub(crate) fn without_ours(field: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memmem::find(field, PREFIX.as_bytes()).is_none() {
        return Cow::Borrowed(field);
    }
    let others: Vec<&[u8]> = pairs(field).filter(|pair| !is_ours(pair)).collect();
    Cow::Owned(others.join(&b"; "[..]))
}

/// The `Set-Cookie` field that keeps a client on a release until it ends its session.
pub(crate) fn cookie(service: &ServiceName, token: Token, https: bool) -> Vec<u8> {
    let Token(token) = token;
    let secure = if https { "; Secure" } else { "" };
    format!("Set-Cookie: {PREFIX}{service}={token:016x}; Path=/; HttpOnly; SameSite=Lax{secure}\r\n")
        .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn web() -> ServiceName {
        ServiceName::new("web").unwrap()
    }

    fn of(environment: &str, release: &str) -> Token {
        let scope = Scope { project: "demo".parse().unwrap(), environment: environment.parse().unwrap() };
        Token::of(&scope, &web(), &release.parse().unwrap())
    }

    #[test]
    fn what_is_set_is_read_again() {
        let token = of("dev", "r0001-a");
        assert_ne!(token, of("dev", "r0002-a"));
        assert_ne!(token, of("staging", "r0001-a"));
        let line = String::from_utf8(cookie(&web(), token, true)).unwrap();
        let (pair, rest) = line.strip_prefix("Set-Cookie: ").unwrap().split_once("; ").unwrap();
        assert_eq!(rest, "Path=/; HttpOnly; SameSite=Lax; Secure\r\n");
        assert!(!String::from_utf8(cookie(&web(), token, false)).unwrap().contains("Secure"));
        assert_eq!(super::token(format!("a=1;{pair} ; b=2").as_bytes(), &web()), Some(token));
        for other in
            ["", "a=1", &pair.replace("web", "api"), &pair.replace("web", "web2"), &pair[..pair.len() - 1]]
        {
            assert_eq!(super::token(other.as_bytes(), &web()), None, "{other}");
        }
        assert_eq!(super::token(b"mainstay-release-web=+123456789abcdef", &web()), None, "digits only");
    }

    #[test]
    fn members_see_the_cookies_of_the_application_only() {
        for (field, rest) in [
            ("a=1; b=2", "a=1; b=2"),
            (" a=1;b ", " a=1;b "),
            ("mainstay-release-web=0; a=1", "a=1"),
            ("a=1; mainstay-release-web=0;mainstay-release-api=; b=\"x\"", "a=1; b=\"x\""),
            ("mainstay-release-web=0", ""),
            ("x=mainstay-release-web=0", "x=mainstay-release-web=0"),
        ] {
            assert_eq!(without_ours(field.as_bytes()), rest.as_bytes(), "{field}");
        }
    }
}
