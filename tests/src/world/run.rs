//! Running the real binary, and looking over its shoulder.

use super::process::kill;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Longest that any command of a test may take.
const PATIENCE: Duration = Duration::from_secs(240);

/// What a command left.
#[derive(Debug, Clone)]
pub struct Output {
    /// What was run.
    pub line: String,
    /// Its exit code; absent when it was killed.
    pub code: Option<i32>,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
    /// How long it took.
    pub took: Duration,
}

impl Output {
    /// Fails the test when the exit code is another one.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}", self.shown());
        self
    }

    /// Fails the test when standard error does not have these words.
    #[track_caller]
    pub fn says(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.stderr.contains(word), "`{word}` is not said by\n{}", self.shown());
        }
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("no JSON ({error}):\n{}", self.shown()))
    }

    /// Everything, for a message.
    pub fn shown(&self) -> String {
        format!("$ {}  ({:?}, exit {:?})\n{}\n{}", self.line, self.took, self.code, self.stdout, self.stderr)
    }
}

/// A command that runs.
pub struct Running {
    line: String,
    child: Child,
    began: Instant,
    lines: Receiver<String>,
    seen: Vec<String>,
    stderr: Option<JoinHandle<String>>,
}

impl Running {
    pub(super) fn start(mut command: Command) -> Self {
        let line = format!("{command:?}");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("cannot start {line}: {error}"));
        let stdout = child.stdout.take().expect("it was asked for");
        let mut stderr = child.stderr.take().expect("it was asked for");
        let (send, lines) = channel();
        std::thread::spawn(move || {
            let lines = BufReader::new(stdout).split(b'\n').map_while(Result::ok);
            for line in lines.map(|line| String::from_utf8_lossy(&line).into_owned()) {
                if send.send(line).is_err() {
                    return;
                }
            }
        });
        let stderr = std::thread::spawn(move || {
            let mut text = Vec::new();
            // What was read until then is shown.
            let _cut_off = stderr.read_to_end(&mut text);
            String::from_utf8_lossy(&text).into_owned()
        });
        Self { line, child, began: Instant::now(), lines, seen: Vec::new(), stderr: Some(stderr) }
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the next line of standard output; `None` at the end.
    pub fn next_line(&mut self) -> Option<String> {
        match self.lines.recv_timeout(PATIENCE.saturating_sub(self.began.elapsed())) {
            Ok(line) => {
                self.seen.push(line.clone());
                Some(line)
            }
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => {
                self.signal(libc::SIGKILL);
                panic!("{} was not done within {PATIENCE:?}; it said\n{}", self.line, self.seen.join("\n"));
            }
        }
    }

    /// Reads events until so many steps were begun or done. Whether there were that many.
    pub fn wait_for_step(&mut self, count: usize) -> bool {
        let mut found = 0;
        while found < count {
            match self.next_line() {
                Some(line) => found += usize::from(is_step(&line)),
                None => return false,
            }
        }
        true
    }

    /// Sends a signal.
    pub fn signal(&self, signal: i32) {
        kill(self.pid(), signal);
    }

    /// Ends it as a power cut would.
    pub fn kill(mut self) {
        self.signal(libc::SIGKILL);
        // Reaped here; how it ended is known.
        let _status = self.child.wait();
    }

    /// Waits for its end.
    pub fn finish(mut self) -> Output {
        while self.next_line().is_some() {}
        let until = self.began + PATIENCE;
        let status = loop {
            match self.child.try_wait() {
                Ok(Some(status)) => break status,
                Ok(None) if Instant::now() < until => std::thread::sleep(Duration::from_millis(2)),
                other => panic!("{} did not end: {other:?}", self.line),
            }
        };
        let stderr = self.stderr.take().and_then(|thread| thread.join().ok()).unwrap_or_default();
        let stdout = self.seen.join("\n");
        Output { line: self.line.clone(), code: status.code(), stdout, stderr, took: self.began.elapsed() }
    }
}

/// Whether a line of `--format json` says that a step was begun or done.
pub fn is_step(line: &str) -> bool {
    let event: Option<Value> = serde_json::from_str(line).ok();
    let kind = event.as_ref().and_then(|event| event.pointer("/body/event")).and_then(Value::as_str);
    matches!(kind, Some("step-started" | "step-done"))
}
