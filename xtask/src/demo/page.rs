//! Asks the running example for a page.

use crate::Failure;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// What was answered.
pub struct Page {
    pub status: u16,
    pub text: String,
}

/// GET over plain HTTP.
///
/// # Errors
/// When nothing answers.
pub fn get(url: &str, path: &str) -> Result<Page, Failure> {
    let failed = |why: String| Failure::new(format!("{url}{path} does not answer: {why}"));
    let host = url.strip_prefix("http://").ok_or_else(|| failed("it is no http address".into()))?;
    let address = if host.contains(':') { host.to_owned() } else { format!("{host}:80") };
    let text = fetch(&address, host, path).map_err(|error| failed(error.to_string()))?;
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| failed("what answers does not speak HTTP".into()))?;
    Ok(Page { status, text })
}

fn fetch(address: &str, host: &str, path: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\nConnection: close\r\n\r\n")?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
