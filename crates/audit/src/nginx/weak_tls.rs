//! `nginx/weak-tls`

use crate::rule::{About, Remark, Rule};
use crate::subject::nginx::Nginx;
use model::finding::Severity;

pub(super) const RULE: Rule<Nginx> = Rule {
    about: About {
        name: "nginx/weak-tls",
        demands: "Connections are encrypted with what is not broken: TLS 1.2 or 1.3, and no cipher such as RC4, 3DES or one without encryption.",
        advice: "write `ssl_protocols TLSv1.2 TLSv1.3;` and leave the ciphers to nginx",
        severity: Severity::Warning,
    },
    check,
};

fn check(nginx: &Nginx) -> Vec<Remark> {
    let protocols = nginx.all("ssl_protocols").into_iter().filter_map(|found| {
        let old = |word: &&String| {
            ["sslv2", "sslv3", "tlsv1", "tlsv1.1"].contains(&word.to_ascii_lowercase().as_str())
        };
        let old: Vec<&str> = found.arguments().iter().filter(old).map(String::as_str).collect();
        (!old.is_empty()).then(|| Remark::new(found.place(), format!("{} can be broken", old.join(" and "))))
    });
    let ciphers = nginx.all("ssl_ciphers").into_iter().filter_map(|found| {
        // The first that is asked for; what a `!` takes out does not come back.
        let parts: Vec<&str> = found.first().split([':', ',', ' ']).collect();
        let weak =
            parts.iter().find(|part| is_weak(part) && !parts.contains(&format!("!{part}").as_str()))?;
        Some(Remark::new(found.place(), format!("the cipher {weak} can be broken")))
    });
    protocols.chain(ciphers).collect()
}

fn is_weak(cipher: &str) -> bool {
    let asked = !cipher.starts_with(['!', '-', '+']);
    let words =
        ["RC4", "3DES", "DES", "MD5", "NULL", "ENULL", "ANULL", "EXPORT", "EXP", "LOW", "ADH", "AECDH"];
    asked && cipher.to_ascii_uppercase().split(['-', '+']).any(|part| words.contains(&part))
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("nginx/weak-tls", &[("nginx.conf", text)])
    }

    #[test]
    fn todays_pass() {
        let text = "server { ssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers HIGH:!aNULL:!MD5:-RC4:ECDHE-RSA-AES128-GCM-SHA256; }";
        assert_eq!(places(text), [""; 0]);
    }

    #[test]
    fn broken_ones_do_not() {
        let text = "server {\n ssl_protocols TLSv1.2;\n ssl_ciphers HIGH:RC4-SHA;\n}\nserver {\n ssl_protocols TLSv1.1 TLSv1.2;\n}";
        assert_eq!(places(text), ["nginx.conf:3", "nginx.conf:6"]);
    }
}
