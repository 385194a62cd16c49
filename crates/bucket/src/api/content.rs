//! Receiving a body: into a file, counted and digested on the way, and compared with what the client announced.

use std::io;

use futures_util::StreamExt;
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Md5};
use s3s::dto::*;

use s3s::{S3Error, S3Result, TrailingHeaders, s3_error};

use super::Api;
use crate::store::Incoming;

/// The digests a client announced, before the body or behind it.
pub(super) struct Announced {
    pub(super) md5: Option<String>,
    pub(super) length: Option<i64>,
    pub(super) algorithm: Option<ChecksumAlgorithm>,
    pub(super) sums: Checksum,
    pub(super) trailers: Option<TrailingHeaders>,
}

/// Takes the announced digests out of the request of any operation that has a body.
macro_rules! announced {
    ($request:expr) => {
        $crate::api::content::Announced {
            md5: $request.input.content_md5.take(),
            length: $request.input.content_length,
            algorithm: $request.input.checksum_algorithm.take(),
            sums: s3s::dto::Checksum {
                checksum_crc32: $request.input.checksum_crc32.take(),
                checksum_crc32c: $request.input.checksum_crc32c.take(),
                checksum_crc64nvme: $request.input.checksum_crc64nvme.take(),
                checksum_sha1: $request.input.checksum_sha1.take(),
                checksum_sha256: $request.input.checksum_sha256.take(),
                ..Default::default()
            },
            trailers: $request.trailing_headers.take(),
        }
    };
}
pub(super) use announced;

/// A body that arrived whole and is what was announced.
pub(super) struct Received {
    pub(super) incoming: Incoming,
    pub(super) md5: [u8; 16],
}

impl Api {
    pub(super) async fn receive(
        &self,
        body: Option<StreamingBlob>,
        announced: Announced,
    ) -> S3Result<Received> {
        let mut incoming = self.store.begin().map_err(S3Error::internal_error)?;
        let mut md5 = Md5::new();
        let mut sums = announced.hasher();
        if let Some(mut body) = body {
            while let Some(chunk) = body.next().await {
                let chunk = chunk.map_err(broken_body)?;
                md5.update(&chunk);
                sums.update(&chunk);
                incoming.write(&chunk).map_err(S3Error::internal_error)?;
            }
        }
        let md5 = md5.finalize();
        announced.check(&md5, incoming.size(), sums.finalize())?;
        Ok(Received { incoming, md5 })
    }
}

/// A connection that broke is the client's; a wrong chunk signature keeps its own code.
fn broken_body(error: s3s::StdError) -> S3Error {
    match error.downcast::<S3Error>() {
        Ok(error) => *error,
        Err(error) => s3_error!(io::Error::other(error), IncompleteBody),
    }
}

impl Announced {
    fn wants(&self, given: Option<&String>, algorithm: &'static str) -> bool {
        given.is_some() || self.algorithm.as_ref().is_some_and(|asked| asked.as_str() == algorithm)
    }

    fn hasher(&self) -> ChecksumHasher {
        let sums = &self.sums;
        ChecksumHasher {
            crc32: self.wants(sums.checksum_crc32.as_ref(), ChecksumAlgorithm::CRC32).then(Default::default),
            crc32c: self
                .wants(sums.checksum_crc32c.as_ref(), ChecksumAlgorithm::CRC32C)
                .then(Default::default),
            sha1: self.wants(sums.checksum_sha1.as_ref(), ChecksumAlgorithm::SHA1).then(Default::default),
            sha256: self
                .wants(sums.checksum_sha256.as_ref(), ChecksumAlgorithm::SHA256)
                .then(Default::default),
            crc64nvme: self
                .wants(sums.checksum_crc64nvme.as_ref(), ChecksumAlgorithm::CRC64NVME)
                .then(Default::default),
        }
    }

    fn check(mut self, md5: &[u8; 16], size: u64, found: Checksum) -> S3Result<()> {
        if self.length.is_some_and(|announced| u64::try_from(announced) != Ok(size)) {
            return Err(s3_error!(IncompleteBody));
        }
        if self.md5.take().is_some_and(|announced| announced != base64(md5)) {
            return Err(s3_error!(BadDigest, "The content does not have the announced Content-MD5"));
        }
        let trailers = self.trailers.and_then(|trailers| trailers.take()).unwrap_or_default();
        let sums = self.sums;
        for (name, before, found) in [
            ("crc32", sums.checksum_crc32, found.checksum_crc32),
            ("crc32c", sums.checksum_crc32c, found.checksum_crc32c),
            ("crc64nvme", sums.checksum_crc64nvme, found.checksum_crc64nvme),
            ("sha1", sums.checksum_sha1, found.checksum_sha1),
            ("sha256", sums.checksum_sha256, found.checksum_sha256),
        ] {
            let behind = trailers.get(format!("x-amz-checksum-{name}")).and_then(|value| value.to_str().ok());
            let announced = before.or_else(|| behind.map(str::to_owned));
            if let (Some(announced), Some(found)) = (announced, found)
                && announced != found
            {
                return Err(s3_error!(BadDigest, "The content does not have the announced checksum {name}"));
            }
        }
        Ok(())
    }
}

/// Padded, as RFC 4648 section 4 has it.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for place in 0..4 {
            let letter = ALPHABET[(bits >> (18 - 6 * place) & 63) as usize];
            text.push(if place <= three.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_is_that_of_the_rfc() {
        let pairs = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
        ];
        for (text, expected) in pairs {
            assert_eq!(base64(text.as_bytes()), expected);
        }
        assert_eq!(base64(&[0xfb, 0xff]), "+/8=");
    }
}
