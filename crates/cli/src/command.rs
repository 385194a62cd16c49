//! The commands, one file each.

mod audit;
mod boot;
mod detect;
mod doctor;
mod env;
mod generate;
mod init;
mod logs;
mod perform;
mod plan;
mod proxy;
mod reference;
mod releases;
mod scaffold;
mod status;

use crate::arguments::{Arguments, Command};
use crate::error::CliError;
use model::ExitKind;
use model::plan::Goal;

/// Runs a command.
///
/// # Errors
/// [`CliError`] with its exit code and advice.
pub fn run(arguments: &Arguments) -> Result<ExitKind, CliError> {
    let common = &arguments.common;
    match &arguments.command {
        Command::Init(args) => init::run(common, args),
        Command::Detect(args) => detect::run(common, args),
        Command::Generate(args) => generate::run(common, args),
        Command::Audit(args) => audit::run(common, args),
        Command::Up(args) => perform::run(common, args, Goal::Up),
        Command::Deploy(args) => perform::run(common, args, Goal::Deploy),
        Command::Rollback(args) => {
            perform::run(common, &args.perform, Goal::Rollback { to: args.to.clone() })
        }
        Command::Boot(args) => boot::run(common, args),
        Command::Down(args) => perform::run(common, args, Goal::Down),
        Command::Recover => perform::recover(common),
        Command::Plan(args) => plan::run(common, args),
        Command::Status => status::run(common),
        Command::Releases => releases::run(common),
        Command::Logs(args) => logs::run(common, args),
        Command::Doctor => doctor::run(common),
        Command::Env(args) => env::run(common, args),
        Command::Metrics => proxy::metrics(),
        Command::ProxyUpgrade => proxy::upgrade(),
        Command::Completions { shell } => reference::completions(*shell),
        Command::Man { folder } => reference::man(folder),
        Command::Schema => reference::schema(),
    }
}
