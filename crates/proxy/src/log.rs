//! What the keeper and the worker say of themselves: one line an event, to a writer the binary chooses.

use crate::clock;
use std::fmt;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

/// A line writer shared by the threads of a process.
#[derive(Clone)]
pub struct Log {
    who: &'static str,
    sink: Arc<Mutex<Box<dyn Write + Send>>>,
}

impl Log {
    /// Lines go to `sink`, which is flushed after each.
    pub fn new(sink: impl Write + Send + 'static) -> Self {
        Self { who: "proxy", sink: Arc::new(Mutex::new(Box::new(sink))) }
    }

    /// The same sink, under another name.
    pub(crate) fn named(&self, who: &'static str) -> Self {
        Self { who, sink: Arc::clone(&self.sink) }
    }

    /// Writes a line. That it cannot be written is nothing the data plane should stop for.
    pub(crate) fn say(&self, line: fmt::Arguments<'_>) {
        let time = clock::rfc3339(clock::wall_millis());
        let text =
            format!("{} {}[{}] {line}\n", String::from_utf8_lossy(&time), self.who, std::process::id());
        let mut sink = self.sink.lock().unwrap_or_else(PoisonError::into_inner);
        let _unwritable = sink.write_all(text.as_bytes()).and_then(|()| sink.flush());
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").field("who", &self.who).finish_non_exhaustive()
    }
}

/// Writes a formatted line to a [`Log`].
macro_rules! say {
    ($log:expr, $($arg:tt)*) => { $log.say(format_args!($($arg)*)) };
}
pub(crate) use say;
