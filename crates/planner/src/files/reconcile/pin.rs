//! Digests of images in files that others write into as well: Dependabot changes `tag@sha256:…` where it stands.

use super::Record;
use std::collections::BTreeMap;

impl Record {
    /// Takes the digests that stand in the files now for those that were written, so that newer ones, or none, can take
    /// their place without being in anybody's way.
    pub fn follow(&mut self, now: &BTreeMap<String, String>) {
        for (path, written) in &mut self.files {
            let Some(now) = now.get(path) else { continue };
            for image in self.pins.keys() {
                if let (Some(ours), Some(theirs)) = (pin_in(written, image), pin_in(now, image)) {
                    *written = written.replace(&ours, &theirs);
                }
            }
        }
    }
}

/// The first `IMAGE@sha256:…` of a text.
fn pin_in(text: &str, image: &str) -> Option<String> {
    let mark = format!("{image}@sha256:");
    let hash = |rest: &str| rest.bytes().take_while(u8::is_ascii_hexdigit).count();
    let start = text.match_indices(&mark).map(|(at, _)| at).find(|&at| {
        // The end of a longer name is another image.
        !text[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || "/.-_".contains(c))
    })?;
    let end = start + mark.len() + hash(&text[start + mark.len()..]);
    Some(text[start..end].to_owned())
}
