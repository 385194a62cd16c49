//! Which ports are free, and who has those that are not.

use model::unit::Port;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::ops::RangeInclusive;

/// Whether a listener could be made at `address` now.
pub fn port_free(address: SocketAddr) -> bool {
    // The standard library sets SO_REUSEADDR, so connections that linger do not count, listeners do.
    TcpListener::bind(address).is_ok()
}

/// The first `count` ports of a range that are free on loopback and on all addresses; fewer when there are not enough.
/// They are free when this returns: who uses one should do so soon and take another when it was taken meanwhile.
pub fn free_ports(range: RangeInclusive<u16>, count: usize) -> Vec<Port> {
    let free = |port: &u16| {
        port_free((Ipv4Addr::UNSPECIFIED, *port).into()) && port_free((Ipv4Addr::LOCALHOST, *port).into())
    };
    range.filter(free).take(count).map(Port).collect()
}

/// Who listens on a port: `nginx (pid 812)`, or `another process` when we may not see it. `None` when nobody does.
pub fn port_owner(port: Port) -> Option<String> {
    let inodes: Vec<u64> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|table| fs::read_to_string(table).ok())
        .flat_map(|table| table.lines().filter_map(|line| listener(line, port)).collect::<Vec<_>>())
        .collect();
    if inodes.is_empty() {
        return None;
    }
    let wanted: Vec<String> = inodes.iter().map(|inode| format!("socket:[{inode}]")).collect();
    let owner = fs::read_dir("/proc").into_iter().flatten().flatten().find_map(|entry| {
        let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
        let mut files = fs::read_dir(entry.path().join("fd")).ok()?.flatten();
        files.find(|fd| {
            fs::read_link(fd.path())
                .is_ok_and(|to| wanted.iter().any(|socket| to.as_os_str() == socket.as_str()))
        })?;
        let name = fs::read_to_string(entry.path().join("comm")).ok()?;
        Some(format!("{} (pid {pid})", name.trim()))
    });
    Some(owner.unwrap_or_else(|| "another process".into()))
}

/// The inode of the socket in a line of `/proc/net/tcp` (proc_net(5)), if it listens on `port`.
fn listener(line: &str, port: Port) -> Option<u64> {
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    let local = fields.get(1)?.rsplit_once(':')?.1;
    let listening = *fields.get(3)? == "0A";
    (listening && u16::from_str_radix(local, 16).ok()? == port.0).then(|| fields.get(9)?.parse().ok())?
}
