//! The reference systems, from their repository to a second release and back, with people using them meanwhile.

use mainstay_tests::load::{Connection, Reply};
use mainstay_tests::shop::git;
use mainstay_tests::world::World;
use serde_json::{Value, json};
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// A system that runs.
struct System {
    world: World,
    entry: SocketAddr,
}

impl System {
    /// Copies an example into a repository of its own and brings it up as a newcomer would.
    fn up(name: &str) -> Self {
        let world = World::online(name);
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
        let listed = Command::new("git")
            .arg("-C")
            .arg(&root)
            .args(["ls-files", "-z", "--", &format!("examples/{name}")])
            .output();
        let listed = listed.expect("git is installed").stdout;
        for path in String::from_utf8_lossy(&listed).split_terminator('\0') {
            let inner = Path::new(path).strip_prefix(format!("examples/{name}")).expect("it was asked for");
            let to = world.repo.join(inner);
            fs::create_dir_all(to.parent().expect("a file has a folder")).expect("ours");
            fs::copy(root.join(path), to).expect("ours");
        }
        git(&world.repo, &["init", "--quiet"]);
        git(&world.repo, &["add", "--all"]);
        git(&world.repo, &["commit", "--quiet", "--message", "Begin"]);
        world.mainstay(&["init", "--yes"]).exits(0);
        git(&world.repo, &["add", "--all"]);
        git(&world.repo, &["commit", "--quiet", "--message", "Describe how it is deployed"]);
        world.mainstay(&["up"]).exits(0);
        let status = world.mainstay(&["status", "--format", "json"]).exits(0).json();
        let url = status["url"].as_str().expect("it has an address").trim_end_matches('/').to_owned();
        let port = url.rsplit(':').next().and_then(|port| port.parse().ok()).expect("an address has a port");
        Self { world, entry: SocketAddr::from(([127, 0, 0, 1], port)) }
    }

    /// Commits a change of one file.
    fn change(&self, file: &str, from: &str, to: &str) {
        let path = self.world.repo.join(file);
        let text = fs::read_to_string(&path).expect("the example has it");
        assert!(text.contains(from), "{file} has no `{from}`");
        fs::write(&path, text.replacen(from, to, 1)).expect("ours");
        git(&self.world.repo, &["commit", "--quiet", "--all", "--message", "Change an answer"]);
    }

    #[track_caller]
    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> (u16, Value) {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let mut all = vec![("content-type", "application/json"), ("connection", "close")];
        all.extend_from_slice(headers);
        let reply = self.raw(method, path, &all, text.as_bytes());
        (reply.status, serde_json::from_slice(&reply.body).unwrap_or(Value::Null))
    }

    #[track_caller]
    fn raw(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let reply = Connection::open(self.entry).and_then(|mut to| to.request(method, path, headers, body));
        reply.unwrap_or_else(|reason| panic!("{method} {path}: {reason}"))
    }
}

/// One who asks for something over and over.
type Visit = Box<dyn Fn(&mut Connection) -> Result<Reply, String> + Send>;

/// People who use the system; each asks ten times a second and notes every answer that is not a good one.
struct Visitors {
    stop: Arc<AtomicBool>,
    asked: Arc<AtomicU64>,
    wrong: Arc<Mutex<Vec<String>>>,
    threads: Vec<JoinHandle<()>>,
}

impl Visitors {
    fn come(entry: SocketAddr, visits: Vec<Visit>) -> Self {
        let (stop, asked, wrong) =
            (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default(), Arc::<Mutex<Vec<String>>>::default());
        let visitor = |visit: Visit| {
            let (stop, asked, wrong) = (Arc::clone(&stop), Arc::clone(&asked), Arc::clone(&wrong));
            std::thread::spawn(move || {
                let mut kept = None;
                while !stop.load(Ordering::Relaxed) {
                    asked.fetch_add(1, Ordering::Relaxed);
                    let connection = kept.take().map_or_else(|| Connection::open(entry), Ok);
                    let answer =
                        connection.and_then(|mut connection| Ok((visit(&mut connection)?, connection)));
                    match answer {
                        Ok((reply, connection)) if reply.status < 400 => {
                            kept = (!reply.closes()).then_some(connection);
                        }
                        Ok((reply, _)) => wrong.lock().expect("no panic").push(format!(
                            "{}: {}",
                            reply.status,
                            reply.text()
                        )),
                        Err(reason) => wrong.lock().expect("no panic").push(reason),
                    }
                    std::thread::sleep(Duration::from_millis(100));
                }
            })
        };
        let threads = visits.into_iter().map(visitor).collect();
        Self { stop, asked, wrong, threads }
    }

    #[track_caller]
    fn leave(mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.threads.drain(..).for_each(|thread| thread.join().expect("it noted what was wrong"));
        let wrong = self.wrong.lock().expect("no panic");
        let asked = self.asked.load(Ordering::Relaxed);
        println!("{asked} asked");
        assert!(
            wrong.is_empty() && asked > 100,
            "{} of {asked} were lost: {:#?}",
            wrong.len(),
            &wrong[..wrong.len().min(10)]
        );
    }
}

impl Drop for Visitors {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// Sets VaultCPA up with its first account; returns what proves it to be that one.
#[track_caller]
fn first_account(system: &System) -> String {
    let account = json!({ "email": "ada@example.com", "name": "Ada", "password": "at least ten characters" });
    assert_eq!(system.ask("POST", "/api/auth/setup", &[], &account).0, 201);
    let login = json!({ "email": "ada@example.com", "password": "at least ten characters" });
    let (status, session) = system.ask("POST", "/api/auth/login", &[], &login);
    assert_eq!(status, 200, "{session}");
    format!("Bearer {}", session["accessToken"].as_str().expect("a token"))
}

#[test]
fn vaultcpa_keeps_its_clients_and_documents_over_releases() {
    let system = System::up("vaultcpa");
    let token = first_account(&system);
    let signed = [("authorization", token.as_str())];
    let (status, client) = system.ask(
        "POST",
        "/api/clients",
        &signed,
        &json!({ "name": "Lovelace & Co", "taxId": "12-3456789" }),
    );
    assert_eq!(status, 201, "{client}");
    let id = client["client"]["id"].as_str().expect("an id").to_owned();
    let document =
        json!({ "name": "return.pdf", "kind": "TAX_RETURN", "taxYear": 2025, "content": "JVBERi0xLjcK" });
    let (status, document) = system.ask("POST", &format!("/api/clients/{id}/documents"), &signed, &document);
    assert_eq!(status, 201, "{document}");
    let content = format!("/api/documents/{}/content", document["document"]["id"].as_str().expect("an id"));
    let all_there = |release: &Value| {
        let (status, clients) = system.ask("GET", "/api/clients", &signed, &Value::Null);
        assert_eq!((status, &clients["release"]), (200, release), "{clients}");
        assert_eq!(clients["clients"][0]["name"], "Lovelace & Co", "{clients}");
        assert_eq!(
            system.raw("GET", &content, &[signed[0], ("connection", "close")], b"").body,
            b"%PDF-1.7\n"
        );
        assert_eq!(system.raw("GET", "/login", &[("connection", "close")], b"").status, 200);
    };
    all_there(&Value::Null);

    system.change(
        "server/src/routes/clients.js",
        "clients: clients.map(present), total }",
        "clients: clients.map(present), total, release: 2 }",
    );
    let lists = {
        let token = token.clone();
        move |to: &mut Connection| to.request("GET", "/api/clients", &[("authorization", &token)], b"")
    };
    let writes = {
        let token = token.clone();
        let path = format!("/api/clients/{id}/documents");
        let body = json!({ "name": "note.txt", "content": "aGVsbG8=" }).to_string();
        move |to: &mut Connection| {
            to.request(
                "POST",
                &path,
                &[("authorization", &token), ("content-type", "application/json")],
                body.as_bytes(),
            )
        }
    };
    let pages = |to: &mut Connection| to.request("GET", "/login", &[], b"");
    let visitors = Visitors::come(system.entry, vec![Box::new(lists), Box::new(writes), Box::new(pages)]);
    system.world.mainstay(&["deploy"]).exits(0);
    all_there(&json!(2));
    let output = system.world.mainstay(&["rollback"]).exits(0);
    assert!(output.took < Duration::from_secs(60), "{}", output.shown());
    all_there(&Value::Null);
    visitors.leave();
}

#[test]
fn procurement_keeps_its_purchases_and_files_over_releases() {
    let system = System::up("procurement");
    let (status, supplier) = system.ask(
        "POST",
        "/suppliers",
        &[],
        &json!({ "name": "Babbage Ltd", "email": "sales@example.com" }),
    );
    assert_eq!(status, 201, "{supplier}");
    let item = json!({ "description": "Gear", "quantity": 3, "unit_price": "12.50" });
    let order = json!({ "supplier_id": supplier["id"], "title": "Engine parts", "items": [item] });
    let (status, purchase) = system.ask("POST", "/purchases", &[], &order);
    assert_eq!(status, 201, "{purchase}");
    let upload = b"--edge\r\ncontent-disposition: form-data; name=\"file\"; filename=\"offer.txt\"\r\ncontent-type: text/plain\r\n\r\n3 gears at 12.50\r\n--edge--\r\n";
    let form = [("content-type", "multipart/form-data; boundary=edge"), ("connection", "close")];
    let reply = system.raw("POST", &format!("/purchases/{}/files", purchase["id"]), &form, upload);
    assert_eq!(reply.status, 201, "{}", reply.text());
    let file: Value = serde_json::from_slice(&reply.body).expect("JSON");
    let content = format!("/files/{}", file["id"]);
    let all_there = |edition: &Value| {
        let (status, health) = system.ask("GET", "/health", &[], &Value::Null);
        assert_eq!((status, &health["edition"]), (200, edition), "{health}");
        let (_, purchases) = system.ask("GET", "/purchases", &[], &Value::Null);
        assert_eq!(
            purchases[purchases.as_array().expect("a list").len() - 1]["title"],
            "Engine parts",
            "{purchases}"
        );
        assert_eq!(system.raw("GET", &content, &[("connection", "close")], b"").text(), "3 gears at 12.50");
    };
    all_there(&Value::Null);

    system.change(
        "app/health.py",
        "\"status\": \"healthy\" if healthy else \"unhealthy\",",
        "\"status\": \"healthy\" if healthy else \"unhealthy\",\n        \"edition\": \"second\",",
    );
    let lists = |to: &mut Connection| to.request("GET", "/purchases?limit=5", &[], b"");
    let reads = {
        let content = content.clone();
        move |to: &mut Connection| to.request("GET", &content, &[], b"")
    };
    let path = format!("/purchases/{}/files", purchase["id"]);
    let uploads = move |to: &mut Connection| to.request("POST", &path, &form[..1], upload);
    let visitors = Visitors::come(system.entry, vec![Box::new(lists), Box::new(reads), Box::new(uploads)]);
    system.world.mainstay(&["deploy"]).exits(0);
    all_there(&json!("second"));
    system.world.mainstay(&["rollback"]).exits(0);
    all_there(&Value::Null);
    visitors.leave();
}
