//! `mainstay doctor`: what is wrong with this machine, this project and what runs.

use crate::arguments::{Common, Format};
use crate::composition;
use crate::error::CliError;
use crate::output::{self, refusal, style::Style};
use crate::project::Project;
use engine::{DriverError, Engine, EngineError};
use model::ExitKind;
use model::finding::{Finding, Severity};
use model::instance::InstancePhase;
use model::observed::Observed;
use serde::Serialize;

#[derive(Serialize)]
struct Report {
    checked: Vec<String>,
    findings: Vec<Finding>,
}

pub fn run(common: &Common) -> Result<ExitKind, CliError> {
    let mut report = Report { checked: Vec::new(), findings: Vec::new() };
    let engine = composition::engine()?;
    record(&engine, &mut report);
    match Project::load(common) {
        Ok(project) => {
            let services = project.manifest.services.len();
            let target = project.manifest.environment.target;
            report.checked.push(format!("project {}: {services} services on {target}", project.scope()));
            match engine.observe(&project.manifest, Some(&project.root)) {
                Ok(observed) => {
                    report.findings.extend(planner::refusal::findings(&project.manifest, &observed));
                    running(&engine, &observed, &mut report)?;
                }
                // What the project would run on is not there.
                Err(EngineError::Driver(DriverError(failure))) => report.findings.push(Finding::new(
                    Severity::Error,
                    format!("machine/{target}"),
                    failure.message,
                    failure.advice.unwrap_or_default(),
                )),
                Err(error) => return Err(error.into()),
            }
        }
        Err(error) => report.findings.push(finding(
            Severity::Error,
            "project/manifest",
            error.message,
            &error.hints.join("; "),
        )),
    }
    print(&report, common.format);
    let bad = report.findings.iter().any(|finding| finding.severity == Severity::Error);
    Ok(if bad { ExitKind::Negative } else { ExitKind::Done })
}

fn finding(severity: Severity, rule: &str, message: String, advice: &str) -> Finding {
    Finding::new(severity, rule, message, advice)
}

fn record(engine: &Engine, report: &mut Report) {
    report.checked.push(format!("home {}", engine.home.root.display()));
    match engine.ledger.verify() {
        Ok(events) => report.checked.push(format!("ledger: {events} events, chain intact")),
        Err(error) => {
            report.findings.push(finding(
                Severity::Error,
                "ledger/chain",
                error.to_string(),
                &error.advice(),
            ));
        }
    }
}

fn running(engine: &Engine, observed: &Observed, report: &mut Report) -> Result<(), CliError> {
    if let Some(cut) = engine.ledger.interrupted(&observed.scope)? {
        let message = format!("a {} was cut off", cut.plan.goal);
        report.findings.push(finding(
            Severity::Error,
            "run/interrupted",
            message,
            "`mainstay recover` takes it up",
        ));
    }
    let Some(live) = &observed.live else { return Ok(()) };
    report.checked.push(format!("release {} is live", live.release.id));
    report.findings.extend(super::boot::standing()?);
    if observed.traffic.is_none() {
        let advice = "`mainstay up` starts it";
        report.findings.push(finding(Severity::Error, "proxy/down", "the proxy does not run".into(), advice));
    }
    for id in &live.instances {
        let status = observed.instances.iter().find(|status| &status.spec.id == id);
        let phase = status.map(|status| status.phase);
        if phase != Some(InstancePhase::Running) {
            let how = status.and_then(|status| status.last_exit.as_ref()).map(ToString::to_string);
            let message = format!("{id} does not run: it {}", how.unwrap_or_else(|| "is gone".into()));
            let advice = "`mainstay logs` shows its last words; `mainstay up` starts it again";
            report.findings.push(finding(Severity::Error, "instance/down", message, advice));
        } else if let Some(status) = status.filter(|status| status.restarts > 0) {
            let message = format!("{id} was started again {} times", status.restarts);
            report.findings.push(finding(
                Severity::Warning,
                "instance/restarts",
                message,
                "see `mainstay logs`",
            ));
        }
    }
    Ok(())
}

fn print(report: &Report, format: Format) {
    if format == Format::Json {
        return output::json(report);
    }
    let style = Style::for_stdout();
    for checked in &report.checked {
        output::line(&format!("{} {checked}", style.good("✓")));
    }
    refusal::findings(&report.findings);
    if report.findings.is_empty() {
        output::line("nothing is wrong");
    }
}
