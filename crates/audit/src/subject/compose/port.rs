//! Ports that a service publishes.

use super::mount::parts;
use crate::expansion::{self, UNKNOWN};
use artifact::yaml::read::Value;

/// A published port, as far as it is known without the variables of the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// The address of the machine on which it is; none for all.
    pub address: Option<String>,
    /// First and last port of the machine; none when Docker chooses, or nobody knows it yet.
    pub host: Option<(u16, u16)>,
    /// First and last port of the container; none when nobody knows it yet.
    pub container: Option<(u16, u16)>,
    /// `tcp` or `udp`.
    pub protocol: String,
    /// The line.
    pub line: u32,
}

impl Port {
    /// What an entry of `ports` says.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(value: &Value) -> Result<Self, String> {
        let line = value.line;
        let Some(text) = value.text() else {
            let text = |key: &str| value.get(key).and_then(Value::text).map(expansion::defaults);
            let target = text("target").ok_or_else(|| "a port without `target`".to_owned())?;
            let host = text("published").map(|published| range(&published)).transpose()?.flatten();
            let protocol = text("protocol").unwrap_or_else(|| "tcp".to_owned());
            return Ok(Self { address: text("host_ip"), host, container: range(&target)?, protocol, line });
        };
        // An address of version 6 has colons itself.
        let (address, text) = match text.strip_prefix('[').and_then(|rest| rest.split_once("]:")) {
            Some((address, rest)) => (Some(address.to_owned()), rest),
            None => (None, text),
        };
        let (text, protocol) =
            text.rsplit_once('/').filter(|(_, after)| !after.contains('}')).unwrap_or((text, "tcp"));
        let parts: Vec<String> = parts(text).into_iter().map(expansion::defaults).collect();
        let (address, host, container) = match &parts[..] {
            [one] if one.contains(UNKNOWN) => (address, None, None),
            [container] => (address, None, range(container)?),
            // A variable may bring the address along.
            [host, container] if host.starts_with(UNKNOWN) => (Some(host.clone()), None, range(container)?),
            [host, container] => (address, range(host)?, range(container)?),
            [at, host, container] if address.is_none() => (Some(at.clone()), range(host)?, range(container)?),
            _ => return Err(format!("`{text}` has too many parts")),
        };
        if !matches!(protocol, "tcp" | "udp" | "sctp") && !protocol.contains('$') {
            return Err(format!("`{protocol}` is no protocol"));
        }
        Ok(Self { address, host, container, protocol: protocol.to_owned(), line })
    }

    /// Whether every address of the machine has it. A variable may say another one.
    pub fn is_everywhere(&self) -> bool {
        self.address.as_deref().is_none_or(|address| matches!(address, "0.0.0.0" | "::" | ""))
    }
}

/// A port or a range of them; none where a variable stands.
fn range(text: &str) -> Result<Option<(u16, u16)>, String> {
    if text.is_empty() || text.contains(UNKNOWN) {
        return Ok(None);
    }
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let number = |text: &str| text.trim().parse::<u16>().ok().filter(|number| *number > 0);
    let both = number(first).zip(number(last)).filter(|(first, last)| first <= last);
    both.map(Some).ok_or_else(|| format!("`{text}` is no port"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use artifact::yaml::read::documents;

    fn read(text: &str) -> Result<Port, String> {
        Port::read(&documents(text).unwrap()[0])
    }

    #[test]
    fn every_form_is_read() {
        for (text, address, host, container) in [
            ("\"3000\"", None, None, Some((3000, 3000))),
            ("8080:80", None, Some((8080, 8080)), Some((80, 80))),
            ("127.0.0.1:8001-8003:1-3/udp", Some("127.0.0.1"), Some((8001, 8003)), Some((1, 3))),
            ("127.0.0.1::80", Some("127.0.0.1"), None, Some((80, 80))),
            ("\"[::1]:80:81\"", Some("::1"), Some((80, 80)), Some((81, 81))),
            ("${PORT:-8080}:80", None, Some((8080, 8080)), Some((80, 80))),
            ("${BIND:?a:b}:80", Some("\0"), None, Some((80, 80))),
            ("{target: 80, published: 81}", None, Some((81, 81)), Some((80, 80))),
        ] {
            let port = read(text).unwrap();
            assert_eq!(
                (port.address.as_deref(), port.host, port.container),
                (address, host, container),
                "{text}"
            );
        }
        for text in ["http:80", "80:70000", "80:80/icmp", "1:2:3:4", "{published: 1}", "90-80"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
