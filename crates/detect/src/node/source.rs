//! What one JavaScript or TypeScript file says, taken from its syntax tree and owned.

mod class;
mod collect;
mod condition;
mod reads;
mod schema;
mod value;

use crate::env::{Demand, EnvRead};
use model::Place;
use oxc_allocator::Allocator;
use oxc_ast_visit::Visit;
use oxc_parser::{ParseOptions, Parser};
use oxc_span::SourceType;
use std::collections::BTreeMap;

pub(crate) use class::Controller;
pub(crate) use reads::bare_demand;
pub(crate) use schema::Field;
pub(crate) use value::Value;

/// One file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Module {
    /// Its path from the root.
    pub path: String,
    /// Local name to what it stands for in another module.
    pub imports: BTreeMap<String, Import>,
    /// Every module that it loads in any way.
    pub sources: Vec<String>,
    /// `export * from`.
    pub stars: Vec<String>,
    /// What variables hold; of several with one name the first.
    pub constants: BTreeMap<String, Value>,
    /// Exported name to what it is. `default` is also what `module.exports` was set to.
    pub exports: BTreeMap<String, Value>,
    /// Calls that start servers, make routes, consume queues.
    pub calls: Vec<Call>,
    /// Variables that are read.
    pub reads: Vec<EnvRead>,
    /// Calls that may read a variable by name, if what they call does.
    pub named_reads: Vec<NamedRead>,
    /// Functions that read the variable whose name they are given.
    pub helpers: Vec<Helper>,
    /// Objects of settings that functions make, by the name they are registered under; empty for those without one.
    pub settings: BTreeMap<String, Value>,
    /// Objects that may be schemas of settings.
    pub shapes: Vec<Vec<Field>>,
    /// Functions that come out with a call, which may be a schema.
    pub makers: BTreeMap<String, Maker>,
    /// Nest controllers.
    pub controllers: Vec<Controller>,
    /// Paths that a request's URL is compared with: the routes of a bare HTTP server.
    pub compared_paths: Vec<String>,
}

/// A function that comes out with a call.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Maker {
    /// The names of its parameters, empty for those that are taken apart.
    pub parameters: Vec<String>,
    /// The call.
    pub outcome: Value,
}

/// What an imported name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Import {
    /// The module's specifier.
    pub source: String,
    /// The exported name; `default`, or `*` for the whole module.
    pub name: String,
}

/// A call.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Call {
    /// What is called.
    pub callee: Value,
    /// With what.
    pub arguments: Vec<Value>,
    /// Whether it is `new`.
    pub constructs: bool,
    /// Its line.
    pub line: u32,
    /// Where it starts and ends in its file.
    pub span: (u32, u32),
}

impl Call {
    /// Whether another call stands within it.
    pub(crate) fn holds(&self, inner: &Self) -> bool {
        self.span.0 <= inner.span.0 && inner.span.1 <= self.span.1
    }

    /// The last name of what is called: `listen` of `app.listen`.
    pub(crate) fn method(&self) -> &str {
        self.callee.last_name()
    }

    /// What it is called on.
    pub(crate) fn object(&self) -> Option<&Value> {
        match &self.callee {
            Value::Member(object, _) => Some(object),
            _ => None,
        }
    }
}

/// A call with a variable's name as its first argument.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NamedRead {
    /// The last name of what is called.
    pub function: String,
    /// The last name of what it is called on.
    pub receiver: Option<String>,
    /// What the read would be.
    pub read: EnvRead,
}

/// A function that reads the variable whose name it is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Helper {
    /// Its name.
    pub name: String,
    /// Whether it ends the program, or throws, without a value.
    pub demand: Demand,
    /// Whether it comes out with its second parameter when there is no value.
    pub falls_back: bool,
}

/// Reads one file. Broken ones give what could be read before the break.
pub(crate) fn parse(path: &str, text: &str) -> Module {
    let allocator = Allocator::default();
    let mut module = Module { path: path.to_owned(), ..Module::default() };
    for (offset, script) in scripts(path, text) {
        if is_too_deep(script) {
            continue;
        }
        let kind = source_type(path, script);
        let options = ParseOptions { parse_regular_expression: false, ..ParseOptions::default() };
        let parsed = Parser::new(&allocator, script, kind).with_options(options).parse();
        let before = u32::try_from(text[..offset].bytes().filter(|byte| *byte == b'\n').count()).unwrap_or(0);
        let mut collector = collect::Collector::new(module, script, before);
        collector.visit_program(&parsed.program);
        module = collector.finish();
    }
    module
}

/// Brackets nested deeper than this are no program that somebody wrote, and walking them would need more stack than there is.
const DEEPEST: usize = 1500;

/// Whether the brackets of a text are nested too deep, those in texts and comments included.
fn is_too_deep(text: &str) -> bool {
    let opens = |byte: u8| matches!(byte, b'(' | b'[' | b'{');
    // Counting is quicker than following them, and few files have that many.
    if text.bytes().filter(|byte| opens(*byte)).count() <= DEEPEST {
        return false;
    }
    let mut depth: usize = 0;
    text.bytes().any(|byte| {
        match byte {
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => depth += usize::from(opens(byte)),
        }
        depth > DEEPEST
    })
}

/// The scripts of a file with their offsets: the file itself, or what is in the `<script>` tags and front matter of components.
fn scripts<'a>(path: &str, text: &'a str) -> Vec<(usize, &'a str)> {
    if path.ends_with(".astro") {
        let Some(start) = text.find("---").map(|at| at + 3) else { return Vec::new() };
        let end = text[start..].find("---").map_or(text.len(), |at| start + at);
        return vec![(start, &text[start..end])];
    }
    if !path.ends_with(".vue") && !path.ends_with(".svelte") {
        return vec![(0, text)];
    }
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = text[at..].find("<script").map(|open| at + open) {
        let Some(start) = text[open..].find('>').map(|end| open + end + 1) else { break };
        let end = text[start..].find("</script").map_or(text.len(), |end| start + end);
        found.push((start, &text[start..end]));
        at = end;
    }
    found
}

fn source_type(path: &str, text: &str) -> SourceType {
    let extension = path.rsplit('.').next().unwrap_or("");
    match extension {
        "ts" | "mts" | "cts" => SourceType::ts(),
        "tsx" | "vue" | "svelte" | "astro" => SourceType::tsx(),
        // Plain JavaScript may be written either way; `return` and `await` at the top are told apart by the keyword.
        _ if extension == "cjs" || !text.contains("import") && !text.contains("export") => {
            SourceType::cjs().with_jsx(true)
        }
        _ => SourceType::unambiguous().with_jsx(true),
    }
}

/// Whether a text is written like a variable's name: `DATABASE_URL`.
pub(crate) fn is_variable_name(text: &str) -> bool {
    text.len() > 1
        && text.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

/// A read of `name` on a line of a file.
fn read_at(path: &str, name: &str, line: u32) -> EnvRead {
    EnvRead::new(name, Place::new(path, line))
}
