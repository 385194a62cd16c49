//! `plan/gate-before-traffic`

use model::id::InstanceId;
use model::plan::{Action, Plan};
use model::routing::MemberState;
use std::collections::BTreeSet;

pub(super) fn check(plan: &Plan) -> Vec<String> {
    let mut waiting: BTreeSet<&InstanceId> = BTreeSet::new();
    let mut found = Vec::new();
    for step in &plan.steps {
        if let Action::Start { instance, .. } = &step.action {
            waiting.insert(instance);
        }
        if let Action::Gate { instances, .. } = &step.action {
            instances.iter().for_each(|id| {
                waiting.remove(id);
            });
        }
        if let Action::Route { table, .. } = &step.action {
            let members = table.pools.iter().flat_map(|pool| &pool.members);
            let taking = members.filter(|member| member.weight > 0 && member.state == MemberState::Active);
            let early = taking.filter(|member| waiting.contains(&member.instance));
            found.extend(
                early.map(|member| format!("step {} routes to {} ungated", step.id, member.instance)),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{gate, plan, route, start};
    use super::check;

    #[test]
    fn gated_instances_may_serve() {
        assert!(check(&plan(vec![start("a"), gate(&["a"]), route(&["a"])])).is_empty());
        assert!(check(&plan(vec![route(&["old"])])).is_empty(), "one that ran before needs no gate");
    }

    #[test]
    fn ungated_instances_may_not() {
        assert_eq!(check(&plan(vec![start("a"), route(&["a"])])).len(), 1);
    }

    #[test]
    fn the_second_one_counts_too() {
        let steps = vec![start("a"), start("b"), gate(&["a"]), route(&["a", "b"])];
        assert_eq!(check(&plan(steps)), ["step 4 routes to b ungated"]);
    }
}
