//! `netlify.toml` (https://docs.netlify.com/configure-builds/file-based-configuration).

use crate::files::GeneratedFile;
use crate::files::blueprint::{Unit, within};
use model::facts::Framework;

pub(super) fn file(unit: &Unit<'_>) -> Option<GeneratedFile> {
    let service = unit.service;
    let command = service.build.command.as_deref().unwrap_or("true");
    let publish = service.output.as_deref().or_else(|| unit.is(Framework::NextJs).then_some(".next"))?;
    let mut text = format!(
        "# Written by `mainstay generate`, which keeps what you change here.\n\
         [build]\ncommand = {command:?}\npublish = {publish:?}\n"
    );
    if unit.is(Framework::Vite) || unit.is(Framework::CreateReactApp) {
        text.push_str("\n# Pages that the browser makes up are all the same file.\n[[redirects]]\nfrom = \"/*\"\nto = \"/index.html\"\nstatus = 200\n");
    }
    Some(GeneratedFile::new(within(&service.path, "netlify.toml"), text))
}
