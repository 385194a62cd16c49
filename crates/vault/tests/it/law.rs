//! Law 5: a secret put in anywhere comes out nowhere.

use crate::settings::{api, service, setting};
use model::Secret;
use model::facts::{Phase, ValueCheck};
use model::manifest::{Setting, ValueSource};
use proptest::prelude::*;
use tempfile::tempdir;
use vault::settings::{Sources, digest, resolve};
use vault::{Redactor, SecretName, Vault};

/// Texts that do not turn up by chance, with what makes encodings differ.
fn secrets() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9]{6}[ -~]{2,30}[a-zA-Z0-9äß]{6}".prop_map(|text| format!("q{text}q"))
}

/// Base64 by the definition in RFC 4648, another way round than the redactor does it.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let word =
            chunk.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..=chunk.len() {
            out.push(char::from(DIGITS[(word >> (18 - 6 * place)) as usize & 63]));
        }
    }
    out + &"=".repeat((3 - bytes.len() % 3) % 3)
}

fn url_encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// Whether any eight consecutive characters of `secret` are left in `text`.
fn leaks(text: &str, secret: &str) -> bool {
    let characters: Vec<char> = secret.chars().collect();
    characters.windows(8).any(|window| text.contains(&window.iter().collect::<String>()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_printed_shows_it(secret in secrets(), before in "[ -~]{0,5}", after in "[ -~]{0,5}") {
        let redactor = Redactor::new([&Secret::new(secret.as_str())]);
        let json = serde_json::to_string(&serde_json::json!({ "key": format!("{before}{secret}{after}") })).unwrap();
        let whole = format!("{before}{secret}{after}");
        for (line, form) in [
            (whole.clone(), secret.clone()),
            (json, secret.clone()),
            (format!("?q={}&r=1", url_encoded(&whole)), url_encoded(&secret)),
        ] {
            let clean = redactor.redact(&line).into_owned();
            prop_assert!(!leaks(&clean, &form), "{} became {}", line, clean);
            prop_assert!(!leaks(&clean, &secret), "{} became {}", line, clean);
        }
        // Of base64 the digits at the edges belong to the neighbours as well; those inside must be gone.
        let coded = base64(whole.as_bytes());
        let own: String = base64(secret.as_bytes()).trim_end_matches('=').chars().take(8).collect();
        let clean = redactor.redact(&coded).into_owned();
        prop_assert!(clean.contains('•') && !clean.contains(&own), "{} became {}", coded, clean);
        prop_assert!(clean.chars().filter(|c| *c != '•').count() <= coded.len() - base64(secret.as_bytes()).len() + 8);
    }

    #[test]
    fn no_file_shows_it(secret in secrets()) {
        let folder = tempdir().unwrap();
        let vault = Vault::open(folder.path().join("keys"), folder.path().join("vault")).unwrap();
        let name: SecretName = "api/KEY".parse().unwrap();
        vault.set(&name, Secret::new(secret.as_str())).unwrap();
        let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        for entry in std::fs::read_dir(folder.path()).unwrap().filter_map(Result::ok).filter(|e| e.path().is_file()) {
            let text = String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap()).into_owned();
            prop_assert!(!leaks(&text, &secret) && !leaks(&text, &hex) && !text.contains("KEY"));
        }
        let kept = vault.get(&name).unwrap().unwrap();
        prop_assert_eq!(kept.expose(), secret.as_str());
        let shown = format!("{:?} {:?} {vault:?}", vault.all(), vault.names());
        prop_assert!(!leaks(&shown, &secret));
    }

    #[test]
    fn no_problem_and_no_digest_shows_it(secret in secrets()) {
        let checks = [
            ValueCheck::Text { min_length: 1000 }, ValueCheck::Number, ValueCheck::Boolean, ValueCheck::Url,
            ValueCheck::OneOf { values: vec!["a".into()] },
        ];
        let names = ["A", "B", "C", "D", "E"];
        let wrong = |check| Setting { check: Some(check), secret: true, ..setting(ValueSource::Vault) };
        let service = service(names.into_iter().zip(checks.map(wrong)));
        let secrets = names.map(|name| (SecretName::variable(&api(), name).unwrap(), Secret::new(secret.as_str())));
        let sources = Sources { secrets: secrets.into(), ..Sources::default() };
        let problems = resolve(&api(), &service, Phase::Run, &sources).unwrap_err();
        prop_assert_eq!(problems.len(), 5);
        let shown = format!("{problems:?} {} {sources:?}", serde_json::to_string(&problems).unwrap());
        prop_assert!(!leaks(&shown, &secret), "{}", shown);
        prop_assert!(!leaks(&digest(&[("A".to_owned(), Secret::new(secret.as_str()))].into()), &secret));
    }
}
