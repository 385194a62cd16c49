//! Other programs.

use crate::Failure;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// A command as a person would type it.
pub fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

fn cannot_start(command: &Command, error: &std::io::Error) -> Failure {
    Failure::new(format!("{} cannot be started: {error}", shown(command)))
}

/// The command that a person has given us to run.
///
/// # Errors
/// When none was given.
pub fn given(words: &[&str]) -> Result<Command, Failure> {
    let Some((program, arguments)) = words.split_first() else {
        return Err(Failure::new("which command shall be run?"));
    };
    let mut command = Command::new(program);
    command.args(arguments);
    Ok(command)
}

/// Runs with our output and says how it ended.
///
/// # Errors
/// When it cannot be started.
pub fn status(command: &mut Command) -> Result<ExitStatus, Failure> {
    command.status().map_err(|error| cannot_start(command, &error))
}

/// Runs with our output.
///
/// # Errors
/// When it does not end well.
pub fn run(command: &mut Command) -> Result<(), Failure> {
    let status = status(command)?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::new(format!("{} ended with {status}", shown(command))))
    }
}

/// Runs and returns what it wrote to standard output.
///
/// # Errors
/// When it does not end well; with what it wrote to standard error.
pub fn capture(command: &mut Command) -> Result<String, Failure> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| cannot_start(command, &error))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let why = String::from_utf8_lossy(&output.stderr);
    Err(Failure::new(format!("{} ended with {}: {}", shown(command), output.status, why.trim())))
}

/// Runs, passes its standard output on line by line, and returns it.
///
/// # Errors
/// When it cannot be started.
pub fn follow(command: &mut Command) -> Result<(ExitStatus, String), Failure> {
    let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
    let mut child = spawned.map_err(|error| cannot_start(command, &error))?;
    let mut text = String::new();
    for line in
        child.stdout.take().map(BufReader::new).into_iter().flat_map(BufRead::lines).map_while(Result::ok)
    {
        println!("{line}");
        text.push_str(&line);
        text.push('\n');
    }
    let status = child.wait().map_err(|error| cannot_start(command, &error))?;
    Ok((status, text))
}

/// Whether a program is on the path.
pub fn is_there(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// The number of the user that runs this.
pub fn is_root() -> bool {
    capture(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

/// A port that nobody listens on just now.
///
/// # Errors
/// When loopback gives none.
pub fn free_port() -> Result<u16, Failure> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    listener
        .map(|address| address.port())
        .map_err(|error| Failure::new(format!("no port of loopback can be had: {error}")))
}

/// A server that is asked to end when it is let go.
pub struct Server {
    child: Child,
    name: &'static str,
}

impl Server {
    /// Starts a server that listens at a port of loopback.
    ///
    /// # Errors
    /// When it ends, or does not listen within half a minute.
    pub fn start(name: &'static str, command: &mut Command, port: u16) -> Result<Self, Failure> {
        Self::start_at(name, command, SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
    }

    /// Starts a server that listens at an address of this machine.
    ///
    /// # Errors
    /// When it ends, or does not listen within half a minute.
    pub fn start_at(name: &'static str, command: &mut Command, at: SocketAddr) -> Result<Self, Failure> {
        let spawned = command.stdin(Stdio::null()).spawn();
        let mut server = Self { child: spawned.map_err(|error| cannot_start(command, &error))?, name };
        let patience = Instant::now() + Duration::from_secs(30);
        while Instant::now() < patience {
            if TcpStream::connect(at).is_ok() {
                return Ok(server);
            }
            if let Ok(Some(status)) = server.child.try_wait() {
                return Err(Failure::new(format!("{name} ended with {status}: {}", shown(command))));
            }
            thread::sleep(Duration::from_millis(50));
        }
        Err(Failure::new(format!("{name} does not listen at {at} after 30 seconds")))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let pid = self.child.id().to_string();
        // PostgreSQL takes SIGINT as "end now and leave the files whole"; the others end as well.
        let asked = Command::new("sh").args(["-c", "kill -INT \"$1\"", "sh", &pid]).status();
        let patience = Instant::now() + Duration::from_secs(10);
        while asked.as_ref().is_ok_and(ExitStatus::success) && Instant::now() < patience {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        eprintln!("{} did not end by itself", self.name);
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
