//! This machine's place on the network of a scope: a container that does nothing there. From its network the proxy reaches
//! tasks on every node, though none of them publishes a port.
//!
//! The container's image is made here, of one program of a few instructions: nothing has to be fetched, and there is nothing
//! in it that could be attacked.

use crate::docker::client::{Client, failed, query};
use crate::docker::{container, inspect, names, network};
use crate::error::DriverError;
use host::files::Archive;
use host::identity;
use host::network::Payload;
use model::id::Scope;
use serde::Deserialize;
use serde_json::json;
use std::path::PathBuf;
use std::time::Duration;

const LABEL: &str = "dev.mainstay.anchor";
const IMAGE: &str = "mainstay/anchor";
const PROGRAM: &str = "anchor";
/// Longest wait for an image of some hundred bytes.
const PATIENCE: Duration = Duration::from_secs(60);

/// Makes sure that it is there.
///
/// # Errors
/// When this is not root, who alone may enter a container's network, or the engine refuses.
pub(super) fn ensure(client: &Client, scope: &Scope) -> Result<(), DriverError> {
    if !identity::is_root() {
        return Err(failed(
            "only root may enter the network of containers, which publish = \"overlay\" asks for",
        )
        .advise("run Mainstay as root, or set publish = \"host\" for the environment"));
    }
    if network_of(client, scope)?.is_some() {
        return Ok(());
    }
    remove(client, scope)?;
    let tag = image(client)?;
    let (network, _) = network::of(client, scope)?;
    let mut labels = names::of_scope(scope);
    labels.insert(LABEL.into(), "yes".into());
    let body = json!({
        "Image": tag,
        "Cmd": [format!("/{PROGRAM}")],
        "User": "65534:65534",
        "Labels": labels,
        "HostConfig": {
            "NetworkMode": network,
            "ReadonlyRootfs": true,
            "CapDrop": ["ALL"],
            "SecurityOpt": ["no-new-privileges"],
            "PidsLimit": 1,
            "Memory": 8 << 20,
            "RestartPolicy": { "Name": "unless-stopped" },
        },
    });
    let name = format!("{}-{PROGRAM}", names::network(scope));
    let id = container::create(client, &name, &body)?;
    container::start(client, &id)
}

/// The way into the scope's network, if there is one.
///
/// # Errors
/// When the engine cannot be asked.
pub(super) fn network_of(client: &Client, scope: &Scope) -> Result<Option<PathBuf>, DriverError> {
    let Some(id) = find(client, scope)? else { return Ok(None) };
    let pid = inspect::container(client, &id)?.map_or(0, |container| container.state.pid);
    Ok((pid > 0).then(|| PathBuf::from(format!("/proc/{pid}/ns/net"))))
}

/// Takes it away, if it is there.
///
/// # Errors
/// When the engine refuses.
pub(super) fn remove(client: &Client, scope: &Scope) -> Result<(), DriverError> {
    match find(client, scope)? {
        Some(id) => container::discard(client, &id),
        None => Ok(()),
    }
}

fn find(client: &Client, scope: &Scope) -> Result<Option<String>, DriverError> {
    let mut labels = names::of_scope(scope);
    labels.insert(LABEL.into(), "yes".into());
    Ok(inspect::containers(client, &labels)?.into_iter().next().map(|listed| listed.id))
}

/// The image, made if need be.
fn image(client: &Client) -> Result<String, DriverError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct About {
        arch: String,
    }
    let about: About = client.get("/version")?.done("ask for its version")?.json()?;
    let tag = format!("{IMAGE}:{}", about.arch);
    if inspect::image(client, &tag)?.is_some() {
        return Ok(tag);
    }
    let program = program(&about.arch).ok_or_else(|| {
        failed(format!("publish = \"overlay\" is not there for machines of {}", about.arch))
            .advise("set publish = \"host\" for the environment")
    })?;
    let mut bytes = Vec::new();
    let mut archive = Archive::new(&mut bytes);
    let written = archive.bytes(PROGRAM, 0o755, &program);
    written.and_then(|()| archive.finish()).map_err(|error| failed(error.to_string()))?;
    let path = query("/images/create", &[("fromSrc", "-"), ("repo", IMAGE), ("tag", &about.arch)]);
    let answer = client.open("POST", &path, Payload::Bytes("application/x-tar", &bytes), PATIENCE)?;
    answer.accepted("take an image")?;
    Ok(tag)
}

/// A program that waits for ever, in the format of ELF (elf(5)): its head, one segment, and the instructions.
fn program(architecture: &str) -> Option<Vec<u8>> {
    const BASE: u64 = 0x40_0000;
    const HEADS: u64 = 64 + 56;
    let (machine, code): (u16, &[u8]) = match architecture {
        // mov eax, 34 (pause); syscall; jmp to the beginning
        "amd64" => (62, &[0xb8, 34, 0, 0, 0, 0x0f, 0x05, 0xeb, 0xf7]),
        // mov x0..x3, 0; mov x8, 73 (ppoll, of nothing, without end); svc 0; b to the beginning
        "arm64" => (
            183,
            &[
                0x00, 0x00, 0x80, 0xd2, 0x01, 0x00, 0x80, 0xd2, 0x02, 0x00, 0x80, 0xd2, 0x03, 0x00, 0x80,
                0xd2, 0x28, 0x09, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4, 0xfa, 0xff, 0xff, 0x17,
            ],
        ),
        _ => return None,
    };
    let size = HEADS + code.len() as u64;
    let mut file = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    // An executable of this machine, version 1.
    file.extend([2_u16, machine].iter().flat_map(|half| half.to_le_bytes()));
    file.extend(1_u32.to_le_bytes());
    // Where it begins, where the segment's head is, and that there are no sections.
    file.extend([BASE + HEADS, 64, 0].iter().flat_map(|long| long.to_le_bytes()));
    file.extend(0_u32.to_le_bytes());
    // Sizes of the heads, and how many there are.
    file.extend([64_u16, 56, 1, 0, 0, 0].iter().flat_map(|half| half.to_le_bytes()));
    // All of the file is loaded, readable and executable.
    file.extend([1_u32, 5].iter().flat_map(|word| word.to_le_bytes()));
    file.extend([0, BASE, BASE, size, size, 0x1000].iter().flat_map(|long| long.to_le_bytes()));
    file.extend(code);
    Some(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;

    #[test]
    fn the_program_of_this_machine_waits() {
        let name = match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            other => panic!("no program for {other}"),
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(PROGRAM);
        let mut file =
            std::fs::File::options().create(true).write(true).truncate(true).mode(0o755).open(&path).unwrap();
        file.write_all(&program(name).unwrap()).unwrap();
        drop(file);
        let mut child = std::process::Command::new(&path).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(200));
        assert!(child.try_wait().unwrap().is_none(), "it ended");
        child.kill().unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn the_programs_begin_where_their_head_says() {
        for name in ["amd64", "arm64"] {
            let file = program(name).unwrap();
            let entry = u64::from_le_bytes(file[24..32].try_into().unwrap());
            let size = u64::from_le_bytes(file[96..104].try_into().unwrap());
            assert_eq!((entry, size), (0x40_0078, file.len() as u64), "{name}");
        }
        assert!(program("riscv64").is_none());
    }
}
