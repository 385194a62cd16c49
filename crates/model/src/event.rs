//! Events: what the engine did, in order. The ledger keeps them, the screen shows them, recovery reads them.

use crate::id::{InstanceId, ReleaseId, RunId, Scope, ServiceName, StepId};
use crate::observed::Addresses;
use crate::plan::Plan;
use crate::release::Release;
use crate::unit::{Millis, Timestamp};
use serde::{Deserialize, Serialize};

/// The version of the serialised form. A reader takes any version up to its own.
pub const FORMAT: u32 = 1;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// In whose world.
    pub scope: Scope,
    /// What.
    pub body: EventBody,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub enum EventBody {
    /// A plan begins to be performed.
    RunStarted {
        /// The plan.
        plan: Box<Plan>,
        /// Who performs it.
        owner: Owner,
    },
    /// A step begins.
    StepStarted {
        /// The run.
        run: RunId,
        /// The step.
        step: StepId,
    },
    /// A step is done.
    StepDone {
        /// The run.
        run: RunId,
        /// The step.
        step: StepId,
        /// How long it took.
        took: Millis,
        /// A few words on the result.
        detail: Option<String>,
    },
    /// A step failed.
    StepFailed {
        /// The run.
        run: RunId,
        /// The step.
        step: StepId,
        /// Why.
        failure: Failure,
    },
    /// A step begins to be taken back.
    UndoStarted {
        /// The run.
        run: RunId,
        /// The step.
        step: StepId,
    },
    /// A step was taken back.
    UndoDone {
        /// The run.
        run: RunId,
        /// The step.
        step: StepId,
    },
    /// A step could not be taken back.
    UndoFailed {
        /// The run.
        run: RunId,
        /// The step.
        step: StepId,
        /// Why.
        failure: Failure,
    },
    /// A run that was cut off is taken up again.
    RunResumed {
        /// The run.
        run: RunId,
        /// Who takes it up.
        owner: Owner,
        /// Which way.
        direction: Direction,
    },
    /// A run is over.
    RunEnded {
        /// The run.
        run: RunId,
        /// How.
        outcome: Outcome,
    },
    /// A release was made.
    ReleaseCreated {
        /// The release.
        release: Box<Release>,
    },
    /// A release is live, or (absent) none is any more.
    ReleaseLive {
        /// The release.
        release: Option<ReleaseId>,
        /// Its instances.
        instances: Vec<InstanceId>,
    },
    /// A release's folder was removed.
    ReleaseRemoved {
        /// The release.
        release: ReleaseId,
    },
    /// Ports were given; they stay.
    AddressesGiven {
        /// All of the scope.
        addresses: Addresses,
    },
    /// A service was marked by hand or by a rule, for people.
    Noted {
        /// About which service, if one.
        service: Option<ServiceName>,
        /// What.
        message: String,
    },
}

/// The kinds of event with their serialised names; from this one list come [`EventBody::kind`] and [`EventBody::KINDS`].
macro_rules! kinds {
    ($($variant:ident = $text:literal),* $(,)?) => {
        impl EventBody {
            /// The names of all kinds that this version knows.
            pub const KINDS: &'static [&'static str] = &[$($text),*];

            /// The name of the kind, as serialised.
            pub const fn kind(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $text),* }
            }
        }
    };
}
kinds! {
    RunStarted = "run-started", StepStarted = "step-started", StepDone = "step-done", StepFailed = "step-failed",
    UndoStarted = "undo-started", UndoDone = "undo-done", UndoFailed = "undo-failed", RunResumed = "run-resumed",
    RunEnded = "run-ended", ReleaseCreated = "release-created", ReleaseLive = "release-live",
    ReleaseRemoved = "release-removed", AddressesGiven = "addresses-given", Noted = "noted",
}

impl EventBody {
    /// The run that the event belongs to, if it belongs to one.
    pub const fn run(&self) -> Option<&RunId> {
        match self {
            Self::RunStarted { plan, .. } => Some(&plan.run),
            Self::StepStarted { run, .. }
            | Self::StepDone { run, .. }
            | Self::StepFailed { run, .. }
            | Self::UndoStarted { run, .. }
            | Self::UndoDone { run, .. }
            | Self::UndoFailed { run, .. }
            | Self::RunResumed { run, .. }
            | Self::RunEnded { run, .. } => Some(run),
            Self::ReleaseCreated { .. }
            | Self::ReleaseLive { .. }
            | Self::ReleaseRemoved { .. }
            | Self::AddressesGiven { .. }
            | Self::Noted { .. } => None,
        }
    }
}

/// Who performs a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// User name.
    pub user: String,
    /// Host name.
    pub host: String,
    /// Process id.
    pub pid: u32,
    /// When that process started, in clock ticks since boot; with `boot` it makes the process id unique.
    pub process_start: u64,
    /// Identifier of the machine's boot.
    pub boot: String,
}

/// Which way a cut-off run is taken up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Its remaining steps are performed.
    Finish,
    /// Its done steps are taken back.
    Undo,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
pub enum Outcome {
    /// Every step is done.
    Done,
    /// It failed or was cancelled, and everything was undone.
    Undone {
        /// Why.
        failure: Failure,
    },
    /// It failed, and something is left that a person has to look at.
    Stuck {
        /// Why.
        failure: Failure,
        /// What is left.
        left: Vec<String>,
    },
}

/// Why something failed, with what a person needs to see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What kind of failure.
    pub kind: FailureKind,
    /// What went wrong and where, as a sentence fragment in lower case.
    pub message: String,
    /// What to do.
    pub advice: Option<String>,
    /// What was seen: last probe answers, last log lines, a tool's output.
    pub evidence: Vec<Evidence>,
}

/// The kinds of failure that a program may want to tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// The plan no longer fits the world.
    Preflight,
    /// A datastore could not be brought up.
    Provision,
    /// Installing or building failed.
    Build,
    /// A migration failed.
    Migration,
    /// An instance could not be started or ended at once.
    Start,
    /// An instance did not become healthy.
    Unhealthy,
    /// The new release did worse than the old one.
    Regression,
    /// The data plane refused or is gone.
    Traffic,
    /// Someone cancelled it.
    Cancelled,
    /// It took longer than its time limit.
    TimedOut,
    /// The machine refused: disk, permission, ledger.
    Machine,
}

/// Something that was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// What it is, `last log lines of backend-r0002-…`.
    pub title: String,
    /// Its lines.
    pub lines: Vec<String>,
}
