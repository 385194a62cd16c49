//! The folder of a datastore's files, and the user that its server runs as.

use crate::driver::DatastoreRequest;
use crate::error::DriverError;
use crate::tool;
use host::files;
use host::identity;
use host::paths::Home;
use host::process::{Command, UserIds, user_ids};
use model::event::FailureKind;
use std::path::{Path, PathBuf};

/// A datastore's folder on this machine.
pub(super) struct Place {
    /// Its folder.
    pub(super) folder: PathBuf,
    /// Whom its files belong to; absent when that is us.
    pub(super) user: Option<User>,
}

/// Another user of this machine.
pub(super) struct User {
    pub(super) name: String,
    ids: UserIds,
}

/// The user of a server when we are root, else ourselves.
///
/// # Errors
/// When we are root and there is no such user.
pub(super) fn server_user(name: &str, server: &str, package: &str) -> Result<Option<User>, DriverError> {
    if !identity::is_root() {
        return Ok(None);
    }
    let ids = user_ids(name).ok_or_else(|| {
        let message = format!("{server} does not run as root, and there is no user `{name}` to run it as");
        DriverError::new(FailureKind::Provision, message).advise(format!(
            "make one: `useradd --system {name}`, or `apt-get install {package}`, which does"
        ))
    })?;
    Ok(Some(User { name: name.to_owned(), ids }))
}

impl Place {
    /// Makes the folder, closed to all but its user, and the way to it passable.
    ///
    /// # Errors
    /// When the machine refuses, or the user cannot get there.
    pub(super) fn make(
        home: &Home,
        request: &DatastoreRequest,
        user: Option<User>,
    ) -> Result<Self, DriverError> {
        let folder = home.datastore(&request.scope, &request.name);
        files::make_dir(&folder, 0o700)?;
        let place = Self { folder, user };
        place.own(&place.folder)?;
        if place.user.is_some() {
            // Folders on the way to it may be passed, not listed; what else lies in them is closed.
            let beside = files::names(&home.root)?.into_iter().filter(|name| name != "projects");
            for folder in beside.map(|name| home.root.join(name)).filter(|folder| folder.is_dir()) {
                files::ensure_private_dir(&folder)?;
            }
            for private in [home.releases(&request.scope), home.instances(&request.scope)] {
                files::ensure_private_dir(&private)?;
            }
            for above in place.folder.ancestors().skip(1).take_while(|above| above.starts_with(&home.root)) {
                files::set_mode(above, 0o711)?;
            }
        }
        Ok(place)
    }

    /// Gives a file or folder to the user.
    pub(super) fn own(&self, path: &Path) -> Result<(), DriverError> {
        match &self.user {
            Some(user) => Ok(files::set_owner(path, user.ids.uid, user.ids.gid)?),
            None => Ok(()),
        }
    }

    /// Makes a folder in it, for the user alone.
    pub(super) fn folder(&self, name: &str) -> Result<PathBuf, DriverError> {
        let folder = self.folder.join(name);
        files::make_dir(&folder, 0o700)?;
        self.own(&folder)?;
        Ok(folder)
    }

    /// Writes a file in it that the user alone can read.
    pub(super) fn write(&self, name: &str, text: &str) -> Result<PathBuf, DriverError> {
        let path = self.folder.join(name);
        files::write_atomic(&path, text.as_bytes(), 0o600)?;
        self.own(&path)?;
        Ok(path)
    }

    /// A program that runs as the user, in the folder.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program.to_string_lossy(), &self.folder);
        command.env = tool::base_environment();
        command = command.var("LC_ALL", "C.UTF-8").var("HOME", self.folder.to_string_lossy());
        match &self.user {
            Some(user) => command.user(&user.name),
            None => command,
        }
    }

    /// Whether the user gets through all folders above, Mainstay's own and those that it stands in. To be asked before
    /// anything is started in the folder.
    ///
    /// # Errors
    /// When it does not.
    pub(super) fn check_reach(&self) -> Result<(), DriverError> {
        let Some(user) = &self.user else { return Ok(()) };
        let mut command = self.command(Path::new("/bin/sh"));
        command.directory = "/".into();
        let command = command.args(["-c", "cd -- \"$1\"", "sh"]).args([self.folder.to_string_lossy()]);
        if tool::ask(&command).is_ok_and(|answer| answer.exit.success()) {
            return Ok(());
        }
        let (name, folder) = (&user.name, self.folder.display());
        Err(DriverError::new(FailureKind::Provision, format!("user `{name}` cannot get to {folder}")).advise(
            "a folder above it is closed to others; set MAINSTAY_HOME to a place that all may pass, as /var/lib/mainstay, \
             or open the way with `chmod o+x`",
        ))
    }
}
