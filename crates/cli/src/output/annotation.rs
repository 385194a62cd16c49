//! Findings as annotations of GitHub Actions: lines that its runner shows beside the code
//! (docs.github.com, "Workflow commands for GitHub Actions").

use model::finding::{Finding, Severity};

/// One finding.
pub fn line(finding: &Finding) -> String {
    let kind = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let place = finding.place.as_ref();
    let place =
        place.map(|place| format!("file={},line={},", property(&place.path), place.line)).unwrap_or_default();
    let message = format!("{}: {}", finding.message, finding.advice);
    format!("::{kind} {place}title={}::{}", property(&finding.rule), data(&message))
}

/// What would end the line is written as the runner reads it back.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Place;

    #[test]
    fn nothing_in_it_can_begin_another_command() {
        let finding =
            Finding::new(Severity::Error, "a/b", "one\n::set-env 50%", "do").at(Some(Place::new("x,y:z", 3)));
        assert_eq!(line(&finding), "::error file=x%2Cy%3Az,line=3,title=a/b::one%0A::set-env 50%25: do");
    }
}
