//! `system/committed-env`

use crate::Subjects;
use crate::credential;
use crate::rule::{About, Remark, Rule};
use artifact::dotenv::Entry;
use model::{Place, finding::Severity};

pub(super) const RULE: Rule<Subjects> = Rule {
    about: About {
        name: "system/committed-env",
        demands: "A `.env` file with secrets is ignored by git: once it is committed, whoever reads the repository has them, for ever.",
        advice: "name it in `.gitignore`, take it out with `git rm --cached`, and replace the secrets that were in it",
        severity: Severity::Error,
    },
    check,
};

fn check(subjects: &Subjects) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for dotenv in &subjects.dotenvs {
        if let Some(entry) = dotenv.entries.iter().find(|entry| is_secret(entry)) {
            let message = format!("`{}` has a value here, and nothing ignores this file", entry.name);
            remarks.push(Remark::new(Place::new(&dotenv.path, entry.line), message));
        }
    }
    remarks
}

/// Whether a variable holds what nobody else may know. What everybody tries first is no secret, and what runs here opens nothing
/// elsewhere.
fn is_secret(entry: &Entry) -> bool {
    let value = entry.value.expose();
    let named = credential::is_secret_name(&entry.name)
        && credential::is_written_down(value)
        && !credential::is_guessed(value);
    named || credential::issuer(value).is_some()
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(files: &[(&str, &str)]) -> Vec<String> {
        found("system/committed-env", files)
    }

    #[test]
    fn examples_and_public_values_pass() {
        assert_eq!(places(&[(".env.example", "JWT_SECRET=hunter2hunter2\n")]), [""; 0]);
        assert_eq!(
            places(&[(".env", "VITE_URL=/api\nJWT_SECRET=\nDB_PASSWORD=postgres\nAPI_KEY=your-key\n")]),
            [""; 0]
        );
    }

    #[test]
    fn secrets_do_not_and_are_not_shown() {
        let files = [("a/.env", "JWT_SECRET=\n"), ("b/.env.production", "A=b\nJWT_SECRET=hunter2hunter2\n")];
        assert_eq!(places(&files), ["b/.env.production:2"]);
        let tree = host::MemoryTree::new("repository", files);
        let report = crate::check(&crate::Subjects::read(&tree));
        assert!(!format!("{report:?}").contains("hunter2"));
    }
}
