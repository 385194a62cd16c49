//! The supervisor's own life: one thread, one loop.

use super::cgroup::{Groups, Place};
use super::child::{Program, reap};
use super::control::{is_supervised, sweep};
use super::folder::Folder;
use super::handover::{self, Answer};
use super::log::{Concealer, OutputLog, PART};
use super::sentinel::{self, quiet};
use super::signals::Signals;
use super::state::{ProcessName, State, spec, state};
use crate::clock::{Clock, SystemClock};
use crate::environment::Variables;
use crate::process::{Exit, OutputPipe, Signal, Stream, Table, kill};
use crate::{files, identity};
use model::instance::{ExitReport, InstancePhase, InstanceSpec, Restart, StopSignal};
use std::io::{Read, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// The pause before the first restart, the longest, and the life after which a program counts as sound again.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
const SOUND: Duration = Duration::from_secs(60);
/// How long the leftovers of a killed supervisor may take to end.
const PATIENCE: Duration = Duration::from_secs(10);

/// Watches over the instance in `dir` until it has ended for good. This is what `mainstay supervise DIR` does; it is
/// started by [`super::launch`] only, and before this process has a second thread. `concealer` makes what takes the
/// instance's secrets out of its output before that is written.
pub fn main(dir: &Path, concealer: Concealer) -> ExitCode {
    let folder = Folder::new(dir);
    let cannot = |error: std::io::Error| Answer::Refused(format!("its supervisor cannot work: {error}"));
    let begun = apart().map_err(cannot).and_then(|()| {
        let lock = take(&folder)?;
        sentinel::split(&folder).map_err(cannot)?;
        Ok((lock, Signals::catch().map_err(cannot)?))
    });
    let (lock, signals) = match begun {
        Ok(begun) => begun,
        Err(why) => return answer(&why),
    };
    sweep(&folder);
    let mut packed = Vec::new();
    let _ = std::io::stdin().read_to_end(&mut packed);
    let Some(env) = handover::unpack(&packed) else {
        return answer(&Answer::Refused("its environment did not arrive whole".into()));
    };
    packed.fill(0);
    let begun = spec(&folder).map_err(|error| error.to_string());
    let begun = begun.and_then(|spec| {
        let secrets: Vec<_> = spec.secrets.iter().filter_map(|name| env.get(name).cloned()).collect();
        let log = OutputLog::open(&folder, PART, concealer(&secrets));
        Watch::begin((folder, spec, log), env, signals)
    });
    let code = match begun {
        Ok(watch) => {
            answer(&Answer::Started);
            quiet();
            watch.live()
        }
        Err(reason) => answer(&Answer::Refused(reason)),
    };
    drop(lock);
    code
}

/// Takes the instance for this supervisor alone. Another one that works is left alone; one that was killed may need a
/// moment until nothing of it is left.
fn take(folder: &Folder) -> Result<files::FileLock, Answer> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match files::try_lock(&folder.lock()) {
            Ok(Some(lock)) => return Ok(lock),
            Err(error) => return Err(Answer::Refused(error.to_string())),
            Ok(None) if state(&folder.0).is_some_and(|state| is_supervised(&state)) => {
                return Err(Answer::Running);
            }
            Ok(None) if Instant::now() > deadline => {
                return Err(Answer::Refused("another supervisor of it neither works nor ends".into()));
            }
            Ok(None) => SystemClock.sleep(Duration::from_millis(2)),
        }
    }
}

/// Becomes a process that belongs to nobody and cannot be looked into.
fn apart() -> std::io::Result<()> {
    // SAFETY: there is only this thread; everything else takes plain numbers.
    unsafe {
        match libc::fork() {
            0 => {}
            -1 => return Err(std::io::Error::last_os_error()),
            _ => libc::_exit(0),
        }
        libc::umask(0o022);
        if libc::setsid() < 0 || libc::prctl(libc::PR_SET_DUMPABLE, 0) != 0 {
            return Err(std::io::Error::last_os_error());
        }
    }
    std::env::set_current_dir("/")
}

fn answer(answer: &Answer) -> ExitCode {
    let mut line = serde_json::to_vec(answer).unwrap_or_default();
    line.push(b'\n');
    // Whoever asked may be gone; the instance lives on without.
    let _ = std::io::stdout().write_all(&line).and_then(|()| std::io::stdout().flush());
    if *answer == Answer::Started { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What the program is doing.
enum Life {
    Running(Program),
    /// It ended when asked to; its children have the rest of its grace.
    Leaving(Program, Exit),
    /// It ended and is started again then.
    Waiting(Instant),
    Over,
}

struct Watch {
    folder: Folder,
    spec: InstanceSpec,
    env: Variables,
    signals: Signals,
    groups: Groups,
    log: OutputLog,
    state: State,
    life: Life,
    pause: Duration,
    /// It was asked to end; then it is killed.
    kill_at: Option<Instant>,
}

impl Watch {
    fn begin(
        (folder, spec, log): (Folder, InstanceSpec, OutputLog),
        env: Variables,
        signals: Signals,
    ) -> Result<Self, String> {
        let (groups, limits) = Groups::make(&Place::of_this_machine(), &folder.group(&spec.id), &spec.limits);
        let state = State {
            supervisor: ProcessName::of(std::process::id()),
            boot: identity::boot(),
            phase: InstancePhase::Waiting,
            program: None,
            started_at: None,
            restarts: 0,
            last_exit: None,
            stopping: false,
            limits,
        };
        let life = Life::Over;
        let (pause, kill_at) = (FIRST_PAUSE, None);
        let mut watch = Self { folder, spec, env, signals, groups, log, state, life, pause, kill_at };
        // Nothing runs of which there is no record: it could not be found again.
        let begun = watch.state.save(&watch.folder).map_err(|error| error.to_string());
        if let Err(reason) = begun.and_then(|()| watch.start()) {
            watch.state.phase = InstancePhase::Ended;
            watch.record();
            watch.groups.remove();
            return Err(reason);
        }
        Ok(watch)
    }

    fn live(mut self) -> ExitCode {
        while !matches!(self.life, Life::Over) {
            self.wait();
            if self.signals.asked_to_end() {
                self.ask_to_end();
            }
            self.listen();
            self.advance();
            self.log.flush();
        }
        self.groups.remove();
        self.state.phase = InstancePhase::Ended;
        self.record();
        ExitCode::SUCCESS
    }

    /// Waits for output, a signal or the next thing to do.
    fn wait(&self) {
        let next = match &self.life {
            Life::Waiting(until) => Some(*until),
            Life::Running(_) | Life::Leaving(..) | Life::Over => self.kill_at,
        };
        let left = next.map(|at| at.saturating_duration_since(Instant::now()).as_millis() + 1);
        let left = left.map_or(-1, |left| i32::try_from(left).unwrap_or(i32::MAX));
        let entry = |fd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
        let outputs = self.life.program().map(|program| &program.outputs);
        let [out, error] = outputs.map_or([-1, -1], |outputs| outputs.each_ref().map(OutputPipe::descriptor));
        let mut waits = [entry(self.signals.descriptor()), entry(out), entry(error)];
        // SAFETY: the array has as many entries as said; absent ones are -1, which poll skips.
        unsafe { libc::poll(waits.as_mut_ptr(), waits.len() as libc::nfds_t, left) };
    }

    fn listen(&mut self) {
        let Some(program) = self.life.program_mut() else { return };
        let now = SystemClock.now();
        for output in &mut program.outputs {
            output.read(&mut |stream, line| self.log.line(now, stream, line));
        }
    }

    fn advance(&mut self) {
        let exit = reap(self.life.program().map(|program| program.name.pid));
        let late = self.kill_at.is_some_and(|at| Instant::now() >= at);
        self.life = match std::mem::replace(&mut self.life, Life::Over) {
            Life::Running(program) => match exit {
                Some(exit) if self.state.stopping && !late => {
                    let rest = family();
                    self.send(self.stop_signal(), &rest);
                    // With nobody left, no signal would wake us any more.
                    if rest.is_empty() { self.conclude(program, exit) } else { Life::Leaving(program, exit) }
                }
                Some(exit) => self.conclude(program, exit),
                None => {
                    if late {
                        self.kill_family();
                    }
                    Life::Running(program)
                }
            },
            Life::Leaving(program, exit) if late || family().is_empty() => self.conclude(program, exit),
            Life::Waiting(_) if self.state.stopping => Life::Over,
            Life::Waiting(until) if Instant::now() >= until => return self.start_again(),
            same @ (Life::Leaving(..) | Life::Waiting(_) | Life::Over) => same,
        };
    }

    fn ask_to_end(&mut self) {
        if self.state.stopping {
            return;
        }
        self.state.stopping = true;
        self.kill_at = Some(Instant::now() + self.spec.grace.duration());
        self.record();
        if let Life::Running(program) = &self.life {
            self.send(self.stop_signal(), &[program.name.pid]);
        }
    }

    /// The program ended. Whatever it left behind ends too: it would hold the port that the next one needs.
    fn conclude(&mut self, mut program: Program, exit: Exit) -> Life {
        self.kill_family();
        let now = SystemClock.now();
        for output in &mut program.outputs {
            output.read(&mut |stream, line| self.log.line(now, stream, line));
            output.finish(&mut |stream, line| self.log.line(now, stream, line));
        }
        let starved = self.groups.out_of_memory_kills() > program.out_of_memory_kills && !exit.success();
        self.ended(exit.report(now, starved), program.began.elapsed())
    }

    fn ended(&mut self, report: ExitReport, lived: Duration) -> Life {
        self.state.last_exit = Some(report);
        if self.state.stopping || self.spec.restart == Restart::Never {
            return Life::Over;
        }
        if lived >= SOUND {
            self.pause = FIRST_PAUSE;
        }
        let until = Instant::now() + self.pause;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        self.state.phase = InstancePhase::Waiting;
        self.record();
        Life::Waiting(until)
    }

    fn start(&mut self) -> Result<(), String> {
        let program =
            Program::start(&self.spec, &self.env, &self.groups).map_err(|error| error.to_string())?;
        self.state.phase = InstancePhase::Running;
        self.state.program = Some(program.name);
        self.state.started_at = Some(SystemClock.now());
        self.life = Life::Running(program);
        self.record();
        Ok(())
    }

    fn start_again(&mut self) {
        self.state.restarts += 1;
        if let Err(reason) = self.start() {
            let now = SystemClock.now();
            self.log.line(now, Stream::Error, format!("mainstay: {reason}").as_bytes());
            // What a shell says of a command that it cannot run.
            self.life = self.ended(Exit::Code(127).report(now, false), Duration::ZERO);
        }
    }

    fn kill_family(&self) {
        self.groups.kill();
        for _ in 0..100 {
            let family = family();
            if family.is_empty() {
                return;
            }
            self.send(Signal::Kill, &family);
            SystemClock.sleep(Duration::from_millis(1));
        }
    }

    fn send(&self, signal: Signal, to: &[u32]) {
        for pid in to {
            kill(*pid, signal);
        }
    }

    fn stop_signal(&self) -> Signal {
        match self.spec.stop {
            StopSignal::Terminate => Signal::Terminate,
            StopSignal::Interrupt => Signal::Interrupt,
        }
    }

    /// On a full disk the record stays behind; readers check it against the processes that are there. Whoever reads of
    /// an end finds the last words too.
    fn record(&mut self) {
        self.log.flush();
        let _ = self.state.save(&self.folder);
    }
}

/// All living descendants. Orphans are among them, since they come to us.
fn family() -> Vec<u32> {
    Table::read().descendants(std::process::id())
}

impl Life {
    fn program(&self) -> Option<&Program> {
        match self {
            Self::Running(program) | Self::Leaving(program, _) => Some(program),
            Self::Waiting(_) | Self::Over => None,
        }
    }

    fn program_mut(&mut self) -> Option<&mut Program> {
        match self {
            Self::Running(program) | Self::Leaving(program, _) => Some(program),
            Self::Waiting(_) | Self::Over => None,
        }
    }
}
