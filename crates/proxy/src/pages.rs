//! The proxy's own answers: small pages that say what happened and under which id it is logged.

use model::unit::Port;

/// Seconds after which a client may try again, sent with 503.
const RETRY_AFTER: u32 = 5;

/// A whole response, head and body.
pub(crate) fn page(
    status: u16,
    why: &str,
    id: &[u8],
    json: bool,
    keep_alive: bool,
    bodiless: bool,
) -> Vec<u8> {
    let title = title(status);
    let id = String::from_utf8_lossy(id);
    let body = if json { as_json(status, title, why, &id) } else { as_html(status, title, why, &id) };
    let kind = if json { "application/json" } else { "text/html; charset=utf-8" };
    let retry = if status == 503 { format!("Retry-After: {RETRY_AFTER}\r\n") } else { String::new() };
    let allow = if status == 405 { "Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n" } else { "" };
    let close = if keep_alive { "" } else { "Connection: close\r\n" };
    let head = format!(
        "HTTP/1.1 {status} {title}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         {retry}{allow}{close}X-Request-Id: {id}\r\n\r\n",
        body.len()
    );
    let mut page = head.into_bytes();
    if !bodiless {
        page.extend_from_slice(body.as_bytes());
    }
    page
}

/// Sends a client of plain HTTP to the same with HTTPS, for good: the same method, host and path (RFC 9110, 15.4.9).
pub(crate) fn https(host: &[u8], port: Port, path: &[u8], id: &[u8], keep_alive: bool) -> Vec<u8> {
    let port = if port.0 == 443 { String::new() } else { format!(":{port}") };
    let close: &[u8] = if keep_alive { b"" } else { b"Connection: close\r\n" };
    let head = b"HTTP/1.1 308 Permanent Redirect\r\nContent-Length: 0\r\nLocation: https://";
    [head, host, port.as_bytes(), path, b"\r\n", close, b"X-Request-Id: ", id, b"\r\n\r\n"].concat()
}

fn as_json(status: u16, title: &str, why: &str, id: &str) -> String {
    let value = serde_json::json!({ "status": status, "error": title, "detail": why, "request_id": id });
    format!("{value}\n")
}

/// Nothing in it comes from the client but the id, which is plain by then.
fn as_html(status: u16, title: &str, why: &str, id: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{status} {title}</title>\
         <style>body{{font:16px system-ui,sans-serif;margin:15vh auto;max-width:34em;padding:0 1em;color:#333}}\
         small{{color:#777}}</style><h1>{status} {title}</h1><p>{why}.</p><small>Request {id}</small></html>\n"
    )
}

const fn title(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        413 => "Content Too Large",
        414 => "URI Too Long",
        417 => "Expectation Failed",
        431 => "Request Header Fields Too Large",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        _ => "Error",
    }
}
