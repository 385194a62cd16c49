//! The tables on disk: one file a scope, checksummed, with the generation before kept beside it.
//!
//! A file has two lines: the SHA-256 of the second line in hex, and the record as JSON.

use crate::error::ProxyError;
use model::id::{Scope, ServiceName};
use model::routing::RoutingTable;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What is kept of a scope.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) table: RoutingTable,
    /// Pools whose requests wait.
    #[serde(default)]
    pub(crate) paused: BTreeSet<ServiceName>,
}

/// The folder of the tables.
#[derive(Debug)]
pub(crate) struct Store {
    folder: PathBuf,
}

/// What [`Store::load`] found.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    pub(crate) records: Vec<Record>,
    /// Files that could not be used, by [`name`], in words; what was used instead is said.
    pub(crate) problems: BTreeMap<String, String>,
}

impl Store {
    pub(crate) fn open(home: &Path) -> Result<Self, ProxyError> {
        let folder = home.join("routes");
        fs::create_dir_all(&folder).map_err(ProxyError::file("create", &folder))?;
        Ok(Self { folder })
    }

    /// The current record of each scope, or the one before where the current one is damaged.
    pub(crate) fn load(&self) -> Result<Loaded, ProxyError> {
        let mut loaded = Loaded::default();
        let mut names = BTreeSet::new();
        for entry in fs::read_dir(&self.folder).map_err(ProxyError::file("read", &self.folder))? {
            let name = entry.map_err(ProxyError::file("read", &self.folder))?.file_name();
            if let Some(stem) =
                name.to_str().and_then(|n| n.strip_suffix(".json").or(n.strip_suffix(".previous")))
            {
                names.insert(stem.to_owned());
            }
        }
        for name in names {
            let (current, previous) = self.paths(&name);
            match (read(&current), read(&previous)) {
                (Ok(record), _) => loaded.records.push(record),
                (Err(why), Ok(record)) => {
                    let generation = record.table.generation;
                    loaded.problems.insert(
                        name.clone(),
                        format!("{}: {why}; generation {generation} from before is used", current.display()),
                    );
                    loaded.records.push(record);
                }
                (Err(why), Err(also)) => {
                    loaded.problems.insert(
                        name.clone(),
                        format!(
                            "{}: {why}; {}: {also}; not served until published again",
                            current.display(),
                            previous.display()
                        ),
                    );
                }
            }
        }
        Ok(loaded)
    }

    /// Writes a record so that a crash at any point leaves this or the one before.
    pub(crate) fn save(&self, record: &Record) -> Result<(), ProxyError> {
        let (current, previous) = self.paths(&name(&record.table.scope));
        let fresh = current.with_extension("new");
        write(&fresh, record).map_err(ProxyError::file("write", &fresh))?;
        // A damaged file must not take the place of the good one before it.
        if read(&current).is_ok() {
            fs::rename(&current, &previous).map_err(ProxyError::file("keep", &previous))?;
        }
        fs::rename(&fresh, &current).map_err(ProxyError::file("write", &current))?;
        self.sync()
    }

    /// Forgets a scope.
    pub(crate) fn remove(&self, scope: &Scope) -> Result<(), ProxyError> {
        let (current, previous) = self.paths(&name(scope));
        for path in [previous, current] {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(ProxyError::file("remove", path)(error));
                }
                _ => {}
            }
        }
        self.sync()
    }

    fn sync(&self) -> Result<(), ProxyError> {
        File::open(&self.folder).and_then(|f| f.sync_all()).map_err(ProxyError::file("sync", &self.folder))
    }

    fn paths(&self, name: &str) -> (PathBuf, PathBuf) {
        (self.folder.join(format!("{name}.json")), self.folder.join(format!("{name}.previous")))
    }
}

/// The name of a scope's files. Names have no dots, so this is one to one.
pub(crate) fn name(scope: &Scope) -> String {
    format!("{}.{}", scope.project, scope.environment)
}

fn digest(body: &str) -> String {
    Sha256::digest(body.as_bytes()).iter().map(|b| format!("{b:02x}")).collect()
}

fn write(path: &Path, record: &Record) -> io::Result<()> {
    let body = serde_json::to_string(record)?;
    let mut file = File::create(path)?;
    file.write_all(format!("{}\n{body}\n", digest(&body)).as_bytes())?;
    file.sync_all()
}

fn read(path: &Path) -> Result<Record, String> {
    let text = fs::read_to_string(path).map_err(|e| e.to_string())?;
    let (sum, body) = text.split_once('\n').ok_or("it is cut short")?;
    let body = body.strip_suffix('\n').ok_or("it is cut short")?;
    if digest(body) != sum {
        return Err("its checksum does not match".into());
    }
    serde_json::from_str(body).map_err(|e| e.to_string())
}
