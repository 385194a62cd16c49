//! From stages to text.

use super::{Dockerfile, Instruction, Mount, Stage};
use std::fmt::{self, Display, Formatter, Write};

/// What goes on in the next line is indented so far.
const AHEAD: &str = " \\\n    ";

impl Display for Dockerfile {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for line in &self.header {
            comment(f, line)?;
        }
        self.stages.iter().try_for_each(|stage| write!(f, "\n{stage}"))
    }
}

impl Display for Stage {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.comment.lines().try_for_each(|line| comment(f, line))?;
        writeln!(f, "FROM {} AS {}", self.from, self.name)?;
        self.instructions.iter().try_for_each(|instruction| writeln!(f, "{instruction}"))
    }
}

fn comment(f: &mut Formatter<'_>, line: &str) -> fmt::Result {
    if line.is_empty() { writeln!(f, "#") } else { writeln!(f, "# {line}") }
}

impl Display for Instruction {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Comment(text) => write!(f, "# {text}"),
            Self::Arg { name, default: None } => write!(f, "ARG {name}"),
            Self::Arg { name, default: Some(value) } => write!(f, "ARG {name}={}", quoted(value)),
            Self::Env(pairs) => write!(f, "ENV {}", joined(pairs)),
            Self::Label(pairs) => write!(f, "LABEL {}", joined(pairs)),
            Self::Workdir(path) => write!(f, "WORKDIR {path}"),
            Self::Copy { from, sources, to } => {
                let from = from.as_ref().map(|stage| format!("--from={stage} ")).unwrap_or_default();
                write!(f, "COPY {from}{} {to}", sources.join(" "))
            }
            Self::Run { mounts, script } => {
                let mut parts: Vec<String> = mounts.iter().map(mount).collect();
                parts.push(script.join(AHEAD));
                write!(f, "RUN {}", parts.join(AHEAD))
            }
            Self::User(id) => write!(f, "USER {id}:{id}"),
            Self::Expose(port) => write!(f, "EXPOSE {port}"),
            Self::Healthcheck { interval, timeout, start_period, retries, command } => write!(
                f,
                "HEALTHCHECK --interval={interval}s --timeout={timeout}s --start-period={start_period}s \
                 --retries={retries}{AHEAD}CMD {}",
                exec(command)
            ),
            Self::StopSignal(signal) => write!(f, "STOPSIGNAL {signal}"),
            Self::Entrypoint(words) => write!(f, "ENTRYPOINT {}", exec(words)),
            Self::Cmd(words) => write!(f, "CMD {}", exec(words)),
        }
    }
}

fn mount(mount: &Mount) -> String {
    match mount {
        Mount::Bind { source, writable } => {
            let writable = if *writable { ",rw" } else { "" };
            format!("--mount=type=bind,source={source},target={source}{writable}")
        }
        Mount::Cache { target, locked: false } => format!("--mount=type=cache,target={target}"),
        Mount::Cache { target, locked: true } => format!("--mount=type=cache,target={target},sharing=locked"),
        Mount::Secret { id } => format!("--mount=type=secret,id={id}"),
    }
}

fn joined(pairs: &[(String, String)]) -> String {
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={}", quoted(value))).collect();
    pairs.join(AHEAD)
}

/// A value as it stands when it is a plain word, else in double quotes. `$` is left alone: it refers to build arguments.
fn quoted(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:,@+=$%{}".contains(c);
    if !value.is_empty() && value.chars().all(plain) {
        return value.to_owned();
    }
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The exec form: a JSON list, as the program itself shall be process 1 and get the signals.
fn exec(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| json(word)).collect();
    format!("[{}]", words.join(", "))
}

fn json(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => {
                // Writing to a String cannot fail.
                let _infallible = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
