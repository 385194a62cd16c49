//! Hidden subcommands: what the binary is when it starts itself. They never print; what they have to say goes to a log.

use host::supervisor::Conceal;
use model::Secret;
use proxy::log::Log;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use vault::Redactor;

mod bucket;
mod follower;
mod site;

/// Runs the role that the first argument names, if it names one.
pub fn run_if_named() -> Option<ExitCode> {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let (name, rest) = arguments.split_first()?;
    match name.to_str()? {
        "supervise" => Some(supervise(rest)),
        "proxy" => Some(proxy_role(rest)),
        "serve-bucket" => Some(bucket::run(rest)),
        "serve-static" => Some(site::run(rest)),
        engine::swarm::FOLLOWER => Some(follower::run(rest)),
        _ => None,
    }
}

fn supervise(rest: &[OsString]) -> ExitCode {
    match rest {
        [folder] => host::supervisor::main(&PathBuf::from(folder), conceal),
        _ => misuse(),
    }
}

/// What an instance writes is kept without its secrets.
fn conceal(secrets: &[Secret]) -> Conceal {
    let redactor = Redactor::new(secrets);
    Box::new(move |line| redactor.redact_bytes(line).into_owned())
}

fn proxy_role(rest: &[OsString]) -> ExitCode {
    let (Some(home), Some(binary)) = (value(rest, "--home"), host::environment::own_binary()) else {
        return misuse();
    };
    let number = |name: &str| value(rest, name).and_then(|value| value.to_str()?.parse().ok());
    let (home, log) = (PathBuf::from(home), Log::new(std::io::stderr()));
    let result = match rest.first().and_then(|part| part.to_str()) {
        Some("keeper") => proxy::keeper::run(proxy::keeper::KeeperConfig {
            home,
            binary,
            inherit: number("--inherit"),
            log,
        }),
        Some("worker") => {
            proxy::worker::run(proxy::worker::WorkerConfig { home, binary, link: number("--link"), log })
        }
        _ => return misuse(),
    };
    ended(result)
}

/// The value after a flag.
fn value<'a>(arguments: &'a [OsString], flag: &str) -> Option<&'a OsString> {
    let at = arguments.iter().position(|argument| argument == flag)?;
    arguments.get(at + 1)
}

/// Standard error of a role is its log.
fn ended<E: std::fmt::Display>(result: Result<(), E>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            crate::output::note(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

fn misuse() -> ExitCode {
    crate::output::note("this subcommand is for Mainstay itself");
    ExitCode::from(model::ExitKind::BadInput.code())
}
