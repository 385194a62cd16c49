//! `compose/floating-image`

use crate::expansion::hidden;
use crate::rule::{About, Remark, Rule};
use crate::subject::compose::Stack;
use crate::subject::image::Image;
use crate::subject::purpose::Purpose;
use model::finding::Severity;

pub(super) const RULE: Rule<Stack> = Rule {
    about: About {
        name: "compose/floating-image",
        demands: "An image has a tag that says its version, so that the next start runs what was tried.",
        advice: "name a version, as `postgres:17`; a digest beside it makes it exact",
        severity: Severity::Warning,
    },
    check,
};

fn check(stack: &Stack) -> Vec<Remark> {
    let all = stack.services().filter(|service| !service.is_built()).filter_map(|service| {
        let image = hidden(service.image()?);
        let matters = stack.purpose != Purpose::Development || service.store().is_some();
        let severity = match stack.purpose {
            Purpose::Production | Purpose::Unsaid => Severity::Warning,
            Purpose::Development => Severity::Note,
        };
        let message = format!("`{}` is another image tomorrow", service.image()?);
        let floats = matters && Image::read(&image).floats();
        floats.then(|| Remark::new(stack.place(service.line("image")), message).as_bad_as(severity))
    });
    all.collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::compose::fixture::lines;

    #[test]
    fn good_ones_pass() {
        for text in [
            "services:\n  web:\n    image: app:1\n",
            "services:\n  a:\n    build: .\n    image: a\n  b:\n    image: x:${TAG:-latest}\n",
        ] {
            assert_eq!(lines(&RULE, text), [0; 0], "{text}");
        }
    }

    #[test]
    fn bad_ones_are_found() {
        assert_eq!(lines(&RULE, "services:\n  a:\n    image: nginx\n"), [3]);
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(lines(&RULE, "services:\n  web:\n    image: app:1\n  b:\n    image: r/b:latest\n"), [5]);
    }

    #[test]
    fn in_development_only_a_datastore_matters() {
        let text = "services:\n  a:\n    image: mailhog/mailhog\n  b:\n    image: postgres\n";
        assert_eq!(super::super::fixture::places(&RULE, &[("compose.dev.yml", text)]), ["compose.dev.yml:5"]);
    }
}
