//! The arguments, and nothing they do.

use clap::{Args, Parser, Subcommand, ValueEnum};
use model::id::{EnvironmentName, ProjectName, ReleaseId, ServiceName};
use model::manifest::Target;
use planner::files::Family;
use std::path::PathBuf;

/// From a repository to a service that deploys without downtime.
#[derive(Debug, Parser)]
#[command(
    name = "mainstay",
    version,
    about,
    propagate_version = true,
    arg_required_else_help = true,
    after_help = "Examples:\n  mainstay init          look at this repository and write mainstay.toml\n  \
                  mainstay up            build it and run it here\n  mainstay deploy        let the newest state go live\n  \
                  mainstay rollback      go back to the release before\n\n\
                  Exit codes: 0 done, 1 negative answer, 2 bad usage or input, 3 refused before changing anything,\n\
                  4 failed and undone, 5 failed and needs a person."
)]
pub struct Arguments {
    /// What every command takes.
    #[command(flatten)]
    pub common: Common,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes.
#[derive(Debug, Clone, Args)]
pub struct Common {
    /// The project's folder
    #[arg(
        short = 'C',
        long,
        global = true,
        value_name = "DIR",
        default_value = ".",
        hide_default_value = true
    )]
    pub directory: PathBuf,
    /// The environment, when mainstay.toml has several
    #[arg(short, long, global = true, value_name = "NAME")]
    pub environment: Option<EnvironmentName>,
    /// What runs it: process, docker or swarm, when not what mainstay.toml says
    #[arg(long, global = true, value_name = "NAME")]
    pub target: Option<Target>,
    /// Words for people, or JSON for programs
    #[arg(long, global = true, value_enum, default_value_t = Format::Text, hide_default_value = true)]
    pub format: Format,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Look at the repository and write mainstay.toml
    #[command(after_help = "Examples:\n  mainstay init\n  mainstay init --yes --name shop")]
    Init(Init),
    /// Say what is in the repository, with evidence
    #[command(after_help = "Examples:\n  mainstay detect\n  mainstay detect ../shop --format json")]
    Detect(Detect),
    /// Write Dockerfiles, Compose files, workflows and all else that the repository needs to ship
    #[command(
        after_help = "Examples:\n  mainstay generate\n  mainstay generate --only dockerfile,compose --yes\n  mainstay generate --check\n  mainstay generate --pin --registry-mirror quay.io=https://mirror.example/quay"
    )]
    Generate(Generate),
    /// Look for what is unsafe or cannot work in Dockerfiles, Compose files, workflows, nginx and Kubernetes files
    #[command(
        after_help = "Examples:\n  mainstay audit\n  mainstay audit --fail-on warning --sarif audit.sarif\n  mainstay audit --explain dockerfile/root-user\n\n\
                      A comment lets one finding pass: # mainstay: allow RULE because REASON"
    )]
    Audit(Audit),
    /// Bring the project up as it is now
    #[command(after_help = "Examples:\n  mainstay up\n  mainstay up --dry-run")]
    Up(Perform),
    /// Make a release of the repository and let it go live
    #[command(after_help = "Examples:\n  mainstay deploy\n  mainstay deploy -e production --format json")]
    Deploy(Perform),
    /// Let an earlier release go live again, without building
    #[command(after_help = "Examples:\n  mainstay rollback\n  mainstay rollback r0007-1a2b3c4")]
    Rollback(Rollback),
    /// Let everything that was up run again after the machine was started, whatever the project
    #[command(
        args_conflicts_with_subcommands = true,
        after_help = "Examples:\n  mainstay boot install    from now on the machine does it when it starts\n  mainstay boot            do it now; what runs stays as it is"
    )]
    Boot(Boot),
    /// Stop everything of the environment; data stays
    Down(Perform),
    /// Finish or undo a run that was cut off
    Recover,
    /// Print the plan that would be performed
    #[command(after_help = "Examples:\n  mainstay plan deploy\n  mainstay plan rollback --format json")]
    Plan(Plan),
    /// Say what runs and how it is
    Status,
    /// List the releases
    Releases,
    /// Show what the services wrote
    #[command(
        after_help = "Examples:\n  mainstay logs\n  mainstay logs -f backend\n  mainstay logs --lines 500 --grep ERROR"
    )]
    Logs(Logs),
    /// Look for what is wrong with this machine, this project and what runs
    Doctor,
    /// Set, list or remove values of variables
    #[command(
        subcommand,
        after_help = "Examples:\n  mainstay env list\n  echo -n \"$KEY\" | mainstay env set backend STRIPE_KEY"
    )]
    Env(Env),
    /// Print the proxy's counters in the Prometheus format
    Metrics,
    /// Let this binary take over as the proxy, without losing a request
    ProxyUpgrade,
    /// Print a completion script
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Write the man pages into a folder
    Man {
        /// The folder
        folder: PathBuf,
    },
    /// Print the JSON schema of mainstay.toml
    Schema,
}

/// `mainstay init`
#[derive(Debug, Args)]
pub struct Init {
    /// Take the answers that are given here or sensible, ask nothing
    #[arg(short, long)]
    pub yes: bool,
    /// Name of the project
    #[arg(long)]
    pub name: Option<ProjectName>,
    /// Print what would be written
    #[arg(long)]
    pub dry_run: bool,
}

/// `mainstay detect`
#[derive(Debug, Args)]
pub struct Detect {
    /// The repository
    pub path: Option<PathBuf>,
}

/// `mainstay generate`
#[derive(Debug, Args)]
pub struct Generate {
    /// Only these families
    #[arg(long, value_name = "FAMILY", value_delimiter = ',', value_parser = family)]
    pub only: Vec<Family>,
    /// Change nothing; say what is out of date, with exit code 1 when something is
    #[arg(long, conflicts_with_all = ["yes", "dry_run"])]
    pub check: bool,
    /// Write without asking
    #[arg(short, long)]
    pub yes: bool,
    /// Print what would be written
    #[arg(long)]
    pub dry_run: bool,
    /// Write this file as generated, whatever a person made of it
    #[arg(long, value_name = "PATH")]
    pub overwrite: Vec<String>,
    /// Ask registries for the digests of all images that files name, and name images by tag and digest
    #[arg(long, conflicts_with = "only")]
    pub pin: bool,
    /// Name images by tag alone again
    #[arg(long, conflicts_with_all = ["pin", "only"])]
    pub unpin: bool,
    /// Ask this one instead of Docker Hub, or of the registry that is named
    #[arg(long, value_name = "[REGISTRY=]URL", requires = "pin")]
    pub registry_mirror: Vec<host::network::Mirror>,
}

/// `mainstay audit`
#[derive(Debug, Args)]
pub struct Audit {
    /// The repository
    pub path: Option<PathBuf>,
    /// The least severity that makes the exit code 1
    #[arg(long, value_enum, default_value_t = FailOn::Error)]
    pub fail_on: FailOn,
    /// Also write the findings to this file, as SARIF 2.1.0
    #[arg(long, value_name = "FILE")]
    pub sarif: Option<PathBuf>,
    /// Print the findings as annotations of GitHub Actions
    #[arg(long, conflicts_with = "format")]
    pub annotate: bool,
    /// Say what a rule demands and what to do, and audit nothing
    #[arg(long, value_name = "RULE", conflicts_with_all = ["sarif", "annotate", "path"])]
    pub explain: Option<String>,
}

/// From which severity on findings are a negative answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Only what fails or is exploitable by construction.
    Error,
    /// Also what should be changed before production.
    Warning,
    /// Everything that is found.
    Note,
    /// Nothing.
    Never,
}

fn family(word: &str) -> Result<Family, String> {
    let all = || Family::ALL.iter().map(|family| family.as_str()).collect::<Vec<_>>().join(", ");
    let found = Family::ALL.iter().find(|family| family.as_str() == word);
    found.copied().ok_or_else(|| format!("there are: {}", all()))
}

/// Commands that perform a plan.
#[derive(Debug, Args)]
pub struct Perform {
    /// Print the plan, change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Show every line that builds and tools write
    #[arg(short, long)]
    pub verbose: bool,
}

/// `mainstay boot`
#[derive(Debug, Args)]
pub struct Boot {
    /// As for every command that performs a plan.
    #[command(flatten)]
    pub perform: Perform,
    /// What to do about the next start of the machine.
    #[command(subcommand)]
    pub action: Option<BootAction>,
}

/// What makes the machine call `mainstay boot`.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum BootAction {
    /// Let systemd run `mainstay boot` whenever the machine starts
    Install,
    /// Take that back; what runs stays as it is
    Uninstall,
    /// Say whether anything runs it, with exit code 1 when nothing does
    Status,
}

/// `mainstay rollback`
#[derive(Debug, Args)]
pub struct Rollback {
    /// The release; without it the one before the live one
    pub to: Option<ReleaseId>,
    /// As for every command that performs a plan.
    #[command(flatten)]
    pub perform: Perform,
}

/// `mainstay plan`
#[derive(Debug, Args)]
pub struct Plan {
    /// What the plan is for
    #[arg(value_enum, default_value_t = PlanGoal::Deploy)]
    pub goal: PlanGoal,
    /// The release, for a rollback
    pub to: Option<ReleaseId>,
}

/// Goals that can be planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PlanGoal {
    /// As `mainstay up`.
    Up,
    /// As `mainstay deploy`.
    Deploy,
    /// As `mainstay rollback`.
    Rollback,
    /// As `mainstay down`.
    Down,
}

/// `mainstay logs`
#[derive(Debug, Args)]
pub struct Logs {
    /// Only this service or datastore
    pub service: Option<ServiceName>,
    /// Go on as new lines come
    #[arg(short, long)]
    pub follow: bool,
    /// Number of lines of each instance to begin with
    #[arg(short = 'n', long, default_value_t = 100)]
    pub lines: usize,
    /// Only lines that contain this text
    #[arg(long, value_name = "TEXT")]
    pub grep: Option<String>,
    /// Also instances of earlier releases that are still on record
    #[arg(long)]
    pub all: bool,
}

/// `mainstay env`
#[derive(Debug, Subcommand)]
pub enum Env {
    /// List every variable of every service: where its value comes from, never the value
    List,
    /// Put a value into the vault; it is read from standard input
    Set {
        /// The service that reads it
        service: ServiceName,
        /// The variable
        name: String,
    },
    /// Put the values of a .env file into the vault, as far as the service reads them
    Import {
        /// The service that reads them
        service: ServiceName,
        /// The file
        file: PathBuf,
    },
    /// Take a value out of the vault
    Unset {
        /// The service that reads it
        service: ServiceName,
        /// The variable
        name: String,
    },
    /// Name everything that is wrong with the values of a .env file, or with those in the vault
    Check {
        /// The service that reads them, where the file's folder does not tell
        #[arg(long, value_name = "NAME")]
        service: Option<ServiceName>,
        /// The file
        file: Option<PathBuf>,
    },
    /// Write the secrets that Compose and Swarm mount as files; those that are there already stay
    Secrets {
        /// The folder, which git must ignore
        folder: PathBuf,
    },
}
