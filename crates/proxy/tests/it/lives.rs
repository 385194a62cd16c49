//! Crashes, upgrades and damaged files: what is served goes on being served.

use crate::rig::{Conn, Rig, Upstream, binary, end, kill, member, ok, scope, table, until};
use proxy::control::Client;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Clients under way, and what went wrong for them.
struct Load {
    stop: Arc<AtomicBool>,
    served: Arc<AtomicUsize>,
    failures: Vec<std::thread::JoinHandle<Vec<String>>>,
}

impl Load {
    /// Keep-alive GETs, POSTs, and requests on connections of their own.
    fn start(address: std::net::SocketAddr) -> Self {
        let (stop, served) = <(Arc<AtomicBool>, Arc<AtomicUsize>)>::default();
        let client = |n: usize| {
            let (stop, served) = (Arc::clone(&stop), Arc::clone(&served));
            std::thread::spawn(move || {
                let mut failures = Vec::new();
                let mut conn = Conn::to(address);
                while !stop.load(Ordering::SeqCst) {
                    if n % 3 == 2 {
                        conn = Conn::to(address);
                    }
                    if n % 3 == 1 {
                        conn.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
                    } else {
                        conn.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n");
                    }
                    match conn.reply() {
                        Ok(reply) if reply.status == 200 => {
                            served.fetch_add(1, Ordering::SeqCst);
                            if reply.header("connection") == "close" {
                                conn = Conn::to(address);
                            }
                        }
                        Ok(reply) => failures.push(format!("{}", reply.status)),
                        Err(error) => {
                            failures.push(error.to_string());
                            conn = Conn::to(address);
                        }
                    }
                }
                failures
            })
        };
        let failures = (0..6).map(client).collect();
        Self { stop, served, failures }
    }

    fn progress(&self) {
        let before = self.served.load(Ordering::SeqCst);
        until("more is served", || self.served.load(Ordering::SeqCst) > before + 200);
    }

    fn finish(self) -> Vec<String> {
        self.stop.store(true, Ordering::SeqCst);
        self.failures.into_iter().flat_map(|f| f.join().unwrap()).collect()
    }
}

#[test]
fn a_killed_worker_is_back_at_once_with_its_routes() {
    let upstream = Upstream::saying("served");
    let rig = Rig::new(vec![member("web-1", upstream.address)]);
    for _ in 0..3 {
        let pid = rig.control.version().unwrap().pid;
        kill(pid);
        // The connection waits in the socket that the keeper holds; it is not refused.
        let began = Instant::now();
        assert_eq!(rig.get("/").text(), "served");
        let took = began.elapsed();
        assert!(took < Duration::from_secs(2), "it took {took:?}");
        assert_ne!(rig.control.version().unwrap().pid, pid);
    }
    assert_eq!(rig.control.state(&rig.table.scope).unwrap().generation, 1);
}

#[test]
fn a_worker_takes_over_without_losing_a_request() {
    let upstream = Upstream::start(|got, out| ok(out, &got.body));
    let rig = Rig::new(vec![member("web-1", upstream.address)]);
    let (keeper, worker) = (rig.keeper_pid(), rig.control.version().unwrap().pid);
    let load = Load::start(rig.address());
    load.progress();
    for _ in 0..3 {
        rig.control.upgrade(&binary()).unwrap();
        load.progress();
    }
    let failures = load.finish();
    assert!(failures.is_empty(), "{failures:?}");
    assert_ne!(rig.control.version().unwrap().pid, worker);
    assert_eq!(rig.keeper_pid(), keeper, "the keeper became the new binary in place");
    until("the old workers end", || rig.log().matches("finished").count() == 3);
    assert_eq!(rig.get("/").status, 200);
}

#[test]
fn a_websocket_lives_over_an_upgrade() {
    let upstream = crate::streaming::echoing_upgrade();
    let rig = Rig::new(vec![member("web-1", upstream.address)]);
    let mut socket = crate::streaming::websocket(&rig);
    rig.control.upgrade(&binary()).unwrap();
    socket.send(b"still here");
    let mut back = [0; 10];
    std::io::Read::read_exact(&mut socket.io, &mut back).unwrap();
    assert_eq!(&back, b"still here");
}

#[test]
fn a_binary_that_does_not_serve_changes_nothing() {
    let upstream = Upstream::saying("served");
    let rig = Rig::new(vec![member("web-1", upstream.address)]);
    let worker = rig.control.version().unwrap().pid;
    for bad in ["/bin/false", "/no/such/binary"] {
        let error = rig.control.upgrade(bad.as_ref()).unwrap_err().to_string();
        assert!(error.contains(bad), "{error}");
    }
    assert_eq!(rig.control.version().unwrap().pid, worker);
    assert_eq!(rig.get("/").text(), "served");
}

#[test]
fn a_worker_replaces_its_keeper() {
    let upstream = Upstream::saying("served");
    let rig = Rig::new(vec![member("web-1", upstream.address)]);
    let (keeper, worker) = (rig.keeper_pid(), rig.control.version().unwrap().pid);
    kill(keeper);
    until("another keeper is there", || rig.keeper_pid() != keeper);
    until("it knows the worker", || rig.log().contains("took over 1 workers"));
    assert_eq!(rig.control.version().unwrap().pid, worker, "the worker goes on");
    let second = rig.keeper_pid();
    kill(second);
    until("a third keeper is there", || rig.keeper_pid() != second);
    until("it knows the worker", || rig.log().matches("took over 1 workers").count() == 2);
    // And it does what a keeper is for.
    kill(worker);
    assert_eq!(rig.get("/").text(), "served");
    rig.control.upgrade(&binary()).unwrap();
    assert_eq!(rig.get("/").text(), "served");
}

#[test]
fn ensuring_twice_leaves_one_proxy() {
    let rig = Rig::new(vec![]);
    let worker = rig.control.version().unwrap().pid;
    let ensured: Vec<_> = (0..4)
        .map(|_| {
            let home = rig.home.path().to_owned();
            std::thread::spawn(move || {
                let control = proxy::launch::ensure(&home, &binary(), &Default::default()).unwrap();
                control.version().unwrap().pid
            })
        })
        .collect();
    assert!(ensured.into_iter().all(|e| e.join().unwrap() == worker));

    let home = tempfile::tempdir().unwrap();
    let racing: Vec<_> = (0..4)
        .map(|_| {
            let home = home.path().to_owned();
            std::thread::spawn(move || proxy::launch::ensure(&home, &binary(), &Default::default()).unwrap())
        })
        .collect();
    let controls: Vec<Client> = racing.into_iter().map(|r| r.join().unwrap()).collect();
    let pids: std::collections::BTreeSet<_> = controls.iter().map(|c| c.version().unwrap().pid).collect();
    assert_eq!(pids.len(), 1);
    end(home.path(), &controls[0]);
}

#[test]
fn the_home_and_its_socket_are_private() {
    let rig = Rig::new(vec![]);
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(rig.home.path()), 0o700);
    assert_eq!(mode(&rig.home.path().join("control.sock")), 0o600);
}

/// Restarts the worker so that it reads its files again.
fn restart(rig: &Rig) {
    let pid = rig.control.version().unwrap().pid;
    kill(pid);
    until("another worker answers", || rig.control.version().is_ok_and(|v| v.pid != pid));
}

#[test]
fn a_damaged_table_means_the_one_before() {
    let (one, two) = (Upstream::saying("one"), Upstream::saying("two"));
    let mut rig = Rig::new(vec![member("web-1", one.address)]);
    let mut other = table(crate::rig::free_address(), vec![member("web-1", one.address)]);
    other.scope = scope("other");
    rig.control.publish(&other).unwrap();
    rig.publish(|t| t.pools[0].members[0] = member("web-2", two.address));
    let current = rig.home.path().join("routes/demo.test.json");
    let good = fs::read(&current).unwrap();
    for damage in
        [&b""[..], b"{", &good[..good.len() / 2], &[good.as_slice(), b"x"].concat(), b"\xff\xfe\n\0"]
    {
        fs::write(&current, damage).unwrap();
        restart(&rig);
        assert_eq!(rig.get("/").text(), "one", "the generation before is served");
        let state = rig.control.state(&rig.table.scope).unwrap();
        assert_eq!(state.generation, 1);
        assert!(state.problems.iter().any(|p| p.contains("demo.test.json")), "{:?}", state.problems);
    }
    // The next one is kept, and does not put the damaged one in the place of the good one.
    rig.publish(|t| t.pools[0].members[0] = member("web-3", two.address));
    fs::write(&current, "damaged again").unwrap();
    restart(&rig);
    assert_eq!(rig.get("/").text(), "one");
    fs::write(rig.home.path().join("routes/demo.test.previous"), "damaged too").unwrap();
    restart(&rig);
    assert!(std::net::TcpStream::connect(rig.address()).is_err());
    assert_eq!(Conn::to(other.listeners[0].address).get("/").text(), "one", "the other scope serves");
    rig.table.generation = 5;
    rig.publish(|_| {});
    assert_eq!(rig.get("/").text(), "two");
}

#[test]
fn a_table_that_cannot_be_kept_is_not_served() {
    let (one, two) = (Upstream::saying("one"), Upstream::saying("two"));
    let rig = Rig::new(vec![member("web-1", one.address)]);
    // A folder where the file is to be written stands for a full disk.
    fs::create_dir(rig.home.path().join("routes/demo.test.new")).unwrap();
    let mut next = rig.table.clone();
    next.generation = 2;
    next.pools[0].members[0] = member("web-2", two.address);
    let error = rig.control.publish(&next).unwrap_err().to_string();
    assert!(error.contains("demo.test.new"), "{error}");
    assert_eq!(
        (rig.get("/").text().as_str(), rig.control.state(&next.scope).unwrap().generation),
        ("one", 1)
    );
    fs::remove_dir(rig.home.path().join("routes/demo.test.new")).unwrap();
    rig.control.publish(&next).unwrap();
    assert_eq!(rig.get("/").text(), "two");
}

#[test]
fn pauses_outlive_the_worker() {
    let upstream = Upstream::saying("served");
    let rig = Rig::new(vec![member("web-1", upstream.address)]);
    rig.control.pause(&rig.table.scope, &crate::rig::name("web")).unwrap();
    restart(&rig);
    let address = rig.address();
    let waiting = std::thread::spawn(move || Conn::to(address).get("/").text());
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(upstream.count(), 0);
    rig.control.resume(&rig.table.scope, &crate::rig::name("web")).unwrap();
    assert_eq!(waiting.join().unwrap(), "served");
}

#[test]
fn twenty_swaps_under_load_lose_nothing() {
    let upstreams: Vec<_> = (0..2).map(|_| Upstream::start(|got, out| ok(out, &got.body))).collect();
    let mut rig = Rig::new(vec![member("web-0", upstreams[0].address)]);
    let load = Load::start(rig.address());
    for n in 1..=20 {
        rig.publish(|t| t.pools[0].members = vec![member(&format!("web-{n}"), upstreams[n % 2].address)]);
        load.progress();
    }
    let failures = load.finish();
    assert!(failures.is_empty(), "{failures:?}");
}

#[test]
fn requests_are_logged_and_measured() {
    let metrics = crate::rig::free_address();
    let upstream = Upstream::start(|got, out| match got.line.split(' ').nth(1) {
        Some("/bad") => crate::rig::status(out, 500),
        Some("/odd") => crate::rig::status(out, 577),
        _ => ok(out, b"fine"),
    });
    let rig = Rig::with(vec![member("web-1", upstream.address)], |_, s| s.metrics = Some(metrics));
    let mut conn = rig.connect();
    (0..3).for_each(|_| drop(conn.get("/good?\"x\"")));
    assert_eq!(conn.get("/bad").status, 500);
    assert_eq!(conn.get("/odd").status, 577);
    let reading = rig.reading("web-1");
    assert_eq!((reading.requests, reading.errors, reading.in_flight), (5, 2, 0));
    assert_eq!(reading.latency.iter().sum::<u64>(), 5);

    let text = Conn::to(metrics).get("/metrics").text();
    let has = |part: &str| assert!(text.lines().any(|l| l.contains(part)), "{part} is missing in\n{text}");
    let labels = "project=\"demo\",environment=\"test\",service=\"web\",release=\"r0001-a\",method=\"GET\"";
    has(&format!("mainstay_request_duration_seconds_count{{{labels},status=\"200\"}} 3"));
    for status in ["500", "5xx"] {
        let bucket = "mainstay_request_duration_seconds_bucket";
        has(&format!("{bucket}{{{labels},status=\"{status}\",le=\"+Inf\"}} 1"));
    }
    has("mainstay_requests_in_flight{");
    assert_eq!(rig.control.metrics().unwrap(), text);

    let log = rig.home.path().join("access.log");
    until("the lines are written", || fs::read_to_string(&log).is_ok_and(|t| t.lines().count() == 5));
    let text = fs::read_to_string(&log).unwrap();
    let first: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&first["path"], &first["status"], &first["bytes"]),
        (&"/good?\"x\"".into(), &200.into(), &4.into())
    );
    assert_eq!((&first["service"], &first["instance"]), (&"web".into(), &"web-1".into()));
}
