//! Accounts, and what Stripe tells of their subscriptions, each event once.

use super::system::System;
use super::visitors::Visitors;
use mainstay_tests::load::Connection;
use ring::hmac;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// What Stripe and the system sign events with.
const WEBHOOK_SECRET: &str = "whsec_of_the_scenario";
const WEBHOOK: &str = "/api/webhooks/stripe";

/// The header with which Stripe proves that a body is its own: <https://docs.stripe.com/webhooks#verify-manually>.
fn signature(body: &str) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970").as_secs();
    let key = hmac::Key::new(hmac::HMAC_SHA256, WEBHOOK_SECRET.as_bytes());
    let mac = hmac::sign(&key, format!("{now}.{body}").as_bytes());
    let hex: String = mac.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={now},v1={hex}")
}

fn event(id: &str, kind: &str, object: &Value) -> String {
    json!({ "id": id, "type": kind, "created": 1_760_000_000, "data": { "object": object } }).to_string()
}

/// Delivers an event; returns whether it had come before.
#[track_caller]
fn deliver(system: &System, event: &str) -> bool {
    let signature = signature(event);
    let headers = [("stripe-signature", signature.as_str()), ("connection", "close")];
    let reply = system.raw("POST", WEBHOOK, &headers, event.as_bytes());
    assert_eq!(reply.status, 200, "{}", reply.text());
    serde_json::from_slice::<Value>(&reply.body).expect("JSON")["duplicate"] == true
}

/// Makes an account; returns its id and what proves to be it.
#[track_caller]
fn register(system: &System) -> (String, String) {
    let account = json!({ "email": "ada@example.com", "name": "Ada", "password": "at least ten characters" });
    let (status, made) = system.ask("POST", "/api/auth/register", &[], &account);
    assert_eq!(status, 201, "{made}");
    let login = json!({ "email": "ada@example.com", "password": "at least ten characters" });
    let (status, session) = system.ask("POST", "/api/auth/login", &[], &login);
    assert_eq!(status, 200, "{session}");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    (text(&made["user"]["id"]), format!("Bearer {}", text(&session["token"])))
}

/// Turns payment on, at first without the keys that it needs.
fn take_payment(system: &System) {
    system.world.set("server", "ENABLE_PAYMENT", "true");
    let refused = system.world.mainstay(&["deploy"]).exits(3);
    refused.says(&[
        "STRIPE_SECRET_KEY is required when ENABLE_PAYMENT is true",
        "STRIPE_WEBHOOK_SECRET is required when ENABLE_PAYMENT is true",
    ]);
    system.world.set("server", "STRIPE_SECRET_KEY", "sk_of_the_scenario");
    system.world.set("server", "STRIPE_WEBHOOK_SECRET", WEBHOOK_SECRET);
    system.world.mainstay(&["deploy"]).exits(0);
}

#[test]
fn saas_starter_keeps_its_accounts_and_takes_every_event_over_releases() {
    keeps_everything_over_releases(&System::of_processes("saas-starter"));
}

/// A release, one that changes an answer, and back, while people use it: nothing is lost.
pub fn keeps_everything_over_releases(system: &System) {
    let (user, token) = register(system);
    assert_eq!(system.ask("POST", WEBHOOK, &[], &json!({})).0, 404, "payment is off");

    take_payment(system);
    let paid = json!({ "client_reference_id": user, "customer": "cus_1", "subscription": "sub_1", "metadata": { "plan": "PRO" } });
    let paid = event("evt_paid", "checkout.session.completed", &paid);
    assert!(!deliver(system, &paid), "it came for the first time");
    assert_eq!(system.ask("POST", WEBHOOK, &[], &json!({ "id": "evt_forged" })).0, 400);
    let signed = [("authorization", token.as_str())];
    let all_there = |release: &Value| {
        let (status, account) = system.ask("GET", "/api/account", &signed, &Value::Null);
        assert_eq!((status, &account["release"]), (200, release), "{account}");
        assert_eq!(account["user"]["email"], "ada@example.com", "{account}");
        assert_eq!(account["subscription"]["status"], "ACTIVE", "{account}");
        assert!(deliver(system, &paid), "it was taken before");
        let browser = [("accept", "text/html"), ("connection", "close")];
        let page = system.raw("GET", "/account", &browser, b"");
        assert!(page.status == 200 && page.text().contains("<div id=\"root\">"), "{}", page.text());
    };
    all_there(&Value::Null);

    system.change(
        "src/server/api/account.ts",
        "      user: publicUser(user),\n      subscription:",
        "      release: 2,\n      user: publicUser(user),\n      subscription:",
    );
    let sent = Arc::new(AtomicU64::new(0));
    let events = {
        let sent = Arc::clone(&sent);
        move |to: &mut Connection| {
            let id = format!("evt_{}", sent.fetch_add(1, Ordering::Relaxed));
            let event = event(&id, "invoice.created", &json!({}));
            let signature = signature(&event);
            to.request("POST", WEBHOOK, &[("stripe-signature", &signature)], event.as_bytes())
        }
    };
    let accounts = {
        let token = token.clone();
        move |to: &mut Connection| to.request("GET", "/api/account", &[("authorization", &token)], b"")
    };
    let pages = |to: &mut Connection| to.request("GET", "/", &[], b"");
    let visitors = Visitors::come(system.entry, vec![Box::new(events), Box::new(accounts), Box::new(pages)]);
    system.world.mainstay(&["deploy"]).exits(0);
    all_there(&json!(2));
    system.world.mainstay(&["rollback"]).exits(0);
    all_there(&Value::Null);
    visitors.leave();
    for id in 0..sent.load(Ordering::Relaxed) {
        let event = event(&format!("evt_{id}"), "invoice.created", &json!({}));
        assert!(deliver(system, &event), "event {id} was answered and is not there");
    }
}
