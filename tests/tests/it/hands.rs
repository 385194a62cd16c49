//! What a bad release has in its hands when it goes.

use mainstay_tests::load::{Load, Mix, Reply, get};
use mainstay_tests::shop::{Mode, Plot, Shop};
use mainstay_tests::world::World;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

#[test]
fn orders_that_a_release_dies_with_are_neither_lost_nor_done_twice() {
    let world = World::new("orders");
    let shop = Shop::open(&world, &Plot::default());
    world.mainstay(&["up"]).exits(0);
    let load = Load::start(world.entry, Mix { posts: 0, websockets: 0, ..Mix::STEADY });
    load.settle(50);
    for version in ["v2", "v3"] {
        shop.commit(version, Mode::CrashWithOrders);
        world.mainstay(&["deploy"]).exits(4).says(Mode::CrashWithOrders.words());
        assert_eq!(shop.version(), "v1");
        load.settle(30);
    }
    let report = load.stop();
    println!("{report}");
    report.assert_nothing_lost();
    report.assert_orders_done(&shop.orders_done());
    assert!(report.repeated > 0, "no order was done before it was repeated\n{report}");
    world.assert_only(1);
}

/// A request that took its time.
struct Slow {
    ended: Instant,
    /// The release that answered it well.
    release: Result<String, String>,
}

/// Asks for a slow answer as soon as `release` serves; `None` if it never did.
fn ask(entry: SocketAddr, release: &str, stop: &AtomicBool) -> Option<Slow> {
    let served = |reply: &Reply| reply.header("x-release") == Some(release);
    while !get(entry, "/").is_ok_and(|reply| served(&reply)) {
        if stop.load(Ordering::Relaxed) {
            return None;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let reply = get(entry, "/slow?ms=4000");
    let ended = Instant::now();
    let release = reply.and_then(|reply| match (reply.status, reply.header("x-release")) {
        (200, Some(release)) => Ok(release.to_owned()),
        (status, release) => Err(format!("status {status} of {release:?}: {}", reply.text())),
    });
    Some(Slow { ended, release })
}

#[test]
fn a_release_that_is_undone_while_it_answers_finishes_what_it_has() {
    let world = World::new("limps");
    let shop = Shop::open(&world, &Plot { deploy: "watch = \"20s\"\ndrain = \"10s\"", ..Plot::quick() });
    world.mainstay(&["up"]).exits(0);
    let stop = AtomicBool::new(false);
    let (asked, undone) = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..6).map(|_| scope.spawn(|| ask(world.entry, "v2", &stop))).collect();
        let load = Load::start(world.entry, Mix::GETS);
        load.settle(100);
        shop.commit("v2", Mode::Limps);
        let mut deploy = world.spawn(&["deploy", "--format", "json"]);
        let mut undone = None;
        while let Some(line) = deploy.next_line() {
            let event: serde_json::Value = serde_json::from_str(&line).expect("a line is an event");
            if event["body"]["event"] == "undo-started" {
                undone.get_or_insert_with(Instant::now);
            }
        }
        stop.store(true, Ordering::Relaxed);
        deploy.finish().exits(4);
        let asked: Vec<Slow> =
            threads.into_iter().filter_map(|thread| thread.join().expect("it only counts")).collect();
        let report = load.stop();
        println!("{report}");
        report.assert_nothing_lost();
        assert!(report.release_errors.contains_key("v2"), "{report}");
        (asked, undone.expect("it was undone"))
    });
    let cut: Vec<_> = asked.iter().filter_map(|slow| slow.release.as_ref().err()).collect();
    assert!(cut.is_empty(), "of {}: {cut:?}", asked.len());
    let of_bad = |slow: &&Slow| slow.release.as_deref() == Ok("v2") && slow.ended > undone;
    let in_hand = asked.iter().filter(of_bad).count();
    println!("{in_hand} of {} were in the hands of the release when it was undone", asked.len());
    assert!(in_hand > 0, "none was in its hands");
    assert_eq!(shop.version(), "v1");
    world.assert_only(1);
}
