//! What a rule is.

use model::Place;
use model::finding::{Finding, Severity};
use serde::Serialize;

/// What is said of a rule in the reference, in reports and by `mainstay audit --explain`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct About {
    /// `family/what`.
    pub name: &'static str,
    /// What it demands and why, in a sentence or two.
    pub demands: &'static str,
    /// What to do where it is not met.
    pub advice: &'static str,
    /// How bad it is when it is not met.
    pub severity: Severity,
}

/// A rule over one kind of subject.
pub struct Rule<S> {
    /// What it is.
    pub about: About,
    /// Everything in the subject that does not meet it.
    pub(crate) check: fn(&S) -> Vec<Remark>,
}

impl<S> Rule<S> {
    /// What it says of a subject.
    pub(crate) fn findings(&self, subject: &S) -> Vec<Finding> {
        (self.check)(subject).into_iter().map(|remark| remark.finding(&self.about)).collect()
    }
}

/// A place where a rule is not met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Remark {
    place: Place,
    related: Vec<Place>,
    message: String,
    severity: Option<Severity>,
}

impl Remark {
    /// What is wrong at a place, as a sentence fragment in lower case.
    pub(crate) fn new(place: Place, message: impl Into<String>) -> Self {
        Self { place, related: Vec::new(), message: message.into(), severity: None }
    }

    /// The same, with another place that is needed to see it.
    pub(crate) fn with(mut self, place: Place) -> Self {
        self.related.push(place);
        self
    }

    /// The same, better or worse than the rule has it.
    #[expect(clippy::wrong_self_convention, reason = "it is said of the remark, and not a view of it")]
    pub(crate) fn as_bad_as(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }

    /// As a finding of a rule.
    pub(crate) fn finding(self, about: &About) -> Finding {
        let severity = self.severity.unwrap_or(about.severity);
        let finding = Finding::new(severity, about.name, self.message, about.advice);
        Finding { related: self.related, ..finding }.at(Some(self.place))
    }
}
