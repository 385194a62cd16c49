//! `mainstay plan`: what would be performed.

use super::perform::Preparation;
use crate::arguments::{Common, Format, Plan as Args, PlanGoal};
use crate::error::CliError;
use crate::output::{self, step};
use model::ExitKind;
use model::plan::{Goal, Plan, Undo};

pub fn run(common: &Common, args: &Args) -> Result<ExitKind, CliError> {
    let goal = match args.goal {
        PlanGoal::Up => Goal::Up,
        PlanGoal::Deploy => Goal::Deploy,
        PlanGoal::Rollback => Goal::Rollback { to: args.to.clone() },
        PlanGoal::Down => Goal::Down,
    };
    match Preparation::make(common, &goal)?.plan(&goal) {
        Ok(plan) => {
            print(&plan, common.format);
            Ok(ExitKind::Done)
        }
        Err(refusal) => Ok(super::perform::refuse(&refusal, common.format)),
    }
}

/// Prints a plan: a line a step, and how it is taken back.
pub fn print(plan: &Plan, format: Format) {
    if format == Format::Json {
        return output::json(plan);
    }
    if plan.steps.is_empty() {
        return output::line(&format!("{}: nothing to do", plan.goal));
    }
    let release = plan.release.as_ref().map(|release| format!(" of {}", release.id)).unwrap_or_default();
    let replaces = plan.replaces.as_ref().map(|old| format!(", replaces {old}")).unwrap_or_default();
    output::line(&format!("{}{release} in {}{replaces}", plan.goal, plan.scope));
    for step in &plan.steps {
        output::line(&format!("{:>3}  {:<10}{}", step.id, step.phase.as_str(), step::describe(&step.action)));
        if let Undo::Action { .. } = step.undo {
            output::line(&format!("{:>15}undo: {}", "", step::describe_undo(step)));
        }
    }
}
