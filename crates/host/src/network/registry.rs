//! Asking registries for the digests of images
//! (https://github.com/opencontainers/distribution-spec/blob/main/spec.md).

use super::web::{self, Url, is_loopback};
use super::{DaemonAnswer as Answer, login};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::str::FromStr;

/// What a tag may stand for: an image for several platforms first, so that a digest is good on all of them.
const KINDS: &str = "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, \
                     application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json";
/// Longest manifest, as the specification recommends.
const LONGEST: u64 = 4 << 20;
/// The registry of images that name none.
const HUB: &str = "docker.io";
/// Where that one answers.
const HUB_SERVER: &str = "registry-1.docker.io";

/// What an image's name says.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Reference {
    registry: String,
    name: String,
    tag: String,
}

impl Reference {
    /// `node:22` is `library/node` of Docker Hub; a first part with a dot or a port is a registry, and so is `localhost`.
    fn parse(image: &str) -> Self {
        let (registry, rest) = match image.split_once('/') {
            Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => (first, rest),
            Some(_) | None => (HUB, image),
        };
        let (name, tag) = rest.rsplit_once(':').unwrap_or((rest, "latest"));
        let official = registry == HUB && !name.contains('/');
        let name = if official { format!("library/{name}") } else { name.to_owned() };
        Self { registry: registry.to_owned(), name, tag: tag.to_owned() }
    }
}

/// Who is asked instead of a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mirror {
    registry: String,
    url: Url,
}

impl FromStr for Mirror {
    type Err = String;

    /// `[REGISTRY=]URL`; without a registry it stands for Docker Hub.
    fn from_str(text: &str) -> Result<Self, String> {
        let (registry, url) = match text.split_once('=') {
            Some((registry, url)) if !registry.contains("://") => (registry, url),
            Some(_) | None => (HUB, text),
        };
        let url = Url::parse(url).ok_or("it is [REGISTRY=]https://HOST[:PORT][/FOLDER]")?;
        Ok(Self { registry: registry.to_owned(), url })
    }
}

/// A registry did not tell the digest of an image.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// Nobody answers.
    #[error("{registry} does not answer: {reason}")]
    Unreachable {
        /// Who was asked.
        registry: String,
        /// The machine's words.
        reason: String,
    },
    /// It has no such image.
    #[error("{registry} has no such image, or no such tag of it")]
    Missing {
        /// Who was asked.
        registry: String,
    },
    /// It wants to know who asks.
    #[error("{registry} does not tell that to everyone (or has no such image)")]
    Denied {
        /// Who was asked.
        registry: String,
    },
    /// It has been asked too often.
    #[error("{registry} has been asked too often")]
    Limited {
        /// Who was asked.
        registry: String,
    },
    /// It answers, but not with a digest.
    #[error("{registry} does not answer as a registry does: {what}")]
    Odd {
        /// Who was asked.
        registry: String,
        /// What is odd.
        what: String,
    },
}

impl RegistryError {
    /// What to do.
    pub fn advice(&self) -> String {
        match self {
            Self::Unreachable { .. } => "look at the network and at HTTPS_PROXY, or name a mirror that this machine reaches: `--registry-mirror [REGISTRY=]URL`".into(),
            Self::Missing { .. } => "look at the version that the repository or mainstay.toml names".into(),
            Self::Denied { registry } => format!("log in with `docker login {registry}`"),
            Self::Limited { .. } => "wait, or log in with `docker login`".into(),
            Self::Odd { .. } => "look at what answers there".into(),
        }
    }
}

/// The digests of images by name with tag, asked for all at once: of all platforms together where there are several.
pub fn image_digests(
    images: &BTreeSet<String>,
    mirrors: &[Mirror],
) -> BTreeMap<String, Result<String, RegistryError>> {
    std::thread::scope(|scope| {
        let asked: Vec<_> = images
            .iter()
            .map(|image| (image, scope.spawn(|| digest(&Reference::parse(image), mirrors))))
            .collect();
        let lost = || {
            Err(RegistryError::Odd { registry: "the registry".into(), what: "its answer was lost".into() })
        };
        asked
            .into_iter()
            .map(|(image, asked)| (image.clone(), asked.join().unwrap_or_else(|_| lost())))
            .collect()
    })
}

fn digest(image: &Reference, mirrors: &[Mirror]) -> Result<String, RegistryError> {
    let (registry, base) = server(image, mirrors)?;
    let folder = base.path.trim_end_matches('/');
    let path = format!("/v2{folder}/{}/manifests/{}", image.name, image.tag);
    let is_private = base.secure || is_loopback(&base.authority);
    let login = login::of(&registry).filter(|_| is_private);
    let inquiry = Inquiry { url: Url { path, ..base }, login, registry };
    let (answer, token) = inquiry.ask()?;
    if let Some(told) = answer.header("docker-content-digest") {
        return inquiry.checked(told);
    }
    // A digest is that of the manifest's bytes.
    let answer = inquiry.send("GET", token.as_deref())?;
    let mut bytes = Vec::new();
    answer.take(LONGEST).read_to_end(&mut bytes).map_err(|error| inquiry.unreachable(&error))?;
    let hash = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    Ok(format!("sha256:{hash}"))
}

/// The name of who is asked, and the address. Plain HTTP is spoken on this machine, and where a mirror's address says so.
fn server(image: &Reference, mirrors: &[Mirror]) -> Result<(String, Url), RegistryError> {
    if let Some(mirror) = mirrors.iter().find(|mirror| mirror.registry == image.registry) {
        return Ok((mirror.url.authority.clone(), mirror.url.clone()));
    }
    let authority = if image.registry == HUB { HUB_SERVER } else { image.registry.as_str() };
    let scheme = if is_loopback(authority) { "http" } else { "https" };
    let registry = image.registry.clone();
    match Url::parse(&format!("{scheme}://{authority}")) {
        Some(url) => Ok((registry, url)),
        None => Err(RegistryError::Odd { what: "that is no name of a server".into(), registry }),
    }
}

/// One question to one registry.
struct Inquiry {
    registry: String,
    url: Url,
    login: Option<login::Login>,
}

impl Inquiry {
    /// The answer that has the digest, with the token that it took.
    fn ask(&self) -> Result<(Answer, Option<String>), RegistryError> {
        let registry = || self.registry.clone();
        let mut answer = self.send("HEAD", None)?;
        let mut authorization = None;
        if answer.status == 401 {
            let challenge = answer.header("www-authenticate").and_then(Challenge::parse);
            authorization = self.authorization(&challenge.unwrap_or(Challenge::Basic))?;
            if authorization.is_some() {
                answer = self.send("HEAD", authorization.as_deref())?;
            }
        }
        match answer.status {
            200 => Ok((answer, authorization)),
            404 => Err(RegistryError::Missing { registry: registry() }),
            401 | 403 => Err(RegistryError::Denied { registry: registry() }),
            429 => Err(RegistryError::Limited { registry: registry() }),
            status => Err(self.odd(format!("status {status}"))),
        }
    }

    /// Sends it; where it is sent elsewhere from, it goes without the token.
    fn send(&self, method: &str, authorization: Option<&str>) -> Result<Answer, RegistryError> {
        let mut url = self.url.clone();
        for _ in 0..3 {
            let own = url.authority == self.url.authority && url.secure == self.url.secure;
            let mut headers = vec![("Accept", KINDS)];
            headers.extend(authorization.filter(|_| own).map(|value| ("Authorization", value)));
            let answer = web::ask(&url, method, &headers).map_err(|error| self.unreachable(&error))?;
            let moved = matches!(answer.status, 301 | 302 | 307 | 308);
            let Some(place) = answer.header("location").filter(|_| moved) else { return Ok(answer) };
            url = match place.starts_with('/') {
                true => Url { path: place.to_owned(), ..url },
                false => Url::parse(place).ok_or_else(|| self.odd(format!("it points to {place}")))?,
            };
            if self.url.secure && !url.secure {
                return Err(self.odd(format!("it points to {url}, where nobody proves who they are")));
            }
        }
        Err(self.odd("it points from one place to the next".into()))
    }

    /// What to show the registry: a token for reading, or the login. `None` when there is nothing to show.
    fn authorization(&self, challenge: &Challenge) -> Result<Option<String>, RegistryError> {
        let login = self.login.as_ref().map(|login| format!("Basic {}", login.expose()));
        let Challenge::Bearer { realm, query } = challenge else { return Ok(login) };
        let joint = if realm.contains('?') { '&' } else { '?' };
        let address = format!("{realm}{joint}{query}");
        let url = Url::parse(&address).filter(|url| url.secure || !self.url.secure);
        let url = url.ok_or_else(|| self.odd(format!("it sends to {realm} for a token")))?;
        let headers: Vec<(&str, &str)> =
            login.iter().map(|value| ("Authorization", value.as_str())).collect();
        let answer = web::ask(&url, "GET", &headers).map_err(|error| RegistryError::Unreachable {
            registry: url.authority.clone(),
            reason: error.to_string(),
        })?;
        match answer.status {
            200 => {}
            401 | 403 => return Err(RegistryError::Denied { registry: self.registry.clone() }),
            429 => return Err(RegistryError::Limited { registry: self.registry.clone() }),
            status => return Err(self.odd(format!("{} answers {status}", url.authority))),
        }
        let mut text = String::new();
        answer.take(LONGEST).read_to_string(&mut text).map_err(|error| self.unreachable(&error))?;
        let said: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        let token = ["token", "access_token"].iter().find_map(|name| said.get(name)?.as_str());
        let token = token.filter(|token| !token.contains(char::is_control));
        token
            .map(|token| Some(format!("Bearer {token}")))
            .ok_or_else(|| self.odd(format!("{} gives no token", url.authority)))
    }

    fn checked(&self, digest: &str) -> Result<String, RegistryError> {
        let hash = digest.strip_prefix("sha256:").unwrap_or_default();
        let is_hash = hash.len() == 64 && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if is_hash { Ok(digest.to_owned()) } else { Err(self.odd(format!("the digest {digest:?}"))) }
    }

    fn unreachable(&self, error: &io::Error) -> RegistryError {
        RegistryError::Unreachable { registry: self.registry.clone(), reason: error.to_string() }
    }

    fn odd(&self, what: String) -> RegistryError {
        RegistryError::Odd { registry: self.registry.clone(), what }
    }
}

/// How a registry wants to be asked (https://distribution.github.io/distribution/spec/auth/token/).
#[derive(Debug, PartialEq, Eq)]
enum Challenge {
    Basic,
    Bearer {
        realm: String,
        /// The service and what is asked for.
        query: String,
    },
}

impl Challenge {
    fn parse(header: &str) -> Option<Self> {
        let (scheme, rest) = header.split_once(' ').unwrap_or((header, ""));
        if !scheme.eq_ignore_ascii_case("bearer") {
            return scheme.eq_ignore_ascii_case("basic").then_some(Self::Basic);
        }
        let field = |name: &str| {
            let mut fields = rest.split("\",").filter_map(|field| field.split_once("=\""));
            fields.find(|(known, _)| known.trim() == name).map(|(_, value)| value.trim_end_matches('"'))
        };
        let query = ["service", "scope"]
            .iter()
            .filter_map(|name| Some(format!("{name}={}", field(name)?.replace(' ', "%20"))))
            .collect::<Vec<_>>();
        Some(Self::Bearer { realm: field("realm")?.to_owned(), query: query.join("&") })
    }
}

#[cfg(test)]
mod tests;
