//! A server in a process of its own, so that it can be killed.

use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use bucket::{Bucket, BucketConfig};
use model::secret::Secret;

use crate::client::{ACCESS, Client, SECRET};

const ROOT: &str = "BUCKET_TEST_ROOT";
pub(crate) const BUCKET: &str = "uploads";

pub(crate) fn config(root: &Path) -> BucketConfig {
    BucketConfig {
        root: root.to_owned(),
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        access_key: ACCESS.to_owned(),
        secret_key: Secret::new(SECRET),
        buckets: vec![BUCKET.to_owned()],
    }
}

/// Not a test: what the process started below runs.
#[test]
#[ignore = "the server itself, started by the tests"]
fn serve() {
    let Some(root) = env::var_os(ROOT) else { return };
    let bucket = Bucket::bind(config(Path::new(&root))).expect("a server");
    let mut stdout = std::io::stdout();
    writeln!(stdout, "\nlistening {}", bucket.address()).expect("a reader");
    stdout.flush().expect("a reader");
    bucket.run().expect("served");
}

pub(crate) struct Process {
    child: Child,
    /// Kept open: the test runner in the child fails when nobody reads it.
    _stdout: BufReader<ChildStdout>,
    pub(crate) address: SocketAddr,
}

impl Process {
    pub(crate) fn start(root: &Path) -> Self {
        let mut child = Command::new(env::current_exe().expect("this test"))
            .args(["--exact", "process::serve", "--ignored", "--nocapture"])
            .env(ROOT, root)
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
        let address = stdout
            .by_ref()
            .lines()
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("listening ")?.parse().ok())
            .expect("the server to listen");
        Self { child, _stdout: stdout, address }
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(self.address)
    }

    pub(crate) fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("waited");
    }

    pub(crate) fn terminate(&self) {
        let pid = i32::try_from(self.child.id()).expect("a pid");
        // SAFETY: sends a signal to a child that has not been waited for, so the pid is still its own.
        assert_eq!(unsafe { libc::kill(pid, libc::SIGTERM) }, 0);
    }

    pub(crate) fn wait(mut self) -> ExitStatus {
        self.child.wait().expect("waited")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
