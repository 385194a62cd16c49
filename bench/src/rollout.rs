//! A shop with two releases, and rollbacks between them whose every event is timed from outside.

use crate::Failure;
use crate::table::millis;
use model::event::{Event, EventBody};
use model::plan::{Action, Phase, Plan, Step};
use model::unit::Timestamp;
use scenarios::shop::{Mode, Plot, Shop};
use scenarios::world::World;
use std::path::Path;
use std::time::Instant;

/// A world with a shop of which two releases were deployed.
pub(crate) struct Stage {
    pub(crate) world: World,
    /// Release ids, and the versions that they answer with.
    pub(crate) releases: [(String, &'static str); 2],
}

impl Stage {
    /// Sets it up. The second release is live.
    pub(crate) fn new(binary: &Path, plot: &Plot) -> Result<Self, Failure> {
        Self::within(World::with_binary("bench", binary), plot)
    }

    /// The same in a certain world.
    pub(crate) fn within(world: World, plot: &Plot) -> Result<Self, Failure> {
        let shop = Shop::open(&world, plot);
        let first = Run::perform(&world, &["deploy"])?.release()?;
        shop.commit("v2", Mode::Good);
        let second = Run::perform(&world, &["deploy"])?.release()?;
        Ok(Self { world, releases: [(first, "v1"), (second, "v2")] })
    }

    /// Lets the release go live that was not live in round `round - 1`, from round 0.
    pub(crate) fn turn(&self, round: usize) -> Result<Turn<'_>, Failure> {
        let [new, old] = [round % 2, (round + 1) % 2].map(|at| &self.releases[at]);
        let run = Run::perform(&self.world, &["rollback", &new.0])?;
        Ok(Turn { run, old: old.1 })
    }
}

/// One rollback.
pub(crate) struct Turn<'s> {
    pub(crate) run: Run,
    /// The version that was live before.
    pub(crate) old: &'s str,
}

/// A command that performed a plan.
pub(crate) struct Run {
    pub(crate) plan: Plan,
    events: Vec<(f64, Event)>,
    /// From start to end, in milliseconds.
    pub(crate) wall: f64,
    /// The most memory it ever had, in kilobytes.
    pub(crate) peak_kb: u64,
}

impl Run {
    /// Runs a command that must succeed. Times are those at which its lines arrive.
    pub(crate) fn perform(world: &World, command: &[&str]) -> Result<Self, Failure> {
        let began = Instant::now();
        let mut running = world.spawn(&[command, &["--format", "json"]].concat());
        let (mut events, mut peak_kb) = (Vec::new(), 0);
        while let Some(line) = running.next_line() {
            let at = millis(began.elapsed());
            if let Ok(event) = serde_json::from_str::<Event>(&line) {
                if matches!(event.body, EventBody::RunEnded { .. }) {
                    peak_kb = status_kb(running.pid(), "VmHWM");
                }
                events.push((at, event));
            }
        }
        let output = running.finish();
        let wall = millis(began.elapsed());
        let plan = events.iter().find_map(|(_, event)| match &event.body {
            EventBody::RunStarted { plan, .. } => Some(plan.as_ref().clone()),
            _ => None,
        });
        match (plan, output.code) {
            (Some(plan), Some(0)) => Ok(Self { plan, events, wall, peak_kb }),
            _ => Err(output.shown().into()),
        }
    }

    fn release(&self) -> Result<String, Failure> {
        let release = self.plan.release.as_ref().ok_or("the plan has no release")?;
        Ok(release.id.to_string())
    }

    /// When, by the clock, the last step of a phase was done.
    pub(crate) fn phase_done(&self, phase: Phase) -> Option<Timestamp> {
        let last = self.plan.steps.iter().rfind(|step| step.phase == phase)?;
        self.events.iter().find_map(|(_, event)| match &event.body {
            EventBody::StepDone { step, .. } if *step == last.id => Some(event.at),
            _ => None,
        })
    }

    /// Where the time went, in order: what comes before the run, each kind of step, what comes after.
    pub(crate) fn spans(&self) -> Vec<(String, f64)> {
        let mut spans: Vec<(String, f64)> = Vec::new();
        let mut add = |name: String, span: f64| match spans.iter_mut().find(|(known, _)| *known == name) {
            Some((_, sum)) => *sum += span,
            None => spans.push((name, span)),
        };
        let mut last = 0.0;
        for (at, event) in &self.events {
            match &event.body {
                EventBody::RunStarted { .. } => add("start, lock, look, plan".into(), at - last),
                EventBody::StepDone { step, .. } => add(self.name(*step), at - last),
                EventBody::RunEnded { .. } => add("end of the run".into(), at - last),
                _ => continue,
            }
            last = *at;
        }
        add("end of the process".into(), self.wall - last);
        spans
    }

    fn name(&self, id: model::id::StepId) -> String {
        let Some(step) = self.plan.steps.iter().find(|step| step.id == id) else { return id.to_string() };
        let action = serde_json::to_value(&step.action).unwrap_or_default();
        format!("{}: {}", step.phase, action["do"].as_str().unwrap_or_default())
    }

    /// Milliseconds that the plan says to watch.
    pub(crate) fn watched(&self) -> f64 {
        let watched = |step: &Step| match &step.action {
            Action::Watch { policy, .. } => Some(millis(policy.duration.duration())),
            _ => None,
        };
        self.plan.steps.iter().filter_map(watched).sum()
    }
}

/// A line of `/proc/PID/status`; zero when the process is gone.
fn status_kb(pid: u32, name: &str) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
