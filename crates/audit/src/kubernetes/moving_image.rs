//! `kubernetes/moving-image`

use crate::rule::{About, Remark, Rule};
use crate::subject::image::Image;
use crate::subject::kubernetes::Objects;
use model::finding::Severity;

pub(super) const RULE: Rule<Objects> = Rule {
    about: About {
        name: "kubernetes/moving-image",
        demands: "What runs is said exactly: an image without a tag, or `latest`, is another one on each node and after each restart, and cannot be rolled back.",
        advice: "name the version, best with its digest",
        severity: Severity::Warning,
    },
    check,
};

fn check(objects: &Objects) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for (workload, container) in objects.containers() {
        // A Job runs what there is, once.
        let stays = workload.document.kind() != "Job";
        let Some((image, text)) = container.image().and_then(|image| Some((image, image.text()?))) else {
            continue;
        };
        let known = Image::read(text);
        if stays && !text.contains('$') && known.floats() && !objects.sets_image(known.name) {
            remarks
                .push(Remark::new(workload.place(image), format!("`{text}` may be another image tomorrow")));
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("kubernetes/moving-image", &[("k.yaml", text)])
    }

    #[test]
    fn what_is_right_passes() {
        for text in [
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a@sha256:ab\n",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: api\n---\napiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nimages: [{name: api, newTag: v1}]\n",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {template: {spec: {containers: [{name: a, image: api}]}}}\n---\napiVersion: skaffold/v4beta1\nkind: Config\nbuild: {artifacts: [{image: api}]}\n",
        ] {
            assert_eq!(places(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_is_wrong_does_not() {
        assert_eq!(
            places(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: b}\nspec:\n  selector: {matchLabels: {app: b}}\n  template:\n    metadata: {labels: {app: b}}\n    spec:\n      containers:\n      - name: b\n        image: b:latest\n"
            ),
            ["k.yaml:23"]
        );
        assert_eq!(
            places(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: r.example:5000/b\n"
            ),
            ["k.yaml:11"]
        );
    }
}
