//! Pages and assets that a package builds into the folder of a server: no service of their own, but a part of that server's build.

use super::super::build::Build;
use super::super::bundler;
use super::super::command::Program;
use super::super::site::{self, Made, Site};
use super::super::{dev, env, framework};
use super::Services;
use crate::findings::Findings;
use crate::path;
use crate::proposal::{Claim, ServiceProposal, Source, Standing};
use model::Place;
use model::facts::{Framework, ServiceKind};

/// Files that say that a folder holds a Python program.
const PYTHON: &[&str] = &["manage.py", "pyproject.toml", "requirements.txt", "Pipfile", "setup.py"];

/// Folders that hold what a program serves besides its answers.
const SERVED: &[&str] =
    &["static", "assets", "public", "staticfiles", "templates", "bundles", "webpack_bundles"];

/// Python files that say which folders a program serves.
const SERVING: &[&str] =
    &["main.py", "app.py", "__init__.py", "asgi.py", "settings.py", "config.py", "base.py"];

impl Services<'_, '_> {
    /// Adds what a package without a framework or without a page of its own builds: to the server whose folder it fills,
    /// else as a site, when it has a page for its bundler.
    pub(super) fn propose_assets(&self, findings: &mut Findings) {
        let framework = framework::site(self.package);
        let build = Build::of(self.scope, self.package, framework.and_then(site::build_command));
        let Some(command) = build.command.clone() else { return };
        let outputs = self.outputs(&build, framework);
        let filled = outputs.iter().find_map(|output| Some((output, self.server_around(output)?)));
        let Some((output, server)) = filled else {
            if let (None, Some(output)) = (framework, outputs.first()) {
                findings.proposals.extend(self.bundled_site(&build, output));
            }
            return;
        };
        let evidence = self.package.place_of_script(self.scope.repository, "build");
        let mut proposal =
            ServiceProposal::new(Source::Node, Standing::Supporting, server.clone(), evidence.clone());
        // Two proposals from one source are about one service where they call it the same.
        let package = self.scope.package(&server).filter(|package| package.folder != self.package.folder);
        proposal.name = package.and_then(|package| package.name()).map(str::to_owned);
        proposal.build_before = Some(self.seen_from(&server, &command));
        proposal.env = env::of(&self.sources);
        env::all_at_build(&mut proposal.env);
        findings.proposals.push(proposal);
        findings.note(evidence, format!("builds into {output}; it is built with the service in {server}"));
    }

    /// Pages that a bundler alone makes.
    fn bundled_site(&self, build: &Build, output: &str) -> Option<ServiceProposal> {
        const PAGES: &[&str] = &["html-webpack-plugin", "html-bundler-webpack-plugin", "@rollup/plugin-html"];
        let page = ["index.html", "public/index.html", "src/index.html", "static/index.html"];
        let plugin = PAGES.iter().find(|name| self.package.has(name));
        let page = self.scope.repository.first_in(&self.package.folder, &page);
        let evidence = match (plugin, page) {
            (Some(plugin), _) => self.package.place_of(self.scope.repository, plugin),
            (None, Some(page)) => Place::new(page, 1),
            (None, None) => return None,
        };
        let mut proposal = self.proposal(build, evidence);
        proposal.kind = Some(ServiceKind::Static);
        let inside = path::relative(output, &self.package.folder).map(str::to_owned);
        let inside = inside.unwrap_or_else(|| path::between(&self.package.folder, output));
        proposal.output = Some(Claim::likely(inside));
        proposal.dev = self.develop(dev::Running::default());
        env::all_at_build(&mut proposal.env);
        Some(proposal)
    }

    /// The folders that the build fills, from the root.
    fn outputs(&self, build: &Build, framework: Option<Framework>) -> Vec<String> {
        let repository = self.scope.repository;
        let mut found = Vec::new();
        if let Some(framework) = framework
            && let Made::Files(output) =
                (Site { scope: self.scope, package: self.package, framework, build }).made()
        {
            found.push(path::join(&self.package.folder, &output.value));
        }
        for step in &build.steps {
            let (Program::Build { words } | Program::Other { words }) = &step.program else { continue };
            let folder = path::join(&self.package.folder, &step.folder);
            let option = |names: &[&str]| {
                let at = words.iter().position(|word| names.contains(&word.as_str()))?;
                words.get(at + 1).map(|value| path::join(&folder, value))
            };
            let program = words.first().map_or("", |word| path::file_name(word));
            found.extend(match program {
                "vite" => {
                    let framework = framework.unwrap_or(Framework::Vite);
                    let site = Site { scope: self.scope, package: self.package, framework, build };
                    Some(path::join(&self.package.folder, &site.vite_output()))
                }
                "webpack" | "webpack-cli" | "rspack" => option(&["-o", "--output-path"])
                    .or_else(|| bundler::webpack(repository, &folder, words).map(|bundle| bundle.folder)),
                "rollup" => option(&["-d", "--dir"])
                    .or_else(|| bundler::rollup(repository, &folder, words).map(|bundle| bundle.folder)),
                "parcel" => option(&["--dist-dir", "-d"]),
                "esbuild" | "tailwindcss" | "cli" | "postcss" => {
                    option(&["--outdir", "--dir"]).or_else(|| {
                        option(&["-o", "--output", "--outfile"]).map(|file| path::parent(&file).to_owned())
                    })
                }
                _ => None,
            });
        }
        found
    }

    /// Whether pages are built into the folder of a server of Node, which then serves them.
    pub(super) fn fills_server(&self, made: &Made) -> bool {
        match made {
            Made::Files(output) => {
                let output = path::join(&self.package.folder, &output.value);
                // The root of a workspace has what its members need, and is no server for that.
                let root = self.scope.root(self.package).map(|root| root.folder.as_str());
                let server = self.server_around(&output).filter(|server| Some(server.as_str()) != root);
                let package = server.and_then(|server| self.scope.package(&server));
                !path::is_under(&output, &self.package.folder)
                    && package.is_some_and(|package| framework::server(package).is_some())
            }
            Made::Server(..) | Made::Foreign(_) | Made::Nothing => false,
        }
    }

    /// The folder of the server that a filled folder belongs to.
    fn server_around(&self, output: &str) -> Option<String> {
        let repository = self.scope.repository;
        let own = &self.package.folder;
        for folder in path::ancestors(output) {
            let python = repository.first_in(folder, PYTHON).is_some();
            let served = output.split('/').any(|part| SERVED.contains(&part));
            let apart = !path::is_under(output, own);
            if python && (apart || folder == own && served || self.is_mentioned(folder, output)) {
                return Some(folder.to_owned());
            }
            let node = self.scope.package(folder).is_some_and(|package| framework::server(package).is_some());
            if node && folder != own && !path::is_under(output, own) {
                return Some(folder.to_owned());
            }
        }
        None
    }

    /// Whether a Python program names the end of a folder's path: `"frontend/dist"`, `"frontend" / "dist"`.
    fn is_mentioned(&self, server: &str, output: &str) -> bool {
        let parts: Vec<&str> = output.rsplit('/').take(2).collect();
        let [last, before] = parts[..] else { return false };
        let says = |text: &str| {
            text.lines().any(|row| {
                let quoted: Vec<&str> = row.split(['"', '\'']).skip(1).step_by(2).collect();
                quoted.iter().any(|text| text.ends_with(&format!("{before}/{last}")))
                    || quoted.windows(2).any(|pair| pair == [before, last])
            })
        };
        let files = self.scope.repository.under(server).iter().map(|entry| entry.path.as_str());
        files
            .filter(|file| {
                SERVING.contains(&path::file_name(file)) && !path::is_under(file, &self.package.folder)
            })
            .any(|file| self.scope.repository.text(file).is_some_and(|text| says(&text)))
    }

    /// The installation and the build, run from the server's folder and back.
    fn seen_from(&self, server: &str, build: &str) -> String {
        let mut at = server;
        let mut parts: Vec<String> = Vec::new();
        let go = |parts: &mut Vec<String>, to: &str, from: &str| {
            let way = path::between(from, to);
            if way != "." {
                parts.push(format!("cd {way}"));
            }
        };
        let installed = self
            .scope
            .package(server)
            .is_some_and(|package| self.scope.installation(package).folder == self.installation.folder);
        let is_python = self.scope.repository.first_in(server, PYTHON).is_some();
        if !installed || is_python {
            go(&mut parts, &self.installation.folder, at);
            parts.push(self.installation.install().to_owned());
            at = &self.installation.folder;
        }
        go(&mut parts, &self.package.folder, at);
        parts.push(build.to_owned());
        go(&mut parts, server, &self.package.folder);
        parts.join(" && ")
    }
}
