//! People, their groups and their prayers: NestJS and Next.js in one workspace, and a second release that migrates.

use super::system::System;
use super::visitors::Visitors;
use mainstay_tests::load::Connection;
use mainstay_tests::shop::git;
use serde_json::{Value, json};
use std::fs;

const MIGRATION: &str = "import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Places1800000000000 implements MigrationInterface {
  name = 'Places1800000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE \"prayers\" ADD COLUMN \"place\" character varying(100) NOT NULL DEFAULT 'here'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE \"prayers\" DROP COLUMN \"place\"`);
  }
}
";

/// The next release: prayers have a place.
fn write_second_release(system: &System) {
    let migration = "apps/api/src/database/migrations/1800000000000-places.ts";
    fs::write(system.world.repo.join(migration), MIGRATION).expect("ours");
    git(&system.world.repo, &["add", migration]);
    system.change(
        "apps/api/src/prayers/prayer.entity.ts",
        "  @Column({ name: 'answered_at'",
        "  @Column({ type: 'varchar', length: 100, default: 'here' })\n  place!: string;\n\n  @Column({ name: 'answered_at'",
    );
    let service = "apps/api/src/prayers/prayers.service.ts";
    system.change(service, "function present({ id, title,", "function present({ id, place, title,");
    system.change(service, "return { id, title,", "return { id, place, title,");
}

#[test]
fn together_pray_keeps_its_prayers_over_a_release_that_migrates() {
    keeps_everything_over_releases(&System::of_processes("together-pray"));
}

/// A release, one that changes an answer, and back, while people use it: nothing is lost.
pub fn keeps_everything_over_releases(system: &System) {
    let ruth = json!({ "email": "ruth@example.com", "name": "Ruth", "password": "at least ten characters" });
    let (status, session) = system.ask("POST", "/api/auth/register", &[], &ruth);
    assert_eq!(status, 201, "{session}");
    let token = format!("Bearer {}", session["accessToken"].as_str().expect("a token"));
    let signed = [("authorization", token.as_str())];
    let (status, group) = system.ask("POST", "/api/groups", &signed, &json!({ "name": "Harvest" }));
    assert_eq!(status, 201, "{group}");
    let list = format!("/api/prayers?group={}", group["group"]["id"].as_str().expect("an id"));
    let rain = json!({ "title": "Rain", "groupId": group["group"]["id"] });
    let (status, prayer) = system.ask("POST", "/api/prayers", &signed, &rain);
    assert_eq!(status, 201, "{prayer}");
    let pray = format!("/api/prayers/{}/pray", prayer["prayer"]["id"].as_str().expect("an id"));
    assert_eq!(system.ask("POST", &pray, &signed, &Value::Null).1["prayed"], 1);
    let all_there = |place: &Value| {
        let (status, prayers) = system.ask("GET", &list, &signed, &Value::Null);
        let rain = &prayers["prayers"][0];
        assert_eq!((status, &rain["title"], &rain["place"]), (200, &json!("Rain"), place), "{prayers}");
        assert_eq!(rain["prayed"], 1, "{prayers}");
        assert_eq!(system.ask("GET", "/health", &[], &Value::Null).1["api"], "healthy");
    };
    all_there(&Value::Null);

    write_second_release(system);
    let reads = {
        let (list, token) = (list.clone(), token.clone());
        move |to: &mut Connection| to.request("GET", &list, &[("authorization", &token)], b"")
    };
    let writes = {
        let token = token.clone();
        let body = json!({ "title": "A safe journey" }).to_string();
        move |to: &mut Connection| {
            let headers = [("authorization", token.as_str()), ("content-type", "application/json")];
            to.request("POST", "/api/prayers", &headers, body.as_bytes())
        }
    };
    let pages = |to: &mut Connection| to.request("GET", "/", &[], b"");
    let visitors = Visitors::come(system.entry, vec![Box::new(reads), Box::new(writes), Box::new(pages)]);
    let deploy = system.world.mainstay(&["deploy"]).exits(0);
    assert!(deploy.stderr.contains("applied Places1800000000000"), "{}", deploy.shown());
    all_there(&json!("here"));
    system.world.mainstay(&["rollback"]).exits(0);
    all_there(&Value::Null);
    visitors.leave();
}
