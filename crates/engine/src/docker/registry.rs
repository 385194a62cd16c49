//! Images for other machines: pushed to a registry, and from then on known by their digest there.

use super::client::{Client, failed, query};
use crate::driver::Progress;
use crate::error::DriverError;
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};
use host::network;
use model::Secret;
use model::event::FailureKind;
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;

/// Longest time for sending an image.
const PATIENCE: Duration = Duration::from_secs(1800);
/// The header in which an engine is given the login of a registry.
const HEADER: &str = "X-Registry-Auth";

#[derive(Deserialize)]
struct Line {
    error: Option<String>,
    status: Option<String>,
    aux: Option<Pushed>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Pushed {
    digest: Option<String>,
}

/// The login for an image's registry, as what `docker login` has left says, in the engine's form.
#[derive(Debug)]
pub(crate) struct Credentials(Secret);

impl Credentials {
    /// Those of whoever keeps an image.
    pub(crate) fn of(image: &str) -> Self {
        let registry = match image.split_once('/') {
            Some((first, _)) if first.contains(['.', ':']) || first == "localhost" => first,
            Some(_) | None => "docker.io",
        };
        let login = network::login(registry).and_then(|login| {
            let text = String::from_utf8(BASE64_STANDARD.decode(login.expose()).ok()?).ok()?;
            let (user, password) = text.trim_end().split_once(':')?;
            Some(json!({ "username": user, "password": password, "serveraddress": registry }))
        });
        Self(Secret::new(BASE64_URL_SAFE.encode(login.unwrap_or_else(|| json!({})).to_string())))
    }

    /// The header.
    pub(crate) fn header(&self) -> (&'static str, &str) {
        (HEADER, self.0.expose())
    }
}

/// Gives a local image a name in a registry, sends it there, and returns what it is called by its digest.
///
/// # Errors
/// When the registry cannot be reached or refuses; says what to do.
pub(super) fn push(
    client: &Client,
    image: &str,
    repository: &str,
    tag: &str,
    progress: &mut dyn Progress,
) -> Result<String, DriverError> {
    let path = query(&format!("/images/{image}/tag"), &[("repo", repository), ("tag", tag)]);
    client.post(&path, None)?.done(&format!("call an image {repository}:{tag}"))?;
    progress.line(&format!("sending {repository}:{tag}"));
    let path = query(&format!("/images/{repository}/push"), &[("tag", tag)]);
    let credentials = Credentials::of(repository);
    let reply = client.post_with(&[credentials.header()], &path, None, PATIENCE)?;
    let lines: Vec<Line> = reply
        .done(&format!("send {repository}"))
        .map_err(|error| refused(repository, &error.to_string()))?
        .lines();
    if let Some(error) = lines.iter().find_map(|line| line.error.as_deref()) {
        return Err(refused(repository, error));
    }
    let digest = lines.iter().find_map(|line| line.aux.as_ref()?.digest.clone()).or_else(|| {
        // Older engines say it in words: `r0001: digest: sha256:... size: 1234`.
        let words = lines
            .iter()
            .rev()
            .find_map(|line| line.status.as_deref().filter(|status| status.contains("digest: ")));
        words.and_then(|words| words.split(' ').find(|word| word.starts_with("sha256:"))).map(str::to_owned)
    });
    let digest = digest.ok_or_else(|| {
        failed(format!("the registry does not say which digest {repository}:{tag} has there"))
    })?;
    Ok(format!("{repository}@{digest}"))
}

fn refused(repository: &str, error: &str) -> DriverError {
    DriverError::new(FailureKind::Build, format!("{repository} cannot be sent to its registry: {error}"))
        .advise(
            "see `docker login` for the registry, whether it may be written to, and (for one without TLS) \
         `insecure-registries` of the Docker Engine on every node",
        )
}
