//! `mainstay logs`: what the instances wrote, merged by time.

use super::perform::known_scope;
use crate::arguments::{Common, Format, Logs};
use crate::composition;
use crate::error::CliError;
use crate::output::{self, style::Style, time};
use engine::driver::Output;
use host::supervisor::LogLine;
use model::ExitKind;
use model::id::Scope;
use model::instance::{InstancePhase, InstanceStatus};
use model::observed::Observed;
use serde::Serialize;
use std::collections::BTreeSet;
use std::time::Duration;

const PAUSE: Duration = Duration::from_millis(200);
/// How often a followed project is asked for new instances, in pauses.
const LOOK_AGAIN: u32 = 5;

/// An instance that is read.
struct Source {
    id: String,
    part: String,
    follower: Box<dyn Output>,
}

#[derive(Serialize)]
struct View<'a> {
    at: String,
    service: &'a str,
    instance: &'a str,
    stream: &'a str,
    line: &'a str,
}

pub fn run(common: &Common, args: &Logs) -> Result<ExitKind, CliError> {
    let scope = known_scope(common)?;
    let engine = composition::engine()?;
    let mut seen = BTreeSet::new();
    let mut sources = Vec::new();
    let mut first = open_new(&engine, &scope, args, &mut seen, &mut sources)?;
    if seen.is_empty() && !args.follow {
        let what = args
            .service
            .as_ref()
            .map_or_else(|| scope.to_string(), |service| format!("{service} of {scope}"));
        return Err(CliError::input(format!("nothing of {what} is on record"))
            .hint("`mainstay status` shows what runs; --all takes earlier releases in"));
    }
    first.sort_by_key(|(_, line)| line.at);
    first.iter().for_each(|(source, line)| print(common.format, args, source, line));
    if args.follow {
        follow(common.format, &engine, &scope, args, (seen, sources))?;
    }
    Ok(ExitKind::Done)
}

/// Prints new lines as they come, also of instances that start meanwhile. Ends when the process is ended.
fn follow(
    format: Format,
    engine: &engine::Engine,
    scope: &Scope,
    args: &Logs,
    (mut seen, mut sources): (BTreeSet<String>, Vec<Source>),
) -> Result<(), CliError> {
    let mut turn: u32 = 0;
    loop {
        engine.clock.sleep(PAUSE);
        turn = turn.wrapping_add(1);
        let mut lines: Vec<Named> = Vec::new();
        if turn.is_multiple_of(LOOK_AGAIN) {
            lines.extend(open_new(engine, scope, args, &mut seen, &mut sources)?);
        }
        for source in &mut sources {
            let new = source.follower.read();
            lines.extend(new.into_iter().map(|line| ((source.part.clone(), source.id.clone()), line)));
        }
        lines.sort_by_key(|(_, line)| line.at);
        lines.iter().for_each(|(source, line)| print(format, args, source, line));
    }
}

type Named = ((String, String), LogLine);

fn open_new(
    engine: &engine::Engine,
    scope: &Scope,
    args: &Logs,
    seen: &mut BTreeSet<String>,
    sources: &mut Vec<Source>,
) -> Result<Vec<Named>, CliError> {
    let observed = engine.known(scope)?;
    let runtime = &engine.local(scope)?.runtime;
    let mut lines = Vec::new();
    for status in observed.instances.iter().filter(|status| wanted(&observed, status, args)) {
        let id = status.spec.id.to_string();
        if !seen.insert(id.clone()) {
            continue;
        }
        let (first, follower) = runtime.output(scope, &status.spec.id, args.lines);
        let part = part(status);
        lines.extend(first.into_iter().map(|line| ((part.clone(), id.clone()), line)));
        sources.push(Source { id, part, follower });
    }
    Ok(lines)
}

fn part(status: &InstanceStatus) -> String {
    match status.spec.part.service() {
        Some((service, _)) => service.to_string(),
        None => status.spec.id.to_string(),
    }
}

fn wanted(observed: &Observed, status: &InstanceStatus, args: &Logs) -> bool {
    let named = args.service.as_ref().is_none_or(|service| service.as_str() == part(status));
    let live = observed.live.as_ref().is_some_and(|live| live.instances.contains(&status.spec.id));
    let current = live || status.phase != InstancePhase::Ended;
    let is_service = status.spec.part.service().is_some();
    named && (args.all || current) && (is_service || args.service.is_some())
}

fn print(format: Format, args: &Logs, (part, id): &(String, String), line: &LogLine) {
    if args.grep.as_ref().is_some_and(|text| !line.text.contains(text.as_str())) {
        return;
    }
    let stream = match line.stream {
        host::process::Stream::Out => "stdout",
        host::process::Stream::Error => "stderr",
    };
    let at = time::utc(line.at);
    match format {
        Format::Json => {
            let view = View { at, service: part, instance: id, stream, line: &line.text };
            output::line(&serde_json::to_string(&view).unwrap_or_default());
        }
        Format::Text => {
            let head = Style::for_stdout().dim(&format!("{} {part:<10}", &at[11..19]));
            output::line(&format!("{head} {}", line.text));
        }
    }
}
