//! Rules over our own plans: the planner is checked before anything is performed.

mod commit_is_last;
mod drain_before_stop;
mod gate_before_traffic;
mod migrate_before_start;

use model::finding::{Finding, Severity};
use model::plan::Plan;

/// A rule over plans.
pub struct PlanRule {
    /// `plan/<what>`.
    pub name: &'static str,
    /// What it demands, in a sentence.
    pub demands: &'static str,
    check: fn(&Plan) -> Vec<String>,
}

/// Every rule, in the order in which they are documented.
pub const RULES: &[PlanRule] = &[
    PlanRule {
        name: "plan/gate-before-traffic",
        demands: "An instance takes traffic only after it was gated.",
        check: gate_before_traffic::check,
    },
    PlanRule {
        name: "plan/migrate-before-start",
        demands: "Migrations are done before an instance of the new release starts.",
        check: migrate_before_start::check,
    },
    PlanRule {
        name: "plan/drain-before-stop",
        demands: "An instance that took traffic is drained before it is stopped.",
        check: drain_before_stop::check,
    },
    PlanRule {
        name: "plan/commit-is-last",
        demands: "After the commit there is no step that would have to be undone.",
        check: commit_is_last::check,
    },
];

/// What the rules say of a plan.
pub fn check_plan(plan: &Plan) -> Vec<Finding> {
    let found =
        RULES.iter().flat_map(|rule| (rule.check)(plan).into_iter().map(move |message| (rule, message)));
    found
        .map(|(rule, message)| {
            let advice = format!("{} This is a fault of Mainstay; please report it.", rule.demands);
            Finding::new(Severity::Error, rule.name, message, advice)
        })
        .collect()
}

#[cfg(test)]
mod fixture;
