//! What is known about an object, and how it is kept: behind the content, so that content and record appear in one rename.
//!
//! `content · record as JSON · length of the JSON as u32 · MAGIC`, integers little-endian.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

const MAGIC: [u8; 8] = *b"MSOBJ\0\0\x01";
const TAIL_BYTES: u64 = 4 + MAGIC.len() as u64;
/// Keys are at most 1 KiB and headers at most a few; a longer record is damage.
const MAX_RECORD_BYTES: u32 = 1 << 20;

/// Headers the client gave and gets back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Attributes {
    pub(crate) content_type: Option<String>,
    pub(crate) content_encoding: Option<String>,
    pub(crate) content_disposition: Option<String>,
    pub(crate) content_language: Option<String>,
    pub(crate) cache_control: Option<String>,
    pub(crate) metadata: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) key: String,
    /// Bytes of content.
    pub(crate) size: u64,
    /// Without quotes.
    pub(crate) etag: String,
    /// Milliseconds since 1970.
    modified_ms: u64,
    pub(crate) attributes: Attributes,
}

impl Record {
    /// A record of content written now.
    pub(crate) fn new(key: String, size: u64, etag: String, attributes: Attributes) -> Self {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        let modified_ms = u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX);
        Self { key, size, etag, modified_ms, attributes }
    }

    pub(crate) fn modified(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.modified_ms)
    }

    /// The bytes that follow the content.
    pub(super) fn to_tail(&self) -> io::Result<Vec<u8>> {
        let mut tail = serde_json::to_vec(self)?;
        let length = u32::try_from(tail.len()).map_err(io::Error::other)?;
        tail.extend_from_slice(&length.to_le_bytes());
        tail.extend_from_slice(&MAGIC);
        Ok(tail)
    }

    /// Reads the record of an object's file; `None` when the file is not a whole object.
    pub(super) fn read_from(file: &mut File) -> io::Result<Option<Self>> {
        let total = file.seek(SeekFrom::End(0))?;
        let Some(length_at) = total.checked_sub(TAIL_BYTES) else { return Ok(None) };
        file.seek(SeekFrom::Start(length_at))?;
        let mut length = [0; 4];
        file.read_exact(&mut length)?;
        let mut magic = [0; MAGIC.len()];
        file.read_exact(&mut magic)?;
        let length = u32::from_le_bytes(length);
        if magic != MAGIC || length > MAX_RECORD_BYTES {
            return Ok(None);
        }
        let Some(content) = length_at.checked_sub(u64::from(length)) else { return Ok(None) };
        file.seek(SeekFrom::Start(content))?;
        let mut json = vec![0; length as usize];
        file.read_exact(&mut json)?;
        let record: Option<Self> = serde_json::from_slice(&json).ok();
        Ok(record.filter(|record| record.size == content))
    }
}
