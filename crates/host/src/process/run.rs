//! Running a program to its end.

use super::pipe::{OutputPipe, nonblocking};
use super::table::kill_group;
use super::{Command, Exit, Input, ProcessError, Setting, Signal, Stream, prepare, spawn_error};
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// How long a program that was asked to end may take.
const GRACE: Duration = Duration::from_secs(5);
/// How long output is read after the program itself ended: children that it left behind may keep it open for ever.
const AFTERWARDS: Duration = Duration::from_millis(200);
/// How often `cancelled` is asked.
const TICK: Duration = Duration::from_millis(50);

/// Runs a program to its end and hands on each line of its output as it comes (bytes that are no UTF-8 are replaced,
/// very long lines come in pieces). It leads a process group; when cancelled or out of time the whole group gets
/// SIGTERM, and SIGKILL five seconds later. When this process is killed, so is the group.
///
/// # Errors
/// When it cannot be started, takes longer than `timeout` or is cancelled. A program that fails is no error here.
pub fn run(
    command: &Command,
    on_line: &mut dyn FnMut(Stream, &str),
    cancelled: &dyn Fn() -> bool,
    timeout: Option<Duration>,
) -> Result<Exit, ProcessError> {
    let mut prepared = prepare(command, Setting { guarded: true, ..Setting::default() })?;
    prepared.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = prepared.spawn().map_err(|error| spawn_error(command, &error))?;
    drop(prepared);
    let mut talk = Talk::with(&mut child, &command.input);
    let began = Instant::now();
    let mut ending: Option<(ProcessError, Instant)> = None;
    let mut ended: Option<(Exit, Instant)> = None;
    let group = child.id();
    let watch = watch_exit(child.id());
    loop {
        // Once ended, the descriptor would wake us all the time.
        talk.turn(watch.as_ref().filter(|_| ended.is_none()), on_line);
        if ended.is_none()
            && let Ok(Some(status)) = child.try_wait()
        {
            ended = Some((Exit::of(status), Instant::now()));
        }
        if let Some((exit, at)) = ended
            && (talk.is_over() || at.elapsed() > AFTERWARDS)
        {
            talk.finish(on_line);
            let Some((error, _)) = ending else { return Ok(exit) };
            // Its children may have had reasons to stay.
            kill_group(group, Signal::Kill);
            return Err(error);
        }
        match &ending {
            None if ended.is_none() => {
                let program = command.program.clone();
                let reason = if cancelled() {
                    Some(ProcessError::Cancelled { program })
                } else {
                    let over = timeout.filter(|limit| began.elapsed() >= *limit);
                    over.map(|after| ProcessError::TimedOut { program, after })
                };
                if let Some(error) = reason {
                    kill_group(group, Signal::Terminate);
                    ending = Some((error, Instant::now()));
                }
            }
            Some((_, since)) if since.elapsed() > GRACE => _ = kill_group(group, Signal::Kill),
            _ => {}
        }
    }
}

/// A descriptor that becomes readable when a process ends (pidfd_open(2)); `None` on kernels without.
fn watch_exit(pid: u32) -> Option<OwnedFd> {
    // SAFETY: a system call with plain numbers; it returns a new descriptor that nobody else owns, close-on-exec.
    unsafe {
        let fd = libc::syscall(libc::SYS_pidfd_open, pid, 0);
        (fd >= 0).then(|| OwnedFd::from_raw_fd(i32::try_from(fd).unwrap_or(-1)))
    }
}

/// Waits until a process is gone, for as long as `patience` lasts.
pub(crate) fn wait_gone(pid: u32, patience: Duration) {
    let Some(watch) = watch_exit(pid) else {
        // Either it is gone or the kernel cannot watch; whoever asks looks again.
        return std::thread::sleep(patience.min(Duration::from_millis(5)));
    };
    let mut wait = libc::pollfd { fd: watch.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    // SAFETY: one entry, as said.
    unsafe { libc::poll(&raw mut wait, 1, i32::try_from(patience.as_millis()).unwrap_or(i32::MAX)) };
}

/// The pipes to and from a program.
struct Talk<'a> {
    input: Option<(File, &'a [u8])>,
    outputs: [OutputPipe; 2],
}

impl<'a> Talk<'a> {
    fn with(child: &mut Child, input: &'a Input) -> Self {
        let text = match input {
            Input::Text(text) => text.expose().as_bytes(),
            Input::Nothing | Input::File(_) => &[],
        };
        let input = child.stdin.take().and_then(|pipe| nonblocking(pipe.into()));
        Self { input: input.map(|pipe| (pipe, text)), outputs: OutputPipe::of(child) }
    }

    fn is_over(&self) -> bool {
        self.outputs.iter().all(|output| output.descriptor() < 0)
    }

    /// Waits up to a tick for something to happen, then moves what can be moved.
    fn turn(&mut self, watch: Option<&OwnedFd>, on_line: &mut dyn FnMut(Stream, &str)) {
        let entry = |fd: i32, events| libc::pollfd { fd, events, revents: 0 };
        let mut waits = [
            entry(self.outputs[0].descriptor(), libc::POLLIN),
            entry(self.outputs[1].descriptor(), libc::POLLIN),
            entry(self.input.as_ref().map_or(-1, |(pipe, _)| pipe.as_raw_fd()), libc::POLLOUT),
            entry(watch.map_or(-1, AsRawFd::as_raw_fd), libc::POLLIN),
        ];
        let tick = if watch.is_some() { TICK } else { TICK / 10 };
        // SAFETY: the array has as many entries as said; absent ones are -1, which poll skips.
        unsafe { libc::poll(waits.as_mut_ptr(), waits.len() as libc::nfds_t, tick.as_millis() as i32) };
        if waits[2].revents != 0 {
            self.write();
        }
        for output in &mut self.outputs {
            output.read(&mut |stream, line| on_line(stream, &String::from_utf8_lossy(line)));
        }
    }

    fn write(&mut self) {
        let Some((pipe, text)) = &mut self.input else { return };
        match pipe.write(text) {
            Ok(count) => *text = &text[count..],
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
            // It does not want to read on; its exit will tell why.
            Err(_) => *text = &[],
        }
        if text.is_empty() {
            self.input = None;
        }
    }

    fn finish(&mut self, on_line: &mut dyn FnMut(Stream, &str)) {
        for output in &mut self.outputs {
            output.finish(&mut |stream, line| on_line(stream, &String::from_utf8_lossy(line)));
        }
    }
}
