//! `kubernetes/wide-role`

use crate::rule::{About, Remark, Rule};
use crate::subject::kubernetes::Objects;
use artifact::yaml::read::Value;
use model::finding::Severity;

pub(super) const RULE: Rule<Objects> = Rule {
    about: About {
        name: "kubernetes/wide-role",
        demands: "An account has the rights that its program needs: `cluster-admin`, or `*` on everything, makes whoever takes the pod over master of the cluster.",
        advice: "name verbs and resources",
        severity: Severity::Warning,
    },
    check,
};

fn check(objects: &Objects) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for kind in ["ClusterRoleBinding", "RoleBinding"] {
        for binding in objects.of(kind) {
            let subjects = binding.root.get("subjects").map_or(&[][..], Value::items);
            let of_pods = subjects
                .iter()
                .any(|subject| subject.get("kind").and_then(Value::text) == Some("ServiceAccount"));
            let role =
                binding.root.at(&["roleRef", "name"]).filter(|role| role.text() == Some("cluster-admin"));
            if let Some(role) = role.filter(|_| of_pods) {
                remarks.push(Remark::new(
                    binding.place(role.line),
                    format!("{} makes an account `cluster-admin`", binding.title()),
                ));
            }
        }
    }
    for kind in ["ClusterRole", "Role"] {
        for role in objects.of(kind) {
            for rule in role.root.get("rules").map_or(&[][..], Value::items) {
                let all = |key: &str| {
                    rule.get(key).map_or(&[][..], Value::items).iter().any(|item| item.text() == Some("*"))
                };
                if all("verbs") && all("resources") {
                    remarks.push(Remark::new(
                        role.place(rule.line),
                        format!("{} may do everything", role.title()),
                    ));
                }
            }
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("kubernetes/wide-role", &[("k.yaml", text)])
    }

    #[test]
    fn what_is_right_passes() {
        let text = "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r}\nrules: [{apiGroups: [\"\"], resources: [pods], verbs: [\"*\"]}]\n";
        assert_eq!(places(text), [""; 0]);
    }

    #[test]
    fn what_is_wrong_does_not() {
        assert_eq!(
            places(
                "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r}\nrules:\n- {resources: [pods], verbs: [get]}\n- {resources: [\"*\"], verbs: [\"*\"]}\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: b}\nroleRef: {kind: ClusterRole, name: cluster-admin}\nsubjects: [{kind: ServiceAccount, name: s}]\n"
            ),
            ["k.yaml:6", "k.yaml:11"]
        );
    }
}
