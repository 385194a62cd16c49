//! Purchases in a database and their files in a bucket.

use super::system::System;
use super::visitors::Visitors;
use mainstay_tests::load::Connection;
use serde_json::{Value, json};

#[test]
fn procurement_keeps_its_purchases_and_files_over_releases() {
    keeps_everything_over_releases(&System::of_processes("procurement"));
}

/// A release, one that changes an answer, and back, while people use it: nothing is lost.
pub fn keeps_everything_over_releases(system: &System) {
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
