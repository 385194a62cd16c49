//! Files of the platforms that the repository is deployed to already. Nothing is written for a platform that it has no
//! trace of, and a file that people wrote stays as it is.

mod fly;
mod heroku;
mod netlify;
mod railway;
mod render;
mod vercel;

use super::blueprint::{Unit, Value};
use super::{Blueprint, GeneratedFile};
use model::facts::{Phase, Platform};
use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;

pub(super) fn files(blueprint: &Blueprint<'_>) -> Vec<GeneratedFile> {
    let platforms: BTreeSet<(Platform, &str)> = blueprint
        .facts
        .project
        .platforms
        .iter()
        .map(|platform| (platform.name, platform.path.as_str()))
        .collect();
    platforms.into_iter().filter_map(|(platform, path)| file(blueprint, platform, path)).collect()
}

fn file(blueprint: &Blueprint<'_>, platform: Platform, path: &str) -> Option<GeneratedFile> {
    match platform {
        Platform::Vercel => vercel::file(unit_at(blueprint, path, Want::Pages)?),
        Platform::Netlify => netlify::file(unit_at(blueprint, path, Want::Pages)?),
        Platform::Railway => Some(railway::file(unit_at(blueprint, path, Want::Program)?)),
        Platform::Fly => fly::file(blueprint, unit_at(blueprint, path, Want::Program)?),
        Platform::Render => Some(render::file(blueprint)),
        Platform::Heroku => heroku::file(blueprint, unit_at(blueprint, path, Want::Program)?),
    }
}

/// What a platform is mostly used for, where a folder has several services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Want {
    Pages,
    Program,
}

fn unit_at<'b, 'a>(blueprint: &'b Blueprint<'a>, path: &str, want: Want) -> Option<&'b Unit<'a>> {
    let mut here: Vec<&Unit<'a>> =
        blueprint.units.iter().filter(|unit| unit.service.path == path && unit.port.is_some()).collect();
    let is_pages = |unit: &Unit<'_>| unit.is_static() || unit.is(model::facts::Framework::NextJs);
    here.sort_by_key(|unit| is_pages(unit) != (want == Want::Pages));
    here.into_iter().next()
}

/// A JSON object of what is there.
fn object<const N: usize>(entries: [(&str, Option<Json>); N]) -> Json {
    let entries = entries.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Json::Object(entries.collect::<Map<String, Json>>())
}

fn text(json: &Json) -> String {
    format!("{json:#}\n")
}

/// The variables that somebody has to give on a platform, with whether the platform may make them up.
fn given<'b>(blueprint: &'b Blueprint<'_>, unit: &'b Unit<'_>) -> Vec<(&'b str, bool)> {
    let values = [Phase::Run, Phase::Build].into_iter().flat_map(|phase| blueprint.values(unit, phase));
    values
        .filter_map(|(name, value)| match value {
            Value::Given(given) => Some((name, given.generate.is_some())),
            Value::Plain(_) | Value::Composed(_) | Value::Optional(_) => None,
        })
        .collect()
}
