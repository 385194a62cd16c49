//! `plan/migrate-before-start`

use model::plan::{Action, Plan};

pub(super) fn check(plan: &Plan) -> Vec<String> {
    let started = plan.steps.iter().position(|step| matches!(step.action, Action::Start { .. }));
    let Some(started) = started else { return Vec::new() };
    let late = plan.steps[started..].iter().filter(|step| matches!(step.action, Action::Migrate { .. }));
    late.map(|step| format!("step {} migrates after an instance was started", step.id)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{migrate, plan, start};
    use super::check;

    #[test]
    fn migrations_come_first() {
        assert!(check(&plan(vec![migrate(), migrate(), start("a")])).is_empty());
        assert_eq!(check(&plan(vec![start("a"), migrate()])).len(), 1);
        assert_eq!(
            check(&plan(vec![migrate(), start("a"), migrate()])),
            ["step 3 migrates after an instance was started"]
        );
    }
}
