//! Commands that an instruction runs.

use artifact::dockerfile::read::Instruction;
use artifact::shell::{self, Invocation};

/// One command of an instruction.
#[derive(Debug, Clone)]
pub struct Command<'a> {
    /// The number of its stage.
    pub stage: usize,
    /// The instruction.
    pub instruction: &'a Instruction,
    /// What is run.
    pub invocation: Invocation,
}

/// Programs whose first word says what to do with the others.
const UNDER: [&str; 2] = ["sudo", "corepack"];

impl<'a> Command<'a> {
    /// Those of a `RUN`; none of anything else.
    pub(super) fn of(stage: usize, instruction: &'a Instruction) -> Vec<Self> {
        if instruction.keyword != "RUN" {
            return Vec::new();
        }
        let invocations = invocations(instruction).into_iter();
        invocations.map(|invocation| Self { stage, instruction, invocation }).collect()
    }

    /// The program, without its folder and without what only gives it more rights.
    pub fn program(&self) -> &str {
        self.words().first().map_or("", |word| word.rsplit('/').next().unwrap_or(word))
    }

    /// Program and arguments, without what only gives more rights.
    pub fn words(&self) -> &[String] {
        let words = &self.invocation.words[..];
        match words.first() {
            Some(first) if UNDER.contains(&first.as_str()) => {
                let options = words[1..].iter().take_while(|word| word.starts_with('-')).count();
                &words[1 + options..]
            }
            Some(_) | None => words,
        }
    }

    /// The arguments that are no options.
    pub fn arguments(&self) -> Vec<&str> {
        let rest = self.words().iter().skip(1).map(String::as_str);
        rest.filter(|word| !word.starts_with('-')).collect()
    }

    /// Whether one of these options is given; `-y` also as a part of `-qy`.
    pub fn has(&self, options: &[&str]) -> bool {
        self.words().iter().skip(1).any(|word| {
            options.iter().any(|option| {
                let letter = option.strip_prefix('-').filter(|rest| rest.len() == 1);
                let group = word.strip_prefix('-').filter(|rest| !rest.starts_with('-'));
                let grouped = letter.zip(group).is_some_and(|(letter, group)| {
                    group.chars().all(|c| c.is_ascii_alphabetic()) && group.contains(letter)
                });
                let valued = word.strip_prefix(option).is_some_and(|rest| rest.starts_with('='));
                word == option || valued || grouped
            })
        })
    }

    /// Whether a folder is kept between builds while it runs.
    pub fn has_cache(&self) -> bool {
        let mounts = self.instruction.options();
        mounts.iter().any(|(name, value)| *name == "mount" && value.contains("type=cache"))
    }
}

/// What a `RUN`, `CMD` or `ENTRYPOINT` runs.
pub fn invocations(instruction: &Instruction) -> Vec<Invocation> {
    match instruction.exec() {
        Some(words) => shell::of_words(&words),
        None => shell::invocations(instruction.script()),
    }
}

/// Every `left | right` of a script: the program with its arguments on each side.
pub fn pipes(script: &str) -> Vec<(Vec<String>, Vec<String>)> {
    let mut found = Vec::new();
    for command in lists(script) {
        let parts: Vec<Vec<String>> = command.iter().map(|part| shell::words(part)).collect();
        found.extend(parts.windows(2).map(|pair| (pair[0].clone(), pair[1].clone())));
    }
    found
}

/// The pipelines of a script, each as the texts between its pipes.
fn lists(script: &str) -> Vec<Vec<String>> {
    let (mut all, mut parts, mut part) = (Vec::new(), Vec::new(), String::new());
    let mut quote = None;
    let mut chars = script.chars().peekable();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (_, '\\') => {
                part.push(c);
                part.extend(chars.next());
                continue;
            }
            (Some(open), _) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '|') if chars.next_if_eq(&'|').is_none() => {
                chars.next_if_eq(&'&');
                parts.push(std::mem::take(&mut part));
                continue;
            }
            // What was `||` ends a pipeline too.
            (None, '|' | ';' | '\n' | '&') => {
                if c == '&' && part.ends_with('>') {
                    part.push(c);
                    continue;
                }
                parts.push(std::mem::take(&mut part));
                all.push(std::mem::take(&mut parts));
                continue;
            }
            _ => {}
        }
        part.push(c);
    }
    parts.push(part);
    all.push(parts);
    all
}

#[cfg(test)]
mod tests {
    use super::pipes;

    #[test]
    fn pipes_are_seen_outside_of_quotes() {
        let found = pipes("curl -s x | sh -s; a || b 2>&1 | c && echo 'x | y' &&  d |& e");
        let programs: Vec<(&str, &str)> =
            found.iter().map(|(left, right)| (left[0].as_str(), right[0].as_str())).collect();
        assert_eq!(programs, [("curl", "sh"), ("b", "c"), ("d", "e")]);
    }
}
