//! `kubernetes/open-datastore`

use crate::rule::{About, Remark, Rule};
use crate::subject::kubernetes::Objects;
use artifact::yaml::read::Value;
use model::finding::Severity;

pub(super) const RULE: Rule<Objects> = Rule {
    about: About {
        name: "kubernetes/open-datastore",
        demands: "A database is reached from inside of the cluster only: a Service of type LoadBalancer or NodePort puts it on the internet or on every node.",
        advice: "leave `type` away, and reach it with `kubectl port-forward`",
        severity: Severity::Error,
    },
    check,
};

/// Ports of PostgreSQL, MySQL, Redis, MongoDB, Elasticsearch and memcached.
const PORTS: [&str; 6] = ["5432", "3306", "6379", "27017", "9200", "11211"];

fn check(objects: &Objects) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for service in objects.of("Service") {
        let kind =
            service.spec(&["type"]).filter(|kind| matches!(kind.text(), Some("LoadBalancer" | "NodePort")));
        let Some(kind) = kind else { continue };
        // A load balancer of the cloud may be one for its own networks.
        let annotations = service.root.at(&["metadata", "annotations"]).map_or(&[][..], Value::entries);
        let inside =
            annotations.iter().any(|(key, _)| key.text.contains("internal") || key.text.contains("scheme"));
        let ports = service.spec(&["ports"]).map_or(&[][..], Value::items).iter();
        let mut ports = ports.filter_map(|port| port.get("port")?.text());
        if let Some(port) = ports.find(|port| PORTS.contains(port)).filter(|_| !inside) {
            let message = format!("{} opens port {port} to the outside", service.title());
            remarks.push(Remark::new(service.place(kind.line), message));
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("kubernetes/open-datastore", &[("k.yaml", text)])
    }

    #[test]
    fn what_is_right_passes() {
        for text in [
            "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  selector: {app: a}\n  ports: [{port: 5432}]\n",
            "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  selector: {app: a}\n  ports: [{port: 80}]\n  type: LoadBalancer\n",
        ] {
            assert_eq!(places(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_is_wrong_does_not() {
        assert_eq!(
            places(
                "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  selector: {app: a}\n  ports: [{port: 80}]\n  type: LoadBalancer\n---\napiVersion: v1\nkind: Service\nmetadata: {name: b}\nspec:\n  selector: {app: a}\n  ports: [{port: 5432}]\n  type: NodePort\n"
            ),
            ["k.yaml:15"]
        );
    }
}
