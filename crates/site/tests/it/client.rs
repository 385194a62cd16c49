//! A site with its server in a thread of the test, and the smallest client.

use site::{Fallback, Site, SiteConfig};
use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// A folder that is served until the test program ends.
pub(crate) struct Served {
    _home: TempDir,
    pub(crate) root: PathBuf,
    pub(crate) address: SocketAddr,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

pub(crate) fn config(root: &Path, fallback: Fallback) -> SiteConfig {
    SiteConfig { root: root.to_owned(), listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), fallback }
}

/// Writes files and serves them with the fallback that fits them.
pub(crate) fn serve(files: &[(&str, &str)]) -> Served {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().join("site");
    fs::create_dir(&root).unwrap();
    for (name, text) in files {
        write(&root, name, text);
    }
    let site = Site::bind(config(&root, Fallback::detect(&root).unwrap())).unwrap();
    let address = site.address();
    thread::spawn(move || site.run());
    Served { _home: home, root, address }
}

pub(crate) fn write(root: &Path, name: &str, text: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

impl Served {
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[])
    }

    /// As a browser asks for a page.
    pub(crate) fn visit(&self, path: &str) -> Answer {
        self.send("GET", path, &[("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")])
    }

    pub(crate) fn send(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: site\r\nConnection: close\r\n");
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str("\r\n");
        self.raw(request.as_bytes())
    }

    pub(crate) fn raw(&self, request: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream.write_all(request).unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        Answer::read(&bytes)
    }
}

impl Answer {
    pub(crate) fn read(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Self { status, head, body: bytes[end + 4..].to_vec() }
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().filter_map(|line| line.split_once(": "));
        fields.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}
