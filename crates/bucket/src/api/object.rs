//! Objects: put, get, head, copy, delete.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream;
use s3s::crypto::{Checksum as _, Md5};
use s3s::dto::*;
use s3s::{S3Error, S3Request, S3Result, s3_error};

use super::content::{announced, hex};
use super::{Api, refused};
use crate::store::{Attributes, Record, Replace, Store, StoreError};

const CHUNK_BYTES: usize = 64 * 1024;

/// Takes the attributes out of the input of any operation that makes an object.
macro_rules! attributes {
    ($input:expr) => {
        $crate::store::Attributes {
            content_type: $input.content_type.take(),
            content_encoding: $input.content_encoding.take(),
            content_disposition: $input.content_disposition.take(),
            content_language: $input.content_language.take(),
            cache_control: $input.cache_control.take(),
            metadata: $input.metadata.take().unwrap_or_default().into_iter().collect(),
        }
    };
}
pub(super) use attributes;

impl Api {
    pub(super) async fn put(&self, mut req: S3Request<PutObjectInput>) -> S3Result<PutObjectOutput> {
        let input = &mut req.input;
        self.known(&input.bucket)?;
        let replace = match &input.if_none_match {
            Some(condition) if condition.is_any() => Replace::Refused,
            Some(_) => return Err(s3_error!(NotImplemented, "If-None-Match must be *")),
            None => Replace::Allowed,
        };
        let attributes = attributes!(input);
        let body = input.body.take();
        let received = self.receive(body, announced!(req)).await?;
        let etag_text = hex(&received.md5);
        let PutObjectInput { bucket, key, .. } = req.input;
        let record = Record::new(key, received.incoming.size(), etag_text.clone(), attributes);
        self.on_disk(move |store| store.commit(&bucket, received.incoming, record, replace)).await?;
        Ok(PutObjectOutput { e_tag: Some(etag(&etag_text)), ..Default::default() })
    }

    pub(super) fn get(&self, input: GetObjectInput) -> S3Result<GetObjectOutput> {
        let found = self.store.read(&input.bucket, &input.key).map_err(refused)?;
        let (record, mut file) = found.ok_or_else(|| s3_error!(NoSuchKey))?;
        unless_changed(&record, input.if_match.as_ref(), input.if_none_match.as_ref())?;
        let wanted = wanted(input.range, record.size)?;
        file.seek(SeekFrom::Start(wanted.bytes.start)).map_err(S3Error::internal_error)?;
        let length = wanted.bytes.end - wanted.bytes.start;
        let Attributes {
            content_type,
            content_encoding,
            content_disposition,
            content_language,
            cache_control,
            metadata,
        } = record.attributes.clone();
        Ok(GetObjectOutput {
            body: Some(StreamingBlob::wrap(stream::iter(Chunks { file, left: length }))),
            content_length: i64::try_from(length).ok(),
            content_range: wanted.header,
            accept_ranges: Some("bytes".to_owned()),
            e_tag: Some(etag(&record.etag)),
            last_modified: Some(record.modified().into()),
            content_type,
            content_encoding,
            content_disposition: input.response_content_disposition.or(content_disposition),
            content_language,
            cache_control,
            metadata: some_metadata(metadata),
            ..Default::default()
        })
    }

    pub(super) fn head(&self, input: HeadObjectInput) -> S3Result<HeadObjectOutput> {
        let found = self.store.record(&input.bucket, &input.key).map_err(refused)?;
        let record = found.ok_or_else(|| s3_error!(NoSuchKey))?;
        unless_changed(&record, input.if_match.as_ref(), input.if_none_match.as_ref())?;
        let wanted = wanted(input.range, record.size)?;
        let Attributes {
            content_type,
            content_encoding,
            content_disposition,
            content_language,
            cache_control,
            metadata,
        } = record.attributes.clone();
        Ok(HeadObjectOutput {
            content_length: i64::try_from(wanted.bytes.end - wanted.bytes.start).ok(),
            content_range: wanted.header,
            accept_ranges: Some("bytes".to_owned()),
            e_tag: Some(etag(&record.etag)),
            last_modified: Some(record.modified().into()),
            content_type,
            content_encoding,
            content_disposition,
            content_language,
            cache_control,
            metadata: some_metadata(metadata),
            ..Default::default()
        })
    }

    pub(super) async fn copy(&self, mut input: CopyObjectInput) -> S3Result<CopyObjectOutput> {
        let CopySource::Bucket { bucket: from, key: from_key, .. } = input.copy_source.clone() else {
            return Err(s3_error!(NotImplemented, "Only objects of this server's buckets can be copied"));
        };
        let replaced = input.metadata_directive.as_ref().is_some_and(|asked| asked.as_str() == "REPLACE");
        let attributes = replaced.then(|| attributes!(input));
        let copied = self
            .on_disk(move |store| copy(store, (&from, &from_key), (&input.bucket, &input.key), attributes))
            .await?;
        let record = copied.ok_or_else(|| s3_error!(NoSuchKey))?;
        let result = CopyObjectResult {
            e_tag: Some(etag(&record.etag)),
            last_modified: Some(record.modified().into()),
            ..Default::default()
        };
        Ok(CopyObjectOutput { copy_object_result: Some(result), ..Default::default() })
    }

    pub(super) async fn delete_many(&self, input: DeleteObjectsInput) -> S3Result<DeleteObjectsOutput> {
        let DeleteObjectsInput { bucket, delete, .. } = input;
        let keys: Vec<String> = delete.objects.into_iter().map(|object| object.key).collect();
        let deleted = keys.clone();
        self.on_disk(move |store| keys.iter().try_for_each(|key| store.delete(&bucket, key))).await?;
        let named = |key| DeletedObject { key: Some(key), ..Default::default() };
        let quiet = delete.quiet.unwrap_or(false);
        let deleted = (!quiet).then(|| deleted.into_iter().map(named).collect());
        Ok(DeleteObjectsOutput { deleted, ..Default::default() })
    }
}

/// Copies content and record; `None` when there is no such object.
fn copy(
    store: &Store,
    (from, from_key): (&str, &str),
    (to, to_key): (&str, &str),
    attributes: Option<Attributes>,
) -> Result<Option<Arc<Record>>, StoreError> {
    let Some((source, file)) = store.read(from, from_key)? else { return Ok(None) };
    let mut incoming = store.begin()?;
    incoming.copy_from(&mut file.take(source.size))?;
    let mut etag = source.etag.clone();
    if etag.contains('-') {
        // The tag of an upload in parts says how it was cut; a copy is whole.
        etag = hex(&md5_of(incoming.reader()?)?);
    }
    let attributes = attributes.unwrap_or_else(|| source.attributes.clone());
    let record = Record::new(to_key.to_owned(), source.size, etag, attributes);
    store.commit(to, incoming, record.clone(), Replace::Allowed)?;
    Ok(Some(Arc::new(record)))
}

fn md5_of(file: File) -> io::Result<[u8; 16]> {
    let mut md5 = Md5::new();
    let left = file.metadata()?.len();
    for chunk in (Chunks { file, left }) {
        md5.update(&chunk?);
    }
    Ok(md5.finalize())
}

pub(super) fn etag(text: &str) -> ETag {
    ETag::Strong(text.to_owned())
}

fn some_metadata(metadata: BTreeMap<String, String>) -> Option<Metadata> {
    (!metadata.is_empty()).then(|| metadata.into_iter().collect())
}

fn unless_changed(
    record: &Record,
    if_match: Option<&ETagCondition>,
    if_none_match: Option<&ETagCondition>,
) -> S3Result<()> {
    let matches = |condition: &ETagCondition| match condition {
        ETagCondition::Any => true,
        ETagCondition::ETag(given) => given.value() == record.etag,
    };
    if if_match.is_some_and(|condition| !matches(condition)) {
        return Err(s3_error!(PreconditionFailed));
    }
    if if_none_match.is_some_and(matches) {
        return Err(s3_error!(NotModified));
    }
    Ok(())
}

/// The bytes asked for, and the `Content-Range` that says so.
struct Wanted {
    bytes: Range<u64>,
    header: Option<String>,
}

fn wanted(asked: Option<s3s::dto::Range>, size: u64) -> S3Result<Wanted> {
    let Some(asked) = asked else { return Ok(Wanted { bytes: 0..size, header: None }) };
    let bytes = asked.check(size)?;
    let header = format!("bytes {}-{}/{size}", bytes.start, bytes.end.saturating_sub(1));
    Ok(Wanted { bytes, header: Some(header) })
}

/// A part of a file in pieces.
struct Chunks {
    file: File,
    left: u64,
}

impl Iterator for Chunks {
    type Item = io::Result<Bytes>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = usize::try_from(self.left).unwrap_or(CHUNK_BYTES).min(CHUNK_BYTES);
        if next == 0 {
            return None;
        }
        self.left -= next as u64;
        let mut chunk = vec![0; next];
        Some(self.file.read_exact(&mut chunk).map(|()| Bytes::from(chunk)))
    }
}
