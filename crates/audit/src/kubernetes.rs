//! Rules over Kubernetes objects.

mod added_rights;
mod host_namespace;
mod host_path;
mod idle_selector;
mod idle_service;
mod mismatched_selector;
mod moving_image;
mod no_memory;
mod no_readiness;
mod open_datastore;
mod removed_api;
mod repeated_variable;
mod replicas_beside_autoscaler;
mod root_user;
mod stuck_drain;
mod unknown_account;
mod unknown_backend;
mod unknown_claim;
mod unknown_key;
mod unknown_probe_port;
mod unknown_reference;
mod unknown_scale_target;
mod unknown_target_port;
mod unknown_volume;
mod wide_role;
mod written_secret;

use crate::rule::Rule;
use crate::subject::kubernetes::Objects;

/// Every rule, in the order in which they are documented.
pub const RULES: &[Rule<Objects>] = &[
    removed_api::RULE,
    mismatched_selector::RULE,
    idle_service::RULE,
    unknown_target_port::RULE,
    unknown_backend::RULE,
    unknown_probe_port::RULE,
    unknown_scale_target::RULE,
    replicas_beside_autoscaler::RULE,
    stuck_drain::RULE,
    idle_selector::RULE,
    unknown_reference::RULE,
    unknown_key::RULE,
    unknown_volume::RULE,
    unknown_claim::RULE,
    unknown_account::RULE,
    written_secret::RULE,
    open_datastore::RULE,
    added_rights::RULE,
    host_path::RULE,
    host_namespace::RULE,
    root_user::RULE,
    wide_role::RULE,
    moving_image::RULE,
    no_readiness::RULE,
    no_memory::RULE,
    repeated_variable::RULE,
];

#[cfg(test)]
mod tests {
    use crate::{Subjects, check};
    use host::MemoryTree;

    #[test]
    fn nothing_in_a_file_makes_a_rule_panic() {
        let kinds = [
            "Deployment",
            "StatefulSet",
            "CronJob",
            "Pod",
            "Service",
            "Ingress",
            "HorizontalPodAutoscaler",
            "PodDisruptionBudget",
            "NetworkPolicy",
            "Secret",
            "ConfigMap",
            "Role",
            "ClusterRoleBinding",
            "Kustomization",
        ];
        let values = ["", "a", "[]", "{}", "[a, {}, [[]], {name: }]", "{a: {b: [c]}, '': ~}", "-1"];
        let keys = [
            "metadata",
            "spec",
            "data",
            "stringData",
            "rules",
            "subjects",
            "roleRef",
            "images",
            "resources",
            "patches",
            "secretGenerator",
        ];
        let inner = [
            "selector",
            "template",
            "ports",
            "containers",
            "scaleTargetRef",
            "env",
            "volumes",
            "minAvailable",
        ];
        for (kind, value) in kinds.iter().flat_map(|kind| values.map(|value| (kind, value))) {
            let flat: String = keys.iter().map(|key| format!("{key}: {value}\n")).collect();
            let below: String = inner.iter().map(|key| format!("  {key}: {value}\n")).collect();
            let pod: String = inner.iter().map(|key| format!("      {key}: {value}\n")).collect();
            let container = format!(
                "      containers:\n      - image: {value}\n        env: [{value}]\n        ports: [{value}]\n"
            );
            let text = format!(
                "apiVersion: {value}\nkind: {kind}\n{flat}---\napiVersion: v1\nkind: {kind}\nspec:\n{below}---\napiVersion: v1\nkind: {kind}\nspec:\n  template:\n    spec:\n{pod}{container}"
            );
            let tree = MemoryTree::new("repository", [("k.yaml", text.as_str())]);
            check(&Subjects::read(&tree));
        }
    }
}
