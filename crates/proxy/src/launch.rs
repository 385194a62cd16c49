//! Starts a proxy that outlives whoever starts it.

use crate::control::{Client, SOCKET};
use crate::error::ProxyError;
use crate::settings::Settings;
use crate::sys;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long a proxy may take to answer.
const PATIENCE: Duration = Duration::from_secs(15);

/// Makes sure that a proxy serves `home`, and returns who speaks with it. One that runs is left as it is. A new one is
/// `BINARY proxy keeper --home HOME`: in a session of its own, with no descriptor and no variable of this process, its
/// output in `HOME/proxy.log`. `settings` are written for it; a running proxy takes them at its next start.
///
/// # Errors
/// When the home cannot be used, the binary cannot be started, or the proxy does not answer in time.
pub fn ensure(home: &Path, binary: &Path, settings: &Settings) -> Result<Client, ProxyError> {
    fs::create_dir_all(home).map_err(ProxyError::file("create", home))?;
    fs::set_permissions(home, Permissions::from_mode(0o700)).map_err(ProxyError::file("protect", home))?;
    let home = &home.canonicalize().map_err(ProxyError::file("find", home))?;
    match Client::connect(home) {
        Err(ProxyError::Unreachable { .. }) => {}
        other => return other,
    }
    settings.save(home)?;
    start(home, binary)?;
    let began = Instant::now();
    loop {
        match Client::connect(home) {
            Err(ProxyError::Unreachable { .. }) if began.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(5));
            }
            Err(ProxyError::Unreachable { .. }) => {
                return Err(ProxyError::NotReady { path: home.join(SOCKET), log: end_of_log(home) });
            }
            other => return other,
        }
    }
}

fn start(home: &Path, binary: &Path) -> Result<(), ProxyError> {
    let path = home.join("proxy.log");
    let log =
        File::options().create(true).append(true).open(&path).map_err(ProxyError::file("open", &path))?;
    let errors = log.try_clone().map_err(ProxyError::file("open", &path))?;
    let mut command = Command::new(binary);
    command.args(["proxy", "keeper", "--home"]).arg(home);
    command.stdin(Stdio::null()).stdout(log).stderr(errors).env_clear().current_dir("/");
    // SAFETY: `detach` makes only calls that are allowed between fork and exec.
    unsafe { command.pre_exec(sys::detach) };
    let mut child = command.spawn().map_err(ProxyError::file("start", binary))?;
    // Only the process in between is our child; it has ended already.
    child.wait().map(drop).map_err(ProxyError::file("start", binary))
}

fn end_of_log(home: &Path) -> String {
    let text = fs::read(home.join("proxy.log")).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<_> = text.lines().rev().take(10).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}
