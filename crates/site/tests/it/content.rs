//! What an answer holds, and what browsers are told about it.

use crate::client::{serve, write};

#[test]
fn files_have_types_and_lifetimes() {
    let site = serve(&[
        ("index.html", ""),
        ("about.html", ""),
        ("assets/index-DiwrgTda.js", "x"),
        ("assets/logo.svg", "x"),
        ("_next/static/chunks/main.js", "x"),
        ("static/css/main.1a2b3c4d.css", "x"),
        ("data.bin", "x"),
        ("LOGO.PNG", "x"),
    ]);
    let forever = "public, max-age=31536000, immutable";
    for (path, kind, lifetime) in [
        ("/assets/index-DiwrgTda.js", "text/javascript; charset=utf-8", forever),
        ("/_next/static/chunks/main.js", "text/javascript; charset=utf-8", forever),
        ("/static/css/main.1a2b3c4d.css", "text/css; charset=utf-8", forever),
        ("/assets/logo.svg", "image/svg+xml", "no-cache"),
        ("/data.bin", "application/octet-stream", "no-cache"),
        ("/LOGO.PNG", "image/png", "no-cache"),
    ] {
        let answer = site.get(path);
        assert_eq!((answer.status, answer.text()), (200, "x"), "{path}");
        assert_eq!(answer.header("content-type"), Some(kind), "{path}");
        assert_eq!(answer.header("cache-control"), Some(lifetime), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("content-length"), Some("1"), "{path}");
    }
}

#[test]
fn what_a_browser_has_is_not_sent_again() {
    let site = serve(&[("index.html", "one"), ("about.html", "")]);
    let first = site.get("/");
    let (tag, time) = (first.header("etag").unwrap(), first.header("last-modified").unwrap());
    for headers in [
        [("If-None-Match", tag)],
        [("If-None-Match", &format!("\"other\", W/{tag}"))],
        [("If-None-Match", "*")],
        [("If-Modified-Since", time)],
    ] {
        let answer = site.send("GET", "/", &headers);
        assert_eq!((answer.status, answer.text()), (304, ""), "{headers:?}");
        assert_eq!(answer.header("etag"), Some(tag), "{headers:?}");
        assert_eq!(site.send("HEAD", "/", &headers).status, 304, "{headers:?}");
    }
    for headers in [
        vec![("If-None-Match", "\"other\"")],
        vec![("If-None-Match", "\"other\""), ("If-Modified-Since", time)],
        vec![("If-Modified-Since", "Thu, 01 Jan 1998 00:00:00 GMT")],
        vec![("If-Modified-Since", "yesterday")],
    ] {
        assert_eq!(site.send("GET", "/", &headers).text(), "one", "{headers:?}");
    }
    // The same length: only the time of the change tells the two apart, and the system's clock for files ticks slowly.
    std::thread::sleep(std::time::Duration::from_millis(50));
    write(&site.root, "index.html", "two");
    assert_eq!(site.send("GET", "/", &[("If-None-Match", tag)]).text(), "two");
}

#[test]
fn a_head_is_a_get_without_content() {
    let site = serve(&[("index.html", "twelve bytes"), ("about.html", "")]);
    let (get, head) = (site.get("/"), site.send("HEAD", "/", &[]));
    assert_eq!((head.status, head.text()), (200, ""));
    for name in ["content-length", "content-type", "etag", "cache-control", "accept-ranges"] {
        assert_eq!(head.header(name), get.header(name), "{name}");
    }
    assert_eq!(head.header("content-length"), Some("12"));
    assert_eq!(site.send("HEAD", "/nowhere", &[]).status, 404);
}

#[test]
fn a_part_can_be_had() {
    let site = serve(&[("index.html", ""), ("film.mp4", "0123456789")]);
    for (range, text, content_range) in [
        ("bytes=0-3", "0123", "bytes 0-3/10"),
        ("bytes=4-", "456789", "bytes 4-9/10"),
        ("bytes=-2", "89", "bytes 8-9/10"),
        ("bytes=8-100", "89", "bytes 8-9/10"),
    ] {
        let answer = site.send("GET", "/film.mp4", &[("Range", range)]);
        assert_eq!((answer.status, answer.text()), (206, text), "{range}");
        assert_eq!(answer.header("content-range"), Some(content_range), "{range}");
        assert_eq!(answer.header("content-length"), Some(text.len().to_string().as_str()), "{range}");
    }
    let behind = site.send("GET", "/film.mp4", &[("Range", "bytes=10-")]);
    assert_eq!((behind.status, behind.header("content-range")), (416, Some("bytes */10")));
    for odd in ["bytes=0-1,3-4", "bytes=x", "bytes=3-1"] {
        assert_eq!(site.send("GET", "/film.mp4", &[("Range", odd)]).text(), "0123456789", "{odd}");
    }
    let tag = site.get("/film.mp4").header("etag").unwrap().to_owned();
    let same = [("Range", "bytes=0-1"), ("If-Range", tag.as_str())];
    assert_eq!(site.send("GET", "/film.mp4", &same).text(), "01");
    let other = [("Range", "bytes=0-1"), ("If-Range", "\"other\"")];
    assert_eq!(site.send("GET", "/film.mp4", &other).text(), "0123456789");
}

#[test]
fn a_compressed_neighbour_is_sent_to_who_can_read_it() {
    let site = serve(&[
        ("index.html", ""),
        ("app.js", "as it is"),
        ("app.js.gz", "gzipped"),
        ("app.js.br", "brotli"),
        ("style.css", "as it is"),
        ("style.css.gz", "gzipped"),
        ("plain.txt", "as it is"),
    ]);
    for (path, accepts, text, encoding, varies) in [
        ("/app.js", "gzip, deflate, br", "brotli", Some("br"), true),
        ("/app.js", "GZIP", "gzipped", Some("gzip"), true),
        ("/app.js", "br;q=0, gzip;q=0.5", "gzipped", Some("gzip"), true),
        ("/app.js", "identity", "as it is", None, true),
        ("/style.css", "br, gzip", "gzipped", Some("gzip"), true),
        ("/plain.txt", "br, gzip", "as it is", None, false),
    ] {
        let answer = site.send("GET", path, &[("Accept-Encoding", accepts)]);
        assert_eq!(answer.text(), text, "{path} {accepts}");
        assert_eq!(answer.header("content-encoding"), encoding, "{path} {accepts}");
        assert_eq!(answer.header("vary").is_some(), varies, "{path} {accepts}");
        assert_ne!(answer.header("content-type"), Some("application/gzip"), "{path} {accepts}");
    }
    let tag = |accepts| {
        site.send("GET", "/app.js", &[("Accept-Encoding", accepts)]).header("etag").unwrap().to_owned()
    };
    assert!(tag("br") != tag("gzip") && tag("gzip") != tag("identity"));
    let known = tag("br");
    let fresh = site.send("GET", "/app.js", &[("Accept-Encoding", "br"), ("If-None-Match", &known)]);
    assert_eq!(fresh.status, 304);
}

#[test]
fn a_large_file_arrives_whole() {
    let text = "0123456789abcdef".repeat(256 * 1024);
    let site = serve(&[("index.html", ""), ("large.txt", &text)]);
    let answer = site.get("/large.txt");
    assert_eq!(answer.body.len(), text.len());
    assert!(answer.body == text.as_bytes());
}
