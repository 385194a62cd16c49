//! The server as a process: how it starts and how it ends.

use crate::client::{Answer, config, write};
use site::{Fallback, Site, SiteError};
use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

const ROOT: &str = "SITE_TEST_ROOT";
/// More than the sockets' buffers hold, so that it is still being sent while the client waits.
const LARGE: usize = 32 * 1024 * 1024;

/// Not a test: what the process started below runs.
#[test]
#[ignore = "the server itself, started by the tests"]
fn serve() {
    let Some(root) = env::var_os(ROOT) else { return };
    let site = Site::bind(config(Path::new(&root), Fallback::NotFound)).expect("a server");
    let mut stdout = std::io::stdout();
    writeln!(stdout, "\nlistening {}", site.address()).expect("a reader");
    stdout.flush().expect("a reader");
    site.run().expect("served");
}

struct Process {
    child: Child,
    /// Kept open: the test runner in the child fails when nobody reads it.
    _stdout: BufReader<ChildStdout>,
    address: SocketAddr,
}

impl Process {
    fn start(root: &Path) -> Self {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "process::serve", "--ignored", "--nocapture"])
            .env(ROOT, root)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let lines = stdout.by_ref().lines().map_while(Result::ok);
        let address = lines.into_iter().find_map(|line| line.strip_prefix("listening ")?.parse().ok());
        Self { child, _stdout: stdout, address: address.expect("the server to listen") }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream
    }

    fn terminate(&self) {
        let pid = i32::try_from(self.child.id()).unwrap();
        // SAFETY: sends a signal to a child that has not been waited for, so the pid is still its own.
        assert_eq!(unsafe { libc::kill(pid, libc::SIGTERM) }, 0);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_request_under_way_is_finished() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "large.bin", &"x".repeat(LARGE));
    let mut process = Process::start(folder.path());
    let mut busy = process.connect();
    busy.write_all(b"GET /large.bin HTTP/1.1\r\nHost: site\r\n\r\n").unwrap();
    let mut first = [0; 1024];
    busy.read_exact(&mut first).unwrap();
    let mut idle = process.connect();
    idle.write_all(b"GET /nowhere HTTP/1.1\r\nHost: site\r\n\r\n").unwrap();
    assert!(idle.read(&mut [0; 1024]).unwrap() > 0);
    process.terminate();
    // An idle connection is closed at once; then no new one is taken any more.
    let mut rest = Vec::new();
    idle.read_to_end(&mut rest).unwrap();
    assert!(TcpStream::connect(process.address).is_err());
    let mut bytes = first.to_vec();
    busy.read_to_end(&mut bytes).unwrap();
    assert_eq!(Answer::read(&bytes).body.len(), LARGE);
    assert!(process.child.wait().unwrap().success());
}

#[test]
fn a_start_that_fails_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("dist");
    let error = Site::bind(config(&nowhere, Fallback::NotFound)).unwrap_err();
    assert!(matches!(error, SiteError::Folder { .. }) && error.to_string().contains("dist"), "{error}");
    write(folder.path(), "file", "");
    assert!(Site::bind(config(&folder.path().join("file"), Fallback::NotFound)).is_err());
    let first = Site::bind(config(folder.path(), Fallback::NotFound)).unwrap();
    let mut second = config(folder.path(), Fallback::NotFound);
    second.listen = first.address();
    let error = Site::bind(second).unwrap_err();
    assert!(matches!(error, SiteError::Listen { .. }), "{error}");
}
