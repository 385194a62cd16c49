//! `dockerfile/unknown-stage`

use crate::rule::{About, Remark, Rule};
use crate::subject::dockerfile::Dockerfile;
use model::finding::Severity;
use model::spelling::nearest;

pub(super) const RULE: Rule<Dockerfile> = Rule {
    about: About {
        name: "dockerfile/unknown-stage",
        demands: "`--from` names a stage above, or an image: neither itself nor a later stage can be copied from.",
        advice: "name a stage that stands above this one",
        severity: Severity::Error,
    },
    check,
};

fn check(dockerfile: &Dockerfile) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for (at, instruction) in dockerfile.instructions() {
        let sources = instruction.options().into_iter().filter_map(|(name, value)| match name {
            "from" => Some(value),
            "mount" => value.split(',').find_map(|part| part.strip_prefix("from=")),
            _ => None,
        });
        let wrong = sources.filter_map(|source| wrong(dockerfile, at, source));
        remarks.extend(wrong.map(|message| Remark::new(dockerfile.place(instruction), message)));
    }
    remarks
}

/// What is wrong with a source in a stage. A name that is like none of the stages may be an image or a named context.
fn wrong(dockerfile: &Dockerfile, at: usize, source: &str) -> Option<String> {
    if source.contains(['$', '/', ':']) || dockerfile.earlier(at, source).is_some() {
        return None;
    }
    let lower = source.to_ascii_lowercase();
    let of_that_name =
        dockerfile.stages.iter().position(|stage| stage.name.as_deref() == Some(lower.as_str()));
    let number = source.parse::<usize>().ok();
    if of_that_name.or(number) == Some(at) {
        return Some(format!("the stage `{source}` copies from itself"));
    }
    if of_that_name.is_some() {
        return Some(format!("the stage `{source}` stands below"));
    }
    if number.is_some() {
        return Some(format!("there is no stage {source} above"));
    }
    // Nobody names an image so.
    if matches!(lower.as_str(), "builder" | "build" | "deps") || lower.ends_with("-stage") {
        return Some(format!("there is no stage `{source}` above"));
    }
    let names = dockerfile.stages[..at].iter().filter_map(|stage| stage.name.as_deref());
    nearest(source, names).map(|near| format!("there is no stage `{source}` above; `{near}` is one"))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::dockerfile::fixture::lines;

    #[test]
    fn good_ones_pass() {
        assert_eq!(
            lines(
                &RULE,
                "FROM a:1 AS build\nFROM b:1\nCOPY --from=build /x /x\nCOPY --from=0 /x /x\nCOPY --from=nginx /x /y\nRUN --mount=type=bind,from=build,target=/x ls\n"
            ),
            [0; 0]
        );
    }

    #[test]
    fn bad_ones_are_found() {
        for (text, expected) in [
            ("FROM a:1 AS build\nCOPY --from=build /x /x\n", &[2][..]),
            ("FROM a:1\nCOPY --from=later /x /x\nFROM b:1 AS later\n", &[2][..]),
            ("FROM a:1\nCOPY --from=build-stage /x /x\n", &[2][..]),
            ("FROM a:1\nCOPY --from=3 /x /x\n", &[2][..]),
        ] {
            assert_eq!(lines(&RULE, text), expected, "{text}");
        }
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(
            lines(
                &RULE,
                "FROM a:1 AS builder\nFROM b:1\nCOPY --from=builder /x /x\nCOPY --from=buidler /y /y\n"
            ),
            [4]
        );
    }
}
