//! Why a request got no answer from a member: whose fault it is, and whether another member may be asked.

use crate::http::body::BadBody;
use std::io;

/// How far the request had come with the member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// No connection: the member has seen nothing.
    Connect,
    /// The connection broke before any byte of an answer: the member may have seen the request.
    Head,
    /// The answer broke off, or made no sense.
    Answer,
}

/// What went wrong in an exchange.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The client went away.
    ClientGone,
    /// The client sent or took nothing for too long.
    ClientStalled,
    /// The client's body is malformed.
    ClientBody(BadBody),
    /// The client's body is larger than the pool allows.
    ClientBodyTooLarge,
    /// The member failed.
    Member { stage: Stage, why: String },
    /// The member was silent for too long.
    MemberSilent,
}

impl Fault {
    pub(crate) fn member(stage: Stage, error: &io::Error) -> Self {
        Self::Member { stage, why: error.to_string() }
    }

    /// The status to answer with, if nothing was answered yet. 499 is never sent, only logged.
    pub(crate) const fn status(&self) -> u16 {
        match self {
            Self::ClientGone => 499,
            Self::ClientStalled => 408,
            Self::ClientBody(_) => 400,
            Self::ClientBodyTooLarge => 413,
            Self::Member { .. } => 502,
            Self::MemberSilent => 504,
        }
    }

    /// In words for the person who reads the error page; of members it says nothing that is not theirs to know.
    pub(crate) const fn words(&self) -> &'static str {
        match self {
            Self::ClientGone => "the client went away",
            Self::ClientStalled => "the request body did not arrive in time",
            Self::ClientBody(bad) => bad.words(),
            Self::ClientBodyTooLarge => "the request body is larger than this service takes",
            Self::Member { .. } => "the service did not answer",
            Self::MemberSilent => "the service did not answer in time",
        }
    }
}
