//! What `docker login` has left: who asks a registry.

use crate::{environment, files};
use model::Secret;
use std::path::Path;

/// A name and a password as HTTP's scheme `Basic` has them (RFC 7617).
pub type Login = Secret;

/// The one for a registry in `~/.docker/config.json`, or in the folder that `DOCKER_CONFIG` names. What a helper of Docker's
/// keeps for itself is not there.
pub fn of(registry: &str) -> Option<Login> {
    let folder = environment::variable("DOCKER_CONFIG");
    let folder = folder.or_else(|| Some(format!("{}/.docker", environment::variable("HOME")?)))?;
    let text = files::read_text(&Path::new(&folder).join("config.json")).ok()?;
    read(&text, registry)
}

fn read(text: &str, registry: &str) -> Option<Login> {
    let config: serde_json::Value = serde_json::from_str(text).ok()?;
    let entries = config.get("auths")?.as_object()?;
    let key = if registry == "docker.io" { "https://index.docker.io/v1/" } else { registry };
    let login = entries.get(key)?.get("auth")?.as_str()?;
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
    (!login.is_empty() && login.bytes().all(is_base64)).then(|| Secret::new(login))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_registry_has_its_own() {
        let text = r#"{"auths": {"https://index.docker.io/v1/": {"auth": "YTpi"}, "ghcr.io": {"auth": "YzpkCg=="},
            "helped.example": {}, "odd.example": {"auth": "a\nb"}}}"#;
        let found = |registry| read(text, registry).map(|login| login.expose().to_owned());
        assert_eq!(found("docker.io").as_deref(), Some("YTpi"));
        assert_eq!(found("ghcr.io").as_deref(), Some("YzpkCg=="));
        assert_eq!([found("helped.example"), found("odd.example"), found("quay.io")], [None, None, None]);
        assert!(read("no JSON", "docker.io").is_none());
    }
}
