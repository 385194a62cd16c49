//! Dockerfiles.

mod command;

use super::image::Image;
use super::purpose::Purpose;
use crate::expansion;
use artifact::dockerfile::read::Instruction;
use model::{Place, path};
use std::collections::BTreeSet;

pub use command::{Command, invocations, pipes};

/// A Dockerfile.
#[derive(Debug)]
pub struct Dockerfile {
    /// The file.
    pub path: String,
    /// What it is for.
    pub purpose: Purpose,
    /// The names of the files in its folder.
    pub beside: BTreeSet<String>,
    /// What stands above the first stage: arguments for `FROM`.
    pub global: Vec<Instruction>,
    /// Its stages, in order; what is built is the last.
    pub stages: Vec<Stage>,
}

/// A stage.
#[derive(Debug)]
pub struct Stage {
    /// Its name, in lower case.
    pub name: Option<String>,
    /// What it starts from: an image or another stage, as it is written.
    pub from: String,
    /// The instruction that begins it.
    pub begin: Instruction,
    /// What follows that.
    pub instructions: Vec<Instruction>,
}

/// Endings of files that may be about Dockerfiles and are none.
const OTHERS: [&str; 22] = [
    "dockerignore",
    "md",
    "rst",
    "txt",
    "rs",
    "go",
    "py",
    "js",
    "mjs",
    "ts",
    "tsx",
    "java",
    "json",
    "sh",
    // What a program makes a Dockerfile of once it is filled in.
    "j2",
    "jinja",
    "tmpl",
    "tpl",
    "template",
    "erb",
    "in",
    "mustache",
];

/// Arguments that every build knows.
const GIVEN: [&str; 8] = [
    "TARGETPLATFORM",
    "TARGETOS",
    "TARGETARCH",
    "TARGETVARIANT",
    "BUILDPLATFORM",
    "BUILDOS",
    "BUILDARCH",
    "BUILDVARIANT",
];

/// Whether a file of this name (in lower case) is a Dockerfile.
pub(super) fn is(name: &str) -> bool {
    let named = |word: &str| {
        let with_ending = name.strip_prefix(word).is_some_and(|rest| rest.starts_with(['.', '-']));
        name == word || with_ending || name.strip_suffix(word).is_some_and(|rest| rest.ends_with('.'))
    };
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    (named("dockerfile") || named("containerfile")) && !OTHERS.contains(&ending)
}

impl Dockerfile {
    pub(super) fn new(path: &str, instructions: Vec<Instruction>, paths: &BTreeSet<String>) -> Self {
        let folder = path::parent(path);
        let beside = paths.iter().filter(|other| path::parent(other) == folder);
        let mut dockerfile = Self {
            path: path.to_owned(),
            purpose: Purpose::of(path),
            beside: beside.map(|other| path::file_name(other).to_owned()).collect(),
            global: Vec::new(),
            stages: Vec::new(),
        };
        for instruction in instructions {
            if instruction.keyword == "FROM" {
                dockerfile.stages.push(Stage::new(instruction));
            } else if let Some(stage) = dockerfile.stages.last_mut() {
                stage.instructions.push(instruction);
            } else {
                dockerfile.global.push(instruction);
            }
        }
        dockerfile
    }

    /// The place of an instruction.
    pub fn place(&self, instruction: &Instruction) -> Place {
        Place::new(&self.path, instruction.line)
    }

    /// The stage that is built when none is named.
    pub fn last(&self) -> Option<&Stage> {
        self.stages.last()
    }

    /// Where in [`Dockerfile::stages`] the stage stands that another one names, by its name or number; only earlier ones can be.
    pub fn earlier(&self, before: usize, name: &str) -> Option<usize> {
        let lower = name.to_ascii_lowercase();
        let before = &self.stages[..before.min(self.stages.len())];
        let named = before.iter().rposition(|stage| stage.name.as_deref() == Some(lower.as_str()));
        named.or_else(|| name.parse().ok().filter(|number| *number < before.len()))
    }

    /// A stage with those that it is built on, itself first.
    pub fn line_of_descent(&self, of: usize) -> Vec<&Stage> {
        let mut found = Vec::new();
        let mut next = Some(of);
        while let Some(at) = next {
            let Some(stage) = self.stages.get(at) else { break };
            found.push(stage);
            next = self.earlier(at, &stage.from);
        }
        found
    }

    /// What is built when no stage is named, with what it is built on, itself first.
    pub fn built(&self) -> Vec<&Stage> {
        self.line_of_descent(self.stages.len().saturating_sub(1))
    }

    /// Every instruction of every stage with the number of its stage, in order.
    pub fn instructions(&self) -> impl Iterator<Item = (usize, &Instruction)> {
        let all = self.stages.iter().enumerate();
        all.flat_map(|(at, stage)| stage.instructions.iter().map(move |found| (at, found)))
    }

    /// Every command that is run while it is built.
    pub fn commands(&self) -> Vec<Command<'_>> {
        self.instructions().flat_map(|(stage, instruction)| Command::of(stage, instruction)).collect()
    }

    /// What is built starts by these: the entry point and the command, where there are any.
    pub fn starts(&self) -> Vec<&Instruction> {
        let built = self.built();
        // A new entry point forgets the command that was inherited.
        let entry = built.iter().position(|stage| stage.last("ENTRYPOINT").is_some());
        let command = built.iter().position(|stage| stage.last("CMD").is_some());
        let command = command.filter(|command| entry.is_none_or(|entry| *command <= entry));
        let of = |at: Option<usize>, keyword| at.and_then(|at| built[at].all(keyword).next_back());
        [of(entry, "ENTRYPOINT"), of(command, "CMD")].into_iter().flatten().collect()
    }

    /// Whether a stage goes into what is built when none is named.
    pub fn is_built(&self, stage: usize) -> bool {
        self.built().iter().any(|built| std::ptr::eq(*built, &self.stages[stage]))
    }

    /// Whether what is built is for development: the file says so, or the name of the stage.
    pub fn is_for_development(&self) -> bool {
        let named = self.last().and_then(|stage| stage.name.as_deref());
        let said = named.map_or(Purpose::Unsaid, Purpose::said);
        said == Purpose::Development || self.purpose == Purpose::Development
    }

    /// An argument that stands above the first stage; the inner is its default.
    pub fn argument(&self, name: &str) -> Option<Option<&str>> {
        let all = self.global.iter().filter(|found| found.keyword == "ARG");
        let mut words = all.flat_map(|found| found.text.split_whitespace());
        words.find_map(|word| match word.split_once('=') {
            Some((known, default)) => (known == name).then(|| Some(default.trim_matches(['"', '\'']))),
            None => (word == name).then_some(None),
        })
    }

    /// The variables of a `FROM` that nothing gives a value.
    pub fn undefined(&self, stage: &Stage) -> Vec<String> {
        let used = expansion::variables(&stage.from).into_iter();
        let known = |name: &str| self.argument(name).is_some() || GIVEN.contains(&name);
        used.filter(|(name, default)| default.is_none() && !known(name)).map(|(name, _)| name).collect()
    }

    /// What a stage starts from, its arguments filled in with their defaults.
    pub fn base(&self, stage: &Stage) -> String {
        let from = stage.from.trim_matches(['"', '\'']);
        expansion::expand(from, &mut |name, default| {
            let given = self.argument(name).flatten().or(default)?;
            Some(expansion::defaults(given))
        })
    }

    /// The image that a line of descent begins with; none for `scratch`.
    pub fn root_image(&self, of: usize) -> Option<String> {
        let base = self.base(self.line_of_descent(of).last()?);
        (base != "scratch").then_some(base)
    }

    /// The official image that a line of descent begins with, by its bare name.
    pub fn official(&self, of: usize) -> Option<String> {
        let image = self.root_image(of)?;
        Image::read(&image).official().map(str::to_owned)
    }
}

impl Stage {
    fn new(begin: Instruction) -> Self {
        let words: Vec<&str> = begin.rest().split_whitespace().collect();
        let named = words.get(1).is_some_and(|word| word.eq_ignore_ascii_case("as"));
        let name = words.get(2).filter(|_| named).map(|name| name.to_ascii_lowercase());
        let from = words.first().map(|from| (*from).to_owned()).unwrap_or_default();
        Self { name, from, begin, instructions: Vec::new() }
    }

    /// Its instructions of a keyword.
    pub fn all<'a>(&'a self, keyword: &'a str) -> impl DoubleEndedIterator<Item = &'a Instruction> {
        self.instructions.iter().filter(move |found| found.keyword == keyword)
    }

    /// What it starts when it runs: the last one of a keyword in it.
    pub fn last<'a>(&'a self, keyword: &'a str) -> Option<&'a Instruction> {
        self.all(keyword).next_back()
    }

    /// The variables that it gives to what it runs, in order.
    pub fn variables(&self) -> Vec<(&Instruction, Vec<(String, String)>)> {
        self.all("ENV").map(|instruction| (instruction, assignments(instruction))).collect()
    }
}

/// Name and value of each variable of an `ENV`, or argument of an `ARG`; of one without a value it is empty.
pub fn assignments(instruction: &Instruction) -> Vec<(String, String)> {
    if let Some((name, value)) = legacy(instruction) {
        return vec![(name.to_owned(), value.to_owned())];
    }
    let words = artifact::shell::words(instruction.rest()).into_iter();
    let pairs = words.map(|word| match word.split_once('=') {
        Some((name, value)) => (name.to_owned(), value.to_owned()),
        None => (word, String::new()),
    });
    pairs.collect()
}

/// Name and value of an `ENV NAME value`, the form without `=`.
pub fn legacy(instruction: &Instruction) -> Option<(&str, &str)> {
    let (name, value) = instruction.rest().split_once(char::is_whitespace)?;
    (instruction.keyword == "ENV" && !name.contains('=')).then_some((name, value.trim()))
}
