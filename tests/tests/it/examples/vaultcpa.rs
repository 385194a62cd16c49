//! Clients and their documents, in a database and behind a Next.js front end.

use super::system::System;
use super::visitors::Visitors;
use mainstay_tests::load::Connection;
use serde_json::{Value, json};
use std::time::Duration;

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
    keeps_everything_over_releases(&System::of_processes("vaultcpa"));
}

/// A release, one that changes an answer, and back, while people use it: nothing is lost.
pub fn keeps_everything_over_releases(system: &System) {
    let token = first_account(system);
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
