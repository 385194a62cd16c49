//! Requirements: one dependency as PEP 508, a requirements file and setup.py write it.

/// One dependency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Requirement {
    /// Normalised as PEP 503 says: lower case, `-` for every run of `-`, `_` and `.`.
    pub(crate) name: String,
    /// Normalised like the name.
    pub(crate) extras: Vec<String>,
    /// What is asked of the version, as written.
    pub(crate) version: String,
}

/// A line of a requirements file that matters to us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RequirementsLine {
    /// A dependency.
    Requirement(Requirement),
    /// `-r other.txt`: included, relative to the file.
    Include(String),
    /// `-c constraints.txt`: bounds versions, relative to the file.
    Constraint(String),
    /// `-e ./library`, `./library`: a project or a built distribution of the repository.
    Local(String),
}

/// The normal form of a distribution's name.
pub(crate) fn normal_name(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for part in name.trim().split(['-', '_', '.']).filter(|part| !part.is_empty()) {
        if !normal.is_empty() {
            normal.push('-');
        }
        normal.extend(part.chars().map(|letter| letter.to_ascii_lowercase()));
    }
    normal
}

impl Requirement {
    /// A PEP 508 requirement, or a URL with `#egg=`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some((_, egg)) = text.split_once("#egg=") {
            return Self::parse(egg.split('&').next().unwrap_or(egg));
        }
        let end = text
            .find(|letter: char| !(letter.is_ascii_alphanumeric() || "-_.".contains(letter)))
            .unwrap_or(text.len());
        let name = normal_name(&text[..end]);
        let mut rest = text[end..].trim_start();
        let first = rest.chars().next();
        if name.is_empty()
            || !matches!(first, None | Some('[' | '=' | '<' | '>' | '!' | '~' | ';' | '@' | '(' | ',' | '#'))
        {
            return None;
        }
        let mut extras = Vec::new();
        if let Some((inside, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            extras = inside.split(',').map(normal_name).filter(|extra| !extra.is_empty()).collect();
            rest = after;
        }
        let version = rest.split([';', '#']).next().unwrap_or("").trim().trim_matches(['(', ')']).to_owned();
        Some(Self { name, extras, version })
    }
}

/// The lines of a requirements file with their numbers, from 1. Options, comments and hashes are left out.
pub(crate) fn requirements_lines(text: &str) -> Vec<(u32, RequirementsLine)> {
    let mut found = Vec::new();
    let mut number = 0;
    let mut lines = text.lines();
    while let Some(first) = lines.next() {
        number += 1;
        let start = number;
        let mut whole = first.to_owned();
        while whole.ends_with('\\') {
            whole.pop();
            let Some(next) = lines.next() else { break };
            number += 1;
            whole.push_str(next);
        }
        if let Some(line) = requirements_line(&whole) {
            found.push((start, line));
        }
    }
    found
}

fn requirements_line(line: &str) -> Option<RequirementsLine> {
    let line = line.trim_start_matches('\u{feff}').trim();
    let line = line.split(" #").next().unwrap_or(line);
    let line = line.split(" --hash").next().unwrap_or(line).trim();
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let value = |options: [&str; 2]| {
        let rest = options.iter().find_map(|option| line.strip_prefix(option))?;
        Some(rest.trim_start_matches([' ', '=', '\t']).to_owned())
    };
    if let Some(path) = value(["--requirement", "-r"]) {
        return Some(RequirementsLine::Include(path));
    }
    if let Some(path) = value(["--constraint", "-c"]) {
        return Some(RequirementsLine::Constraint(path));
    }
    let line = line.strip_prefix("-e ").or_else(|| line.strip_prefix("--editable ")).unwrap_or(line).trim();
    let local = line.strip_prefix("file:").unwrap_or(line);
    if local.starts_with('.') {
        return Some(RequirementsLine::Local(local.split('[').next().unwrap_or(local).to_owned()));
    }
    if line.starts_with(['-', '/']) {
        return None;
    }
    Requirement::parse(line).map(RequirementsLine::Requirement)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_are_read_in_their_forms() {
        for (text, name, extras) in [
            ("fastapi", "fastapi", &[][..]),
            ("uvicorn[standard]==0.30.1", "uvicorn", &["standard"][..]),
            ("Flask_SQLAlchemy>=3 ; python_version > '3.8'", "flask-sqlalchemy", &[]),
            ("celery[redis, gevent] ~= 5.3", "celery", &["redis", "gevent"]),
            ("package @ git+https://example.org/a/b@main", "package", &[]),
            ("git+https://example.org/a/b.git#egg=my.pkg", "my-pkg", &[]),
            ("psycopg2-binary (>=2.9,<3.0)", "psycopg2-binary", &[]),
        ] {
            let found = Requirement::parse(text).expect(text);
            assert_eq!(
                (found.name.as_str(), found.extras.iter().map(String::as_str).collect::<Vec<_>>().as_slice()),
                (name, extras),
                "{text}"
            );
        }
        assert_eq!(Requirement::parse("https://example.org/a.whl"), None);
        assert_eq!(Requirement::parse("not a requirement"), None);
    }

    #[test]
    fn a_requirements_file_keeps_its_line_numbers() {
        let text = "\u{feff}# top\n-r base.txt\n--index-url https://example.org\nfastapi==0.1 \\\n    --hash=sha256:aa\nredis  # cache\n-e ./lib[x]\n-c pins.txt\n";
        let lines = requirements_lines(text);
        let names: Vec<_> = lines
            .iter()
            .map(|(line, what)| match what {
                RequirementsLine::Requirement(requirement) => (*line, requirement.name.clone()),
                RequirementsLine::Include(path) => (*line, format!("-> {path}")),
                RequirementsLine::Constraint(path) => (*line, format!("<= {path}")),
                RequirementsLine::Local(path) => (*line, format!("at {path}")),
            })
            .collect();
        assert_eq!(
            names,
            [
                (2, "-> base.txt".to_owned()),
                (4, "fastapi".to_owned()),
                (6, "redis".to_owned()),
                (7, "at ./lib".to_owned()),
                (8, "<= pins.txt".to_owned())
            ]
        );
    }
}
