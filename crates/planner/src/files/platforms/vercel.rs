//! `vercel.json` (https://vercel.com/docs/project-configuration).

use super::{object, text};
use crate::files::GeneratedFile;
use crate::files::blueprint::{Unit, within};
use model::facts::Framework;
use serde_json::json;

pub(super) fn file(unit: &Unit<'_>) -> Option<GeneratedFile> {
    let service = unit.service;
    let framework = match service.framework {
        Some(Framework::NextJs) => Some("nextjs"),
        Some(Framework::Vite) => Some("vite"),
        Some(Framework::CreateReactApp) => Some("create-react-app"),
        Some(Framework::Nuxt) => Some("nuxtjs"),
        Some(Framework::SvelteKit) => Some("sveltekit-1"),
        Some(Framework::Astro) => Some("astro"),
        Some(Framework::Angular) => Some("angular"),
        _ if unit.is_static() => None,
        _ => return None,
    };
    // Pages that the browser makes up are all the same file.
    let pages = unit.is(Framework::Vite) || unit.is(Framework::CreateReactApp);
    let rewrites = json!([{ "source": "/((?!api/).*)", "destination": "/index.html" }]);
    let file = object([
        ("$schema", Some(json!("https://openapi.vercel.sh/vercel.json"))),
        ("framework", Some(json!(framework))),
        ("installCommand", service.build.install.as_ref().map(|line| json!(line))),
        ("buildCommand", service.build.command.as_ref().map(|line| json!(line))),
        ("outputDirectory", service.output.as_ref().map(|folder| json!(folder))),
        ("rewrites", pages.then_some(rewrites)),
    ]);
    Some(GeneratedFile::new(within(&service.path, "vercel.json"), text(&file)))
}
