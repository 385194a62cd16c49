//! Which member gets a request, and what happens when one fails.

use crate::rig::{Conn, Rig, Upstream, free_address, member, ok, until};
use crate::streaming::{echoing_upgrade, websocket};
use model::routing::{HealthCheck, MemberState};
use model::unit::{Bytes, Millis};
use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

#[test]
fn shares_follow_weights() {
    let (old, new) = (Upstream::saying("old"), Upstream::saying("new"));
    let mut canary = member("web-2", new.address);
    canary.weight = 10;
    let mut stable = member("web-1", old.address);
    stable.weight = 90;
    let mut rig = Rig::new(vec![stable, canary]);
    let spread = |rig: &Rig, n: usize| {
        for _ in 0..20 {
            let mut conn = rig.connect();
            (0..n / 20).for_each(|_| assert_eq!(conn.get("/").status, 200));
        }
    };
    spread(&rig, 1000);
    assert!((80..=120).contains(&new.count()), "10 % of 1000 is {}", new.count());
    rig.publish(|t| t.pools[0].members[1].weight = 0);
    let before = new.count();
    spread(&rig, 100);
    assert_eq!(new.count(), before, "a weight of 0 takes none");
}

#[test]
fn a_member_that_is_gone_costs_no_request() {
    let alive = Upstream::saying("alive");
    let rig = Rig::new(vec![member("web-1", free_address()), member("web-2", alive.address)]);
    for _ in 0..20 {
        assert_eq!(rig.connect().post("/", b"x").text(), "alive", "nothing was sent, so even a POST is safe");
    }
    let dead = rig.reading("web-1");
    assert!(!dead.healthy && dead.last_failure.unwrap().contains("connect"));
    assert!(dead.errors < 10, "it is left alone for a while");
}

#[test]
fn a_member_without_a_weight_stands_by() {
    let before = Upstream::saying("before");
    let mut standby = member("web-1", before.address);
    standby.weight = 0;
    let rig = Rig::new(vec![member("web-2", free_address()), standby]);
    for _ in 0..20 {
        assert_eq!(
            rig.connect().post("/", b"x").text(),
            "before",
            "the release before answers for the new one"
        );
    }
}

#[test]
fn a_member_that_comes_back_is_used_again() {
    let address = free_address();
    let other = Upstream::saying("other");
    let rig = Rig::new(vec![member("web-1", address), member("web-2", other.address)]);
    until("it is ejected", || rig.get("/").status == 200 && !rig.reading("web-1").healthy);
    let listener = std::net::TcpListener::bind(address).unwrap();
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let _n = stream.read(&mut [0; 4096]);
            ok(&mut stream, b"back");
        }
    });
    until("it answers", || rig.get("/").text() == "back");
}

/// Kills one of two members under load and counts what clients saw.
pub fn kill_one_of_two(request: &'static [u8]) -> usize {
    let slow = |got: &crate::rig::Got, out: &mut std::net::TcpStream| {
        std::thread::sleep(Duration::from_millis(3));
        ok(out, got.line.as_bytes());
    };
    let (one, two) = (Upstream::start(slow), Upstream::start(slow));
    let rig = Rig::new(vec![member("web-1", one.address), member("web-2", two.address)]);
    let address = rig.address();
    let (stop, failed) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let clients: Vec<_> = (0..8)
        .map(|_| {
            let (stop, failed) = (Arc::clone(&stop), Arc::clone(&failed));
            std::thread::spawn(move || {
                let mut conn = Conn::to(address);
                while !stop.load(Ordering::SeqCst) {
                    conn.send(request);
                    match conn.reply() {
                        Ok(reply) if reply.status == 200 => {}
                        _ => {
                            failed.fetch_add(1, Ordering::SeqCst);
                            conn = Conn::to(address);
                        }
                    }
                }
            })
        })
        .collect();
    until("both work", || one.count() > 50 && two.count() > 50);
    one.die();
    let before = two.count();
    until("the other goes on", || two.count() > before + 200);
    stop.store(true, Ordering::SeqCst);
    clients.into_iter().for_each(|c| c.join().unwrap());
    failed.load(Ordering::SeqCst)
}

#[test]
fn killing_one_of_two_members_fails_no_idempotent_request() {
    assert_eq!(kill_one_of_two(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 0);
    assert_eq!(kill_one_of_two(b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"), 0);
}

#[test]
fn a_post_that_may_have_arrived_is_not_sent_twice() {
    let seen = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&seen);
    let upstream = Upstream::raw(move |mut stream, _| {
        let mut bytes = [0; 4096];
        if matches!(stream.read(&mut bytes), Ok(1..)) {
            count.fetch_add(1, Ordering::SeqCst);
        }
    });
    let rig = Rig::new(vec![member("web-1", upstream.address), member("web-2", upstream.address)]);
    let reply = rig.connect().post("/", b"pay");
    assert_eq!((reply.status, seen.load(Ordering::SeqCst)), (502, 1));
    assert_eq!(rig.get("/").status, 502);
    assert_eq!(seen.load(Ordering::SeqCst), 3, "a GET is tried on both");
}

#[test]
fn a_kept_connection_that_the_member_closed_loses_no_post() {
    // Closes each connection right after its answer, without having said so.
    let upstream = Upstream::start(|got, out| {
        ok(out, &got.body);
        let _gone = out.shutdown(std::net::Shutdown::Both);
    });
    let rig = Rig::new(vec![member("web-1", upstream.address)]);
    let mut conn = rig.connect();
    for n in 0..50 {
        assert_eq!(conn.post("/", b"x").status, 200, "number {n}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn health_checks_take_a_member_out_and_bring_it_back() {
    let sick = Arc::new(AtomicBool::new(false));
    let state = Arc::clone(&sick);
    let flaky = Upstream::start(move |got, out| {
        if got.line.starts_with("GET /health") && state.load(Ordering::SeqCst) {
            let _gone = out.write_all(b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n");
        } else {
            ok(out, b"flaky");
        }
    });
    let steady = Upstream::saying("steady");
    let rig = Rig::with(vec![member("web-1", flaky.address), member("web-2", steady.address)], |table, _| {
        let (interval, timeout) = (Millis(20), Millis(1000));
        table.pools[0].health =
            Some(HealthCheck { path: "/health".into(), interval, timeout, rise: 2, fall: 3, lenient: false });
    });
    let texts = |n: usize| -> Vec<_> { (0..n).map(|_| rig.get("/").text()).collect() };
    assert!(texts(10).contains(&"flaky".to_string()));
    sick.store(true, Ordering::SeqCst);
    until("it is out", || !rig.reading("web-1").healthy);
    assert!(rig.reading("web-1").last_failure.unwrap().contains("503"));
    assert!(!texts(10).contains(&"flaky".to_string()));
    sick.store(false, Ordering::SeqCst);
    until("it is back", || rig.reading("web-1").healthy);
    assert!(texts(10).contains(&"flaky".to_string()));
}

#[test]
fn when_no_member_is_healthy_all_are_tried() {
    let upstream = Upstream::start(|got, out| {
        if got.line.contains("/health") {
            drop(out.write_all(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"))
        } else {
            ok(out, b"well")
        }
    });
    let rig =
        Rig::with(vec![member("web-1", upstream.address), member("web-2", upstream.address)], |table, _| {
            let (interval, timeout) = (Millis(10), Millis(1000));
            table.pools[0].health = Some(HealthCheck {
                path: "/health".into(),
                interval,
                timeout,
                rise: 1,
                fall: 1,
                lenient: false,
            });
        });
    until("both are out", || rig.members().iter().all(|m| !m.healthy));
    assert_eq!(rig.get("/").text(), "well");
}

#[test]
fn publish_shifts_at_once_and_the_old_member_finishes() {
    let slow = Upstream::start(|_, out| {
        std::thread::sleep(Duration::from_millis(400));
        ok(out, b"old");
    });
    let new = Upstream::saying("new");
    let mut rig = Rig::new(vec![member("web-1", slow.address)]);
    let address = rig.address();
    let waiting = std::thread::spawn(move || Conn::to(address).get("/").text());
    until("it is in flight", || rig.reading("web-1").in_flight == 1);
    rig.publish(|t| {
        t.pools[0].members[0].state = MemberState::Draining;
        t.pools[0].members.push(member("web-2", new.address));
    });
    let before = slow.count();
    for _ in 0..50 {
        assert_eq!(rig.get("/").text(), "new");
    }
    assert_eq!(slow.count(), before);
    assert_eq!(waiting.join().unwrap(), "old");
    until("the old one is quiet", || rig.reading("web-1").in_flight == 0);
    // A member that left the table is shown until it is quiet.
    rig.publish(|t| drop(t.pools[0].members.remove(0)));
    assert_eq!(rig.members().len(), 1);
}

#[test]
fn a_drain_closes_kept_connections_and_in_time_websockets() {
    let upstream = echoing_upgrade();
    let mut rig = Rig::with(vec![member("web-1", upstream.address)], |table, _| {
        table.pools[0].limits.upgraded_drain = Millis(1500);
    });
    let mut socket = websocket(&rig);
    let began = Instant::now();
    rig.publish(|t| t.pools[0].members[0].state = MemberState::Draining);
    socket.send(b"\x82\x0astill here");
    let mut back = [0; 12];
    socket.io.read_exact(&mut back).unwrap();
    let mut goodbye = Vec::new();
    socket.io.read_to_end(&mut goodbye).unwrap();
    assert_eq!(goodbye, [0x88, 2, 0x03, 0xe9], "closed with status 1001");
    assert!(began.elapsed() >= Duration::from_millis(1400), "closed after {:?}", began.elapsed());
    until("it is counted out", || rig.reading("web-1").upgraded == 0);
}

#[test]
fn a_drain_closes_the_connections_that_are_kept() {
    let ended = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&ended);
    let upstream = Upstream::raw(move |mut stream, _| {
        while let Ok(1..) = stream.read(&mut [0; 4096]) {
            ok(&mut stream, b"kept");
        }
        count.fetch_add(1, Ordering::SeqCst);
    });
    let mut rig = Rig::with(vec![member("web-1", upstream.address)], |_, s| s.timeouts.member_idle = 600);
    assert_eq!(rig.get("/").text(), "kept");
    assert_eq!(ended.load(Ordering::SeqCst), 0);
    rig.publish(|t| t.pools[0].members[0].state = MemberState::Draining);
    until("it is closed", || ended.load(Ordering::SeqCst) == 1);
}

#[test]
fn a_silent_member_is_a_504_and_a_broken_one_a_502() {
    let silent = Upstream::raw(|mut stream, _| while let Ok(1..) = stream.read(&mut [0; 4096]) {});
    let rig =
        Rig::with(vec![member("web-1", silent.address)], |t, _| t.pools[0].limits.response = Millis(1000));
    let reply = rig.get("/");
    assert_eq!(reply.status, 504);
    assert_eq!(rig.reading("web-1").errors, 1);
    for nonsense in [
        "hello\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    ] {
        let broken = Upstream::start(move |_, out| drop(out.write_all(nonsense.as_bytes())));
        let rig = Rig::new(vec![member("web-1", broken.address)]);
        assert_eq!(rig.get("/").status, 502, "{nonsense}");
    }
}

#[test]
fn bodies_have_a_limit() {
    let upstream = Upstream::start(|got, out| ok(out, &got.body));
    let rig = Rig::with(vec![member("web-1", upstream.address)], |t, _| t.pools[0].limits.body = Bytes(1000));
    assert_eq!(rig.connect().post("/", &[b'x'; 1000]).status, 200);
    let mut conn = rig.connect();
    conn.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n");
    assert_eq!(conn.reply().unwrap().status, 413, "before a byte of it was sent");
    let mut conn = rig.connect();
    conn.send(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    conn.send(format!("3e9\r\n{}\r\n0\r\n\r\n", "x".repeat(1001)).as_bytes());
    assert_eq!(conn.reply().unwrap().status, 413);
}

#[test]
fn slow_clients_are_not_waited_for_for_ever() {
    let upstream = Upstream::start(|got, out| ok(out, &got.body));
    let rig = Rig::with(vec![member("web-1", upstream.address)], |_, settings| {
        settings.timeouts.head = 1;
        settings.timeouts.idle = 1;
        settings.timeouts.body = 1;
    });
    let mut half = rig.connect();
    half.send(b"GET / HTTP/1.1\r\nHos");
    let mut body = rig.connect();
    body.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc");
    let mut idle = rig.connect();
    assert_eq!(idle.get("/").status, 200);
    let mut mute = rig.connect();
    assert_eq!(half.reply().unwrap().status, 408);
    assert_eq!(body.reply().unwrap().status, 408);
    assert_eq!(idle.rest(), "");
    assert_eq!(mute.rest(), "");
}

#[test]
fn a_paused_pool_lets_requests_wait_up_to_its_limits() {
    let upstream = Upstream::saying("served");
    let rig = Rig::with(vec![member("web-1", upstream.address)], |t, _| {
        t.pools[0].limits.pause_queue = 3;
        t.pools[0].limits.pause_wait = Millis::seconds(20);
    });
    let (scope, web) = (rig.table.scope.clone(), crate::rig::name("web"));
    rig.control.pause(&scope, &web).unwrap();
    assert!(rig.control.state(&scope).unwrap().pools[0].paused);
    let address = rig.address();
    let answers = Arc::new(std::sync::Mutex::new(Vec::new()));
    let clients: Vec<_> = (0..8)
        .map(|_| {
            let answers = Arc::clone(&answers);
            std::thread::spawn(move || {
                let reply = Conn::to(address).get("/");
                answers.lock().unwrap().push((reply.status, reply.header("retry-after").to_owned()));
            })
        })
        .collect();
    until("five are refused", || answers.lock().unwrap().len() == 5);
    assert!(answers.lock().unwrap().iter().all(|a| *a == (503, "5".into())));
    assert_eq!(upstream.count(), 0);
    rig.control.resume(&scope, &web).unwrap();
    clients.into_iter().for_each(|c| c.join().unwrap());
    assert_eq!(answers.lock().unwrap().iter().filter(|a| a.0 == 200).count(), 3);
    assert!(rig.control.pause(&scope, &crate::rig::name("nope")).unwrap_err().to_string().contains("nope"));
}
