//! `serve-static DIR`, on loopback at the port that `PORT` names.

use super::misuse;
use std::ffi::OsString;
use std::process::ExitCode;

pub(super) fn run(_: &[OsString]) -> ExitCode {
    misuse()
}
