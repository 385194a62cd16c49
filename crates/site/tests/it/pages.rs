//! Which page a path means.

use crate::client::serve;
use site::Fallback;
use std::fs;

#[test]
fn folders_and_clean_paths_name_pages() {
    let site = serve(&[
        ("index.html", "home"),
        ("about.html", "about"),
        ("docs/index.html", "docs"),
        ("docs/install.html", "install"),
        ("v1.2.html", "release"),
        ("caf\u{e9} au lait.html", "coffee"),
    ]);
    for (path, text) in [
        ("/", "home"),
        ("/?utm=1", "home"),
        ("/index.html", "home"),
        ("/about", "about"),
        ("/about.html", "about"),
        ("/docs/", "docs"),
        ("/docs/install", "install"),
        ("/v1.2", "release"),
        ("/caf%C3%A9%20au%20lait", "coffee"),
    ] {
        let answer = site.visit(path);
        assert_eq!((answer.status, answer.text()), (200, text), "{path}");
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-cache"), "{path}");
    }
}

#[test]
fn a_page_has_one_address() {
    let site = serve(&[("index.html", "home"), ("about.html", "about"), ("docs/index.html", "docs")]);
    for (path, location) in [("/docs", "/docs/"), ("/docs?page=2", "/docs/?page=2"), ("/about/", "/about")] {
        let answer = site.visit(path);
        assert_eq!((answer.status, answer.header("location")), (308, Some(location)), "{path}");
    }
}

#[test]
fn a_single_page_answers_for_every_page_and_nothing_else() {
    let site = serve(&[("index.html", "app"), ("assets/index-DiwrgTda.js", "code"), ("empty/.keep", "")]);
    for path in ["/clients", "/clients/7", "/clients/7/", "/v1.2/clients", "/empty", "/empty/"] {
        let answer = site.visit(path);
        assert_eq!((answer.status, answer.text()), (200, "app"), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-cache"), "{path}");
    }
    // Whoever asks: the same path is the same page behind any server of these files.
    for path in ["/projects/x", "/users/john.doe", "/v1.2"] {
        assert_eq!(site.get(path).text(), "app", "{path}");
        assert_eq!(site.send("HEAD", path, &[("Accept", "application/json")]).status, 200, "{path}");
    }
    // A missing script must not be answered with a page.
    for path in ["/assets/index-Older123.js", "/logo.PNG", "/old.html"] {
        assert_eq!(site.visit(path).status, 404, "{path}");
    }
    assert_eq!(site.send("POST", "/projects/x", &[]).status, 405);
}

#[test]
fn a_site_of_pages_says_what_is_not_there() {
    let plain = serve(&[("index.html", "home"), ("about.html", "about")]);
    let answer = plain.visit("/nowhere");
    assert_eq!((answer.status, answer.text()), (404, "there is nothing here\n"));
    assert_eq!(plain.visit("/about.html/more").status, 404);
    let own = serve(&[("index.html", "home"), ("404.html", "our own"), ("docs/index.html", "docs")]);
    let answer = own.visit("/docs/nowhere");
    assert_eq!((answer.status, answer.text()), (404, "our own"));
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(answer.header("etag"), None);
}

#[test]
fn an_empty_site_serves_nothing() {
    let site = serve(&[]);
    assert_eq!(site.visit("/").status, 404);
}

#[test]
fn a_single_page_is_told_from_pages() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let detect = || Fallback::detect(root).unwrap();
    assert_eq!(detect(), Fallback::NotFound);
    fs::write(root.join("index.html"), "").unwrap();
    fs::create_dir(root.join("docs")).unwrap();
    fs::write(root.join("docs/logo.svg"), "").unwrap();
    assert_eq!(detect(), Fallback::SinglePage);
    fs::write(root.join("docs/index.html"), "").unwrap();
    assert_eq!(detect(), Fallback::NotFound);
    assert!(Fallback::detect(&root.join("nowhere/inside")).is_ok_and(|found| found == Fallback::NotFound));
}
