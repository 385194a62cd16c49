//! `mainstay env secrets`: the files that Compose and Swarm mount under `/run/secrets`.
//!
//! Not a plan's step: plans and their events are kept for ever and may be read by many, and every value would stand in
//! them. What is written is never overwritten, so there is nothing to undo either.

use super::{secret_name, shipped::Shipped};
use crate::arguments::{Common, Format};
use crate::composition;
use crate::error::CliError;
use crate::git;
use crate::output::{self, table::Table};
use model::id::{DatastoreName, ServiceName};
use model::{ExitKind, Secret};
use planner::files::blueprint::{Content, Given, Piece};
use planner::files::monitoring::{self, OwnSecret};
use planner::files::{Blueprint, blueprint};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use vault::{SecretName, Vault};

/// Only its owner looks into the folder, so files that everybody may read are read by nobody else on the machine. Inside
/// a container, where the file is mounted without its folder, the service's own user reads it.
const MODE: u32 = 0o444;
/// The folder that Compose files mount secrets from.
const DEPLOYED: &str = "deploy/secrets";
/// Bytes of a made password.
const PASSWORD: u16 = 24;

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Written,
    Kept,
    Missing,
    /// Only who uses what it belongs to has to write it.
    Open,
}

#[derive(Debug, Serialize)]
struct View {
    file: String,
    outcome: Outcome,
    /// What to do about one that is missing.
    advice: Option<String>,
}

struct Writer<'a> {
    folder: &'a Path,
    blueprint: &'a Blueprint<'a>,
    vault: Vault,
}

/// Writes every file that is not there yet; 1 when a value is missing.
pub(super) fn run(common: &Common, folder: &Path) -> Result<ExitKind, CliError> {
    let shipped = Shipped::load(common)?;
    if git::would_track(folder) {
        return Err(CliError::refused(format!("git would track what is written to {}", folder.display()))
            .hint(
                "ignore the folder: `mainstay generate --only env` writes /deploy/secrets/ into .gitignore",
            ));
    }
    let pins = BTreeMap::new();
    let blueprint = Blueprint::new(&shipped.facts, &shipped.manifest, &pins);
    let secrets = blueprint.secrets();
    let own = if watches(&shipped.root, folder) { &monitoring::SECRETS[..] } else { &[] };
    if secrets.is_empty() && own.is_empty() {
        output::note("no service needs a secret");
        return Ok(ExitKind::Done);
    }
    host::files::ensure_private_dir(folder)?;
    let vault = composition::engine()?.vault(&shipped.manifest.scope())?;
    let writer = Writer { folder, blueprint: &blueprint, vault };
    let mut views = secrets.iter().map(|secret| writer.write(secret)).collect::<Result<Vec<_>, _>>()?;
    views.extend(own.iter().map(|secret| writer.write_own(*secret)).collect::<Result<Vec<_>, _>>()?);
    show(&views, common.format);
    let missing = views.iter().any(|view| view.outcome == Outcome::Missing);
    Ok(if missing { ExitKind::Negative } else { ExitKind::Done })
}

impl<'a> Writer<'a> {
    fn write(&self, secret: &blueprint::Secret<'a>) -> Result<View, CliError> {
        let path = self.folder.join(&secret.id);
        let view = |outcome, advice| View { file: secret.id.clone(), outcome, advice };
        if path.exists() {
            return Ok(view(Outcome::Kept, None));
        }
        let value = match &secret.content {
            Content::Password(store) => self.password(store).map(Ok)?,
            Content::Composed(pieces) => self.composed(&secret.id, pieces)?,
            Content::Given(given) => self.given(&secret.id, given)?,
        };
        match value {
            Ok(value) => {
                host::files::write_atomic(&path, value.expose().as_bytes(), MODE)?;
                Ok(view(Outcome::Written, None))
            }
            Err(advice) => Ok(view(Outcome::Missing, Some(advice))),
        }
    }

    /// One that only the monitoring overlay has.
    fn write_own(&self, secret: OwnSecret) -> Result<View, CliError> {
        let path = self.folder.join(secret.id);
        let view = |outcome, advice| View { file: secret.id.to_owned(), outcome, advice };
        match secret.example {
            _ if path.exists() => Ok(view(Outcome::Kept, None)),
            Some(example) => {
                let overlay = monitoring::overlay();
                let advice = format!("for {overlay} alone: echo {example} > {}", path.display());
                Ok(view(Outcome::Open, Some(advice)))
            }
            None => {
                let value = self.vault.generate(&field("monitoring", secret.id)?, PASSWORD)?;
                host::files::write_atomic(&path, value.expose().as_bytes(), MODE)?;
                Ok(view(Outcome::Written, None))
            }
        }
    }

    /// The one in its file, so that what is put together from it agrees with it; else the vault's, which makes it once.
    fn password(&self, store: &str) -> Result<Secret, CliError> {
        let id = self.blueprint.store(store).map(blueprint::Store::password_id).unwrap_or_default();
        let path = self.folder.join(id);
        if path.exists() {
            return Ok(Secret::new(host::files::read_text(&path)?.trim_end_matches('\n')));
        }
        Ok(self.vault.generate(&field(store, "password")?, PASSWORD)?)
    }

    /// The value, or what to do about its absence.
    fn composed(&self, id: &str, pieces: &[Piece<'a>]) -> Result<Result<Secret, String>, CliError> {
        let is_url =
            pieces.first().is_some_and(|first| matches!(first, Piece::Text(text) if text.contains("://")));
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(plain) => text.push_str(plain),
                Piece::Password(store) => {
                    let password = self.password(store)?;
                    text.push_str(&if is_url {
                        encoded(password.expose())
                    } else {
                        password.expose().to_owned()
                    });
                }
                Piece::PublicUrl => {
                    let environment = &self.blueprint.manifest.environment.name;
                    return Ok(Err(format!("name the domain: `domains` under [environments.{environment}]")));
                }
                Piece::Elsewhere(store, _) => {
                    let file = self.folder.join(id);
                    return Ok(Err(format!(
                        "{store} exists elsewhere: write the value to {}",
                        file.display()
                    )));
                }
            }
        }
        Ok(Ok(Secret::new(text)))
    }

    /// Several services may read one value: that of any of them counts.
    fn given(&self, id: &str, given: &Given<'a>) -> Result<Result<Secret, String>, CliError> {
        let reads = |unit: &&blueprint::Unit<'a>| {
            self.blueprint.secrets_of(unit).iter().any(|(_, other, _)| other == id)
        };
        let services: Vec<&ServiceName> =
            self.blueprint.units.iter().filter(reads).map(|unit| unit.name).collect();
        for service in &services {
            if let Some(value) = self.vault.get(&secret_name(service, given.name)?)? {
                return Ok(Ok(value));
            }
        }
        let Some(first) = services.first() else { return Ok(Err("nobody reads it".into())) };
        match given.generate {
            Some(bytes) => Ok(Ok(self.vault.generate(&secret_name(first, given.name)?, bytes)?)),
            None => Ok(Err(format!(
                "printf %s VALUE | mainstay env set {first} {} -e {}",
                given.name, self.blueprint.manifest.environment.name
            ))),
        }
    }
}

/// Whether this is the folder from which the monitoring overlay takes its secrets, and there is one.
fn watches(root: &Path, folder: &Path) -> bool {
    let Ok(folder) = std::path::absolute(folder) else { return false };
    let real = |path: &Path| host::files::real_path(path).ok();
    let at_root = || folder.ancestors().nth(2).and_then(real) == real(root);
    folder.ends_with(DEPLOYED) && at_root() && root.join(monitoring::overlay()).exists()
}

fn field(store: &str, name: &str) -> Result<SecretName, CliError> {
    let wrong = |error: String| CliError::input(error);
    let store: DatastoreName = store.parse().map_err(|error| wrong(format!("{error}")))?;
    SecretName::field(&store, name).map_err(|error| wrong(error.to_string()))
}

/// Inside of a URL (RFC 3986, 2.3): everything but what is unreserved stands as its bytes.
fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

fn show(views: &[View], format: Format) {
    if format == Format::Json {
        return output::json(&views);
    }
    let mut table = Table::new(&["FILE", "WHAT", ""]);
    for view in views {
        let word = match view.outcome {
            Outcome::Written => "written",
            Outcome::Kept => "kept",
            Outcome::Missing => "missing",
            Outcome::Open => "to be written",
        };
        table.row(vec![view.file.clone(), word.into(), view.advice.clone().unwrap_or_default()]);
    }
    table.lines().iter().for_each(|line| output::line(line));
}
