//! Names of what is in a swarm.

use crate::docker::names as docker;
use model::id::Scope;
use sha2::{Digest, Sha256};

/// On a service: what its instances have in common, [`model::id::InstanceId::group`].
pub(super) const GROUP: &str = "dev.mainstay.group";
/// By which `docker stack` shows services together.
pub(super) const STACK: &str = "com.docker.stack.namespace";

/// Longest name of a service: a label of a host name (RFC 1035, 2.3.1).
const LONGEST: usize = 63;
/// Of a name that is cut, so much says which one it was.
const DIGEST: usize = 8;

/// The stack of a scope.
pub(super) fn stack(scope: &Scope) -> String {
    docker::network(scope)
}

/// The service of a group.
pub(super) fn service(scope: &Scope, group: &str) -> String {
    let name = format!("{}_{group}", stack(scope));
    if name.len() <= LONGEST {
        return name;
    }
    let digest: String =
        Sha256::digest(&name).iter().take(DIGEST / 2).map(|byte| format!("{byte:02x}")).collect();
    // Names are of ASCII, so that it can be cut anywhere.
    let kept = name[..LONGEST - DIGEST - 1].trim_end_matches(['-', '_']);
    format!("{kept}-{digest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_enough_and_differ() {
        let scope = Scope {
            project: "a-rather-long-name".parse().unwrap(),
            environment: "production".parse().unwrap(),
        };
        let of = |group: &str| service(&scope, group);
        assert_eq!(of("api-r0001-abcdef1-1"), "a-rather-long-name-production_api-r0001-abcdef1-1");
        let long = ["one", "two"].map(|end| of(&format!("notification-dispatcher-r0001-abcdef1-{end}")));
        assert!(long.iter().all(|name| name.len() <= LONGEST), "{long:?}");
        assert_ne!(long[0], long[1]);
    }
}
