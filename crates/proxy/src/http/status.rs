//! The status codes that are counted apart.

use std::fmt;

/// A status as it is counted: a code that HTTP knows, or the class of one that a member made up, so that no member can
/// make as many series as there are numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Status(u8);

/// Classes: 1xx to 5xx. They come first.
const CLASSES: usize = 5;

/// The codes of the IANA registry, 418 that frameworks like, and 499: the client left before its answer came.
const CODES: [u16; 64] = [
    100, 101, 102, 103, 104, 200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305,
    307, 308, 400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 418,
    421, 422, 423, 424, 425, 426, 428, 429, 431, 451, 499, 500, 501, 502, 503, 504, 505, 506, 507, 508, 510,
    511,
];

/// The place of each code below 600.
const INDEX: [u8; 600] = {
    let mut index = [0; 600];
    let mut code = 0;
    while code < index.len() {
        let class = if code < 100 { 0 } else { code / 100 - 1 };
        index[code] = class as u8;
        code += 1;
    }
    let mut i = 0;
    while i < CODES.len() {
        index[CODES[i] as usize] = (CLASSES + i) as u8;
        i += 1;
    }
    index
};

impl Status {
    pub(crate) const COUNT: usize = CLASSES + CODES.len();

    pub(crate) fn of(code: u16) -> Self {
        Self(INDEX.get(usize::from(code)).copied().unwrap_or(4))
    }

    /// The status with this index, below [`Self::COUNT`].
    pub(crate) fn at(index: usize) -> Self {
        Self(u8::try_from(index).unwrap_or_default())
    }

    pub(crate) fn index(self) -> usize {
        usize::from(self.0)
    }

    /// Whether the answer says that the service failed: 500 and above.
    pub(crate) fn is_failure(self) -> bool {
        match CODES.get(self.index().wrapping_sub(CLASSES)) {
            Some(code) => *code >= 500,
            None => self.index() == CLASSES - 1,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match CODES.get(self.index().wrapping_sub(CLASSES)) {
            Some(code) => write!(f, "{code}"),
            None => write!(f, "{}xx", self.index() + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_codes_stand_for_themselves_and_others_for_their_class() {
        let shown = |code: u16| Status::of(code).to_string();
        for code in CODES {
            assert_eq!(shown(code), code.to_string());
            assert_eq!(Status::of(code).is_failure(), code >= 500, "{code}");
            assert_eq!(Status::at(Status::of(code).index()), Status::of(code));
        }
        for (code, class) in
            [(0, "1xx"), (199, "1xx"), (299, "2xx"), (599, "5xx"), (600, "5xx"), (999, "5xx")]
        {
            assert_eq!(shown(code), class);
        }
        assert!(Status::of(700).is_failure() && !Status::of(498).is_failure());
    }
}
