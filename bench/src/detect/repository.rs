//! A monorepo of 20 services, always the same one: what teams have in theirs, in about the proportions that they have it.

use super::{python, typescript};
use crate::Failure;
use std::cell::Cell;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Files that belong to the repository. What is installed, built or kept by git comes on top.
const FILES: usize = 5000;
/// Packages below `node_modules`.
const INSTALLED: usize = 300;

/// What a service is made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    TypeScript(typescript::Kind),
    Python(python::Kind),
}

/// Every service.
pub(super) const SERVICES: [(&str, Kind); 20] = [
    ("accounts", Kind::TypeScript(typescript::Kind::Express)),
    ("orders", Kind::TypeScript(typescript::Kind::Express)),
    ("catalogue", Kind::TypeScript(typescript::Kind::Express)),
    ("payments", Kind::TypeScript(typescript::Kind::Fastify)),
    ("shipping", Kind::TypeScript(typescript::Kind::Fastify)),
    ("inventory", Kind::TypeScript(typescript::Kind::Fastify)),
    ("gateway", Kind::TypeScript(typescript::Kind::Nest)),
    ("billing", Kind::TypeScript(typescript::Kind::Nest)),
    ("mailer", Kind::TypeScript(typescript::Kind::Worker)),
    ("importer", Kind::TypeScript(typescript::Kind::Worker)),
    ("storefront", Kind::TypeScript(typescript::Kind::Next)),
    ("docs-site", Kind::TypeScript(typescript::Kind::Next)),
    ("admin", Kind::TypeScript(typescript::Kind::Vite)),
    ("partners", Kind::TypeScript(typescript::Kind::Vite)),
    ("search", Kind::Python(python::Kind::FastApi)),
    ("pricing", Kind::Python(python::Kind::FastApi)),
    ("reports", Kind::Python(python::Kind::FastApi)),
    ("backoffice", Kind::Python(python::Kind::Django)),
    ("content", Kind::Python(python::Kind::Django)),
    ("jobs", Kind::Python(python::Kind::Celery)),
];

/// What was made.
#[derive(Debug, Default)]
pub(crate) struct Made {
    pub(super) files: usize,
    bytes: usize,
    installed: usize,
}

impl fmt::Display for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let megabytes = self.bytes as f64 / 1e6;
        let (files, installed) = (self.files, self.installed);
        write!(f, "{files} files of {megabytes:.1} MB, and {installed} installed ones beside them")
    }
}

/// Numbers that look random and are always the same (xorshift64*, Vigna 2016).
#[derive(Debug)]
pub(super) struct Random(Cell<u64>);

impl Random {
    pub(super) fn below(&self, limit: usize) -> usize {
        let mut state = self.0.get();
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        self.0.set(state);
        let number = state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(number).unwrap_or(0) % limit.max(1)
    }

    pub(super) fn of<'a>(&self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }
}

/// A repository that is being written.
pub(super) struct Writer {
    root: PathBuf,
    made: Made,
    pub(super) random: Random,
}

impl Writer {
    /// Writes a file of the repository.
    pub(super) fn file(&mut self, path: &str, text: &str) -> Result<(), Failure> {
        self.made.files += 1;
        self.made.bytes += text.len();
        self.put(path, text)
    }

    fn put(&self, path: &str, text: &str) -> Result<(), Failure> {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap_or(&self.root))?;
        Ok(fs::write(path, text)?)
    }

    fn installed(&mut self, path: &str, text: &str) -> Result<(), Failure> {
        self.made.installed += 1;
        self.put(path, text)
    }
}

/// Makes the repository in a new folder, with one commit.
pub(crate) fn make(root: &Path) -> Result<Made, Failure> {
    fs::create_dir_all(root)?;
    if fs::read_dir(root)?.next().is_some() {
        return Err(format!("{} is not empty", root.display()).into());
    }
    let mut writer = Writer {
        root: root.to_owned(),
        made: Made::default(),
        random: Random(Cell::new(0x6d61_696e_7374_6179)),
    };
    top(&mut writer)?;
    for number in 0..12 {
        typescript::library(&mut writer, number)?;
    }
    for (name, kind) in SERVICES {
        match kind {
            Kind::Python(kind) => python::service(&mut writer, name, kind)?,
            Kind::TypeScript(kind) => typescript::service(&mut writer, name, kind)?,
        }
        around(&mut writer, name)?;
    }
    rest(&mut writer)?;
    installed(&mut writer)?;
    git(root, &["init", "--quiet"])?;
    git(root, &["add", "--all"])?;
    git(
        root,
        &[
            "-c",
            "user.name=Ada",
            "-c",
            "user.email=ada@example.com",
            "commit",
            "--quiet",
            "--message",
            "Begin",
        ],
    )?;
    Ok(writer.made)
}

fn git(root: &Path, arguments: &[&str]) -> Result<(), Failure> {
    let status = Command::new("git").arg("-C").arg(root).args(arguments).status()?;
    if status.success() { Ok(()) } else { Err(format!("git {} fails", arguments.join(" ")).into()) }
}

fn top(writer: &mut Writer) -> Result<(), Failure> {
    writer.file(
        "package.json",
        "{\n  \"name\": \"monorepo\",\n  \"private\": true,\n  \"workspaces\": [\"services/*\", \"packages/*\"],\n  \
         \"packageManager\": \"npm@10.8.2\",\n  \"engines\": { \"node\": \">=20\" },\n  \
         \"devDependencies\": { \"typescript\": \"^5.6.0\", \"turbo\": \"^2.1.0\" }\n}\n",
    )?;
    writer.file(
        "turbo.json",
        "{ \"tasks\": { \"build\": { \"dependsOn\": [\"^build\"], \"outputs\": [\"dist/**\"] } } }\n",
    )?;
    writer.file(".gitignore", "node_modules\ndist\n.next\n.venv\n__pycache__\n*.log\n.env\ncoverage\n")?;
    writer.file(
        "tsconfig.base.json",
        "{ \"compilerOptions\": { \"strict\": true, \"target\": \"ES2022\" } }\n",
    )?;
    let mut lock =
        String::from("{\n  \"name\": \"monorepo\",\n  \"lockfileVersion\": 3,\n  \"packages\": {\n");
    for number in 0..1500 {
        lock.push_str(&format!(
            "    \"node_modules/package-{number}\": {{ \"version\": \"1.{number}.0\", \"integrity\": \"sha512-{number:064x}\" }},\n"
        ));
    }
    lock.push_str("    \"\": { \"name\": \"monorepo\" }\n  }\n}\n");
    writer.file("package-lock.json", &lock)?;
    let mut compose = String::from("services:\n");
    for (name, kind) in SERVICES {
        compose.push_str(&format!(
            "  {name}:\n    build: ./services/{name}\n    env_file: ./services/{name}/.env.example\n"
        ));
        if !matches!(kind, Kind::TypeScript(typescript::Kind::Next | typescript::Kind::Vite)) {
            compose.push_str("    depends_on: [db, cache]\n");
        }
    }
    compose.push_str("  db:\n    image: postgres:15\n  cache:\n    image: redis:7-alpine\n");
    writer.file("docker-compose.yml", &compose)
}

/// What stands beside the sources of every service.
fn around(writer: &mut Writer, name: &str) -> Result<(), Failure> {
    let at = format!("services/{name}");
    writer.file(&format!("{at}/README.md"), &prose(&writer.random, name, 40))?;
    writer.file(&format!(".github/workflows/{name}.yml"), &format!(
        "name: {name}\non:\n  push:\n    paths: [services/{name}/**]\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    \
         steps:\n      - uses: actions/checkout@v4\n      - run: make -C services/{name} test\n"
    ))?;
    writer.file(
        &format!("{at}/deploy/values.yaml"),
        &format!("image: {name}\nreplicas: 2\nresources:\n  memory: 256Mi\n"),
    )?;
    for language in ["de", "en", "es", "fr", "it", "nl", "pl", "pt"] {
        let mut text = String::from("{\n");
        for line in 0..60 {
            text.push_str(&format!(
                "  \"{name}.message.{line}\": \"Message {line} of {name} in {language}\",\n"
            ));
        }
        text.push_str("  \"end\": \"\"\n}\n");
        writer.file(&format!("{at}/locales/{language}.json"), &text)?;
    }
    Ok(())
}

/// Documents and assets, until there are as many files as there shall be.
fn rest(writer: &mut Writer) -> Result<(), Failure> {
    for number in 0..FILES.saturating_sub(writer.made.files) {
        let (name, _) = SERVICES[number % SERVICES.len()];
        match number % 5 {
            0 => {
                let text = prose(&writer.random, name, 60);
                writer.file(&format!("docs/{name}/{:02}/page-{number}.md", number % 12), &text)?;
            }
            1 | 2 => {
                let path = "M0 0h24v24H0z".repeat(1 + writer.random.below(40));
                let text = format!(
                    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 24 24\"><path d=\"{path}\"/></svg>\n"
                );
                writer.file(&format!("services/{name}/assets/icons/icon-{number}.svg"), &text)?;
            }
            3 => {
                let bytes = "\u{0}PNG".repeat(200 + writer.random.below(4000));
                writer.file(&format!("services/{name}/assets/images/image-{number}.png"), &bytes)?;
            }
            _ => {
                let text = format!(
                    "{{ \"id\": {number}, \"rows\": [{}] }}\n",
                    "{ \"a\": 1, \"b\": \"two\" }, ".repeat(30) + "{}"
                );
                writer
                    .file(&format!("services/{name}/fixtures/set-{}/row-{number}.json", number % 9), &text)?;
            }
        }
    }
    Ok(())
}

/// What is there and is none of the repository's: it has to be passed over.
fn installed(writer: &mut Writer) -> Result<(), Failure> {
    for number in 0..INSTALLED {
        let at = format!("node_modules/package-{number}");
        writer.installed(
            &format!("{at}/package.json"),
            &format!("{{ \"name\": \"package-{number}\", \"main\": \"lib/index.js\" }}\n"),
        )?;
        for file in 0..9 {
            let text = format!("module.exports = process.env.PACKAGE_{number} || {file};\n").repeat(20);
            writer.installed(&format!("{at}/lib/part-{file}.js"), &text)?;
        }
    }
    for (name, _) in SERVICES {
        for file in 0..10 {
            writer.installed(
                &format!("services/{name}/dist/chunk-{file}.js"),
                &"var a=process.env.B;".repeat(500),
            )?;
        }
    }
    Ok(())
}

/// Paragraphs of a document.
pub(super) fn prose(random: &Random, title: &str, lines: usize) -> String {
    let words = [
        "the", "service", "order", "is", "kept", "until", "it", "was", "paid", "and", "then", "sent", "on",
        "its", "way",
    ];
    let mut text = format!("# {title}\n\n");
    for _ in 0..lines {
        for _ in 0..12 {
            text.push_str(random.of(&words));
            text.push(' ');
        }
        text.push('\n');
    }
    text
}
