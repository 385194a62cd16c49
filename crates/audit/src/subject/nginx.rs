//! Configuration of nginx.

pub mod location;
pub mod lost;
pub mod pattern;
pub mod server;
pub mod target;

use artifact::nginx::read::Directive;
use model::{Place, path};

/// A file of nginx.
#[derive(Debug)]
pub struct Nginx {
    /// The file.
    pub path: String,
    /// What stands in it.
    pub directives: Vec<Directive>,
}

/// Whether a file may be nginx configuration, by its path.
pub(super) fn is(at: &str) -> bool {
    let name = path::file_name(at);
    let name = name.strip_suffix(".template").unwrap_or(name);
    name.ends_with(".conf")
}

/// Whether directives are of a server, and not of another program that has `.conf` files.
pub(super) fn serves(directives: &[Directive]) -> bool {
    let blocks = directives.iter().filter(|directive| directive.block.is_some());
    blocks.into_iter().any(|directive| {
        matches!(
            directive.name.as_str(),
            "http" | "server" | "upstream" | "location" | "stream" | "map" | "geo"
        )
    })
}

impl Nginx {
    /// The place of a directive.
    pub fn place(&self, directive: &Directive) -> Place {
        Place::new(&self.path, directive.line)
    }

    /// Every directive, with those around it, the outermost first.
    pub fn each<'a>(&'a self, mut visit: impl FnMut(&[&'a Directive], &'a Directive)) {
        let mut around = Vec::new();
        for directive in &self.directives {
            directive.descend(&mut around, &mut visit);
        }
    }

    /// Every directive of a name, where it stands.
    pub fn all<'a>(&'a self, name: &str) -> Vec<Found<'a>> {
        self.found(|directive| directive.name == name)
    }

    /// Every directive that is wanted, where it stands.
    pub fn found<'a>(&'a self, wanted: impl Fn(&Directive) -> bool) -> Vec<Found<'a>> {
        let mut found = Vec::new();
        self.each(|around, directive| {
            if wanted(directive) {
                found.push(Found { file: self, around: around.to_vec(), directive });
            }
        });
        found
    }
}

/// A directive where it stands.
#[derive(Debug, Clone)]
pub struct Found<'a> {
    file: &'a Nginx,
    around: Vec<&'a Directive>,
    /// The directive.
    pub directive: &'a Directive,
}

impl<'a> Found<'a> {
    /// Its place.
    pub fn place(&self) -> Place {
        self.file.place(self.directive)
    }

    /// The words behind it.
    pub fn arguments(&self) -> &'a [String] {
        &self.directive.arguments
    }

    /// Its first word, empty when it has none.
    pub fn first(&self) -> &'a str {
        self.directive.first()
    }

    /// What stands in its block.
    pub fn inside(&self) -> &'a [Directive] {
        self.directive.block.as_deref().unwrap_or_default()
    }

    /// What stands beside it, then what stands beside the block that it is in, and so on up to the file.
    pub fn levels(&self) -> impl Iterator<Item = &'a [Directive]> + '_ {
        let blocks = self.around.iter().rev().filter_map(|block| block.block.as_deref());
        blocks.chain([self.file.directives.as_slice()])
    }

    /// The directives of a name in the same block, itself too.
    pub fn beside(&self, name: &str) -> Vec<&'a Directive> {
        self.levels().next().into_iter().flatten().filter(|known| known.name == name).collect()
    }

    /// The directives of a name that hold where it stands: those of the innermost block that has any.
    pub fn in_force(&self, name: &str) -> Vec<&'a Directive> {
        let of = |level: &'a [Directive]| level.iter().filter(|known| known.name == name).collect::<Vec<_>>();
        self.levels().map(of).find(|found| !found.is_empty()).unwrap_or_default()
    }

    /// Whether a header is among those that `proxy_set_header` sets here.
    pub fn passes(&self, header: &str) -> bool {
        self.in_force("proxy_set_header").iter().any(|set| set.first().eq_ignore_ascii_case(header))
    }

    /// The first `proxy_pass` in a server, when none in it passes on one of some headers, and no include could. What one of
    /// them passes on is not forgotten: the others may be for static files or health checks.
    pub fn never_passes(&self, headers: &[&str]) -> Option<Self> {
        let within =
            |pass: &Self| pass.within("server").is_some_and(|server| std::ptr::eq(server, self.directive));
        let passes: Vec<Self> = self.file.all("proxy_pass").into_iter().filter(within).collect();
        let told = |pass: &Self| pass.may_be_included() || headers.iter().any(|header| pass.passes(header));
        if passes.iter().any(told) { None } else { passes.into_iter().next() }
    }

    /// The innermost block of a name that it stands in.
    pub fn within(&self, name: &str) -> Option<&'a Directive> {
        self.around.iter().rev().find(|block| block.name == name).copied()
    }

    /// The block that it stands directly in.
    pub fn parent(&self) -> Option<&'a Directive> {
        self.around.last().copied()
    }

    /// Whether only nginx itself can get here: `internal`.
    pub fn is_internal(&self) -> bool {
        self.levels().any(|level| level.iter().any(|known| known.name == "internal"))
    }

    /// Whether an include could bring in what seems to be missing here. Includes are not followed.
    pub fn may_be_included(&self) -> bool {
        self.levels().any(includes)
    }
}

/// Whether directives include a file that could hold directives for servers and locations.
pub fn includes(level: &[Directive]) -> bool {
    const DATA: [&str; 5] = ["mime.types", "fastcgi_params", "fastcgi.conf", "uwsgi_params", "scgi_params"];
    level.iter().filter(|directive| directive.name == "include").any(|directive| {
        let file = directive.first();
        !DATA.contains(&path::file_name(file)) && !file.contains("modules-enabled")
    })
}

/// The variables in a word, without `$`.
pub fn variables(word: &str) -> Vec<&str> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let after = word.split('$').skip(1).map(|after| after.strip_prefix('{').unwrap_or(after));
    after
        .map(|after| &after[..after.find(|c| !is_name(c)).unwrap_or(after.len())])
        .filter(|name| !name.is_empty())
        .collect()
}
