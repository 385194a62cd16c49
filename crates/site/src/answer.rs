//! From a request to its answer.

use crate::body::Content;
use crate::cache;
use crate::condition::{self, Part};
use crate::fallback::Fallback;
use crate::folder::{Folder, Found, Place};
use crate::route::{Refusal, Route};
use hyper::header::{self, HeaderValue};
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use model::media;
use std::io::{self, Seek, SeekFrom};
use std::path::{Path, PathBuf};

pub(crate) type Answer = Response<Content>;

/// Encodings a build may have prepared, the smallest first, with the ending of their files.
const ENCODINGS: [(&str, &str); 2] = [("br", "br"), ("gzip", "gz")];

/// Answers a request. A file that cannot be read is our fault: 500.
pub(crate) fn answer<B>(folder: &Folder, fallback: Fallback, request: &Request<B>) -> Answer {
    let head = match *request.method() {
        Method::GET => false,
        Method::HEAD => true,
        _ => {
            let mut answer = plain(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD are answered here\n");
            answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
            return answer;
        }
    };
    let answer = route(folder, fallback, request);
    let mut answer =
        answer.unwrap_or_else(|_| plain(StatusCode::INTERNAL_SERVER_ERROR, "the file cannot be read\n"));
    if head && answer.status() != StatusCode::NOT_MODIFIED {
        let length = hyper::body::Body::size_hint(answer.body()).exact().unwrap_or(0);
        answer.headers_mut().insert(header::CONTENT_LENGTH, length.into());
        *answer.body_mut() = Content::empty();
    }
    answer
}

fn route<B>(folder: &Folder, fallback: Fallback, request: &Request<B>) -> io::Result<Answer> {
    let headers = request.headers();
    let route = match Route::read(request.uri().path()) {
        Ok(route) => route,
        Err(Refusal::Malformed) => return Ok(plain(StatusCode::BAD_REQUEST, "this is no path of a file\n")),
        Err(Refusal::Hidden) => return missing(folder),
    };
    let path: PathBuf = route.segments.iter().collect();
    let page = path.with_file_name(format!("{}.html", route.segments.last().map_or("", String::as_str)));
    if route.is_folder {
        let index = path.join("index.html");
        if let Some(found) = folder.file(&index)? {
            return file(folder, headers, &index, found);
        }
        if !route.segments.is_empty() && folder.file(&page)?.is_some() {
            return Ok(moved(request, request.uri().path().trim_end_matches('/')));
        }
    } else {
        let place = folder.at(&path)?;
        if let Place::File(found) = place {
            return file(folder, headers, &path, found);
        }
        if let Some(found) = folder.file(&page)? {
            return file(folder, headers, &page, found);
        }
        if matches!(place, Place::Folder) && folder.file(&path.join("index.html"))?.is_some() {
            // With the slash, so that what the page links to is found beside it.
            return Ok(moved(request, &format!("{}/", request.uri().path())));
        }
    }
    let index = Path::new("index.html");
    if fallback == Fallback::SinglePage
        && !route.names_a_file()
        && let Some(found) = folder.file(index)?
    {
        return file(folder, headers, index, found);
    }
    missing(folder)
}

/// Sends a file, or a smaller neighbour of it that says the same.
fn file(folder: &Folder, headers: &HeaderMap, path: &Path, found: Found) -> io::Result<Answer> {
    let name = path.to_string_lossy();
    let mut neighbours = Vec::new();
    for (encoding, ending) in ENCODINGS {
        let neighbour = folder.file(Path::new(&format!("{name}.{ending}")))?;
        neighbours.extend(neighbour.map(|neighbour| (encoding, neighbour)));
    }
    let varies = !neighbours.is_empty();
    let chosen = neighbours.into_iter().find(|(encoding, _)| accepts_encoding(headers, encoding));
    let (encoding, found) = match chosen {
        Some((encoding, mut neighbour)) => {
            neighbour.tag.insert_str(neighbour.tag.len() - 1, encoding);
            (Some(encoding), neighbour)
        }
        None => (None, found),
    };
    let mut fields = HeaderMap::new();
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache::of(&name)));
    fields.insert(header::LAST_MODIFIED, value(&httpdate::fmt_http_date(found.changed)));
    fields.insert(header::ETAG, value(&found.tag));
    if varies {
        fields.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    }
    if condition::is_fresh(headers, &found) {
        return Ok(with(StatusCode::NOT_MODIFIED, fields, Content::empty()));
    }
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static(media::of(&name)));
    fields.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    fields.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if let Some(encoding) = encoding {
        fields.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    part(condition::part(headers, &found), fields, found)
}

fn part(part: Part, mut fields: HeaderMap, mut found: Found) -> io::Result<Answer> {
    let length = found.length;
    match part {
        Part::Whole => Ok(with(StatusCode::OK, fields, Content::File { file: found.file, left: length })),
        Part::Bytes(bytes) => {
            found.file.seek(SeekFrom::Start(bytes.start))?;
            let range = format!("bytes {}-{}/{length}", bytes.start, bytes.end - 1);
            fields.insert(header::CONTENT_RANGE, value(&range));
            let left = bytes.end - bytes.start;
            Ok(with(StatusCode::PARTIAL_CONTENT, fields, Content::File { file: found.file, left }))
        }
        Part::Unsatisfiable => {
            let mut answer = plain(StatusCode::RANGE_NOT_SATISFIABLE, "the file is shorter\n");
            answer.headers_mut().insert(header::CONTENT_RANGE, value(&format!("bytes */{length}")));
            Ok(answer)
        }
    }
}

/// Whether an encoding is named and not refused with `q=0` (RFC 9110, section 12.5.3).
fn accepts_encoding(headers: &HeaderMap, encoding: &str) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|offer| {
        let (name, quality) = offer.split_once(';').unwrap_or((offer, ""));
        let quality = quality.trim().strip_prefix("q=").and_then(|weight| weight.trim().parse::<f32>().ok());
        name.trim().eq_ignore_ascii_case(encoding) && quality.is_none_or(|weight| weight > 0.0)
    })
}

/// The site's own page, or a line.
fn missing(folder: &Folder) -> io::Result<Answer> {
    let Some(found) = folder.file(Path::new("404.html"))? else {
        return Ok(plain(StatusCode::NOT_FOUND, "there is nothing here\n"));
    };
    let mut fields = HeaderMap::new();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static(media::HTML));
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache::ASK));
    Ok(with(StatusCode::NOT_FOUND, fields, Content::File { file: found.file, left: found.length }))
}

/// To another path of this site, with the query that came.
fn moved<B>(request: &Request<B>, path: &str) -> Answer {
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut answer = plain(StatusCode::PERMANENT_REDIRECT, "the page is elsewhere\n");
    answer.headers_mut().insert(header::LOCATION, value(&format!("{path}{query}")));
    answer
}

fn plain(status: StatusCode, text: &'static str) -> Answer {
    let mut fields = HeaderMap::new();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache::ASK));
    with(status, fields, Content::text(text))
}

fn with(status: StatusCode, fields: HeaderMap, content: Content) -> Answer {
    let mut answer = Response::new(content);
    *answer.status_mut() = status;
    *answer.headers_mut() = fields;
    answer
}

/// A value made of what came in a request's target or of numbers: visible characters only.
fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("/"))
}
