//! Letting systemd run `mainstay boot` when the machine starts, and looking whether it would.

use super::unit::{Manager, NAME, Unit};
use crate::arguments::Format;
use crate::composition;
use crate::error::CliError;
use crate::output::{self, refusal};
use host::process::Command;
use host::{environment, files, identity};
use model::ExitKind;
use model::finding::{Finding, Severity};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// There when the machine was started by systemd (sd_booted(3)).
const BOOTED: &str = "/run/systemd/system";
/// Has a file for each user whose systemd is started with the machine (loginctl(1)).
const LINGER: &str = "/var/lib/systemd/linger";
/// How long systemd may take to read its units again.
const PATIENCE: Duration = Duration::from_secs(30);

/// The unit of this Mainstay and where it belongs.
struct Place {
    unit: Unit,
    /// The unit's file.
    file: PathBuf,
    /// The link by which the target wants it: all that `systemctl enable` makes.
    link: PathBuf,
}

impl Place {
    fn find() -> Result<Self, CliError> {
        let manager = if identity::is_root() { Manager::System } else { Manager::User };
        let folder = match manager {
            Manager::System => PathBuf::from("/etc/systemd/system"),
            Manager::User => user_configuration()?.join("systemd/user"),
        };
        let unit = Unit {
            manager,
            home: composition::home()?.root,
            binary: composition::binary()?,
            search_path: environment::search_path(),
            user_home: environment::variable("HOME"),
        };
        let link = folder.join(format!("{}.wants", manager.target())).join(NAME);
        Ok(Self { unit, file: folder.join(NAME), link })
    }

    /// The file as it is now.
    fn text(&self) -> Option<String> {
        files::read_text(&self.file).ok()
    }

    /// There is one unit of the name; another home's is not ours to change.
    fn refuse_foreign(&self) -> Result<(), CliError> {
        let foreign = self.text().filter(|text| !says(text, &self.unit.home_line()));
        if foreign.is_none() {
            return Ok(());
        }
        let message = format!("{} is not for {}", self.file.display(), self.unit.home.display());
        Err(CliError::refused(message)
            .hint("uninstall it with the MAINSTAY_HOME that it names, or remove it by hand"))
    }

    fn reload(&self) {
        let command = Command::new("systemctl", "/").env(environment::inherit(&[
            "PATH",
            "XDG_RUNTIME_DIR",
            "DBUS_SESSION_BUS_ADDRESS",
        ]));
        let arguments: &[&str] = match self.unit.manager {
            Manager::System => &["daemon-reload"],
            Manager::User => &["--user", "daemon-reload"],
        };
        let ended = host::process::run(
            &command.args(arguments.iter().copied()),
            &mut |_, _| {},
            &|| false,
            Some(PATIENCE),
        );
        if !ended.is_ok_and(|exit| exit.success()) {
            output::note(&format!(
                "note: systemd reads it at its next start (`systemctl {}` failed)",
                arguments.join(" ")
            ));
        }
    }
}

fn user_configuration() -> Result<PathBuf, CliError> {
    let named = environment::variable("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let usual = || Some(PathBuf::from(environment::variable("HOME")?).join(".config"));
    named.or_else(usual).ok_or_else(|| CliError::input("there is no folder for your units").hint("set HOME"))
}

fn says(text: &str, line: &str) -> bool {
    text.lines().any(|found| found == line)
}

fn booted() -> bool {
    Path::new(BOOTED).is_dir()
}

pub fn install(format: Format) -> Result<ExitKind, CliError> {
    let place = Place::find()?;
    if !booted() {
        let error =
            CliError::refused("this machine was not started by systemd, so there is nothing to install");
        return Err(error.hint(format!("`crontab -e`, and add this line: {}", place.unit.cron_line())));
    }
    place.refuse_foreign()?;
    if !place.unit.is_startable() {
        let message = format!(
            "systemd does not start programs with quotes in their path: {}",
            place.unit.binary.display()
        );
        return Err(
            CliError::refused(message).hint("put the program into another folder, /usr/local/bin say")
        );
    }
    for path in [&place.file, &place.link] {
        files::make_dir(path.parent().unwrap_or(Path::new("/")), 0o755)?;
    }
    files::write_atomic(&place.file, place.unit.text().as_bytes(), 0o644)?;
    files::link(&place.file, &place.link)?;
    place.reload();
    let found = standing()?;
    match format {
        Format::Json => output::json(&found),
        Format::Text => {
            output::line(&format!("wrote {}", place.file.display()));
            refusal::findings(&found);
        }
    }
    Ok(ExitKind::Done)
}

pub fn uninstall() -> Result<ExitKind, CliError> {
    let place = Place::find()?;
    if place.text().is_none() {
        output::note(&format!("{} is not there", place.file.display()));
        return Ok(ExitKind::Done);
    }
    place.refuse_foreign()?;
    files::remove_tree(&place.link)?;
    files::remove_tree(&place.file)?;
    if booted() {
        place.reload();
    }
    output::line(&format!("removed {}; what runs goes on", place.file.display()));
    Ok(ExitKind::Done)
}

pub fn status(format: Format) -> Result<ExitKind, CliError> {
    let found = standing()?;
    let place = Place::find()?;
    match format {
        Format::Json => output::json(&found),
        Format::Text if found.is_empty() => {
            output::line(&format!("{} runs `mainstay boot` when the machine starts", place.file.display()));
        }
        Format::Text => refusal::findings(&found),
    }
    Ok(if found.is_empty() { ExitKind::Done } else { ExitKind::Negative })
}

/// What is in the way of a start with the machine.
///
/// # Errors
/// When there is no place where the unit belongs.
pub fn standing() -> Result<Vec<Finding>, CliError> {
    let place = Place::find()?;
    let file = place.file.display();
    let install = || "`mainstay boot install` changes that".to_owned();
    let wanted = place.unit.manager.target();
    let Some(text) = place.text().filter(|_| booted()) else {
        let (why, advice) = if booted() {
            (format!("there is no {file}"), install())
        } else {
            let line = place.unit.cron_line();
            (
                "the machine was not started by systemd".into(),
                format!("unless it is there: `crontab -e`, and add {line}"),
            )
        };
        return Ok(vec![note(
            "boot/none",
            format!("nothing starts this after a start of the machine: {why}"),
            advice,
        )]);
    };
    let mut found = Vec::new();
    if !says(&text, &place.unit.home_line()) {
        let message = format!("{file} is not for {}", place.unit.home.display());
        return Ok(vec![note("boot/other-home", message, "see which MAINSTAY_HOME it names".into())]);
    }
    if !says(&text, &place.unit.exec_line()) {
        let message = format!("{file} does not start {}", place.unit.binary.display());
        found.push(note("boot/other-program", message, install()));
    }
    if !place.link.exists() {
        found.push(note("boot/disabled", format!("{file} is not wanted by {wanted}"), install()));
    }
    let user = identity::owner().user;
    if place.unit.manager == Manager::User && !Path::new(LINGER).join(&user).exists() {
        let message = format!("{file} is run only once {user} logs in");
        found.push(note(
            "boot/linger",
            message,
            format!("`loginctl enable-linger {user}` lets it run when the machine starts"),
        ));
    }
    Ok(found)
}

fn note(rule: &str, message: String, advice: String) -> Finding {
    Finding::new(Severity::Note, rule, message, advice)
}
