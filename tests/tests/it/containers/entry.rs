//! What people meet at the entry.

use super::stack::Stack;
use serde_json::Value;
use std::process::Command;
use std::time::{Duration, Instant};

/// Headers that every answer has once, whoever gave it.
const HEADERS: [&str; 6] = [
    "strict-transport-security",
    "x-content-type-options",
    "x-frame-options",
    "referrer-policy",
    "permissions-policy",
    "vary",
];

/// The entry with TLS, and the plain one beside it.
pub struct Entry {
    http: u16,
    https: u16,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    head: Vec<(String, String)>,
    body: String,
}

impl Answer {
    fn all(&self, name: &str) -> Vec<&str> {
        self.head.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
    }
}

impl Entry {
    /// That of a system.
    pub fn of(stack: &Stack) -> Self {
        let (http, https) = stack.ports;
        Self { http, https }
    }

    /// One GET with TLS.
    #[track_caller]
    pub fn get(&self, path: &str) -> Answer {
        self.curl(&[], &format!("https://localhost:{}{path}", self.https))
    }

    /// A request with JSON, signed when there is a token; the status and the answer's JSON.
    #[track_caller]
    pub fn ask(&self, method: &str, path: &str, token: &str, body: &Value) -> (u16, Value) {
        let (signed, body) = (format!("authorization: Bearer {token}"), body.to_string());
        let mut arguments = vec!["--request", method, "--header", &signed];
        if method != "GET" {
            arguments.extend(["--header", "content-type: application/json", "--data", &body]);
        }
        let answer = self.curl(&arguments, &format!("https://localhost:{}{path}", self.https));
        (answer.status, serde_json::from_str(&answer.body).unwrap_or_default())
    }

    #[track_caller]
    fn curl(&self, arguments: &[&str], url: &str) -> Answer {
        let output = Command::new("curl")
            .args(["--silent", "--insecure", "--include", "--http1.1", "--max-time", "15"])
            .args(arguments)
            .arg(url)
            .output()
            .expect("curl is installed");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer from {url}"));
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).unwrap_or_default();
        let fields = lines.filter_map(|line| line.split_once(':'));
        let head = fields.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
        Answer { status, head, body: body.to_owned() }
    }

    /// Plain HTTP leads to HTTPS, with path and query.
    pub fn assert_redirects(&self) {
        let answer = self.curl(&[], &format!("http://localhost:{}/a/b?c=d", self.http));
        assert_eq!((answer.status, answer.all("location")), (308, vec!["https://localhost/a/b?c=d"]));
        let answer = self.curl(&[], &format!("http://localhost:{}/healthz", self.http));
        assert_eq!(answer.status, 200);
    }

    /// Each header once, whatever the application sets itself; nothing says what runs.
    #[track_caller]
    pub fn assert_safe(&self, path: &str) {
        let answer = self.get(path);
        for name in HEADERS {
            assert_eq!(answer.all(name).len(), 1, "{name} of {path}: {answer:?}");
        }
        assert_eq!(answer.all("x-powered-by"), Vec::<&str>::new(), "{path}");
        assert_eq!(answer.all("server"), ["nginx"], "{path}");
    }

    /// Paths are pages, missing files are missing, and only what has a digest in its name is kept.
    pub fn assert_single_page(&self) {
        let page = self.get("/");
        assert_eq!((page.status, page.all("cache-control")), (200, vec!["no-cache"]));
        let other = self.get("/a/page/of/the/browser");
        assert_eq!((other.status, &other.body), (200, &page.body));
        let missing = self.get("/assets/index-abcdefgh.js");
        assert_eq!((missing.status, missing.all("cache-control")), (404, vec!["no-cache"]));
        let asset = page.body.split('"').find(|word| word.starts_with("/assets/")).expect("a script");
        let asset = self.get(asset);
        assert_eq!(asset.status, 200);
        assert_eq!(asset.all("cache-control"), ["public, max-age=31536000, immutable"]);
        assert_eq!(asset.all("vary"), ["Accept-Encoding"], "once, although the site behind says it too");
    }

    /// The status of a request for a WebSocket.
    #[track_caller]
    pub fn upgrade(&self, path: &str) -> u16 {
        let fields = [
            "connection: Upgrade",
            "upgrade: websocket",
            "sec-websocket-version: 13",
            "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
        ];
        let mut arguments = vec!["--max-time", "2"];
        fields.iter().for_each(|field| arguments.extend(["--header", field]));
        self.curl(&arguments, &format!("https://localhost:{}{path}", self.https)).status
    }

    /// The status of a request with a body of so many bytes.
    #[track_caller]
    pub fn post(&self, path: &str, bytes: usize) -> u16 {
        let body = "x".repeat(bytes);
        // Nothing is sent before the entry has looked at the length.
        let arguments =
            ["--header", "content-type: application/json", "--header", "expect:", "--data", &body];
        self.curl(&arguments, &format!("https://localhost:{}{path}", self.https)).status
    }

    /// A service that has moved is found again.
    pub fn assert_comes_back(&self, path: &str, status: u16) {
        let until = Instant::now() + Duration::from_secs(30);
        loop {
            let now = self.get(path).status;
            if now == status {
                return;
            }
            assert!(Instant::now() < until, "{path} still answers {now}");
            std::thread::sleep(Duration::from_millis(500));
        }
    }

    /// More than anybody's browser asks for is refused.
    pub fn assert_limits_rate(&self, path: &str) {
        let output = Command::new("curl")
            .args(["--silent", "--insecure", "--parallel", "--parallel-max", "50", "--output", "/dev/null"])
            .args(["--write-out", "%{http_code}\n"])
            .arg(format!("https://localhost:{}{path}?[1-1500]", self.https))
            .output()
            .expect("curl is installed");
        let text = String::from_utf8_lossy(&output.stdout);
        let count = |status: &str| text.lines().filter(|line| *line == status).count();
        assert!(count("429") > 0 && count("200") >= 200, "{} of 200, {} of 429", count("200"), count("429"));
    }
}
