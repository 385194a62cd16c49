//! The control plane is killed, or asked to stop, at every step of what it does.

use mainstay_tests::load::{Load, Mix};
use mainstay_tests::shop::{After, Mode, Plot, Shop};
use mainstay_tests::world::World;
use std::time::Duration;

fn plot() -> Plot {
    Plot { deploy: "watch = \"300ms\"\ndrain = \"300ms\"\nkeep = 3", ..Plot::default() }
}

/// One version serves, it is the one on record, and nothing else runs.
#[track_caller]
fn assert_whole(world: &World, shop: &Shop<'_>, expected: &str, context: &str) {
    shop.assert_serves(expected, context);
    let status = world.status();
    let live = status["instances"].as_array().expect("a list");
    let running =
        |instance: &&serde_json::Value| instance["phase"] == "running" && instance["release"].is_string();
    let running = live.iter().filter(running).count();
    assert_eq!(running, 1, "{context}\n{status}");
    world.assert_only(1);
}

#[test]
fn a_deploy_killed_at_every_step_is_finished_or_undone() {
    let world = World::new("killed");
    let shop = Shop::open(&world, &plot());
    world.mainstay(&["up"]).exits(0);
    // Every third time the next deploy takes up what was cut off.
    let after = |event: usize| if event.is_multiple_of(3) { After::Deploy } else { After::Recover };
    let kills = shop.kill_deploys((1..).map(|event| (event, after(event))), |serving, context| {
        assert_whole(&world, &shop, serving, context);
    });
    println!("{kills}");
    assert!(kills.undone > 3 && kills.finished > 3, "{kills}");
    kills.report.assert_nothing_lost();
    kills.report.assert_orders_done(&shop.orders_done());
}

#[test]
fn a_rollback_killed_at_every_step_is_finished_or_undone() {
    let world = World::new("rolled");
    let shop = Shop::open(&world, &plot());
    world.mainstay(&["up"]).exits(0);
    shop.commit("v2", Mode::Good);
    world.mainstay(&["deploy"]).exits(0);
    let load = Load::start(world.entry, Mix::STEADY);
    let mut serving = "v2";
    for step in 1.. {
        let other = if serving == "v1" { "v2" } else { "v1" };
        let mut rollback = world.spawn(&["rollback", "--format", "json"]);
        if !rollback.wait_for_step(step) {
            rollback.finish().exits(0);
            assert_whole(&world, &shop, other, "not killed");
            break;
        }
        rollback.kill();
        let output = world.mainstay(&["recover"]);
        let context = format!("killed at event {step} of a rollback to {other}\n{}", output.shown());
        match output.code {
            Some(0) => serving = other,
            Some(4) => {}
            _ => panic!("{context}"),
        }
        assert_whole(&world, &shop, serving, &context);
    }
    let report = load.stop();
    println!("{report}");
    report.assert_nothing_lost();
    report.assert_orders_done(&shop.orders_done());
}

#[test]
fn an_interrupt_at_every_step_is_undone_or_finished() {
    let world = World::new("stopped");
    let shop = Shop::open(&world, &plot());
    world.mainstay(&["up"]).exits(0);
    let load = Load::start(world.entry, Mix::STEADY);
    let mut serving = "v1".to_owned();
    let mut undone = 0;
    for step in 1.. {
        let version = format!("v{}", step + 1);
        shop.commit(&version, Mode::Good);
        let mut deploy = world.spawn(&["deploy", "--format", "json"]);
        let there = deploy.wait_for_step(step);
        deploy.signal(libc::SIGINT);
        let output = deploy.finish();
        // From `record` on the new release is the live one, and what follows is finished.
        let committed =
            output.stdout.contains("\"release-live\"") || output.stdout.contains("\"outcome\":\"done\"");
        match output.code {
            Some(4) if there && !committed => undone += 1,
            Some(0) if committed => serving = version,
            _ => panic!("interrupted at event {step}\n{}", output.shown()),
        }
        assert_whole(&world, &shop, &serving, &format!("interrupted at event {step}\n{}", output.shown()));
        if !there {
            break;
        }
    }
    let report = load.stop();
    println!("{undone} undone\n{report}");
    assert!(undone > 5, "{undone} undone");
    report.assert_nothing_lost();
    report.assert_orders_done(&shop.orders_done());
}

#[test]
fn a_first_up_killed_while_it_provisions_is_done_by_the_next() {
    for pause in [0, 150, 600] {
        let world = World::new("fresh");
        let shop = Shop::open(&world, &Plot { database: true, ..Plot::quick() });
        let mut up = world.spawn(&["up", "--format", "json"]);
        let mut provision = None;
        while let Some(line) = up.next_line() {
            let event: serde_json::Value = serde_json::from_str(&line).expect("a line is an event");
            if event["body"]["event"] == "run-started" {
                let steps = event["body"]["plan"]["steps"].as_array().expect("a plan has steps");
                let step = steps.iter().find(|step| step["action"]["do"] == "provision");
                provision = Some(step.expect("the shop has a database")["id"].clone());
            }
            if event["body"]["event"] == "step-started" && Some(&event["body"]["step"]) == provision.as_ref()
            {
                break;
            }
        }
        std::thread::sleep(Duration::from_millis(pause));
        up.kill();
        let output = world.mainstay(&["up"]).exits(0);
        assert_whole(&world, &shop, "v1", &format!("killed after {pause} ms\n{}", output.shown()));
    }
}

#[test]
fn after_a_power_cut_up_brings_everything_back() {
    let world = World::new("power");
    let shop = Shop::open(&world, &Plot { database: true, ..plot() });
    world.mainstay(&["up"]).exits(0);
    shop.commit("v2", Mode::Good);
    world.mainstay(&["deploy"]).exits(0);
    world.cut_power();
    world.mainstay(&["status"]).exits(1);
    world.mainstay(&["up"]).exits(0);
    assert_whole(&world, &shop, "v2", "after a power cut");
    world.mainstay(&["rollback"]).exits(0);
    assert_whole(&world, &shop, "v1", "after a rollback");
}
