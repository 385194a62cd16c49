//! What was acknowledged is there, whatever happens to the process.

use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use bucket::{Bucket, BucketError};
use tempfile::tempdir;

use crate::client::read_answer;
use crate::process::{Process, config};

#[test]
fn acknowledged_objects_survive_a_kill() {
    let root = tempdir().expect("a folder");
    let content = |number: usize| format!("{number} ").repeat(5000 + number).into_bytes();
    let mut acknowledged = 0;
    for _ in 0..3 {
        let server = Process::start(root.path());
        let client = server.client();
        let first = acknowledged;
        let writer = thread::spawn(move || {
            let put = |number: usize| {
                let path = format!("/uploads/{number}");
                client
                    .try_send("PUT", &path, &[], &[], &content(number))
                    .is_some_and(|answer| answer.status == 200)
            };
            (first..).take_while(|number| put(*number)).count()
        });
        thread::sleep(Duration::from_millis(300));
        server.kill();
        acknowledged += writer.join().expect("a count");
        // The one under way may have become durable without its answer; it is written again.
    }
    assert!(acknowledged > 0);
    let server = Process::start(root.path());
    for number in 0..acknowledged {
        assert!(
            server.client().get(&format!("/uploads/{number}"), &[]).body == content(number),
            "object {number}"
        );
    }
}

#[test]
fn the_newest_content_survives_and_only_it() {
    let root = tempdir().expect("a folder");
    let server = Process::start(root.path());
    for content in [b"one".as_slice(), b"two", b"three"] {
        server.client().put("/uploads/a", content);
    }
    server.client().put("/uploads/gone", b"x");
    server.client().delete("/uploads/gone");
    server.kill();
    let server = Process::start(root.path());
    assert_eq!(server.client().get("/uploads/a", &[]).body, b"three");
    assert_eq!(server.client().get("/uploads/gone", &[]).status, 404);
    assert_eq!(fs::read_dir(root.path().join("buckets/uploads")).expect("a folder").count(), 1);
}

#[test]
fn what_a_crash_leaves_behind_is_cleared_and_damage_is_not_served() {
    let root = tempdir().expect("a folder");
    let server = Process::start(root.path());
    server.client().put("/uploads/a", b"newer");
    server.client().put("/uploads/b", b"will be cut short");
    server.kill();
    let folder = root.path().join("buckets/uploads");
    let mut files: Vec<_> =
        fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("one").path()).collect();
    files.sort();
    // A kill between the rename and the removal of the older file leaves two files of one key.
    fs::copy(&files[0], folder.join("0000000000000000.object")).expect("copied");
    let cut = fs::File::options().write(true).open(&files[1]).expect("opened");
    cut.set_len(cut.metadata().expect("a length").len() - 1).expect("cut");
    fs::write(root.path().join("incoming/99"), b"half").expect("written");

    let server = Process::start(root.path());
    assert_eq!(server.client().get("/uploads/a", &[]).body, b"newer");
    assert_eq!(server.client().get("/uploads/b", &[]).status, 404);
    assert!(!folder.join("0000000000000000.object").exists());
    assert!(!root.path().join("incoming/99").exists());
    assert!(files[1].exists(), "damage is left for a person to look at");
}

#[test]
fn a_request_under_way_is_answered_after_sigterm() {
    let root = tempdir().expect("a folder");
    let server = Process::start(root.path());
    let body = vec![b'x'; 100_000];
    let mut stream = TcpStream::connect(server.address).expect("a connection");
    let head = server.client().head("PUT", "/uploads/a", &[], &[], &body);
    stream.write_all(&[head.as_bytes(), &body[..10]].concat()).expect("sent");
    // Answered after the half request was accepted, which came first.
    assert_eq!(server.client().get("/uploads/a", &[]).status, 404);
    server.terminate();
    while TcpStream::connect(server.address).is_ok() {
        thread::sleep(Duration::from_millis(5));
    }
    stream.write_all(&body[10..]).expect("sent");
    assert_eq!(read_answer(stream).expect("an answer").status, 200);
    assert!(server.wait().success());
    let server = Process::start(root.path());
    assert!(server.client().get("/uploads/a", &[]).body == body);
}

#[test]
fn what_cannot_start_says_why() {
    let root = tempdir().expect("a folder");
    let first = Bucket::bind(config(root.path())).expect("a server");
    assert!(matches!(Bucket::bind(config(root.path())), Err(BucketError::Busy { .. })));

    let other = tempdir().expect("a folder");
    let mut taken = config(other.path());
    taken.listen = first.address();
    let error = Bucket::bind(taken).err().expect("refused");
    assert!(matches!(error, BucketError::Listen { .. }));
    assert!(error.to_string().contains(&first.address().to_string()), "{error}");

    let mut named = config(other.path());
    named.buckets.push("../up".to_owned());
    assert!(matches!(Bucket::bind(named), Err(BucketError::Name { name }) if name == "../up"));

    let file = other.path().join("file");
    fs::write(&file, b"").expect("written");
    assert!(matches!(Bucket::bind(config(&file)), Err(BucketError::Folder { .. })));
}
