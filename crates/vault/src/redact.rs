//! Takes secrets out of whatever is shown or kept: log lines, tool output, error messages.
//!
//! A secret is also found in the forms in which programs print it: base64 (at any place of a longer text), URL-encoded,
//! JSON-escaped, line by line when it has several, and the password inside of a URL by itself.

use memchr::memmem::Finder;
use model::Secret;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

/// What stands where a secret stood.
pub const MARK: &str = "•••";

/// Shorter texts are not taken out: they stand everywhere by chance.
const SHORTEST: usize = 6;

/// Knows some secrets and finds them in text.
#[derive(Clone, Default)]
pub struct Redactor {
    needles: Vec<Finder<'static>>,
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Redactor({} forms)", self.needles.len())
    }
}

impl Redactor {
    /// One that takes these secrets out.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let mut forms = BTreeSet::new();
        for secret in secrets {
            add_forms(secret.expose(), &mut forms);
        }
        forms.retain(|form| form.len() >= SHORTEST);
        Self { needles: forms.iter().map(|form| Finder::new(form).into_owned()).collect() }
    }

    /// The text without the secrets. Borrowed when there was none in it.
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.redact_bytes(text.as_bytes()) {
            Cow::Borrowed(_) => Cow::Borrowed(text),
            // Forms are whole characters, so what remains is UTF-8; nothing is lost if one day they are not.
            Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
        }
    }

    /// Like [`Redactor::redact`], for output that may not be UTF-8.
    pub fn redact_bytes<'a>(&self, text: &'a [u8]) -> Cow<'a, [u8]> {
        let found = self.find(text);
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut clean = Vec::with_capacity(text.len());
        let mut rest = 0;
        for range in found {
            clean.extend_from_slice(&text[rest..range.start]);
            clean.extend_from_slice(MARK.as_bytes());
            rest = range.end;
        }
        clean.extend_from_slice(&text[rest..]);
        Cow::Owned(clean)
    }

    /// Where secrets stand, in order; those that overlap or touch as one.
    fn find(&self, text: &[u8]) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        for needle in &self.needles {
            let mut from = 0;
            while let Some(at) = needle.find(&text[from..]) {
                let start = from + at;
                found.push(start..start + needle.needle().len());
                // The next one may overlap this one.
                from = start + 1;
            }
        }
        found.sort_unstable_by_key(|range| range.start);
        found.dedup_by(|next, last| {
            let joined = next.start <= last.end;
            if joined {
                last.end = last.end.max(next.end);
            }
            joined
        });
        found
    }
}

/// Every form in which a value may be printed.
fn add_forms(value: &str, forms: &mut BTreeSet<Vec<u8>>) {
    let lines = value.lines().map(str::trim).filter(|line| *line != value);
    for text in std::iter::once(value).chain(lines).chain(password(value)) {
        if text.len() < SHORTEST {
            continue;
        }
        forms.insert(text.as_bytes().to_vec());
        forms.insert(json(text));
        for upper in [true, false] {
            for keep in [&b"-_.~"[..], b"-_.!~*'()", b"-_.~/"] {
                forms.insert(url_encoded(text, keep, upper, "%20"));
                forms.insert(url_encoded(text, keep, upper, "+"));
            }
        }
        for alphabet in [STANDARD, URL_SAFE] {
            forms.extend((0..3).map(|offset| base64(text.as_bytes(), offset, alphabet)));
        }
    }
}

/// The password in `scheme://user:password@host`, as it stands there.
fn password(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let (user, _) = authority.rsplit_once('@')?;
    user.split_once(':').map(|(_, password)| password)
}

fn json(text: &str) -> Vec<u8> {
    let quoted = serde_json::Value::from(text).to_string();
    quoted.as_bytes()[1..quoted.len() - 1].to_vec()
}

fn url_encoded(text: &str, keep: &[u8], upper: bool, space: &str) -> Vec<u8> {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' ' => out.push_str(space),
            _ if byte.is_ascii_alphanumeric() || keep.contains(&byte) => out.push(char::from(byte)),
            _ if upper => out.push_str(&format!("%{byte:02X}")),
            _ => out.push_str(&format!("%{byte:02x}")),
        }
    }
    out.into_bytes()
}

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The base64 digits that depend on `bytes` alone when they begin `offset` bytes into a longer text.
fn base64(bytes: &[u8], offset: usize, alphabet: &[u8; 64]) -> Vec<u8> {
    let bit = |at: usize| {
        let byte = bytes[at / 8];
        byte >> (7 - at % 8) & 1
    };
    // Digits begin at every sixth bit of the longer text; the first that begins inside of ours is this far in.
    let first = (6 - offset * 8 % 6) % 6;
    let digits = (bytes.len() * 8).saturating_sub(first) / 6;
    let digit = |number: usize| {
        let value = (0..6).fold(0, |value, place| value << 1 | bit(first + number * 6 + place));
        alphabet[usize::from(value)]
    };
    (0..digits).map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(secret: &str, line: &str) -> String {
        Redactor::new([&Secret::new(secret)]).redact(line).into_owned()
    }

    #[test]
    fn every_form_is_found() {
        for (secret, line) in [
            ("hunter2!", "password is hunter2!, really"),
            ("s3cr3t/with+odd", "s3cr3t%2Fwith%2Bodd"),
            ("s3cr3t/with+odd", "s3cr3t%2fwith%2bodd"),
            ("two words", "q=two+words&r=two%20words"),
            ("a\"b\\c\"d", r#"{"key":"a\"b\\c\"d"}"#),
            ("Aladdin:open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
            ("open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
            ("postgres://app:p%40ssw0rd@db:5432/app", "login failed with p%40ssw0rd"),
            ("-----BEGIN KEY-----\nMIIEvQIBADANBg\n-----END KEY-----", "  MIIEvQIBADANBg"),
        ] {
            let found = clean(secret, line);
            assert!(found.contains(MARK), "{secret}: {found}");
            let remains = ["hunter2", "s3cr3t", "sesame", "p%40ssw0rd", "MIIE", "two", "IHNlc2Ft", "b\\\\c"];
            assert!(remains.iter().all(|part| !found.contains(part)), "{secret}: {found}");
        }
    }

    #[test]
    fn all_occurrences_go_and_overlapping_ones_leave_nothing() {
        assert_eq!(clean("abcabc", "abcabcabc abcabc."), "••• •••.");
        let secrets = [Secret::new("abcdefgh"), Secret::new("defghijk")];
        assert_eq!(Redactor::new(&secrets).redact("<abcdefghijk>"), "<•••>");
    }

    #[test]
    fn other_text_is_left_alone() {
        assert!(matches!(
            Redactor::new([&Secret::new("hunter2!")]).redact("hunter3!"),
            Cow::Borrowed("hunter3!")
        ));
        assert_eq!(clean("true", "true is true"), "true is true");
        assert_eq!(Redactor::default().redact("text"), "text");
    }

    #[test]
    fn bytes_that_are_no_text_are_kept() {
        let redactor = Redactor::new([&Secret::new("hunter2!")]);
        let clean = [b"\xff ", MARK.as_bytes(), b" \xfe"].concat();
        assert_eq!(redactor.redact_bytes(b"\xff hunter2! \xfe").as_ref(), clean);
        assert!(!format!("{redactor:?}").contains("hunter"));
    }
}
