//! `plan/commit-is-last`

use model::plan::{Plan, Undo};

pub(super) fn check(plan: &Plan) -> Vec<String> {
    let commit = plan.steps.iter().position(|step| matches!(step.undo, Undo::Commit { .. }));
    let Some(commit) = commit else { return Vec::new() };
    let late = plan.steps[commit..].iter().filter(|step| matches!(step.undo, Undo::Action { .. }));
    late.map(|step| format!("step {} can be undone, but comes after the commit", step.id)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{plan, record, start};
    use super::check;

    #[test]
    fn nothing_undoable_follows_the_commit() {
        assert!(check(&plan(vec![start("a"), record()])).is_empty());
        assert_eq!(check(&plan(vec![start("a"), record(), start("b")])).len(), 1);
        let steps = vec![record(), record(), start("b")];
        assert_eq!(check(&plan(steps)), ["step 3 can be undone, but comes after the commit"]);
    }
}
