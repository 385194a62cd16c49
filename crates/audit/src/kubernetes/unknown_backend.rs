//! `kubernetes/unknown-backend`

use crate::rule::{About, Remark, Rule};
use crate::subject::kubernetes::Objects;
use artifact::yaml::read::Value;
use model::finding::Severity;

pub(super) const RULE: Rule<Objects> = Rule {
    about: About {
        name: "kubernetes/unknown-backend",
        demands: "An Ingress names a Service and a port that it has: else its paths answer 503.",
        advice: "write the name and the port of the Service",
        severity: Severity::Error,
    },
    check,
};

fn check(objects: &Objects) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for ingress in objects.of("Ingress") {
        let mut backends = Vec::new();
        collect(&ingress.root, &mut backends);
        for backend in backends.into_iter().filter_map(|backend| backend.get("service")) {
            let Some(name) = backend.get("name") else { continue };
            let text = name.text().unwrap_or_default();
            let services: Vec<_> = objects.named("Service", text, ingress).collect();
            // A Service may be made elsewhere, unless the repository makes Services itself.
            if services.is_empty() && objects.is_whole() && objects.of("Service").next().is_some() {
                remarks.push(Remark::new(ingress.place(name.line), format!("there is no Service `{text}`")));
            }
            let wanted = ["number", "name"].iter().find_map(|key| Some((*key, backend.at(&["port", key])?)));
            let Some((key, port)) = wanted.filter(|_| !services.is_empty()) else { continue };
            let key = if key == "number" { "port" } else { "name" };
            let has = |of: &Value| of.get(key).and_then(Value::text) == port.text();
            if !services
                .iter()
                .any(|service| service.spec(&["ports"]).map_or(&[][..], Value::items).iter().any(has))
            {
                let message = format!("Service `{text}` has no port {}", port.text().unwrap_or_default());
                remarks.push(
                    Remark::new(ingress.place(port.line), message)
                        .with(services[0].place(services[0].root.line)),
                );
            }
        }
    }
    remarks
}

/// The backends in a value.
fn collect<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
    for (key, value) in value.entries() {
        if matches!(key.text.as_str(), "backend" | "defaultBackend") {
            found.push(value);
        } else {
            collect(value, found);
        }
    }
    value.items().iter().for_each(|item| collect(item, found));
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("kubernetes/unknown-backend", &[("k.yaml", text)])
    }

    #[test]
    fn what_is_right_passes() {
        for text in [
            "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  selector: {app: a}\n  ports: [{port: 80}]\n---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\nspec:\n  defaultBackend: {service: {name: a, port: {number: 80}}}\n",
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\nspec:\n  defaultBackend: {service: {name: a, port: {number: 80}}}\n",
        ] {
            assert_eq!(places(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_is_wrong_does_not() {
        assert_eq!(
            places(
                "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  selector: {app: a}\n  ports: [{port: 80}]\n---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\nspec:\n  rules:\n  - http:\n      paths:\n      - backend: {service: {name: a, port: {number: 80}}}\n      - backend: {service: {name: b, port: {number: 80}}}\n      - backend:\n          service:\n            name: a\n            port: {number: 81}\n"
            ),
            ["k.yaml:16", "k.yaml:20"]
        );
    }
}
