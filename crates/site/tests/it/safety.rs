//! What must not be had.

use crate::client::{serve, write};
use std::ffi::CString;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

#[test]
fn nothing_outside_the_folder_is_served() {
    let site = serve(&[("index.html", "home"), ("404.html", "nothing"), ("a/b.txt", "inside")]);
    write(site.root.parent().unwrap(), "secret.txt", "SECRET");
    for path in [
        "/../secret.txt",
        "/a/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/..%5csecret.txt",
        "/a/%2e%2e/%2e%2e/secret.txt",
        "/%252e%252e/secret.txt",
        "/%c0%ae%c0%ae/secret.txt",
        "/secret.txt%00.html",
        "//secret.txt",
        "/./../secret.txt",
        "/a/b.txt/../../../secret.txt",
    ] {
        let answer = site.visit(path);
        assert!(matches!(answer.status, 400 | 404), "{path}: {}", answer.head);
        assert!(!answer.text().contains("SECRET"), "{path}");
    }
    // Targets that are no paths; a server's own idea of itself must not be asked either.
    assert_eq!(site.raw(b"GET * HTTP/1.0\r\n\r\n").status, 400);
    assert_eq!(site.raw(b"GET http://elsewhere/a/b.txt HTTP/1.0\r\n\r\n").text(), "inside");
}

#[test]
fn hidden_files_are_not_there() {
    let site = serve(&[
        ("index.html", "home"),
        (".env", "SECRET"),
        (".git/config", "SECRET"),
        ("a/.htpasswd", "SECRET"),
        (".well-known/security.txt", "contact"),
        (".well-known/.key", "SECRET"),
    ]);
    symlink(".env", site.root.join("environment")).unwrap();
    symlink(".git", site.root.join("repository")).unwrap();
    for path in [
        "/.env",
        "/%2eenv",
        "/.git/config",
        "/a/.htpasswd",
        "/.well-known/.key",
        "/environment",
        "/repository/config",
        "/.git/",
    ] {
        let answer = site.visit(path);
        assert!(!answer.text().contains("SECRET"), "{path}");
        assert!(answer.status == 404 || answer.text() == "home", "{path}: {}", answer.head);
    }
    assert_eq!(site.get("/.well-known/security.txt").text(), "contact");
}

#[test]
fn links_are_followed_inside_only() {
    let site = serve(&[("index.html", "home"), ("about.html", "about"), ("real/page.txt", "inside")]);
    let home = site.root.parent().unwrap();
    write(home, "secret.txt", "SECRET");
    write(home, "site-other/secret.txt", "SECRET");
    symlink("real/page.txt", site.root.join("inside.txt")).unwrap();
    symlink("real", site.root.join("folder")).unwrap();
    symlink(home.join("secret.txt"), site.root.join("out.txt")).unwrap();
    symlink(home, site.root.join("up")).unwrap();
    symlink("../site-other", site.root.join("neighbour")).unwrap();
    symlink(home.join("secret.txt"), site.root.join("about.html.gz")).unwrap();
    symlink("circle", site.root.join("circle")).unwrap();
    assert_eq!(site.get("/inside.txt").text(), "inside");
    assert_eq!(site.get("/folder/page.txt").text(), "inside");
    for path in ["/out.txt", "/up/secret.txt", "/neighbour/secret.txt", "/circle", "/circle/a"] {
        let answer = site.get(path);
        assert_eq!(answer.status, 404, "{path}");
    }
    assert_eq!(site.send("GET", "/about", &[("Accept-Encoding", "gzip")]).text(), "about");
}

#[test]
fn what_is_no_file_is_not_opened() {
    let site = serve(&[("index.html", "home"), ("about.html", "about"), ("folder/a.txt", "")]);
    let pipe = CString::new(site.root.join("pipe").as_os_str().as_bytes()).unwrap();
    // SAFETY: the name ends in a NUL and lives for the call.
    assert_eq!(unsafe { libc::mkfifo(pipe.as_ptr(), 0o600) }, 0);
    assert_eq!(site.get("/pipe").status, 404);
    assert_eq!(site.get("/folder").status, 404);
    assert_eq!(site.get("/folder/").status, 404);
    assert_eq!(site.get(&format!("/{}", "x".repeat(300))).status, 404);
    fs::remove_file(site.root.join("about.html")).unwrap();
    assert_eq!(site.get("/about").status, 404);
}

#[test]
fn nothing_but_reading_is_answered() {
    let site = serve(&[("index.html", "home"), ("about.html", "about")]);
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"] {
        let answer = site.send(method, "/", &[]);
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD")), "{method}");
    }
    assert_eq!(site.get("/").text(), "home");
}
