//! Clients stay on the release they met first while releases share the traffic.

use crate::rig::{Reply, Rig, Upstream, member, ok};
use model::id::ReleaseId;
use model::routing::Member;

/// Says its name, and what cookies it was sent.
fn telling(name: &'static str) -> Upstream {
    Upstream::start(move |got, out| {
        let cookie = got.headers.get("cookie").map_or("-", String::as_str);
        ok(out, format!("{name} {cookie}").as_bytes());
    })
}

fn of(instance: &str, release: &str, upstream: &Upstream, weight: u16) -> Member {
    let release = ReleaseId::new(release).unwrap();
    Member { release, weight, ..member(instance, upstream.address) }
}

/// A client with a jar for one cookie.
struct Browser<'r> {
    rig: &'r Rig,
    jar: Option<String>,
}

impl Browser<'_> {
    fn get(&mut self, others: &str) -> Reply {
        let ours = self.jar.iter().map(String::as_str);
        let all: Vec<&str> = others.split("; ").filter(|pair| !pair.is_empty()).chain(ours).collect();
        let field = if all.is_empty() { String::new() } else { format!("Cookie: {}\r\n", all.join("; ")) };
        let mut conn = self.rig.connect();
        conn.send(format!("GET / HTTP/1.1\r\nHost: a.test\r\n{field}\r\n").as_bytes());
        let reply = conn.reply().unwrap();
        if let Some(set) = reply.headers.get("set-cookie") {
            let (pair, attributes) = set.split_once("; ").unwrap();
            assert_eq!(attributes, "Path=/; HttpOnly; SameSite=Lax");
            self.jar = Some(pair.to_owned());
        }
        reply
    }

    /// The release that answers.
    fn release(&mut self) -> String {
        let reply = self.get("");
        assert_eq!(reply.status, 200);
        reply.text().split(' ').next().unwrap().to_owned()
    }
}

#[test]
fn a_tenth_of_the_clients_meets_the_new_release_and_all_stay_where_they_are() {
    let (old, new) = (telling("old"), telling("new"));
    let both = |old_weight, new_weight| {
        vec![of("web-1", "r0001-a", &old, old_weight), of("web-2", "r0002-b", &new, new_weight)]
    };
    let mut rig = Rig::new(both(90, 10));
    let mut met: Vec<(String, Option<String>)> = Vec::new();
    for _ in 0..500 {
        let mut browser = Browser { rig: &rig, jar: None };
        let first = browser.release();
        assert!(browser.jar.is_some());
        for _ in 0..3 {
            let reply = browser.get("session=1; theme=\"dark\"");
            assert_eq!(reply.text(), format!("{first} session=1; theme=\"dark\""), "and no word of ours");
            assert_eq!(reply.header("set-cookie"), "", "it has one");
        }
        assert_eq!(browser.get("").text(), format!("{first} -"));
        met.push((first, browser.jar));
    }
    let share = met.iter().filter(|(release, _)| release == "new").count();
    assert!((40..=60).contains(&share), "10 % of 500 is {share}");
    // The next step of a canary moves nobody back or forth.
    rig.publish(|table| table.pools[0].members = both(50, 50));
    for (release, jar) in &met[..50] {
        assert_eq!(Browser { rig: &rig, jar: jar.clone() }.release(), *release);
    }
    // At its end the cookie means nothing, and no new one is given.
    rig.publish(|table| table.pools[0].members = both(0, 100));
    for (_, jar) in &met[..50] {
        let reply = Browser { rig: &rig, jar: jar.clone() }.get("");
        assert_eq!((reply.text().as_str(), reply.header("set-cookie")), ("new -", ""));
    }
}

#[test]
fn a_client_whose_release_is_gone_meets_another() {
    let (old, new) = (telling("old"), telling("new"));
    let mut rig = Rig::new(vec![of("web-1", "r0001-a", &old, 50), of("web-2", "r0002-b", &new, 50)]);
    let jar = loop {
        let mut browser = Browser { rig: &rig, jar: None };
        if browser.release() == "old" {
            break browser.jar;
        }
    };
    // Dead: the other one answers, and is stayed with.
    old.die();
    let mut browser = Browser { rig: &rig, jar: jar.clone() };
    assert_eq!(browser.release(), "new");
    assert_ne!(browser.jar, jar);
    // A later split between others.
    let third = telling("third");
    rig.publish(|table| {
        table.pools[0].members = vec![of("web-2", "r0002-b", &new, 50), of("web-3", "r0003-c", &third, 50)];
    });
    let mut browser = Browser { rig: &rig, jar: jar.clone() };
    let first = browser.release();
    assert_ne!(browser.jar, jar);
    (0..5).for_each(|_| assert_eq!(browser.release(), first));
}

#[test]
fn instances_of_one_release_share_without_a_cookie() {
    let (one, two) = (telling("one"), telling("two"));
    let rig = Rig::new(vec![of("web-1", "r0001-a", &one, 50), of("web-2", "r0001-a", &two, 50)]);
    for _ in 0..10 {
        assert_eq!(Browser { rig: &rig, jar: None }.get("").header("set-cookie"), "");
    }
    assert!(one.count() > 0 && two.count() > 0);
}
