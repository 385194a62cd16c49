//! What gives access: told by the name of a variable and by the look of a value. A value is never shown.

use crate::expansion::UNKNOWN;

/// How the name of a variable with a secret ends.
const ENDINGS: [&str; 16] = [
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "SECRET",
    "TOKEN",
    "APIKEY",
    "API_KEY",
    "SECRET_KEY",
    "SECRET_KEY_BASE",
    "SECRET_ACCESS_KEY",
    "PRIVATE_KEY",
    "ENCRYPTION_KEY",
    "SIGNING_KEY",
    "AUTH_KEY",
    "CREDENTIALS",
    "_PASS",
];

/// Words of a name that say that everybody may know it: bundlers put such a variable into what browsers load.
const PUBLIC: [&str; 7] = ["PUBLIC", "PUBLISHABLE", "VITE", "REACT_APP", "NG_APP", "GATSBY", "NUXT_PUBLIC"];

/// What stands where a real value is to be put, or where a build wants some value.
const PLACEHOLDERS: [&str; 25] = [
    "change",
    "your",
    "example",
    "placeholder",
    "xxx",
    "dummy",
    "replace",
    "todo",
    "insert",
    "unused",
    "not-used",
    "not_used",
    "fake",
    "build",
    "test",
    "none",
    "null",
    "undefined",
    "***",
    "...",
    "<",
    "{{",
    "empty",
    "development",
    "localhost",
];

/// Values that are tried first by whoever looks for open doors.
const GUESSED: [&str; 22] = [
    "postgres",
    "password",
    "passwd",
    "pass",
    "admin",
    "root",
    "secret",
    "changeme",
    "change_me",
    "change-me",
    "changeit",
    "default",
    "123456",
    "12345678",
    "1234",
    "123",
    "qwerty",
    "mysql",
    "redis",
    "minioadmin",
    "guest",
    "example",
];

/// Whether a variable of this name holds a secret.
pub(crate) fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_uppercase().replace(['-', '.'], "_");
    let words: Vec<&str> = name.split('_').collect();
    let public = PUBLIC.iter().any(|word| words.contains(word) || name.starts_with(&format!("{word}_")));
    let counts = ["MAX", "MIN", "NUM"].contains(&words[0]);
    !public && !counts && ENDINGS.iter().any(|ending| name.ends_with(ending)) && !name.contains("ALLOW_EMPTY")
}

/// Whether a value, its variables expanded, is a secret that is written down: nothing that is filled in elsewhere, no placeholder,
/// no switch and no path.
pub(crate) fn is_written_down(value: &str) -> bool {
    let value = value.trim();
    let lower = value.to_ascii_lowercase();
    let switch = matches!(lower.as_str(), "true" | "false" | "yes" | "no" | "on" | "off");
    value.len() >= 3
        && !switch
        && !value.contains([UNKNOWN, '$'])
        && !value.starts_with('/')
        && !PLACEHOLDERS.iter().any(|word| lower.contains(word))
}

/// Whether a value is one that everybody tries.
pub(crate) fn is_guessed(value: &str) -> bool {
    GUESSED.contains(&value.trim().to_ascii_lowercase().as_str())
}

/// Whose key a text holds, told by the look that its maker gives to it.
pub(crate) fn issuer(text: &str) -> Option<&'static str> {
    const FORMS: [(&str, usize, &str); 15] = [
        ("AKIA", 16, "AWS"),
        ("ghp_", 36, "GitHub"),
        ("gho_", 36, "GitHub"),
        ("ghs_", 36, "GitHub"),
        ("github_pat_", 50, "GitHub"),
        ("glpat-", 20, "GitLab"),
        ("npm_", 36, "npm"),
        ("pypi-", 50, "PyPI"),
        ("dckr_pat_", 20, "Docker Hub"),
        ("sk_live_", 20, "Stripe"),
        ("rk_live_", 20, "Stripe"),
        ("xoxb-", 20, "Slack"),
        ("AIza", 35, "Google"),
        ("sk-ant-", 30, "Anthropic"),
        ("sk-proj-", 30, "OpenAI"),
    ];
    if text.contains("-----BEGIN") && text.contains("PRIVATE KEY-----") {
        return Some("whoever has the private key");
    }
    FORMS.into_iter().find(|(begin, length, _)| has_key(text, begin, *length)).map(|(_, _, issuer)| issuer)
}

fn has_key(text: &str, begin: &str, length: usize) -> bool {
    let in_key = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    text.match_indices(begin).any(|(at, _)| {
        let starts = !text[..at].ends_with(|c: char| c.is_ascii_alphanumeric());
        let rest = &text[at + begin.len()..];
        let key = &rest[..rest.find(|c| !in_key(c)).unwrap_or(rest.len())];
        let lower = key.to_ascii_lowercase();
        starts && key.len() >= length && !lower.contains("example") && !lower.contains("xxxx")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_known() {
        for name in ["DB_PASSWORD", "JWT_SECRET", "github-token", "AWS_SECRET_ACCESS_KEY", "SMTP_PASS"] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in
            ["PASSWORD_FILE", "AWS_ACCESS_KEY_ID", "NEXT_PUBLIC_TOKEN", "TOKEN_TTL", "BYPASS", "MAX_TOKEN"]
        {
            assert!(!is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn only_real_values_are_written_down() {
        assert!(is_written_down("hunter2"));
        for value in ["", "changeme", "\0", "<password>", "/run/secrets/x", "true", "your-secret-key"] {
            assert!(!is_written_down(value), "{value}");
        }
    }

    #[test]
    fn keys_are_known_by_their_look() {
        assert_eq!(issuer(&format!("x=ghp_{}", "a1".repeat(18))), Some("GitHub"));
        assert_eq!(issuer(&format!("AKIA{}", "Q7".repeat(8))), Some("AWS"));
        assert_eq!(issuer("ghp_short, task-proj-x, npm_config_cache_folder"), None);
    }
}
