//! Requests there, answers back.

use crate::rig::{Rig, Upstream, member, ok};

#[test]
fn a_get_is_answered_on_a_kept_connection() {
    let upstream = Upstream::saying("hello");
    let rig = Rig::new(vec![member("web-1", upstream.address)]);
    let mut conn = rig.connect();
    for _ in 0..3 {
        let reply = conn.get("/");
        assert_eq!((reply.status, reply.text()), (200, "hello".into()));
    }
    assert_eq!(upstream.count(), 3);
    assert_eq!(
        upstream.connections.load(std::sync::atomic::Ordering::SeqCst),
        1,
        "the member's connection is kept"
    );
}

#[test]
fn a_body_goes_there_and_back() {
    let upstream = Upstream::start(|got, out| ok(out, &got.body));
    let rig = Rig::new(vec![member("web-1", upstream.address)]);
    let body: Vec<u8> = (0..500_000u32).map(|n| (n % 251) as u8).collect();
    let reply = rig.connect().post("/", &body);
    assert_eq!(reply.status, 200);
    assert!(reply.body == body);
}
