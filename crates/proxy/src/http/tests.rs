//! Arbitrary bytes, cut anywhere: nothing panics, and what is understood is what a slow and simple reading understands.

use super::body::{BadBody, BodyLength, Decoder, Encoder, HEADROOM, TAILROOM};
use super::request::{self, HEADER_COUNT, Scan};
use super::response;
use proptest::prelude::*;
use std::mem::MaybeUninit;

/// Decodes a body that arrives in the given pieces: its data, and how many bytes belonged to it.
fn decode(length: BodyLength, bytes: &[u8], cuts: &[usize]) -> Result<(Vec<u8>, usize, bool), BadBody> {
    let mut decoder = Decoder::new(length);
    let (mut data, mut consumed) = (Vec::new(), 0);
    let mut at = 0;
    for end in cuts.iter().copied().chain([bytes.len()]) {
        let end = end.clamp(at, bytes.len());
        let mut piece = bytes[at..end].to_vec();
        let decoded = decoder.decode(&mut piece)?;
        data.extend_from_slice(&piece[..decoded.data]);
        consumed += decoded.consumed;
        at = end;
        if decoder.done() {
            break;
        }
    }
    Ok((data, consumed, decoder.done()))
}

/// The chunked coding as RFC 9112, 7.1 writes it, by whole lines. `None` when it is wrong or not whole.
fn simple_chunks(bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    let line = |at: usize| {
        let end = bytes[at..].windows(2).position(|w| w == b"\r\n")? + at;
        (!bytes[at..end].iter().any(|b| matches!(b, b'\n' | 0))).then_some((&bytes[at..end], end + 2))
    };
    let (mut data, mut at) = (Vec::new(), 0);
    loop {
        let (size, next) = line(at)?;
        let digits = size.split(|b| *b == b';').next()?;
        let valid = (1..=15).contains(&digits.len()) && digits.iter().all(u8::is_ascii_hexdigit);
        let extension = &size[digits.len()..];
        if !valid || extension.contains(&b'\r') {
            return None;
        }
        let size = usize::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
        at = next;
        if size == 0 {
            break;
        }
        data.extend_from_slice(bytes.get(at..at.checked_add(size)?)?);
        at += size;
        (bytes.get(at..at + 2)? == b"\r\n").then_some(())?;
        at += 2;
    }
    loop {
        let (trailer, next) = line(at)?;
        if trailer.contains(&b'\r') {
            return None;
        }
        at = next;
        if trailer.is_empty() {
            return Some((data, at));
        }
    }
}

/// Bytes that are nearly a chunked body.
fn chunked_like() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        8 => proptest::collection::vec(any::<u8>(), 1..40).prop_map(|d| {
            [format!("{:x}\r\n", d.len()).as_bytes(), &d, b"\r\n"].concat()
        }),
        2 => "[0-9a-fA-F]{1,3}(;[ -~]{0,8})?\r\n".prop_map(String::into_bytes),
        2 => Just(b"0\r\n\r\n".to_vec()),
        1 => Just(b"0\r\nX: y\r\n\r\n".to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 0..6),
        1 => Just(b"\r\n".to_vec()),
        1 => Just(b"\n".to_vec()),
    ];
    proptest::collection::vec(piece, 0..8).prop_map(|p| p.concat())
}

/// Bytes that are nearly a request head.
fn head_like() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        4 => Just("Host: a".to_owned()),
        3 => "(Content-Length|Transfer-Encoding|Connection|Upgrade|Expect|X): [ -~]{0,12}",
        2 => "Content-Length: [0-9]{1,3}",
        2 => Just("Transfer-Encoding: chunked".to_owned()),
        1 => "[ -~]{0,20}",
    ];
    let end = prop_oneof![9 => Just("\r\n"), 1 => Just("\n"), 1 => Just("\r")];
    let first = prop_oneof![6 => "(GET|POST|OPTIONS) (/[!-~]{0,10}|\\*|http://a[!-~]{0,8}) HTTP/1\\.[01]", 1 => "[ -~]{0,20}"];
    let lines = proptest::collection::vec((line, end), 0..6);
    (first, lines, any::<bool>()).prop_map(|(first, lines, whole)| {
        let body: String = lines.into_iter().map(|(l, e)| l + e).collect();
        format!("{first}\r\n{body}{}", if whole { "\r\n" } else { "" }).into_bytes()
    })
}

/// Reads a head that arrives in pieces, as a connection does.
fn read_head(bytes: &[u8], cuts: &[usize]) -> Option<Result<String, u16>> {
    let mut scanned = 0;
    for end in cuts.iter().copied().chain([bytes.len()]) {
        let end = end.clamp(scanned, bytes.len());
        match request::scan(&bytes[..end], scanned) {
            Scan::Partial => scanned = end,
            Scan::OddLineEnd => return Some(Err(400)),
            Scan::End(at) => {
                let mut headers = [const { MaybeUninit::uninit() }; HEADER_COUNT];
                let parsed = request::parse(bytes, at, &mut headers);
                return Some(parsed.map(|(head, _)| format!("{head:?}")).map_err(|r| r.status));
            }
        }
    }
    None
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn chunks_agree_with_a_simple_reading(bytes in chunked_like()) {
        match (decode(BodyLength::Chunked, &bytes, &[]), simple_chunks(&bytes)) {
            (Ok((data, consumed, true)), simple) => prop_assert_eq!(simple, Some((data, consumed))),
            (_, simple) => prop_assert_eq!(simple, None),
        }
    }

    #[test]
    fn cuts_make_no_difference_to_a_body(bytes in chunked_like(), mut cuts in proptest::collection::vec(0usize..200, 0..6), n in 0u64..300) {
        cuts.sort_unstable();
        for length in [BodyLength::Chunked, BodyLength::Length(n), BodyLength::Close, BodyLength::Empty] {
            let whole = decode(length, &bytes, &[]);
            let cut = decode(length, &bytes, &cuts);
            // Where both fail they may do so for what came first.
            prop_assert_eq!(whole.clone().ok(), cut.ok(), "{:?}", length);
        }
    }

    #[test]
    fn arbitrary_bytes_break_nothing(bytes in proptest::collection::vec(any::<u8>(), 0..400), cut in 0usize..400) {
        for length in [BodyLength::Chunked, BodyLength::Length(cut as u64)] {
            let _checked_for_panics = decode(length, &bytes, &[cut]);
        }
        let _checked_for_panics = read_head(&bytes, &[cut]);
        let _checked_for_panics = response::parse(&bytes, request::Method::Get, |_, _, _| {});
    }

    #[test]
    fn what_is_encoded_decodes_to_the_same(pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..5000), 0..4)) {
        let mut wire = Vec::new();
        for (i, piece) in pieces.iter().enumerate() {
            let mut buffer = vec![0; HEADROOM + piece.len() + TAILROOM];
            buffer[HEADROOM..HEADROOM + piece.len()].copy_from_slice(piece);
            let range = Encoder::Chunked.frame(&mut buffer, HEADROOM, piece.len(), i + 1 == pieces.len());
            wire.extend_from_slice(&buffer[range]);
        }
        if pieces.is_empty() {
            Encoder::Chunked.append(&mut wire, b"", true);
        }
        prop_assert_eq!(decode(BodyLength::Chunked, &wire, &[]), Ok((pieces.concat(), wire.len(), true)));
    }

    #[test]
    fn cuts_make_no_difference_to_a_head(bytes in head_like(), mut cuts in proptest::collection::vec(0usize..120, 0..5)) {
        cuts.sort_unstable();
        prop_assert_eq!(read_head(&bytes, &[]), read_head(&bytes, &cuts));
    }

    #[test]
    fn an_accepted_head_has_one_meaning(bytes in head_like()) {
        if let Some(Ok(_)) = read_head(&bytes, &[]) {
            let text = String::from_utf8_lossy(&bytes).to_ascii_lowercase();
            let head = text.split("\r\n\r\n").next().unwrap();
            prop_assert!(!head.replace("\r\n", "").contains(['\r', '\n', '\0']));
            let values = |name: &str| -> std::collections::BTreeSet<String> {
                let lines = head.split("\r\n").skip(1).filter_map(|l| l.split_once(':'));
                lines.filter(|(n, _)| *n == name).map(|(_, v)| v.trim().to_owned()).collect()
            };
            let (lengths, encodings) = (values("content-length"), values("transfer-encoding"));
            // `5` and `05` are the same length.
            let numbers: std::collections::BTreeSet<Option<u64>> = lengths.iter().map(|l| l.parse().ok()).collect();
            prop_assert!(numbers.len() <= 1 && (lengths.is_empty() || encodings.is_empty()));
            prop_assert!(lengths.iter().all(|l| l.bytes().all(|b| b.is_ascii_digit())));
            prop_assert!(encodings.iter().all(|e| e == "chunked"));
        }
    }
}
