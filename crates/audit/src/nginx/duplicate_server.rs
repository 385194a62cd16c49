//! `nginx/duplicate-server`

use crate::rule::{About, Remark, Rule};
use crate::subject::nginx::{Nginx, server};
use artifact::nginx::read::Directive;
use model::finding::Severity;
use std::collections::BTreeMap;

pub(super) const RULE: Rule<Nginx> = Rule {
    about: About {
        name: "nginx/duplicate-server",
        demands: "One server answers for a name at an address: nginx ignores the second one with only a warning, and does not start with two that are the default.",
        advice: "join the two servers, or give one another name",
        severity: Severity::Error,
    },
    check,
};

fn check(nginx: &Nginx) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let mut answering: BTreeMap<(String, String), &Directive> = BTreeMap::new();
    let mut defaults: BTreeMap<String, &Directive> = BTreeMap::new();
    for found in server::all(nginx) {
        let server = found.directive;
        // Its names may come from an include.
        if crate::subject::nginx::includes(found.inside()) {
            continue;
        }
        let listens = server::listens(server);
        for listen in listens.iter().filter(|listen| listen.is("default_server")) {
            if let Some(other) = defaults.insert(listen.address(), server) {
                let message = format!("{} has two servers that are the default", listen.address());
                remarks.push(Remark::new(nginx.place(listen.directive()), message).with(nginx.place(other)));
            }
        }
        let named = server::names(server);
        let names = if named.is_empty() { vec![""] } else { named };
        let addresses: Vec<String> = listens.iter().map(|listen| listen.address()).collect();
        let addresses = if addresses.is_empty() { vec!["*:80".to_owned()] } else { addresses };
        let mut others = Vec::new();
        for (address, name) in
            addresses.iter().flat_map(|address| names.iter().map(move |name| (address, name)))
        {
            let key = (address.clone(), name.to_ascii_lowercase());
            match answering.get(&key) {
                Some(other) if !std::ptr::eq(*other, server) => others.push((*other, address, *name)),
                Some(_) => {}
                None => {
                    answering.insert(key, server);
                }
            }
        }
        if let Some((other, address, name)) = others.first() {
            let who =
                if name.is_empty() { "requests without a name".to_owned() } else { format!("`{name}`") };
            let message = format!("another server answers for {who} at {address} already");
            remarks.push(Remark::new(found.place(), message).with(nginx.place(other)));
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("nginx/duplicate-server", &[("nginx.conf", text)])
    }

    #[test]
    fn other_names_and_ports_pass() {
        for text in [
            "server { listen 80; server_name a; } server { listen 80; server_name b; }",
            "server { listen 80; server_name a; } server { listen 443 ssl; server_name a; }",
            "server { listen 80; listen [::]:80; server_name a a; }",
            "server { listen 80 default_server; server_name _; } server { listen 81 default_server; server_name _; }",
        ] {
            assert_eq!(places(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn the_same_does_not() {
        let text = "server { server_name a; }\nserver { listen 80; server_name b; }\nserver {\n listen 0.0.0.0:80;\n server_name c B;\n}";
        assert_eq!(places(text), ["nginx.conf:3"]);
        let text = "server { listen 80 default_server; server_name a; }\nserver {\n listen *:80 default_server;\n server_name b;\n}";
        assert_eq!(places(text), ["nginx.conf:3"]);
    }
}
