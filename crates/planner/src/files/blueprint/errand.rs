//! Where a build goes beside its own folder, and what it calls there: `cd ../frontend && npm ci && npm run build`.

use model::facts::PackageManager;
use std::collections::BTreeSet;

/// What a build command does that its image must be made for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Errand {
    /// The folders in which it works, and the places above its own that it names, from the root.
    pub folders: BTreeSet<String>,
    /// The package managers of Node that it calls.
    pub managers: BTreeSet<PackageManager>,
}

impl Errand {
    /// Reads command lines, each of which starts in a folder. What is built by other means than plain commands is not seen.
    pub fn read<'l>(lines: impl IntoIterator<Item = &'l str>, folder: &str) -> Self {
        let mut found = Self::default();
        lines.into_iter().for_each(|line| found.follow(line, folder));
        found
    }

    fn follow(&mut self, line: &str, folder: &str) {
        let mut at = Some(folder.to_owned());
        for step in line.split(['&', ';', '|', '\n', '(', ')']) {
            let is_assignment = |word: &&str| word.split_once('=').is_some_and(|(name, _)| is_name(name));
            let mut words = step.split_whitespace().skip_while(is_assignment);
            let Some(program) = words.next() else { continue };
            let words: Vec<&str> = words.map(|word| word.trim_matches(['"', '\''])).collect();
            if program == "cd" {
                at = at.and_then(|at| joined(&at, words.first()?));
                self.folders.extend(at.clone());
                continue;
            }
            if let Some(manager) = manager(program) {
                self.managers.insert(manager);
                self.folders.extend(elsewhere(&words).and_then(|folder| joined(at.as_deref()?, folder)));
            }
            let paths = words.iter().map(|word| word.rsplit('=').next().unwrap_or(word));
            let above = paths.filter(|path| path.split('/').any(|part| part == ".."));
            self.folders.extend(above.filter_map(|path| joined(at.as_deref()?, path)));
        }
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn manager(program: &str) -> Option<PackageManager> {
    match program {
        "npm" | "npx" | "node" => Some(PackageManager::Npm),
        "pnpm" | "pnpx" => Some(PackageManager::Pnpm),
        "yarn" => Some(PackageManager::Yarn),
        "corepack" => Some(PackageManager::YarnBerry),
        "bun" | "bunx" => Some(PackageManager::Bun),
        _ => None,
    }
}

/// The folder that a package manager is told to work in: `npm --prefix ../web`, `pnpm -C ../web`, `yarn --cwd ../web`.
fn elsewhere<'w>(words: &[&'w str]) -> Option<&'w str> {
    const OPTIONS: [&str; 4] = ["--prefix", "--cwd", "--dir", "-C"];
    words.iter().enumerate().find_map(|(place, word)| match word.split_once('=') {
        Some((option, folder)) if OPTIONS.contains(&option) => Some(folder),
        Some(_) | None if OPTIONS.contains(word) => words.get(place + 1).copied(),
        Some(_) | None => None,
    })
}

/// A path from a folder, from the root; `None` for one that leads out of the repository or is not known before it runs.
fn joined(folder: &str, path: &str) -> Option<String> {
    if path.starts_with(['/', '~', '-']) || path.contains('$') {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| *part != ".").collect();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        match part {
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(if parts.is_empty() { ".".to_owned() } else { parts.join("/") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_is_followed_to_where_it_goes() {
        let of = |command: &str| {
            let found = Errand::read([command], "backend");
            (
                found.folders.into_iter().collect::<Vec<_>>().join(" "),
                found.managers.into_iter().map(PackageManager::as_str).collect::<Vec<_>>().join(" "),
            )
        };
        for (command, folders, managers) in [
            ("python manage.py collectstatic --noinput", "", ""),
            (
                "cd ../frontend && npm ci && npm run build && cd ../backend && python manage.py collectstatic",
                "backend frontend",
                "npm",
            ),
            ("NODE_ENV=production pnpm -C ../web build; yarn --cwd=../admin build", "admin web", "pnpm yarn"),
            ("(cd ui && bun run build) && npm-check", "backend/ui", "bun"),
            ("cp -r ../frontend/dist static && rm -rf ./tmp ../../out", "frontend/dist", ""),
            ("cd src && tsc --outDir=../../shared/lib", "backend/src shared/lib", ""),
            ("cd .. && npx nx build", ".", "npm"),
            ("cd ../../.. && npm run build", "", "npm"),
            ("cd $HOME && npm run build; cd ..; npm --prefix web ci", "", "npm"),
        ] {
            assert_eq!(of(command), (folders.to_owned(), managers.to_owned()), "{command}");
        }
    }
}
