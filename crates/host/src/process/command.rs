//! What to run and how it ended.

use crate::environment::Variables;
use model::Secret;
use model::instance::ExitReport;
use std::path::PathBuf;
use std::time::Duration;

/// A program to run. Secrets belong into `env` and `input`, never into `args`: those everyone on the machine can see.
#[derive(Debug, Clone)]
pub struct Command {
    /// A path, or a name that is looked for in `PATH` of `env`.
    pub program: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// The folder it runs in.
    pub directory: PathBuf,
    /// Its whole environment: nothing is inherited.
    pub env: Variables,
    /// The user it runs as; absent means ours.
    pub user: Option<String>,
    /// What it reads.
    pub input: Input,
}

impl Command {
    /// A program without arguments, in `directory`, with an empty environment and nothing to read.
    pub fn new(program: impl Into<String>, directory: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            args: Vec::new(),
            directory: directory.into(),
            env: Variables::new(),
            user: None,
            input: Input::Nothing,
        }
    }

    /// With arguments.
    #[must_use]
    pub fn args(mut self, args: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// With these variables beside those it has.
    #[must_use]
    pub fn env(mut self, variables: Variables) -> Self {
        self.env.extend(variables);
        self
    }

    /// With one variable that is no secret.
    #[must_use]
    pub fn var(mut self, name: &str, value: impl Into<String>) -> Self {
        self.env.insert(name.to_owned(), Secret::new(value));
        self
    }

    /// As another user; only root can.
    #[must_use]
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.user = Some(user.into());
        self
    }

    /// With something to read.
    #[must_use]
    pub fn input(mut self, input: Input) -> Self {
        self.input = input;
        self
    }
}

/// What a program reads from its standard input.
#[derive(Debug, Clone)]
pub enum Input {
    /// Nothing.
    Nothing,
    /// A text, which may be a secret.
    Text(Secret),
    /// A file.
    File(PathBuf),
}

/// One of the two outputs of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Error,
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// By itself, with a code.
    Code(i32),
    /// By a signal.
    Signal(i32),
}

impl Exit {
    /// Whether it ended well.
    pub fn success(self) -> bool {
        self == Self::Code(0)
    }

    pub(crate) fn of(status: std::process::ExitStatus) -> Self {
        use std::os::unix::process::ExitStatusExt;
        match (status.code(), status.signal()) {
            (Some(code), _) => Self::Code(code),
            (None, Some(signal)) => Self::Signal(signal),
            (None, None) => Self::Code(-1),
        }
    }

    /// As a record.
    pub fn report(self, at: model::unit::Timestamp, out_of_memory: bool) -> ExitReport {
        let (code, signal) = match self {
            Self::Code(code) => (Some(code), None),
            Self::Signal(signal) => (None, Some(signal)),
        };
        ExitReport { at, code, signal, out_of_memory }
    }
}

impl std::fmt::Display for Exit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exited with code {code}"),
            Self::Signal(signal) => write!(f, "was ended by signal {signal}"),
        }
    }
}

/// A program could not be run to its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProcessError {
    /// There is no such program.
    #[error("`{program}` was not found in {}", if searched.is_empty() { "an empty PATH" } else { searched })]
    NotFound {
        /// The name or path.
        program: String,
        /// Where it was looked for.
        searched: String,
    },
    /// The folder it should run in is not there.
    #[error("`{program}` cannot run in {}: {reason}", directory.display())]
    Directory {
        /// The program.
        program: String,
        /// The folder.
        directory: PathBuf,
        /// The machine's words.
        reason: String,
    },
    /// There is no such user, or we may not become it.
    #[error("`{program}` cannot run as user `{user}`: {reason}")]
    User {
        /// The program.
        program: String,
        /// The user.
        user: String,
        /// What is in the way.
        reason: String,
    },
    /// The machine refused to start it.
    #[error("`{program}` cannot be started: {reason}")]
    Start {
        /// The program.
        program: String,
        /// The machine's words.
        reason: String,
    },
    /// It took too long and was killed with all its children.
    #[error("`{program}` did not end within {} s", after.as_secs_f32())]
    TimedOut {
        /// The program.
        program: String,
        /// The time it had.
        after: Duration,
    },
    /// It was killed because someone asked to stop.
    #[error("`{program}` was cancelled")]
    Cancelled {
        /// The program.
        program: String,
    },
}
