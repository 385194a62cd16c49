//! Servers: where they listen and by which names.

use super::Nginx;
use artifact::nginx::read::Directive;

/// An address at which a server listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listen<'a> {
    directive: &'a Directive,
}

impl<'a> Listen<'a> {
    /// The address as nginx compares it: `*:80` for `80` and `0.0.0.0:80`.
    pub fn address(self) -> String {
        let text = self.directive.first();
        if text.starts_with("unix:") || text.ends_with(']') {
            return text.to_owned();
        }
        match text.rsplit_once(':') {
            Some(("*" | "0.0.0.0", port)) => format!("*:{port}"),
            Some(_) => text.to_owned(),
            None if text.chars().all(|c| c.is_ascii_digit()) => format!("*:{text}"),
            None => format!("{text}:80"),
        }
    }

    /// Its port, if it is written as a number.
    pub fn port(self) -> Option<u16> {
        self.address().rsplit_once(':')?.1.parse().ok()
    }

    /// Whether it has a parameter, such as `ssl`.
    pub fn is(self, parameter: &str) -> bool {
        self.directive.arguments.iter().skip(1).any(|known| known == parameter)
    }

    /// Where it is said.
    pub fn directive(self) -> &'a Directive {
        self.directive
    }
}

/// Where a server listens; nothing when it does not say so, which is port 80.
pub fn listens(server: &Directive) -> Vec<Listen<'_>> {
    server.all("listen").map(|directive| Listen { directive }).collect()
}

/// The names of a server.
pub fn names(server: &Directive) -> Vec<&str> {
    server.all("server_name").flat_map(|names| names.arguments.iter().map(String::as_str)).collect()
}

/// Whether a server is only for hosts whose names it has.
pub fn is_for_named_hosts(server: &Directive) -> bool {
    let names = names(server);
    let is_name = |name: &&str| name.contains(|c: char| c.is_ascii_alphanumeric());
    !names.is_empty() && names.iter().all(is_name)
}

/// Whether a server speaks TLS at one of its addresses.
pub fn has_tls(server: &Directive) -> bool {
    listens(server).into_iter().any(|listen| listen.is("ssl") || listen.is("quic"))
        || server.all("ssl").any(|ssl| ssl.first() == "on")
}

/// The servers of a file that speak HTTP.
pub fn all(nginx: &Nginx) -> Vec<super::Found<'_>> {
    let servers = nginx.found(|directive| directive.name == "server" && directive.block.is_some());
    servers.into_iter().filter(|server| server.within("stream").is_none()).collect()
}
