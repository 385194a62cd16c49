//! `serve-bucket --root DIR --listen ADDRESS --bucket NAME`; the keys come in the environment.

use super::{ended, misuse, value};
use bucket::BucketConfig;
use model::Secret;
use std::ffi::OsString;
use std::process::ExitCode;

pub(super) fn run(arguments: &[OsString]) -> ExitCode {
    match config(arguments) {
        Some(config) => ended(bucket::serve(config)),
        None => misuse(),
    }
}

fn config(arguments: &[OsString]) -> Option<BucketConfig> {
    Some(BucketConfig {
        root: value(arguments, "--root")?.into(),
        listen: value(arguments, "--listen")?.to_str()?.parse().ok()?,
        access_key: host::environment::variable("BUCKET_ACCESS_KEY")?,
        secret_key: Secret::new(host::environment::variable("BUCKET_SECRET_KEY")?),
        buckets: vec![value(arguments, "--bucket")?.to_str()?.to_owned()],
    })
}
