//! `fly.toml` (https://fly.io/docs/reference/configuration).

use crate::files::blueprint::{Unit, within};
use crate::files::{Blueprint, GeneratedFile};
use std::fmt::Write;

pub(super) fn file(blueprint: &Blueprint<'_>, unit: &Unit<'_>) -> Option<GeneratedFile> {
    let port = unit.port?;
    let inner = unit.dockerfile.strip_prefix(&format!("{}/", unit.service.path)).unwrap_or(&unit.dockerfile);
    let mut text = format!(
        "# Written by `mainstay generate`, which keeps what you change here.\n\
         app = \"{}-{}\"\nkill_signal = \"SIGTERM\"\nkill_timeout = {}\n\n[build]\ndockerfile = {inner:?}\n",
        blueprint.project(),
        unit.name,
        unit.service.grace.0.div_ceil(1000)
    );
    // Writing to a String cannot fail.
    let mut add = |part: std::fmt::Arguments<'_>| {
        let _infallible = text.write_fmt(part);
    };
    if let Some(migrations) = &unit.service.migrations {
        add(format_args!("\n[deploy]\nstrategy = \"rolling\"\nrelease_command = {:?}\n", migrations.command));
    }
    add(format_args!(
        "\n[http_service]\ninternal_port = {port}\nforce_https = true\nauto_stop_machines = false\nmin_machines_running = 2\n"
    ));
    if let Some(path) = unit.health() {
        add(format_args!(
            "\n[[http_service.checks]]\nmethod = \"GET\"\npath = {path:?}\ninterval = \"10s\"\ntimeout = \"5s\"\ngrace_period = \"40s\"\n"
        ));
    }
    Some(GeneratedFile::new(within(&unit.service.path, "fly.toml"), text))
}
