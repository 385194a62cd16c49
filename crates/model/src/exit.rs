//! What an ending means to a program that called us. Errors of every crate know their kind; only `cli` turns it into a code.

use serde::{Deserialize, Serialize};

/// The meaning of an exit code. The numbers are part of the interface and never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExitKind {
    /// Done (0).
    Done,
    /// The question was answered, and the answer is no: findings, unhealthy (1).
    Negative,
    /// Bad usage or bad input; nothing was changed (2).
    BadInput,
    /// Refused before changing anything (3).
    Refused,
    /// Failed, and everything was undone (4).
    Undone,
    /// Failed, and a person has to look (5).
    NeedsPerson,
}

impl ExitKind {
    /// The process exit code.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Negative => 1,
            Self::BadInput => 2,
            Self::Refused => 3,
            Self::Undone => 4,
            Self::NeedsPerson => 5,
        }
    }

    /// Every kind with its code and meaning, for the documentation.
    pub const TABLE: [(Self, &'static str); 6] = [
        (Self::Done, "done"),
        (Self::Negative, "a negative answer: findings, unhealthy"),
        (Self::BadInput, "bad usage or input; nothing was changed"),
        (Self::Refused, "refused before changing anything"),
        (Self::Undone, "failed, and everything was undone"),
        (Self::NeedsPerson, "failed, and a person has to look"),
    ];
}
