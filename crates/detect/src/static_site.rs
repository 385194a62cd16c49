//! Plain static sites: pages in a folder, nothing that builds or serves them.

use crate::detector::Detector;
use crate::findings::Findings;
use crate::path;
use crate::proposal::{Claim, ServiceProposal, Source, Standing};
use crate::repository::Repository;
use model::Place;
use model::facts::{Confidence, ServiceKind};

/// Finds folders with an `index.html` that no program is around.
pub(crate) struct StaticSite;

/// Folders that pages are kept in.
const FOLDERS: &[&str] = &[
    "public", "docs", "site", "www", "html", "static", "web", "website", "frontend", "client", "src", "dist",
];

/// Files that a program has.
const PROGRAMS: &[&str] = &[
    "package.json",
    "pyproject.toml",
    "requirements.txt",
    "Pipfile",
    "setup.py",
    "manage.py",
    "go.mod",
    "Cargo.toml",
    "pom.xml",
    "build.gradle",
    "Gemfile",
    "composer.json",
    "mix.exs",
    "pubspec.yaml",
    "deno.json",
    "app.py",
    "main.py",
];

impl Detector for StaticSite {
    fn detect(&self, repository: &Repository<'_>, findings: &mut Findings) {
        let root = has_program(repository, ".");
        let anywhere = root || PROGRAMS.iter().any(|name| !repository.named(name).is_empty());
        for file in repository.named("index.html") {
            let folder = path::parent(file);
            let known = folder == "." || FOLDERS.contains(&path::file_name(folder));
            let near = folder.matches('/').count() < 2;
            // Beside a program, `docs` is documentation and `static` is what the program serves.
            let part_of_program = root
                && (path::parent(folder) == "."
                    && !matches!(
                        path::file_name(folder),
                        "frontend" | "website" | "www" | "site" | "client" | "web"
                    )
                    || folder == ".");
            // Where there is any program, these hold its documentation, its assets or what it was built to.
            let aside = ["docs", "static", "html", "dist", "src"].contains(&path::file_name(folder));
            if anywhere && aside {
                continue;
            }
            if !known
                || !near
                || part_of_program
                || within_program(repository, folder)
                || is_template(repository, file)
                || needs_build(repository, file)
            {
                continue;
            }
            findings.proposals.push(proposal(folder, file));
        }
    }
}

fn proposal(folder: &str, file: &str) -> ServiceProposal {
    // `public` and `src` are the output of the folder above, which is the site.
    let inner = ["public", "src", "dist", "html", "static"].contains(&path::file_name(folder));
    let site = if inner { path::parent(folder) } else { folder };
    let mut proposal = ServiceProposal::new(Source::StaticSite, Standing::Alone, site, Place::new(file, 1));
    proposal.kind = Some(ServiceKind::Static);
    proposal.output = Some(Claim::certain(
        path::relative(folder, site)
            .filter(|inside| *inside != ".")
            .map_or_else(|| ".".to_owned(), str::to_owned),
    ));
    proposal.confidence = if folder == "." || inner { Confidence::Likely } else { Confidence::Maybe };
    proposal
}

fn has_program(repository: &Repository<'_>, folder: &str) -> bool {
    repository.first_in(folder, PROGRAMS).is_some()
}

/// Whether a program is in the folder or in one around it, the root aside.
fn within_program(repository: &Repository<'_>, folder: &str) -> bool {
    path::ancestors(folder).take_while(|at| *at != ".").any(|at| has_program(repository, at))
}

/// Whether a page is a template that a program fills in.
fn is_template(repository: &Repository<'_>, file: &str) -> bool {
    file.split('/').any(|part| part == "templates" || part.ends_with("tests"))
        || repository
            .text(file)
            .is_some_and(|text| text.contains("{%") || text.contains("{{") || text.contains("%PUBLIC_URL%"))
}

/// Whether a page loads sources that no browser understands.
fn needs_build(repository: &Repository<'_>, file: &str) -> bool {
    let sources = [".ts", ".tsx", ".jsx", ".vue", ".svelte"];
    repository.text(file).is_some_and(|text| {
        sources.iter().any(|end| text.contains(&format!("{end}\"")) || text.contains(&format!("{end}'")))
    })
}
