//! Buckets and what is in them.

use s3s::dto::*;
use s3s::{S3Result, s3_error};

use super::object::etag;
use super::{Api, refused};
use crate::store::{Listed, Page, Query, Record};

/// As many as S3 gives at once.
const MAX_KEYS: i32 = 1000;

impl Api {
    pub(super) fn known(&self, bucket: &str) -> S3Result<()> {
        if self.store.has_bucket(bucket) { Ok(()) } else { Err(s3_error!(NoSuchBucket)) }
    }

    pub(super) fn buckets(&self) -> ListBucketsOutput {
        let named = |name| Bucket { name: Some(name), ..Default::default() };
        let buckets = self.store.bucket_names().into_iter().map(named).collect();
        ListBucketsOutput { buckets: Some(buckets), ..Default::default() }
    }

    pub(super) async fn make_bucket(&self, input: CreateBucketInput) -> S3Result<CreateBucketOutput> {
        let location = format!("/{}", input.bucket);
        if self.on_disk(move |store| store.create_bucket(&input.bucket)).await? {
            Ok(CreateBucketOutput { location: Some(location) })
        } else {
            Err(s3_error!(BucketAlreadyOwnedByYou))
        }
    }

    pub(super) fn list_v1(&self, input: ListObjectsInput) -> S3Result<ListObjectsOutput> {
        let asked = input.max_keys;
        let names = Names::new(input.encoding_type);
        let query = Query {
            prefix: input.prefix.clone().unwrap_or_default(),
            delimiter: input.delimiter.clone(),
            after: input.marker.clone(),
            limit: limit(asked)?,
        };
        let page = self.store.list(&input.bucket, &query).map_err(refused)?;
        let next_marker = page.next.as_deref().map(|next| names.write(next));
        let (contents, common_prefixes) = names.split(page);
        Ok(ListObjectsOutput {
            name: Some(input.bucket),
            prefix: Some(names.write(&query.prefix)),
            marker: Some(names.write(input.marker.as_deref().unwrap_or_default())),
            max_keys: Some(asked.unwrap_or(MAX_KEYS)),
            is_truncated: Some(next_marker.is_some()),
            next_marker,
            contents: Some(contents),
            common_prefixes: Some(common_prefixes),
            delimiter: input.delimiter.map(|delimiter| names.write(&delimiter)),
            encoding_type: names.encoding,
            ..Default::default()
        })
    }

    pub(super) fn list_v2(&self, input: ListObjectsV2Input) -> S3Result<ListObjectsV2Output> {
        let asked = input.max_keys;
        let names = Names::new(input.encoding_type);
        let query = Query {
            prefix: input.prefix.clone().unwrap_or_default(),
            delimiter: input.delimiter.clone(),
            after: input.continuation_token.clone().or_else(|| input.start_after.clone()),
            limit: limit(asked)?,
        };
        let page = self.store.list(&input.bucket, &query).map_err(refused)?;
        // A token is given back as it is, so it is never encoded.
        let next_continuation_token = page.next.clone();
        let count = page.listed.len();
        let (contents, common_prefixes) = names.split(page);
        Ok(ListObjectsV2Output {
            name: Some(input.bucket),
            prefix: Some(names.write(&query.prefix)),
            start_after: input.start_after.map(|after| names.write(&after)),
            continuation_token: input.continuation_token,
            max_keys: Some(asked.unwrap_or(MAX_KEYS)),
            key_count: i32::try_from(count).ok(),
            is_truncated: Some(next_continuation_token.is_some()),
            next_continuation_token,
            contents: Some(contents),
            common_prefixes: Some(common_prefixes),
            delimiter: input.delimiter.map(|delimiter| names.write(&delimiter)),
            encoding_type: names.encoding,
            ..Default::default()
        })
    }
}

fn limit(asked: Option<i32>) -> S3Result<usize> {
    usize::try_from(asked.unwrap_or(MAX_KEYS).min(MAX_KEYS))
        .map_err(|_| s3_error!(InvalidArgument, "max-keys must not be negative"))
}

/// How names are written in a listing: as they are, or so that XML can carry each.
struct Names {
    encoding: Option<EncodingType>,
}

impl Names {
    fn new(encoding: Option<EncodingType>) -> Self {
        Self { encoding: encoding.filter(|asked| asked.as_str() == EncodingType::URL) }
    }

    fn write(&self, name: &str) -> String {
        if self.encoding.is_none() {
            return name.to_owned();
        }
        let mut written = String::with_capacity(name.len());
        for byte in name.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                    written.push(char::from(byte));
                }
                _ => written.push_str(&format!("%{byte:02X}")),
            }
        }
        written
    }

    fn split(&self, page: Page) -> (Vec<Object>, Vec<CommonPrefix>) {
        let (mut objects, mut prefixes) = (Vec::new(), Vec::new());
        for listed in page.listed {
            match listed {
                Listed::Object(record) => objects.push(self.object(&record)),
                Listed::Prefix(prefix) => prefixes.push(CommonPrefix { prefix: Some(self.write(&prefix)) }),
            }
        }
        (objects, prefixes)
    }

    fn object(&self, record: &Record) -> Object {
        Object {
            key: Some(self.write(&record.key)),
            size: i64::try_from(record.size).ok(),
            e_tag: Some(etag(&record.etag)),
            last_modified: Some(record.modified().into()),
            ..Default::default()
        }
    }
}
