//! `plan/drain-before-stop`

use model::id::InstanceId;
use model::plan::{Action, Goal, Plan};
use model::routing::MemberState;
use std::collections::BTreeSet;

pub(super) fn check(plan: &Plan) -> Vec<String> {
    // Down takes the whole scope out of the proxy first.
    if plan.goal == Goal::Down {
        return Vec::new();
    }
    let mut serving: BTreeSet<&InstanceId> = BTreeSet::new();
    let mut found = Vec::new();
    for step in &plan.steps {
        if let Action::Route { table, .. } = &step.action {
            let members = table.pools.iter().flat_map(|pool| &pool.members);
            serving = members.filter(|m| m.state == MemberState::Active).map(|m| &m.instance).collect();
        }
        if let Action::Stop { instance } = &step.action
            && serving.contains(instance)
        {
            found.push(format!("step {} stops {instance} while it may take traffic", step.id));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{plan, route, stop};
    use super::check;

    #[test]
    fn a_serving_instance_is_not_stopped() {
        assert!(check(&plan(vec![route(&["new"]), stop("old")])).is_empty());
        assert_eq!(check(&plan(vec![route(&["new", "old"]), stop("old")])).len(), 1);
    }

    #[test]
    fn the_second_one_counts_too() {
        let steps = vec![route(&["new", "b"]), stop("a"), stop("b")];
        assert_eq!(check(&plan(steps)), ["step 3 stops b while it may take traffic"]);
    }
}
