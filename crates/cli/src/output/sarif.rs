//! Findings as SARIF 2.1.0 (docs.oasis-open.org/sarif), as GitHub's code scanning reads it.

use audit::{About, Report};
use model::Place;
use model::finding::{Finding, Severity};
use serde_json::{Value, json};

/// The whole document.
pub fn document(report: &Report) -> String {
    let rules: Vec<&About> = audit::every_rule().collect();
    let driver = json!({
        "name": "Mainstay",
        "version": env!("CARGO_PKG_VERSION"),
        "rules": rules.iter().map(|about| rule(about)).collect::<Vec<_>>(),
    });
    let index = |name: &str| rules.iter().position(|about| about.name == name);
    let results: Vec<Value> =
        report.findings.iter().map(|finding| result(finding, index(&finding.rule))).collect();
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": driver },
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": { "ROOT": { "description": { "text": "The repository's root." } } },
            "results": results,
        }],
    });
    format!("{document:#}\n")
}

fn rule(about: &About) -> Value {
    json!({
        "id": about.name,
        "shortDescription": { "text": about.demands },
        "help": { "text": about.advice },
        "defaultConfiguration": { "level": level(about.severity) },
    })
}

fn result(finding: &Finding, index: Option<usize>) -> Value {
    let mut result = json!({
        "ruleId": finding.rule,
        "level": level(finding.severity),
        "message": { "text": format!("{}. What to do: {}", finding.message, finding.advice) },
        "locations": finding.place.iter().map(location).collect::<Vec<_>>(),
    });
    if let Some(index) = index {
        result["ruleIndex"] = index.into();
    }
    if !finding.related.is_empty() {
        result["relatedLocations"] = finding.related.iter().map(location).collect();
    }
    result
}

fn location(place: &Place) -> Value {
    json!({ "physicalLocation": {
        "artifactLocation": { "uri": uri(&place.path), "uriBaseId": "ROOT" },
        "region": { "startLine": place.line.max(1) },
    } })
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// A path as a relative reference (RFC 3986).
fn uri(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=@".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}
