//! `railway.json` (https://docs.railway.com/reference/config-as-code).

use super::{object, text};
use crate::files::GeneratedFile;
use crate::files::blueprint::{Unit, within};
use serde_json::json;

pub(super) fn file(unit: &Unit<'_>) -> GeneratedFile {
    let service = unit.service;
    let build = json!({ "builder": "DOCKERFILE", "dockerfilePath": unit.dockerfile });
    let deploy = object([
        ("healthcheckPath", service.health.as_ref().map(|health| json!(health.path))),
        ("healthcheckTimeout", service.health.as_ref().map(|_| json!(120))),
        ("preDeployCommand", service.migrations.as_ref().map(|migrations| json!([migrations.command]))),
        ("restartPolicyType", Some(json!("ON_FAILURE"))),
        ("restartPolicyMaxRetries", Some(json!(10))),
        ("drainingSeconds", Some(json!(service.grace.0.div_ceil(1000)))),
        ("overlapSeconds", Some(json!(10))),
    ]);
    let file = object([
        ("$schema", Some(json!("https://railway.com/railway.schema.json"))),
        ("build", Some(build)),
        ("deploy", Some(deploy)),
    ]);
    GeneratedFile::new(within(&service.path, "railway.json"), text(&file))
}
