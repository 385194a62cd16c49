//! Dockerfiles.

use artifact::dockerfile::read::Instruction;
use model::Place;

/// A Dockerfile.
#[derive(Debug)]
pub struct Dockerfile {
    /// The file.
    pub path: String,
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
const OTHERS: [&str; 14] =
    ["dockerignore", "md", "rst", "txt", "rs", "go", "py", "js", "mjs", "ts", "tsx", "java", "json", "sh"];

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
    pub(super) fn new(path: &str, instructions: Vec<Instruction>) -> Self {
        let mut dockerfile = Self { path: path.to_owned(), global: Vec::new(), stages: Vec::new() };
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
}
