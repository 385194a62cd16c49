//! The progress of a run: a line a step; on a terminal a spinner with the latest words of the step that runs.

use super::note;
use super::step::describe;
use super::style::Style;
use super::time::span;
use crate::arguments::Format;
use engine::Watcher;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use model::event::{Direction, Event, EventBody};
use model::id::StepId;
use model::plan::{Phase, Plan, Step};
use std::cell::RefCell;
use std::io::{IsTerminal, Write};
use std::time::Duration;

/// Prints what the engine does.
pub struct Screen {
    format: Format,
    verbose: bool,
    style: Style,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    plan: Option<Plan>,
    spinner: Option<ProgressBar>,
}

impl Screen {
    /// A screen for one run.
    pub fn new(format: Format, verbose: bool) -> Self {
        Self { format, verbose, style: Style::for_stderr(), state: RefCell::default() }
    }

    /// The plan whose steps will be shown, for a run that was begun earlier.
    pub fn resume(&self, plan: &Plan) {
        self.state.borrow_mut().plan = Some(plan.clone());
    }

    fn show(&self, event: &Event) {
        match &event.body {
            EventBody::RunStarted { plan, .. } => self.resume(plan),
            EventBody::StepStarted { step, .. } => self.begin(*step, ""),
            EventBody::UndoStarted { step, .. } => self.begin(*step, "undo "),
            EventBody::StepDone { step, took, detail, .. } => {
                let detail = detail.as_ref().map(|text| format!(": {text}")).unwrap_or_default();
                let took = self.style.dim(&format!("({})", span(*took)));
                self.end(&self.style.good("✓"), *step, &format!("{detail} {took}"));
            }
            EventBody::StepFailed { step, failure, .. } => {
                self.end(&self.style.bad("✗"), *step, &format!(": {}", failure.message));
            }
            EventBody::UndoDone { step, .. } => self.end(&self.style.warn("↩"), *step, " undone"),
            EventBody::UndoFailed { step, failure, .. } => {
                self.end(&self.style.bad("✗"), *step, &format!(" could not be undone: {}", failure.message));
            }
            EventBody::RunResumed { direction, .. } => note(&self.style.bold(match direction {
                Direction::Finish => "A run that was cut off is finished.",
                Direction::Undo => "A run that was cut off is undone.",
            })),
            EventBody::RunEnded { .. } => self.clear(),
            EventBody::ReleaseCreated { .. }
            | EventBody::ReleaseLive { .. }
            | EventBody::ReleaseRemoved { .. }
            | EventBody::AddressesGiven { .. }
            | EventBody::Noted { .. } => {}
        }
    }

    fn begin(&self, step: StepId, prefix: &str) {
        let Some(found) = self.step(step) else { return };
        let words = format!("{prefix}{:<10}{}", found.phase.as_str(), describe(&found.action));
        if std::io::stderr().is_terminal() {
            self.clear();
            let spinner = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            let template = ProgressStyle::with_template("{spinner} {prefix}  {msg:.dim}");
            spinner.set_style(template.unwrap_or_else(|_| ProgressStyle::default_spinner()));
            spinner.set_prefix(words);
            spinner.enable_steady_tick(Duration::from_millis(100));
            self.state.borrow_mut().spinner = Some(spinner);
        } else if matches!(found.phase, Phase::Build | Phase::Migrate | Phase::Watch) {
            note(&format!("… {words}"));
        }
    }

    fn end(&self, sign: &str, step: StepId, rest: &str) {
        self.clear();
        if let Some(found) = self.step(step) {
            note(&format!("{sign} {:<10}{}{rest}", found.phase.as_str(), describe(&found.action)));
        }
    }

    fn clear(&self) {
        if let Some(spinner) = self.state.borrow_mut().spinner.take() {
            spinner.finish_and_clear();
        }
    }

    fn step(&self, id: StepId) -> Option<Step> {
        self.state.borrow().plan.as_ref()?.steps.iter().find(|step| step.id == id).cloned()
    }
}

impl Watcher for Screen {
    fn event(&self, event: &Event) {
        match self.format {
            Format::Text => self.show(event),
            Format::Json => {
                let text = serde_json::to_string(event).unwrap_or_default();
                let mut out = std::io::stdout().lock();
                let _ = writeln!(out, "{text}").and_then(|()| out.flush());
            }
        }
    }

    fn line(&self, _: StepId, text: &str) {
        if self.format == Format::Json {
            return;
        }
        let state = self.state.borrow();
        match (&state.spinner, self.verbose) {
            (Some(spinner), true) => spinner.println(format!("    {text}")),
            (Some(spinner), false) => spinner.set_message(text.chars().take(80).collect::<String>()),
            (None, true) => note(&format!("    {text}")),
            (None, false) => {}
        }
    }
}
