//! Somebody who comes in through the entry of one node, again and again.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// One who asks for one path.
pub struct Visitor {
    url: String,
}

/// One who keeps asking.
pub struct Stay {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<(usize, Vec<String>)>,
    url: String,
}

impl Visitor {
    pub fn new(address: &str, path: &str) -> Self {
        Self { url: format!("https://{address}{path}") }
    }

    /// The status of one answer.
    pub fn once(&self) -> Result<u16, String> {
        let arguments =
            ["--silent", "--show-error", "--insecure", "--max-time", "15", "--output", "/dev/null"];
        let output =
            Command::new("curl").args(arguments).args(["--write-out", "%{http_code}", &self.url]).output();
        let output = output.expect("curl is installed");
        match output.status.success() {
            true => String::from_utf8_lossy(&output.stdout).parse().map_err(|_| "no status".to_owned()),
            false => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
        }
    }

    /// Asks five times a second, each time on a connection of its own.
    pub fn stay(self, status: u16) -> Stay {
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, url) = (Arc::clone(&stop), self.url.clone());
        let thread = std::thread::spawn(move || {
            let (mut good, mut wrong) = (0, Vec::new());
            while !stopped.load(Ordering::Relaxed) {
                match self.once() {
                    Ok(answer) if answer == status => good += 1,
                    other => wrong.push(format!("{other:?}")),
                }
                std::thread::sleep(Duration::from_millis(200));
            }
            (good, wrong)
        });
        Stay { stop, thread, url }
    }
}

impl Stay {
    /// Fails the test unless every single request was answered as it should be.
    #[track_caller]
    pub fn assert_unharmed(self) {
        self.stop.store(true, Ordering::Relaxed);
        let (good, wrong) = self.thread.join().expect("it only counts");
        println!("{}: {good} good answers, {} others", self.url, wrong.len());
        assert!(good > 10 && wrong.is_empty(), "{}: {good} good answers, and {wrong:?}", self.url);
    }
}
