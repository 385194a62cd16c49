//! Files below the root, and no others.

use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The folder of the site.
#[derive(Debug)]
pub(crate) struct Folder {
    /// Absolute and without links.
    root: PathBuf,
}

/// A file that may be sent.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) file: File,
    pub(crate) length: u64,
    /// When this copy got its content. A build may give every file the same modification time, so that two releases of
    /// one length could not be told apart; the time of the copy differs.
    pub(crate) changed: SystemTime,
    /// Differs whenever the content may; in quotes, as a header has it.
    pub(crate) tag: String,
}

/// What is at a path.
#[derive(Debug)]
pub(crate) enum Place {
    File(Found),
    Folder,
    Nothing,
}

impl Folder {
    pub(crate) fn open(root: &Path) -> io::Result<Self> {
        let root = fs::canonicalize(root)?;
        fs::read_dir(&root)?;
        Ok(Self { root })
    }

    /// What is at a path of plain names below the root. A link is followed when it leads to what may be served.
    pub(crate) fn at(&self, names: &Path) -> io::Result<Place> {
        let real = match fs::canonicalize(self.root.join(names)) {
            Ok(real) => real,
            Err(error) if is_absence(&error) => return Ok(Place::Nothing),
            Err(error) => return Err(error),
        };
        if !real.strip_prefix(&self.root).is_ok_and(|below| below.components().all(is_public)) {
            return Ok(Place::Nothing);
        }
        // Before it is opened: opening a pipe would wait for a writer.
        let kind = fs::metadata(&real)?;
        if kind.is_dir() {
            return Ok(Place::Folder);
        }
        if !kind.is_file() {
            return Ok(Place::Nothing);
        }
        let file = File::open(&real)?;
        let metadata = file.metadata()?;
        let (length, tag) = (metadata.len(), tag(&metadata));
        Ok(Place::File(Found { file, length, changed: changed(&metadata), tag }))
    }

    /// The file at a path, if there is one.
    pub(crate) fn file(&self, names: &Path) -> io::Result<Option<Found>> {
        Ok(match self.at(names)? {
            Place::File(found) => Some(found),
            Place::Folder | Place::Nothing => None,
        })
    }
}

fn is_public(component: Component<'_>) -> bool {
    let name = component.as_os_str().as_encoded_bytes();
    !name.starts_with(b".") || name == b".well-known"
}

/// Nothing is there, or what is there is not for us to see.
fn is_absence(error: &io::Error) -> bool {
    let kinds = [
        io::ErrorKind::NotFound,
        io::ErrorKind::NotADirectory,
        io::ErrorKind::InvalidFilename,
        io::ErrorKind::PermissionDenied,
    ];
    kinds.contains(&error.kind()) || error.raw_os_error() == Some(libc::ELOOP)
}

fn changed(metadata: &Metadata) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(u64::try_from(metadata.ctime()).unwrap_or(0))
}

fn tag(metadata: &Metadata) -> String {
    format!("\"{:x}-{:x}-{:x}\"", metadata.len(), metadata.ctime(), metadata.ctime_nsec())
}
