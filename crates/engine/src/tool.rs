//! Running programs to their end for drivers: output goes on as it comes, the last lines are kept for whoever reads the
//! error, values that must not be seen are taken out of both.

use crate::driver::{Progress, Variables};
use crate::error::DriverError;
use host::environment;
use host::process::{Command, Exit, ProcessError, Stream};
use model::Secret;
use model::event::FailureKind;
use std::collections::VecDeque;
use std::time::Duration;
use vault::Redactor;

/// Lines kept as evidence.
const KEPT: usize = 30;
/// Longest time for a question like `node --version`.
const QUESTION: Duration = Duration::from_secs(20);

/// What a child may know of the environment of Mainstay itself: where things are and how the network is reached.
const PASSED_ON: [&str; 42] = [
    "ALL_PROXY",
    "BUN_CONFIG_REGISTRY",
    "CARGO_HTTP_CAINFO",
    "COREPACK_NPM_REGISTRY",
    "CURL_CA_BUNDLE",
    "HOME",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "LANG",
    "LOGNAME",
    "NODE_EXTRA_CA_CERTS",
    "NO_PROXY",
    "NPM_CONFIG_REGISTRY",
    "NPM_CONFIG_USERCONFIG",
    "NPM_TOKEN",
    "PATH",
    "PIPENV_PYPI_MIRROR",
    "PIP_CERT",
    "PIP_CONFIG_FILE",
    "PIP_DEFAULT_TIMEOUT",
    "PIP_EXTRA_INDEX_URL",
    "PIP_FIND_LINKS",
    "PIP_INDEX_URL",
    "PIP_TRUSTED_HOST",
    "POETRY_PYPI_TOKEN_PYPI",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "TMPDIR",
    "TZ",
    "USER",
    "UV_DEFAULT_INDEX",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
    "UV_INDEX_URL",
    "YARN_NPM_REGISTRY_SERVER",
    "YARN_REGISTRY",
    "all_proxy",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "npm_config_registry",
];

/// The environment that installers and build tools start from.
pub(crate) fn base_environment() -> Variables {
    let mut variables = environment::inherit(&PASSED_ON);
    variables.insert("PATH".into(), Secret::new(environment::search_path()));
    variables
}

/// A program that is part of a step.
pub(crate) struct Tool<'a> {
    /// What to run.
    pub(crate) command: Command,
    /// What its failure is.
    pub(crate) kind: FailureKind,
    /// For people: `npm ci in server`.
    pub(crate) title: String,
    /// Values that must not be seen.
    pub(crate) secrets: &'a Variables,
}

impl Tool<'_> {
    /// Runs it; each line goes to `progress`. Returns the last lines.
    ///
    /// # Errors
    /// When it cannot be started, is cancelled, or fails; the evidence holds its last lines.
    pub(crate) fn run(&self, progress: &mut dyn Progress) -> Result<Vec<String>, DriverError> {
        let progress = std::cell::RefCell::new(progress);
        let redactor = Redactor::new(self.secrets.values());
        let mut kept = VecDeque::with_capacity(KEPT);
        let exit = host::process::run(
            &self.command,
            &mut |_, line| {
                let line = redactor.redact(line).into_owned();
                progress.borrow_mut().line(&line);
                if kept.len() == KEPT {
                    kept.pop_front();
                }
                kept.push_back(line);
            },
            &|| progress.try_borrow().is_ok_and(|progress| progress.cancelled()),
            None,
        );
        let lines = Vec::from(kept);
        match exit {
            Ok(exit) if exit.success() => Ok(lines),
            Ok(exit) => Err(DriverError::new(self.kind, format!("{} failed: it {exit}", self.title))
                .show(format!("last lines of {}", self.title), lines)),
            Err(error) => Err(process_error(self.kind, &self.title, &error)),
        }
    }
}

/// A program that was not run to its end, as a failure of a step.
pub(crate) fn process_error(kind: FailureKind, title: &str, error: &ProcessError) -> DriverError {
    match error {
        ProcessError::Cancelled { .. } => DriverError::cancelled(),
        ProcessError::NotFound { .. }
        | ProcessError::Directory { .. }
        | ProcessError::User { .. }
        | ProcessError::Start { .. } => DriverError::new(kind, format!("{title} failed: {error}")),
        ProcessError::TimedOut { .. } => {
            DriverError::new(FailureKind::TimedOut, format!("{title} failed: {error}"))
        }
    }
}

/// What a quick question to a program gave.
pub(crate) struct Answer {
    /// How it ended.
    pub(crate) exit: Exit,
    /// Its standard output.
    pub(crate) out: Vec<String>,
    /// Its standard error.
    pub(crate) error: Vec<String>,
}

/// Asks a program something; ends it when it takes more than some seconds.
pub(crate) fn ask(command: &Command) -> Result<Answer, ProcessError> {
    let (mut out, mut error) = (Vec::new(), Vec::new());
    let exit = host::process::run(
        command,
        &mut |stream, line| match stream {
            Stream::Out => out.push(line.to_owned()),
            Stream::Error => error.push(line.to_owned()),
        },
        &|| false,
        Some(QUESTION),
    )?;
    Ok(Answer { exit, out, error })
}

impl From<host::files::FileError> for DriverError {
    fn from(error: host::files::FileError) -> Self {
        let advice = match error.kind {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                Some("make room on the disk, then run the command again")
            }
            std::io::ErrorKind::PermissionDenied => Some("run as a user who may do that, or change its mode"),
            _ => None,
        };
        let failure = Self::new(FailureKind::Machine, error.to_string());
        match advice {
            Some(advice) => failure.advise(advice),
            None => failure,
        }
    }
}
