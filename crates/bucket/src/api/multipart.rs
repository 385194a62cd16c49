//! Uploads in parts. They live in memory and in the store's incoming files, and end with the process.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html>

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use s3s::crypto::{Checksum as _, Md5};
use s3s::dto::*;
use s3s::{S3Request, S3Result, s3_error};

use super::Api;
use super::content::{Received, announced, hex};
use super::object::{attributes, etag};
use crate::store::{Attributes, Record, Replace, Store, StoreError};

/// All parts but the last must have this many bytes.
const MIN_PART_BYTES: u64 = 5 * 1024 * 1024;
const PART_NUMBERS: std::ops::RangeInclusive<i32> = 1..=10_000;

type Parts = BTreeMap<i32, Arc<Received>>;

struct Upload {
    bucket: String,
    key: String,
    attributes: Attributes,
    parts: Parts,
}

#[derive(Default)]
pub(super) struct Uploads {
    open: Mutex<BTreeMap<String, Upload>>,
    counter: AtomicU64,
}

impl Uploads {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Upload>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, upload: Upload) -> String {
        // With the time, so that an id from before a restart is never one from after it.
        let nanos = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_nanos());
        let id = format!("{nanos:x}-{:x}", self.counter.fetch_add(1, Ordering::Relaxed));
        self.lock().insert(id.clone(), upload);
        id
    }

    fn with<T>(
        &self,
        bucket: &str,
        key: &str,
        id: &str,
        use_it: impl FnOnce(&mut Upload) -> T,
    ) -> S3Result<T> {
        let mut open = self.lock();
        let upload = open.get_mut(id).filter(|upload| upload.bucket == bucket && upload.key == key);
        upload.map(use_it).ok_or_else(|| s3_error!(NoSuchUpload))
    }

    pub(super) fn remove(&self, bucket: &str, key: &str, id: &str) -> S3Result<()> {
        self.with(bucket, key, id, |_| ())?;
        self.lock().remove(id);
        Ok(())
    }
}

impl Api {
    pub(super) fn begin_upload(
        &self,
        mut input: CreateMultipartUploadInput,
    ) -> S3Result<CreateMultipartUploadOutput> {
        self.known(&input.bucket)?;
        let attributes = attributes!(input);
        let CreateMultipartUploadInput { bucket, key, .. } = input;
        let upload = Upload { bucket: bucket.clone(), key: key.clone(), attributes, parts: Parts::new() };
        Ok(CreateMultipartUploadOutput {
            upload_id: Some(self.uploads.add(upload)),
            bucket: Some(bucket),
            key: Some(key),
            ..Default::default()
        })
    }

    pub(super) async fn add_part(&self, mut req: S3Request<UploadPartInput>) -> S3Result<UploadPartOutput> {
        if !PART_NUMBERS.contains(&req.input.part_number) {
            return Err(s3_error!(InvalidArgument, "A part's number is 1 to 10000"));
        }
        let body = req.input.body.take();
        let announced = announced!(req);
        let UploadPartInput { bucket, key, upload_id, part_number, .. } = req.input;
        self.uploads.with(&bucket, &key, &upload_id, |_| ())?;
        let received = self.receive(body, announced).await?;
        let e_tag = Some(etag(&hex(&received.md5)));
        self.uploads.with(&bucket, &key, &upload_id, |upload| {
            upload.parts.insert(part_number, Arc::new(received));
        })?;
        Ok(UploadPartOutput { e_tag, ..Default::default() })
    }

    pub(super) fn parts(&self, input: ListPartsInput) -> S3Result<ListPartsOutput> {
        let ListPartsInput { bucket, key, upload_id, .. } = input;
        let part = |(number, part): (&i32, &Arc<Received>)| Part {
            part_number: Some(*number),
            size: i64::try_from(part.incoming.size()).ok(),
            e_tag: Some(etag(&hex(&part.md5))),
            ..Default::default()
        };
        let parts =
            self.uploads.with(&bucket, &key, &upload_id, |upload| upload.parts.iter().map(part).collect())?;
        Ok(ListPartsOutput {
            parts: Some(parts),
            is_truncated: Some(false),
            bucket: Some(bucket),
            key: Some(key),
            upload_id: Some(upload_id),
            ..Default::default()
        })
    }

    pub(super) async fn complete_upload(
        &self,
        input: CompleteMultipartUploadInput,
    ) -> S3Result<CompleteMultipartUploadOutput> {
        let CompleteMultipartUploadInput { bucket, key, upload_id, multipart_upload, .. } = input;
        let asked = multipart_upload.and_then(|upload| upload.parts).unwrap_or_default();
        let (parts, attributes) = self.uploads.with(&bucket, &key, &upload_id, |upload| {
            chosen(&upload.parts, &asked).map(|parts| (parts, upload.attributes.clone()))
        })??;
        let (to, to_key) = (bucket.clone(), key.clone());
        let tag = self.on_disk(move |store| join(store, &to, to_key, &parts, attributes)).await?;
        // Only now: a completion that failed may be tried again.
        self.uploads.remove(&bucket, &key, &upload_id)?;
        Ok(CompleteMultipartUploadOutput {
            bucket: Some(bucket),
            key: Some(key),
            e_tag: Some(etag(&tag)),
            ..Default::default()
        })
    }
}

/// The parts a completion names, which must be there, unchanged, in order and large enough.
fn chosen(parts: &Parts, asked: &[CompletedPart]) -> S3Result<Vec<Arc<Received>>> {
    let mut chosen = Vec::new();
    let mut before = 0;
    for part in asked {
        let number = part.part_number.ok_or_else(|| s3_error!(InvalidPart))?;
        if number <= before {
            return Err(s3_error!(InvalidPartOrder));
        }
        before = number;
        let received = parts.get(&number).ok_or_else(|| s3_error!(InvalidPart))?;
        if part.e_tag.as_ref().is_none_or(|tag| tag.value() != hex(&received.md5)) {
            return Err(s3_error!(InvalidPart));
        }
        chosen.push(Arc::clone(received));
    }
    let Some((_, all_but_last)) = chosen.split_last() else {
        return Err(s3_error!(InvalidPart, "An upload needs at least one part"));
    };
    if all_but_last.iter().any(|part| part.incoming.size() < MIN_PART_BYTES) {
        return Err(s3_error!(EntityTooSmall));
    }
    Ok(chosen)
}

/// Makes one object of the parts. Its tag is the MD5 of their MD5s and their number.
fn join(
    store: &Store,
    bucket: &str,
    key: String,
    parts: &[Arc<Received>],
    attributes: Attributes,
) -> Result<String, StoreError> {
    let mut whole = store.begin()?;
    let mut md5 = Md5::new();
    for part in parts {
        whole.copy_from(&mut part.incoming.reader()?)?;
        md5.update(&part.md5);
    }
    let tag = format!("{}-{}", hex(&md5.finalize()), parts.len());
    let record = Record::new(key, whole.size(), tag.clone(), attributes);
    store.commit(bucket, whole, record, Replace::Allowed)?;
    Ok(tag)
}
