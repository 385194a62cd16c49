//! `mainstay audit`: what is wrong with the files that build, test, deploy and serve the repository.

use crate::arguments::{Audit, Common, FailOn, Format};
use crate::error::CliError;
use crate::output::style::Style;
use crate::output::{self, annotation, sarif};
use ::audit::{About, Report, Subjects};
use model::ExitKind;
use model::finding::{Finding, Severity};

pub fn run(common: &Common, args: &Audit) -> Result<ExitKind, CliError> {
    if let Some(rule) = &args.explain {
        return explain(common, rule);
    }
    let root = args.path.as_ref().unwrap_or(&common.directory);
    let root = host::files::real_path(root).map_err(|error| CliError::input(error.to_string()))?;
    let report = ::audit::check(&Subjects::read(&host::DiskTree::open(&root)?));
    if let Some(file) = &args.sarif {
        host::files::replace(file, sarif::document(&report).as_bytes(), 0o644)?;
    }
    match (args.annotate, common.format) {
        (true, _) => report.findings.iter().for_each(|finding| output::line(&annotation::line(finding))),
        (false, Format::Json) => output::json(&report),
        (false, Format::Text) => text(&report),
    }
    let least = match args.fail_on {
        FailOn::Error => Some(Severity::Error),
        FailOn::Warning => Some(Severity::Warning),
        FailOn::Note => Some(Severity::Note),
        FailOn::Never => None,
    };
    let bad = least.is_some_and(|least| report.findings.iter().any(|finding| finding.severity >= least));
    Ok(if bad { ExitKind::Negative } else { ExitKind::Done })
}

/// Findings by file, what to do about each rule once, and how many there are.
fn text(report: &Report) {
    let style = Style::for_stdout();
    let mut file = None;
    for finding in &report.findings {
        let at = finding.place.as_ref();
        if file != Some(at.map(|place| &place.path)) {
            file = Some(at.map(|place| &place.path));
            output::line(&style.bold(at.map_or("", |place| &place.path)));
        }
        output::line(&format!("{} {}", mark(style, finding.severity), described(style, finding)));
    }
    let mut told: Vec<&Finding> = Vec::new();
    for finding in &report.findings {
        if !told.iter().any(|known| known.rule == finding.rule) {
            told.push(finding);
        }
    }
    if !told.is_empty() {
        output::line("");
        output::line(&style.bold("What to do"));
        told.sort_by(|a, b| b.severity.cmp(&a.severity).then(a.rule.cmp(&b.rule)));
    }
    for finding in told {
        output::line(&format!("  {}: {}", finding.rule, finding.advice));
    }
    output::note(&summary(report));
}

fn mark(style: Style, severity: Severity) -> String {
    match severity {
        Severity::Error => style.bad("  error  "),
        Severity::Warning => style.warn("  warning"),
        Severity::Note => style.dim("  note   "),
    }
}

fn described(style: Style, finding: &Finding) -> String {
    let line = finding.place.as_ref().map_or(0, |place| place.line);
    let related: Vec<String> = finding.related.iter().map(ToString::to_string).collect();
    let related = if related.is_empty() { String::new() } else { format!(" (see {})", related.join(", ")) };
    format!("{line:>5}  {}{related} {}", finding.message, style.dim(&format!("[{}]", finding.rule)))
}

fn summary(report: &Report) -> String {
    let counted = |number: usize, one: &str| match number {
        1 => format!("1 {one}"),
        number => format!("{number} {one}s"),
    };
    let kinds = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Note, "note")];
    let found = kinds.map(|(severity, word)| (report.count(severity), word));
    let found: Vec<String> = found
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| counted(number, word))
        .collect();
    let found = if found.is_empty() { "nothing found".to_owned() } else { found.join(", ") };
    let passed = match report.allowed {
        0 => String::new(),
        number => format!("; {} let pass by a comment", counted(number, "finding")),
    };
    format!("{found} in {}{passed}", counted(report.files, "file"))
}

fn explain(common: &Common, name: &str) -> Result<ExitKind, CliError> {
    let all: Vec<&About> = ::audit::every_rule().collect();
    let of_name = |about: &&&About| about.name == name || about.name.rsplit('/').next() == Some(name);
    let Some(about) = all.iter().find(of_name) else {
        let error = CliError::input(format!("there is no rule `{name}`"));
        let short = |about: &&'static About| about.name.rsplit('/').next().unwrap_or_default();
        let names = all.iter().flat_map(|about| [about.name, short(about)]);
        return Err(match model::spelling::nearest(name, names) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint("`mainstay audit` names the rule behind each finding"),
        });
    };
    match common.format {
        Format::Json => output::json(about),
        Format::Text => {
            let style = Style::for_stdout();
            output::line(&format!("{} {}", style.bold(about.name), mark(style, about.severity).trim_start()));
            output::line(&format!("  {}", about.demands));
            output::line(&format!("  {} {}", style.dim("what to do:"), about.advice));
            output::line(&format!(
                "  {} # mainstay: allow {} because REASON",
                style.dim("to let one pass:"),
                about.name
            ));
        }
    }
    Ok(ExitKind::Done)
}
