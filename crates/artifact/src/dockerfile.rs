//! Dockerfiles that we write: stages of instructions, with a comment where a reader would ask why.
//!
//! Only what BuildKit's built-in frontend knows since Docker Engine 20.10 is used, so that no frontend has to be fetched.

mod print;
pub mod read;

/// A whole Dockerfile.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dockerfile {
    /// Lines of comment at the top, without the `#`.
    pub header: Vec<String>,
    /// Its stages; the last one is what is built when no target is named.
    pub stages: Vec<Stage>,
}

/// One stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// Its name, which is also a build target.
    pub name: String,
    /// An image or another stage.
    pub from: String,
    /// Why it is there.
    pub comment: String,
    /// What it does, in order.
    pub instructions: Vec<Instruction>,
}

/// What a stage does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Instruction {
    /// A line of comment above the next instruction.
    Comment(String),
    /// A value that is given to the build.
    Arg {
        /// Its name.
        name: String,
        /// What it is when none is given.
        default: Option<String>,
    },
    /// Variables of the image.
    Env(Vec<(String, String)>),
    /// Labels of the image.
    Label(Vec<(String, String)>),
    /// The folder.
    Workdir(String),
    /// Files from the context or from another stage.
    Copy {
        /// The stage; absent for the context.
        from: Option<String>,
        /// What.
        sources: Vec<String>,
        /// Where to.
        to: String,
    },
    /// A command line of the shell.
    Run {
        /// What is there only meanwhile.
        mounts: Vec<Mount>,
        /// The command line; `&&` at the end of a line goes on in the next one.
        script: Vec<String>,
    },
    /// The user by number, with the group of the same number.
    User(u32),
    /// A port that is listened on.
    Expose(u16),
    /// How Docker asks whether it is healthy: a program with its arguments.
    Healthcheck {
        /// Seconds between two questions.
        interval: u32,
        /// Seconds for an answer.
        timeout: u32,
        /// Seconds in which failures do not count.
        start_period: u32,
        /// Failures in a row until it counts as unhealthy.
        retries: u32,
        /// The program.
        command: Vec<String>,
    },
    /// The signal that asks it to end.
    StopSignal(String),
    /// What runs every command of the image.
    Entrypoint(Vec<String>),
    /// The command: a program with its arguments.
    Cmd(Vec<String>),
}

/// What is there while a command runs, and not in the image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mount {
    /// A file or folder of the context.
    Bind {
        /// From the context.
        source: String,
        /// The command may write there; what it writes is thrown away.
        writable: bool,
    },
    /// A folder that is kept between builds.
    Cache {
        /// Where.
        target: String,
        /// Only one build at a time may use it.
        locked: bool,
    },
    /// A secret, as a file below /run/secrets.
    Secret {
        /// Its id.
        id: String,
    },
}

impl Stage {
    /// A stage that does nothing yet.
    pub fn new(name: &str, from: impl Into<String>, comment: &str) -> Self {
        Self { name: name.into(), from: from.into(), comment: comment.into(), instructions: Vec::new() }
    }

    /// Adds an instruction.
    #[must_use]
    pub fn then(mut self, instruction: Instruction) -> Self {
        self.instructions.push(instruction);
        self
    }

    /// Adds instructions.
    #[must_use]
    pub fn all(mut self, instructions: impl IntoIterator<Item = Instruction>) -> Self {
        self.instructions.extend(instructions);
        self
    }

    /// Adds a line of comment.
    #[must_use]
    pub fn comment(self, text: &str) -> Self {
        self.then(Instruction::Comment(text.into()))
    }

    /// Copies everything of the context into the folder.
    #[must_use]
    pub fn copy_context(self) -> Self {
        self.then(Instruction::Copy { from: None, sources: vec![".".into()], to: ".".into() })
    }

    /// Copies from another stage.
    #[must_use]
    pub fn copy_from(self, stage: &str, source: impl Into<String>, to: impl Into<String>) -> Self {
        let (from, sources) = (Some(stage.to_owned()), vec![source.into()]);
        self.then(Instruction::Copy { from, sources, to: to.into() })
    }

    /// Runs a command line.
    #[must_use]
    pub fn run(self, script: impl Into<String>) -> Self {
        self.then(Instruction::Run { mounts: Vec::new(), script: vec![script.into()] })
    }
}
