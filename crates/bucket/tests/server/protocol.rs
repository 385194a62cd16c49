//! What clients may rely on.

use tempfile::tempdir;

use crate::client::{Client, plain};
use crate::process::{BUCKET, Process};

#[test]
fn objects_come_back_with_their_headers() {
    let root = tempdir().expect("a folder");
    let server = Process::start(root.path());
    let client = server.client();
    let headers = [("content-type", "text/plain"), ("x-amz-meta-by", "someone")];
    let put = client.send("PUT", "/uploads/a/b.txt", &[], &headers, b"hello");
    assert_eq!(put.status, 200, "{}", put.text());
    assert_eq!(put.header("etag"), Some("\"5d41402abc4b2a76b9719d911017c592\""));
    for method in ["GET", "HEAD"] {
        let got = client.send(method, "/uploads/a/b.txt", &[], &[], b"");
        assert_eq!((got.status, got.header("content-length")), (200, Some("5")), "{method}");
        assert_eq!(got.header("content-type"), Some("text/plain"));
        assert_eq!(got.header("x-amz-meta-by"), Some("someone"));
        assert_eq!(got.body, if method == "GET" { b"hello".to_vec() } else { Vec::new() });
    }
    assert_eq!(client.delete("/uploads/a/b.txt").status, 204);
    assert_eq!(client.get("/uploads/a/b.txt", &[]).status, 404);
    assert_eq!(client.delete("/uploads/a/b.txt").status, 204, "deleting again is fine");
}

#[test]
fn ranges_and_conditions() {
    let root = tempdir().expect("a folder");
    let server = Process::start(root.path());
    let client = server.client();
    client.put("/uploads/digits", b"0123456789");
    let ranges = [
        ("bytes=2-4", "234", "bytes 2-4/10"),
        ("bytes=8-", "89", "bytes 8-9/10"),
        ("bytes=-3", "789", "bytes 7-9/10"),
    ];
    for (range, expected, header) in ranges {
        let got = client.send("GET", "/uploads/digits", &[], &[("range", range)], b"");
        assert_eq!((got.status, got.text().as_str()), (206, expected), "{range}");
        assert_eq!(got.header("content-range"), Some(header));
    }
    let beyond = client.send("GET", "/uploads/digits", &[], &[("range", "bytes=10-")], b"");
    assert_eq!(beyond.status, 416);
    let again = client.send("PUT", "/uploads/digits", &[], &[("if-none-match", "*")], b"new");
    assert_eq!(again.status, 412);
    assert_eq!(client.get("/uploads/digits", &[]).body, b"0123456789");
    let tag = client.get("/uploads/digits", &[]).header("etag").map(str::to_owned).expect("a tag");
    let unchanged = client.send("GET", "/uploads/digits", &[], &[("if-none-match", &tag)], b"");
    assert_eq!(unchanged.status, 304);
}

#[test]
fn any_key_is_possible() {
    let root = tempdir().expect("a folder");
    let server = Process::start(root.path());
    let client = server.client();
    let long = "k".repeat(1024);
    let keys = ["a", "a/b", "a/", "ü +%&", "../../../etc/passwd", "lock", long.as_str()];
    for key in keys {
        assert_eq!(client.put(&format!("/uploads/{key}"), key.as_bytes()).status, 200, "{key}");
    }
    for key in keys {
        assert_eq!(client.get(&format!("/uploads/{key}"), &[]).body, key.as_bytes(), "{key}");
    }
    let listed = client.get("/uploads", &[("list-type", "2"), ("encoding-type", "url")]);
    assert_eq!(listed.all("Key").len(), keys.len());
    assert!(listed.all("Key").contains(&"%C3%BC%20%2B%25%26".to_owned()), "{}", listed.text());
    let all_below = walk(root.path());
    assert!(all_below.iter().all(|path| !path.ends_with("passwd")), "{all_below:?}");
}

#[test]
fn listings_have_pages_and_folders() {
    let root = tempdir().expect("a folder");
    let server = Process::start(root.path());
    let client = server.client();
    for key in ["a", "b/1", "b/2", "c"] {
        client.put(&format!("/uploads/{key}"), b"x");
    }
    let folders = client.get("/uploads", &[("list-type", "2"), ("delimiter", "/")]);
    assert_eq!(folders.all("Key"), ["a", "c"]);
    assert_eq!(folders.all("CommonPrefixes"), ["<Prefix>b/</Prefix>"]);
    let (mut keys, mut token) = (Vec::new(), String::new());
    loop {
        let mut query = vec![("list-type", "2"), ("max-keys", "3")];
        if !token.is_empty() {
            query.push(("continuation-token", &token));
        }
        let page = client.get("/uploads", &query);
        keys.extend(page.all("Key"));
        match page.all("NextContinuationToken").pop() {
            Some(next) => token = next,
            None => break,
        }
    }
    assert_eq!(keys, ["a", "b/1", "b/2", "c"]);
}

#[test]
fn buckets_are_made_and_only_empty_ones_deleted() {
    let root = tempdir().expect("a folder");
    let server = Process::start(root.path());
    let client = server.client();
    assert_eq!(client.put("/second", b"").status, 200);
    assert_eq!(client.put("/second", b"").status, 409);
    assert_eq!(client.put("/Not_A_Name", b"").status, 400);
    assert_eq!(client.get("/", &[]).all("Name"), ["second", BUCKET]);
    client.put("/second/x", b"x");
    assert_eq!(client.delete("/second").status, 409);
    client.delete("/second/x");
    assert_eq!(client.delete("/second").status, 204);
    assert_eq!(client.send("HEAD", "/second", &[], &[], b"").status, 404);
    assert_eq!(client.put("/second/x", b"x").status, 404);
}

#[test]
fn only_the_right_key_is_let_in() {
    let root = tempdir().expect("a folder");
    let server = Process::start(root.path());
    server.client().put("/uploads/a", b"private");
    let wrong_secret = Client { secret: "guessed", ..server.client() };
    let wrong_access = Client { access: "guessed", ..server.client() };
    for intruder in [wrong_secret, wrong_access] {
        for answer in [
            intruder.get("/uploads/a", &[]),
            intruder.put("/uploads/a", b"mine"),
            intruder.delete("/uploads/a"),
            intruder.get("/", &[]),
        ] {
            assert_eq!(answer.status, 403, "{}", answer.text());
        }
    }
    for (method, path) in [
        ("GET", "/uploads/a"),
        ("PUT", "/uploads/b"),
        ("DELETE", "/uploads/a"),
        ("GET", "/uploads"),
        ("GET", "/?x"),
    ] {
        assert_eq!(plain(server.address, method, path).status, 403, "{method} {path}");
    }
    assert_eq!(server.client().get("/uploads/a", &[]).body, b"private");
    assert_eq!(server.client().get("/uploads/b", &[]).status, 404);
    let alive = plain(server.address, "GET", "/");
    assert_eq!((alive.status, alive.text().as_str()), (200, "ok\n"));
}

#[test]
fn changed_or_damaged_content_leaves_the_old_object() {
    let root = tempdir().expect("a folder");
    let server = Process::start(root.path());
    let client = server.client();
    client.put("/uploads/a", b"old");
    for header in [("content-md5", "XUFAKrxLKna5cZ2REBfFkg=="), ("x-amz-checksum-crc32", "AAAAAA==")] {
        let damaged = client.send("PUT", "/uploads/a", &[], &[header], b"jello");
        assert_eq!((damaged.status, damaged.all("Code")), (400, vec!["BadDigest".to_owned()]), "{header:?}");
    }
    let whole =
        client.send("PUT", "/uploads/b", &[], &[("content-md5", "XUFAKrxLKna5cZ2REBfFkg==")], b"hello");
    assert_eq!(whole.status, 200, "{}", whole.text());
    let head = client.head("PUT", "/uploads/a", &[], &[], b"signed");
    let swapped = raw(&server, &[head.as_bytes(), b"forged"].concat());
    assert!(swapped.starts_with("HTTP/1.1 4"), "{swapped}");
    assert_eq!(client.get("/uploads/a", &[]).body, b"old");
    assert_eq!(walk(&root.path().join("incoming")), Vec::<String>::new());
}

#[test]
fn an_upload_in_parts_is_one_object() {
    let root = tempdir().expect("a folder");
    let server = Process::start(root.path());
    let client = server.client();
    let id = begin(&client, "/uploads/big");
    let first = vec![7; 5 * 1024 * 1024];
    let tags: Vec<String> = [(2, b"end".as_slice()), (1, &first)]
        .map(|(number, part)| {
            let query = [("partNumber", number.to_string()), ("uploadId", id.clone())];
            let query = query.each_ref().map(|(name, value)| (*name, value.as_str()));
            let sent = client.send("PUT", "/uploads/big", &query, &[], part);
            sent.header("etag").map(str::to_owned).expect("a tag")
        })
        .into();
    assert_eq!(client.get("/uploads/big", &[]).status, 404, "not visible before it is complete");
    let complete = |parts: &[(u32, &str)]| {
        let parts: String = parts
            .iter()
            .map(|(number, tag)| format!("<Part><PartNumber>{number}</PartNumber><ETag>{tag}</ETag></Part>"))
            .collect();
        let xml = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
        client.send("POST", "/uploads/big", &[("uploadId", &id)], &[], xml.as_bytes())
    };
    let code = |parts: &[(u32, &str)]| complete(parts).all("Code").pop();
    assert_eq!(code(&[(1, &tags[1]), (2, &tags[1])]).as_deref(), Some("InvalidPart"));
    assert_eq!(code(&[(2, &tags[0]), (1, &tags[1])]).as_deref(), Some("InvalidPartOrder"));
    let done = complete(&[(1, &tags[1]), (2, &tags[0])]);
    assert_eq!(done.status, 200, "{}", done.text());
    let whole = client.get("/uploads/big", &[]);
    assert_eq!(whole.body.len(), first.len() + 3);
    assert!(whole.body.starts_with(&first) && whole.body.ends_with(b"end"));
    assert!(whole.header("etag").is_some_and(|tag| tag.ends_with("-2\"")));
    assert_eq!(walk(&root.path().join("incoming")), Vec::<String>::new());
}

#[test]
fn an_aborted_upload_leaves_nothing() {
    let root = tempdir().expect("a folder");
    let server = Process::start(root.path());
    let client = server.client();
    let id = begin(&client, "/uploads/big");
    let query = [("partNumber", "1"), ("uploadId", id.as_str())];
    assert_eq!(client.send("PUT", "/uploads/big", &query, &[], b"part").status, 200);
    let abort = || client.send("DELETE", "/uploads/big", &[("uploadId", &id)], &[], b"").status;
    assert_eq!((abort(), abort()), (204, 404));
    assert_eq!(client.get("/uploads/big", &[]).status, 404);
    assert_eq!(walk(&root.path().join("incoming")), Vec::<String>::new());
}

#[test]
fn copies_and_deletes_of_many() {
    let root = tempdir().expect("a folder");
    let server = Process::start(root.path());
    let client = server.client();
    client.send("PUT", "/uploads/a", &[], &[("content-type", "text/plain")], b"copied");
    let source = [("x-amz-copy-source", "/uploads/a")];
    let copy = client.send("PUT", "/uploads/b", &[], &source, b"");
    assert_eq!(copy.status, 200, "{}", copy.text());
    let copied = client.get("/uploads/b", &[]);
    assert_eq!((copied.text().as_str(), copied.header("content-type")), ("copied", Some("text/plain")));
    let xml = b"<Delete><Object><Key>a</Key></Object><Object><Key>b</Key></Object></Delete>";
    let deleted = client.send("POST", "/uploads", &[("delete", "")], &[], xml);
    assert_eq!(deleted.all("Key"), ["a", "b"], "{}", deleted.text());
    assert_eq!(client.get("/uploads/a", &[]).status, 404);
    assert_eq!(client.get("/uploads/b", &[]).status, 404);
}

fn begin(client: &Client, path: &str) -> String {
    let begun = client.send("POST", path, &[("uploads", "")], &[], b"");
    begun.all("UploadId").pop().unwrap_or_else(|| panic!("{}", begun.text()))
}

fn raw(server: &Process, request: &[u8]) -> String {
    use std::io::Write;
    let mut stream = std::net::TcpStream::connect(server.address).expect("a connection");
    stream.write_all(request).expect("sent");
    crate::client::read_answer(stream).expect("an answer").head
}

fn walk(folder: &std::path::Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(walk(&path));
        } else {
            found.push(path.display().to_string());
        }
    }
    found
}
