//! The file and its key.

use model::{ExitKind, Secret};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::{TempDir, tempdir};
use vault::{SecretName, Vault, VaultError};

fn name(text: &str) -> SecretName {
    text.parse().unwrap()
}

fn paths(folder: &TempDir) -> (PathBuf, PathBuf) {
    (folder.path().join("keys"), folder.path().join("projects/shop/vault"))
}

fn new() -> (TempDir, Vault) {
    let folder = tempdir().unwrap();
    let (keys, file) = paths(&folder);
    let vault = Vault::open(keys, file).unwrap();
    (folder, vault)
}

fn value(vault: &Vault, of: &str) -> Option<String> {
    vault.get(&name(of)).unwrap().map(|secret| secret.expose().to_owned())
}

#[test]
fn secrets_are_set_read_listed_and_removed() {
    let (folder, vault) = new();
    assert_eq!(value(&vault, "api/KEY"), None);
    assert!(!vault.path().exists(), "reading makes no file");
    vault.set(&name("api/KEY"), Secret::new("one")).unwrap();
    vault.set(&name("postgres/password"), Secret::new("two\nlines ≠ ascii")).unwrap();
    vault.set(&name("api/KEY"), Secret::new("three")).unwrap();
    let (keys, file) = paths(&folder);
    let again = Vault::open(keys, file).unwrap();
    assert_eq!(value(&again, "api/KEY").as_deref(), Some("three"));
    assert_eq!(value(&again, "postgres/password").as_deref(), Some("two\nlines ≠ ascii"));
    assert_eq!(
        again.names().unwrap().into_iter().collect::<Vec<_>>(),
        [name("api/KEY"), name("postgres/password")]
    );
    assert!(vault.remove(&name("api/KEY")).unwrap());
    assert!(!vault.remove(&name("api/KEY")).unwrap());
    assert_eq!(value(&again, "api/KEY"), None);
}

#[test]
fn made_secrets_stay_and_differ() {
    let (_folder, vault) = new();
    let first = vault.generate(&name("api/JWT"), 32).unwrap();
    let second = vault.generate(&name("api/SALT"), 32).unwrap();
    assert_eq!(first.expose().len(), 64);
    assert!(first.expose().chars().all(|c| c.is_ascii_hexdigit() && !c.is_ascii_uppercase()));
    assert_ne!(first.expose(), second.expose());
    assert_eq!(vault.generate(&name("api/JWT"), 8).unwrap().expose(), first.expose());
}

#[test]
fn key_and_file_are_ours_alone() {
    let (folder, vault) = new();
    vault.set(&name("api/KEY"), Secret::new("one")).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let (keys, file) = paths(&folder);
    assert_eq!((mode(&keys), mode(&keys.join("vault.key")), mode(&file)), (0o700, 0o600, 0o600));
}

#[test]
fn each_write_has_another_nonce_and_no_change_is_no_write() {
    let (_folder, vault) = new();
    let read = || std::fs::read_to_string(vault.path()).unwrap();
    vault.set(&name("api/KEY"), Secret::new("one")).unwrap();
    let first = read();
    vault.set(&name("api/KEY"), Secret::new("one")).unwrap();
    assert_eq!(read(), first);
    vault.set(&name("api/KEY"), Secret::new("two")).unwrap();
    vault.set(&name("api/KEY"), Secret::new("one")).unwrap();
    assert_ne!(read(), first);
}

/// Spoils something, and checks that every way in gives the error and changes nothing.
fn spoiled(spoil: impl Fn(&Path, &Path)) -> VaultError {
    let (folder, vault) = new();
    vault.set(&name("api/KEY"), Secret::new("one")).unwrap();
    let (keys, file) = paths(&folder);
    let key = keys.join("vault.key");
    spoil(&key, &file);
    let look = || (std::fs::read(&key).ok(), std::fs::read(&file).unwrap());
    let before = look();
    let error = Vault::open(&keys, &file).unwrap_err();
    assert_eq!(vault.get(&name("api/KEY")).unwrap_err(), error);
    assert_eq!(vault.set(&name("api/KEY"), Secret::new("two")).unwrap_err(), error);
    assert_eq!(vault.generate(&name("api/KEY2"), 8).unwrap_err(), error);
    assert_eq!(look(), before, "{error}");
    assert_eq!(error.kind(), ExitKind::Refused);
    assert!(!error.advice().is_empty());
    error
}

fn change(path: &Path, edit: impl Fn(&str) -> String) {
    std::fs::write(path, edit(&std::fs::read_to_string(path).unwrap())).unwrap();
}

#[test]
fn another_key_is_told_by_its_id() {
    let error = spoiled(|key, _| change(key, |_| format!("{}\n", "ab".repeat(32))));
    let VaultError::WrongKey { wanted, given, .. } = &error else { panic!("{error:?}") };
    assert_eq!((wanted.len(), given.len()), (8, 8));
    assert_ne!(wanted, given);
    assert!(error.to_string().contains(wanted) && error.to_string().contains(given), "{error}");
}

#[test]
fn a_lost_key_is_not_replaced_by_a_new_one() {
    let error = spoiled(|key, _| std::fs::remove_file(key).unwrap());
    assert!(matches!(error, VaultError::NoKey { .. }), "{error:?}");
}

#[test]
fn damage_is_noticed_wherever_it_is() {
    assert!(matches!(spoiled(|key, _| change(key, |text| text[2..].to_owned())), VaultError::BadKey(_)));
    assert!(matches!(spoiled(|key, _| std::fs::write(key, [0xff; 65]).unwrap()), VaultError::BadKey(_)));
    let edits: [fn(&str) -> String; 8] = [
        |_| String::new(),
        |_| "API_KEY=one\nB=2\n".to_owned(),
        |text| text[..text.len() / 2].to_owned(),
        |text| text.lines().next().unwrap().to_owned() + "\n",
        |text| text.lines().next().unwrap().to_owned() + "\nabcd\n",
        |text| format!("{}00\n", text.trim_end()),
        |text| text.replacen("vault 1", "vault 0", 1),
        |text| {
            let (head, body) = text.split_once('\n').unwrap();
            let flipped = if body.starts_with('0') { "1" } else { "0" };
            format!("{head}\n{flipped}{}", &body[1..])
        },
    ];
    for (number, edit) in edits.into_iter().enumerate() {
        let error = spoiled(|_, file| change(file, edit));
        assert!(matches!(error, VaultError::Damaged { .. }), "edit {number}: {error:?}");
    }
    assert!(matches!(
        spoiled(|_, file| std::fs::write(file, [0xff; 65]).unwrap()),
        VaultError::Damaged { .. }
    ));
    let newer = spoiled(|_, file| change(file, |text| text.replacen("vault 1", "vault 9", 1)));
    assert!(matches!(newer, VaultError::Newer { found: 9, known: 1, .. }), "{newer:?}");
}

#[test]
fn values_and_names_that_cannot_be_are_refused() {
    let (_folder, vault) = new();
    let error = vault.set(&name("api/KEY"), Secret::new("a\0b")).unwrap_err();
    assert_eq!((error.kind(), vault.path().exists()), (ExitKind::BadInput, false));
    for bad in ["KEY", "api/", "/KEY", "api/a b", "api/a/b", "Api/KEY", "../x/KEY"] {
        assert!(bad.parse::<SecretName>().is_err(), "{bad}");
    }
}

#[test]
fn several_writers_lose_nothing() {
    let (folder, vault) = new();
    let (keys, file) = paths(&folder);
    std::thread::scope(|threads| {
        for writer in 0..4 {
            let (keys, file) = (&keys, &file);
            threads.spawn(move || {
                let vault = Vault::open(keys, file).unwrap();
                for number in 0..5 {
                    vault.generate(&name(&format!("api/K{writer}_{number}")), 16).unwrap();
                }
            });
        }
    });
    assert_eq!(vault.names().unwrap().len(), 20);
}
