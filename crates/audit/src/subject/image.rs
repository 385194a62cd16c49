//! Names of images.

use crate::expansion::UNKNOWN;

/// `registry/name:tag@digest`, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Image<'a> {
    /// Registry and name.
    pub name: &'a str,
    /// The tag.
    pub tag: Option<&'a str>,
    /// The digest, with its algorithm.
    pub digest: Option<&'a str>,
}

impl<'a> Image<'a> {
    /// Takes a name apart.
    pub fn read(text: &'a str) -> Self {
        let (text, digest) = text.split_once('@').map_or((text, None), |(text, digest)| (text, Some(digest)));
        // A colon before the last slash is that of a port.
        match text.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')) {
            Some((name, tag)) => Self { name, tag: Some(tag), digest },
            None => Self { name: text, tag: None, digest },
        }
    }

    /// The last part of the name.
    pub fn short(&self) -> &'a str {
        self.name.rsplit('/').next().unwrap_or(self.name)
    }

    /// The name when it is one of Docker's official images.
    pub fn official(&self) -> Option<&'a str> {
        let name = self.name.strip_prefix("docker.io/").unwrap_or(self.name);
        let name = name.strip_prefix("library/").unwrap_or(name);
        (!name.contains('/')).then_some(name)
    }

    /// Whether it may be another image tomorrow although nobody changed a file. What a variable says is up to whoever sets it.
    pub fn floats(&self) -> bool {
        self.digest.is_none()
            && match self.tag {
                Some(tag) => tag == "latest",
                None => !self.short().contains(UNKNOWN) && !self.name.is_empty(),
            }
    }

    /// The number with which the tag begins.
    pub fn major(&self) -> Option<u32> {
        let tag = self.tag?;
        tag[..tag.find(|c: char| !c.is_ascii_digit()).unwrap_or(tag.len())].parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        let image = Image::read("localhost:5000/team/api:1.2@sha256:ab");
        assert_eq!(
            (image.name, image.tag, image.digest),
            ("localhost:5000/team/api", Some("1.2"), Some("sha256:ab"))
        );
        assert_eq!(Image::read("localhost:5000/api").tag, None);
        assert_eq!(Image::read("postgres:17-alpine").major(), Some(17));
        assert_eq!(Image::read("docker.io/library/node").official(), Some("node"));
        for (text, floats) in [
            ("node", true),
            ("node:latest", true),
            ("node:22", false),
            ("node@sha256:ab", false),
            ("\0", false),
            ("node:\0", false),
            ("\0/api", true),
        ] {
            assert_eq!(Image::read(text).floats(), floats, "{text}");
        }
    }
}
