//! What the tasks of an instance wrote, one after the other, wherever they ran.

use super::service::Service;
use super::task::{self, Task};
use crate::docker::client::Client;
use crate::docker::output;
use crate::driver::Output;
use host::process::Stream;
use host::supervisor::LogLine;
use model::Secret;
use model::instance::InstanceSpec;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// So many tasks of an instance are shown: the current one, and the one that ended before it.
const SHOWN: usize = 2;

/// The output of an instance.
pub(super) struct TaskLog {
    client: Arc<Client>,
    service: String,
    slot: u16,
    hidden: Vec<Secret>,
    logs: BTreeMap<String, output::Log>,
    said: BTreeSet<(String, String)>,
}

impl TaskLog {
    /// The last lines, and the log after them.
    pub(super) fn open(
        client: &Arc<Client>,
        service: &Service,
        spec: &InstanceSpec,
        slot: u16,
        lines: usize,
    ) -> (Vec<LogLine>, Self) {
        let mut log = Self {
            client: Arc::clone(client),
            service: service.id.clone(),
            slot,
            hidden: output::secrets(service.variables(), spec),
            logs: BTreeMap::new(),
            said: BTreeSet::new(),
        };
        let mut first = log.look(lines);
        first.drain(..first.len().saturating_sub(lines));
        (first, log)
    }

    /// What came since the last time; of a task that is new to us, its last `lines`.
    fn look(&mut self, lines: usize) -> Vec<LogLine> {
        // A log that cannot be read is shown as far as it was.
        let tasks = task::list(&self.client, &[&self.service]).unwrap_or_default();
        let mine: Vec<Task> = tasks.into_iter().filter(|task| task.slot == self.slot).collect();
        let mut found = Vec::new();
        for task in &mine[mine.len().saturating_sub(SHOWN)..] {
            found.extend(self.written(task, lines));
            // What never ran wrote nothing; Swarm says why.
            let words = task.words().filter(|words| self.said.insert((task.id.clone(), words.clone())));
            let line =
                |words| LogLine { at: task.at(), stream: Stream::Error, text: format!("swarm: {words}") };
            found.extend(words.map(line));
        }
        found
    }

    fn written(&mut self, task: &Task, lines: usize) -> Vec<LogLine> {
        if !task.has_output() {
            return Vec::new();
        }
        if let Some(log) = self.logs.get_mut(&task.id) {
            return log.read();
        }
        let of = format!("tasks/{}", task.id);
        let (first, log) = output::Log::open(Arc::clone(&self.client), of, self.hidden.clone(), lines);
        self.logs.insert(task.id.clone(), log);
        first
    }
}

impl Output for TaskLog {
    fn read(&mut self) -> Vec<LogLine> {
        self.look(usize::from(u16::MAX))
    }
}
