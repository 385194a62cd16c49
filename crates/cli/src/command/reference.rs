//! Completions, man pages and the schema: made from the same tables as the commands themselves.

use crate::error::CliError;
use crate::output;
use clap_complete::Shell;
use model::ExitKind;
use std::path::Path;

pub fn completions(shell: Shell) -> Result<ExitKind, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut crate::command(), "mainstay", &mut script);
    output::line(String::from_utf8_lossy(&script).trim_end());
    Ok(ExitKind::Done)
}

pub fn man(folder: &Path) -> Result<ExitKind, CliError> {
    host::files::make_dir(folder, 0o755)?;
    let root = crate::command();
    page(folder, &root, "mainstay")?;
    for command in root.get_subcommands() {
        page(folder, command, &format!("mainstay-{}", command.get_name()))?;
    }
    Ok(ExitKind::Done)
}

fn page(folder: &Path, command: &clap::Command, name: &str) -> Result<(), CliError> {
    let mut text = Vec::new();
    let failed = |error: std::io::Error| CliError::input(format!("the page {name} cannot be made: {error}"));
    clap_mangen::Man::new(command.clone()).title(name).render(&mut text).map_err(failed)?;
    Ok(host::files::write_atomic(&folder.join(format!("{name}.1")), &text, 0o644)?)
}

pub fn schema() -> Result<ExitKind, CliError> {
    output::json(&artifact::manifest::schema());
    Ok(ExitKind::Done)
}
