//! Projects and their ideas, which come over a WebSocket to everyone who looks on, and the stand-in of a language model.

use super::system::System;
use super::visitors::Visitors;
use mainstay_tests::load::{Connection, End, Socket};
use mainstay_tests::shop::git;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// Someone who looks at a project: asks once for its ideas, hears of the new ones, and begins again when the server
/// says goodbye.
struct Onlooker {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Seen>,
}

/// What an onlooker noticed.
#[derive(Default)]
struct Seen {
    ideas: BTreeSet<String>,
    goodbyes: usize,
    wrong: Vec<String>,
}

impl Onlooker {
    fn come(system: &System, token: &str, project: &str) -> Self {
        let stop = Arc::<AtomicBool>::default();
        let (entry, stopped) = (system.entry, Arc::clone(&stop));
        let join = json!({ "type": "join", "token": token, "projectId": project }).to_string();
        let (bearer, list) = (format!("Bearer {token}"), format!("/api/projects/{project}/ideas"));
        let look = move |seen: &mut Seen| -> Result<(), String> {
            let mut socket = Socket::open(entry, "/api/ws")?;
            let ended = |end: End| match end {
                End::CloseFrame => None,
                other => Some(format!("{other:?}")),
            };
            let mut said = socket.say(&join).map(|()| false);
            while !stopped.load(Ordering::Relaxed) {
                let heard = said.and_then(|_| socket.next(Duration::from_millis(200)));
                said = Ok(true);
                match heard {
                    Ok(None) => {}
                    Ok(Some(text)) => {
                        let message: Value =
                            serde_json::from_str(&text).map_err(|error| error.to_string())?;
                        match message["type"].as_str() {
                            Some("idea") => seen.ideas.extend(id_of(&message["idea"])),
                            _ => seen.ideas.extend(all_ideas(entry, &list, &bearer)?),
                        }
                    }
                    Err(end) => {
                        seen.goodbyes += 1;
                        return ended(end).map_or(Ok(()), Err);
                    }
                }
            }
            Ok(())
        };
        let ends = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut seen = Seen::default();
            while !ends.load(Ordering::Relaxed) {
                if let Err(reason) = look(&mut seen) {
                    seen.wrong.push(reason);
                    std::thread::sleep(Duration::from_millis(100));
                }
            }
            seen
        });
        Self { stop, thread }
    }

    fn leave(self) -> Seen {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("it noted what was wrong")
    }
}

fn id_of(idea: &Value) -> Option<String> {
    idea["id"].as_str().map(str::to_owned)
}

fn all_ideas(entry: std::net::SocketAddr, list: &str, bearer: &str) -> Result<Vec<String>, String> {
    let headers = [("authorization", bearer), ("connection", "close")];
    let reply = Connection::open(entry)?.request("GET", list, &headers, b"")?;
    let body: Value = serde_json::from_slice(&reply.body).map_err(|error| error.to_string())?;
    Ok(body["ideas"].as_array().ok_or("no list of ideas")?.iter().filter_map(id_of).collect())
}

/// The stand-in of the language model, as the example brings it.
struct Claude {
    process: Child,
    url: String,
}

impl Claude {
    fn start(system: &System) -> Self {
        let mut process = Command::new("node")
            .arg(system.world.repo.join("backend/test/claude.mjs"))
            .env("CLAUDE_STAND_IN_HOST", system.machine.to_string())
            .env("CLAUDE_STAND_IN_PORT", "0")
            .stdout(Stdio::piped())
            .spawn()
            .expect("node is installed");
        let mut url = String::new();
        let output = process.stdout.take().expect("it was asked for");
        BufReader::new(output).read_line(&mut url).expect("it says where it listens");
        Self { process, url: url.trim().to_owned() }
    }
}

impl Drop for Claude {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _gone = self.process.kill();
        let _gone = self.process.wait();
    }
}

/// Signs up and begins a project; returns the token and the project's id.
#[track_caller]
fn first_project(system: &System) -> (String, String) {
    let account = json!({ "email": "ada@example.com", "name": "Ada", "password": "at least ten characters" });
    let (status, session) = system.ask("POST", "/api/auth/register", &[], &account);
    assert_eq!(status, 201, "{session}");
    let token = session["accessToken"].as_str().expect("a token").to_owned();
    (token.clone(), begin(system, &token, "Engine"))
}

#[track_caller]
fn begin(system: &System, token: &str, title: &str) -> String {
    let bearer = format!("Bearer {token}");
    let (status, made) =
        system.ask("POST", "/api/projects", &[("authorization", &bearer)], &json!({ "title": title }));
    assert_eq!(status, 201, "{made}");
    made["project"]["id"].as_str().expect("an id").to_owned()
}

/// Commits another answer and another migration, and sets what the language model is asked with.
fn second_release(system: &System, claude: &Claude) {
    system.world.set("backend", "CLAUDE_API_KEY", "sk-ant-of-the-stand-in");
    system.world.set("backend", "CLAUDE_BASE_URL", &claude.url);
    for (file, sql) in [("up", "ADD COLUMN source TEXT"), ("down", "DROP COLUMN source")] {
        let path = system.world.repo.join(format!("backend/migrations/006_sources.{file}.sql"));
        fs::write(path, format!("ALTER TABLE ideas {sql};\n")).expect("ours");
    }
    git(&system.world.repo, &["add", "backend/migrations"]);
    system.change(
        "backend/src/routes/projects.ts",
        "res.json({ projects: await projects.list(userOf(res)) });",
        "res.json({ projects: await projects.list(userOf(res)), release: 2 });",
    );
}

/// Fails the test unless every onlooker saw all that was written, through two goodbyes.
#[track_caller]
fn all_seen(onlookers: [Onlooker; 3], written: &BTreeSet<String>) {
    std::thread::sleep(Duration::from_secs(2));
    for seen in onlookers.map(Onlooker::leave) {
        assert!(seen.wrong.is_empty(), "{:#?}", seen.wrong);
        assert!(seen.goodbyes >= 2, "only {} goodbyes in two changes of the release", seen.goodbyes);
        let missed: Vec<_> = written.difference(&seen.ideas).collect();
        assert!(missed.is_empty(), "{} of {} were never seen: {missed:?}", missed.len(), written.len());
    }
}

#[test]
fn brainstorm_keeps_its_ideas_and_its_audience_over_releases() {
    keeps_everything_over_releases(&System::of_processes("brainstorm"));
}

/// A release, one that changes an answer, and back, while people use it: nothing is lost.
pub fn keeps_everything_over_releases(system: &System) {
    let (token, project) = first_project(system);
    let bearer = format!("Bearer {token}");
    let signed = [("authorization", bearer.as_str())];
    let ideas = format!("/api/projects/{project}/ideas");
    let (status, first) = system.ask("POST", &ideas, &signed, &json!({ "content": "Punched cards" }));
    assert_eq!(status, 201, "{first}");
    let all_there = |release: &Value| {
        let (status, projects) = system.ask("GET", "/api/projects", &signed, &Value::Null);
        assert_eq!((status, &projects["release"]), (200, release), "{projects}");
        assert!(projects.to_string().contains("Engine"), "{projects}");
        let browser = [("accept", "text/html"), ("connection", "close")];
        let page = system.raw("GET", &format!("/projects/{project}"), &browser, b"");
        assert!(page.status == 200 && page.text().contains("<div id=\"root\">"), "{}", page.text());
    };
    all_there(&Value::Null);
    let suggest = |project: &str| {
        system.ask("POST", &format!("/api/projects/{project}/suggestions"), &signed, &json!({}))
    };
    assert_eq!(suggest(&project).0, 503, "there is no key yet");

    let claude = Claude::start(system);
    second_release(system, &claude);
    let onlookers = [(); 3].map(|()| Onlooker::come(system, &token, &project));
    let written = Arc::<Mutex<BTreeSet<String>>>::default();
    let writes = {
        let (bearer, written) = (bearer.clone(), Arc::clone(&written));
        let body = json!({ "content": "An idea while it is deployed" }).to_string();
        move |to: &mut Connection| {
            let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
            let reply = to.request("POST", &ideas, &headers, body.as_bytes())?;
            let idea: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
            written.lock().expect("no panic").extend(id_of(&idea["idea"]));
            Ok(reply)
        }
    };
    let lists = {
        let bearer = bearer.clone();
        move |to: &mut Connection| to.request("GET", "/api/projects", &[("authorization", &bearer)], b"")
    };
    let pages = |to: &mut Connection| to.request("GET", "/", &[], b"");
    let visitors = Visitors::come(system.entry, vec![Box::new(writes), Box::new(lists), Box::new(pages)]);
    system.world.mainstay(&["deploy"]).exits(0);
    all_there(&json!(2));
    // The second one is what Redis remembers of the first: the stand-in numbers its answers.
    let [one, two] = [(); 2].map(|()| suggest(&begin(system, &token, "Difference")));
    assert_eq!((one.0, two.0), (201, 201), "{} {}", one.1, two.1);
    assert_eq!(one.1["ideas"][0]["content"], two.1["ideas"][0]["content"]);
    system.world.mainstay(&["rollback"]).exits(0);
    all_there(&Value::Null);
    visitors.leave();

    let mut written = written.lock().expect("no panic").clone();
    written.extend(id_of(&first["idea"]));
    all_seen(onlookers, &written);
}
