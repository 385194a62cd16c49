//! Sites: frameworks that decide by themselves what their build makes, and whether it is files or a server.

mod text;

use super::build::Build;
use super::command::{self, Program};
use super::emit::Emission;
use super::entry::{DEVELOP, Launch, Launcher, START, port_option};
use super::package::Package;
use super::scope::Scope;
use crate::path;
use crate::proposal::Claim;
use model::facts::{Confidence, Framework, Runtime};
use std::sync::Arc;
use text::{joined_of, value_of};

/// What a site's build makes.
#[derive(Debug, Clone)]
pub(crate) enum Made {
    /// Files in a folder, relative to the package.
    Files(Claim<String>),
    /// A server, with the port that it has when nothing sets one.
    Server(Launch, u16),
    /// Something that only runs on one provider.
    Foreign(&'static str),
    /// No site at all.
    Nothing,
}

/// The tool's own build command, for packages that have no script for it.
pub(crate) fn build_command(framework: Framework) -> Option<&'static str> {
    Some(match framework {
        Framework::NextJs => "next build",
        Framework::Nuxt => "nuxt build",
        Framework::Astro => "astro build",
        Framework::SvelteKit | Framework::Vite => "vite build",
        Framework::Remix => "remix vite:build",
        Framework::ReactRouter => "react-router build",
        Framework::Gatsby => "gatsby build",
        Framework::Docusaurus => "docusaurus build",
        Framework::CreateReactApp => "react-scripts build",
        Framework::Angular => "ng build",
        Framework::VueCli => "vue-cli-service build",
        Framework::Eleventy => "eleventy",
        Framework::VitePress => "vitepress build",
        _ => return None,
    })
}

/// Looks at one package with one of these frameworks.
pub(crate) struct Site<'s, 'r> {
    /// Everything.
    pub scope: &'s Scope<'r>,
    /// The package.
    pub package: &'s Package,
    /// Its framework.
    pub framework: Framework,
    /// Its build.
    pub build: &'s Build,
}

impl Site<'_, '_> {
    /// What the build makes.
    pub(crate) fn made(&self) -> Made {
        let files = |folder: &str| Made::Files(Claim::certain(folder.to_owned()));
        match self.framework {
            Framework::NextJs => self.next(),
            Framework::Nuxt => self.nuxt(),
            Framework::Astro => self.astro(),
            Framework::SvelteKit => self.svelte_kit(),
            Framework::Remix | Framework::ReactRouter => self.remix(),
            Framework::SolidStart | Framework::TanStackStart => self.node(".output/server/index.mjs", 3000),
            Framework::Gatsby => files("public"),
            Framework::Docusaurus => files("build"),
            Framework::CreateReactApp => self.create_react_app(),
            Framework::VueCli => Made::Files(Claim::likely(
                self.configured("vue.config", "outputDir").unwrap_or_else(|| "dist".to_owned()),
            )),
            Framework::Eleventy => files(&self.option(&["--output"]).unwrap_or_else(|| "_site".to_owned())),
            Framework::VitePress => self.vitepress(),
            Framework::Angular => self.angular(),
            Framework::Vite => self.vite(),
            _ => Made::Nothing,
        }
    }

    /// The text of the framework's configuration file, without comments that stand on lines of their own.
    fn config(&self, stem: &str) -> Arc<str> {
        let names = ["ts", "js", "mjs", "cjs", "mts"].map(|extension| format!("{stem}.{extension}"));
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let file = self.scope.repository.first_in(&self.package.folder, &names);
        let text = file.and_then(|file| self.scope.repository.text(&file)).unwrap_or_else(|| Arc::from(""));
        let kept: Vec<&str> = text
            .lines()
            .filter(|row| !row.trim_start().starts_with("//") && !row.trim_start().starts_with('*'))
            .collect();
        Arc::from(kept.join("\n"))
    }

    /// The text that a key of a configuration has.
    fn configured(&self, stem: &str, key: &str) -> Option<String> {
        value_of(&self.config(stem), key)
    }

    /// An option of one of the build's programs.
    fn option(&self, names: &[&str]) -> Option<String> {
        self.build.steps.iter().find_map(|step| {
            let Program::Build { words } = &step.program else { return None };
            words.iter().enumerate().find_map(|(at, word)| {
                names.iter().find_map(|name| match word.strip_prefix(name)? {
                    "" => words.get(at + 1).cloned(),
                    rest => rest.strip_prefix('=').map(str::to_owned),
                })
            })
        })
    }

    /// A server that is a file which the build makes.
    fn node(&self, file: &str, port: u16) -> Made {
        let target = self.package.at(file);
        let launch = Launch {
            start: Claim::certain(format!("node {file}")),
            targets: vec![target, self.package.folder.clone()],
            source: None,
            runtime: Runtime::Node,
            port: self.script_port(),
            needs_compiler: false,
        };
        Made::Server(launch, port)
    }

    /// A port that the start script sets.
    fn script_port(&self) -> Option<u16> {
        START.iter().find_map(|name| {
            command::script(self.package, name).iter().find_map(|step| {
                let assigned = step
                    .assignments
                    .iter()
                    .find(|(name, _)| name == "PORT")
                    .and_then(|(_, value)| value.parse().ok());
                assigned.or_else(|| match &step.program {
                    Program::Server { words } => port_option(words),
                    _ => None,
                })
            })
        })
    }

    /// A server that the package starts itself: a custom server, or the framework's own.
    fn own_launch(&self) -> Option<Launch> {
        let emission = Emission::of(self.scope.repository, self.package, &self.build.steps, &[]);
        let launcher = Launcher { scope: self.scope, package: self.package, emission: &emission };
        launcher.by_scripts(START, DEVELOP).filter(|launch| launch.start.confidence > Confidence::Maybe)
    }

    fn next(&self) -> Made {
        let config = self.config("next.config");
        let output = config.lines().find(|row| {
            let row = row.trim_start();
            row.starts_with("output:")
                || row.starts_with("output :")
                || row.contains(" output:")
                || row.contains("{output:")
                || row.contains("config.output")
        });
        let says = |word: &str| {
            output
                .is_some_and(|row| row.contains(&format!("'{word}'")) || row.contains(&format!("\"{word}\"")))
        };
        let dist = value_of(&config, "distDir").unwrap_or_else(|| ".next".to_owned());
        let exports = self.build.steps.iter().any(|step| matches!(&step.program, Program::Build { words } if words.get(1).is_some_and(|word| word == "export")));
        if says("export") || exports {
            return Made::Files(Claim::certain(if dist == ".next" { "out".to_owned() } else { dist }));
        }
        let own = self.own_launch();
        let custom = own
            .clone()
            .filter(|launch| launch.source.is_some() && !launch.start.value.contains("standalone"));
        if let Some(launch) = custom {
            return Made::Server(launch, 3000);
        }
        if says("standalone") {
            let below = self
                .scope
                .root(self.package)
                .map_or("", |root| path::relative(&self.package.folder, &root.folder).unwrap_or(""));
            let file = path::join(&format!("{dist}/standalone"), &path::join(below, "server.js"));
            return self.node(&file, 3000);
        }
        let line = format!("{} start", self.scope.bin(self.package, "next"));
        let port = self.script_port();
        let line = port.map_or_else(|| line.clone(), |_| line.clone());
        let launch = Launch {
            start: Claim::certain(line),
            targets: vec![self.package.folder.clone()],
            source: None,
            runtime: Runtime::Node,
            port,
            needs_compiler: false,
        };
        Made::Server(launch, 3000)
    }

    fn nuxt(&self) -> Made {
        let generates = self.build.steps.iter().any(|step| matches!(&step.program, Program::Build { words } if words.iter().any(|word| word == "generate")));
        let config = self.config("nuxt.config");
        let preset = value_of(&config, "preset").unwrap_or_default();
        if generates || preset == "static" || preset == "github-pages" {
            return Made::Files(Claim::certain(".output/public".to_owned()));
        }
        if preset.contains("vercel") || preset.contains("netlify") || preset.contains("cloudflare") {
            return Made::Foreign("its Nitro preset is for one provider");
        }
        self.node(".output/server/index.mjs", 3000)
    }

    fn astro(&self) -> Made {
        let config = self.config("astro.config");
        let out = value_of(&config, "outDir").map_or_else(|| "dist".to_owned(), |out| path::join(".", &out));
        let output = value_of(&config, "output").unwrap_or_default();
        if self.package.has("@astrojs/node") && config.contains("@astrojs/node") {
            let mode = config.split_once("mode:").is_some_and(|(_, rest)| {
                rest.trim_start().starts_with(['\'', '"']) && rest.contains("middleware")
            });
            return match self.own_launch().filter(|launch| launch.source.is_some() && mode) {
                Some(launch) => Made::Server(launch, 4321),
                None => self.node(&format!("{out}/server/entry.mjs"), 4321),
            };
        }
        if matches!(output.as_str(), "server" | "hybrid") {
            return Made::Foreign("its adapter is for one provider");
        }
        Made::Files(Claim::certain(out))
    }

    fn svelte_kit(&self) -> Made {
        let config = self.config("svelte.config");
        let uses = |name: &str| self.package.has(name) && (config.contains(name) || config.is_empty());
        if uses("@sveltejs/adapter-node") {
            let out = value_of(&config, "out").unwrap_or_else(|| "build".to_owned());
            return self.node(&format!("{out}/index.js"), 3000);
        }
        if uses("@sveltejs/adapter-static") {
            return Made::Files(Claim::certain(
                value_of(&config, "pages").unwrap_or_else(|| "build".to_owned()),
            ));
        }
        Made::Foreign("its SvelteKit adapter makes nothing that Node can start; use @sveltejs/adapter-node")
    }

    fn remix(&self) -> Made {
        let config = self.config("react-router.config");
        let vite = self.config("vite.config");
        let spa = |text: &str| text.lines().any(|row| row.replace(' ', "").contains("ssr:false"));
        if spa(&config) || self.framework == Framework::Remix && spa(&vite) {
            return Made::Files(Claim::certain("build/client".to_owned()));
        }
        if let Some(launch) = self.own_launch() {
            return Made::Server(launch, 3000);
        }
        let (program, file) = match self.framework {
            Framework::ReactRouter => ("react-router-serve", "build/server/index.js"),
            _ if vite.is_empty() => ("remix-serve", "build/index.js"),
            _ => ("remix-serve", "build/server/index.js"),
        };
        let launch = Launch {
            start: Claim::likely(format!("{} {file}", self.scope.bin(self.package, program))),
            targets: vec![self.package.at(file)],
            source: None,
            runtime: Runtime::Node,
            port: self.script_port(),
            needs_compiler: false,
        };
        Made::Server(launch, 3000)
    }

    fn create_react_app(&self) -> Made {
        let stated = self.build.steps.iter().find_map(|step| {
            step.assignments
                .iter()
                .find(|(name, _)| name == "BUILD_PATH")
                .map(|(_, value)| path::join(".", value))
        });
        Made::Files(Claim::certain(stated.unwrap_or_else(|| "build".to_owned())))
    }

    fn vitepress(&self) -> Made {
        let folder = self.build.steps.iter().find_map(|step| match &step.program {
            Program::Build { words } => words.get(2).filter(|word| !word.starts_with('-')).cloned(),
            _ => None,
        });
        Made::Files(Claim::likely(path::join(&folder.unwrap_or_default(), ".vitepress/dist")))
    }

    fn angular(&self) -> Made {
        let Some(workspace) = self.scope.repository.json(&self.package.at("angular.json")) else {
            return Made::Nothing;
        };
        let projects = workspace.get("projects").and_then(|projects| projects.as_object());
        let applications = projects.into_iter().flatten().filter(|(_, project)| {
            project.get("projectType").and_then(|kind| kind.as_str()) != Some("library")
        });
        let default = workspace.get("defaultProject").and_then(|name| name.as_str());
        let chosen = applications
            .clone()
            .find(|(name, _)| Some(name.as_str()) == default)
            .or_else(|| applications.clone().next());
        let Some((name, project)) = chosen else { return Made::Nothing };
        let target = project.pointer("/architect/build").or_else(|| project.pointer("/targets/build"));
        let options = target.and_then(|target| target.get("options"));
        let builder = target.and_then(|target| target.get("builder")?.as_str()).unwrap_or_default();
        let application = builder.ends_with(":application");
        let path_of =
            |key: &str| options.and_then(|options| options.pointer(key)?.as_str().map(str::to_owned));
        let base = path_of("/outputPath")
            .or_else(|| path_of("/outputPath/base"))
            .unwrap_or_else(|| format!("dist/{name}"));
        let ssr = options.is_some_and(|options| {
            options.get("ssr").is_some_and(|ssr| *ssr != false) && options.get("server").is_some()
        });
        if application && ssr {
            return self.node(&format!("{base}/server/server.mjs"), 4000);
        }
        let browser = path_of("/outputPath/browser").unwrap_or_else(|| "browser".to_owned());
        let folder = if application { path::join(&base, &browser) } else { base };
        Made::Files(Claim::certain(folder))
    }

    fn vite(&self) -> Made {
        let config = self.config("vite.config");
        let library = config.lines().any(|row| row.trim_start().starts_with("lib:"));
        let folder = path::join(&self.package.folder, &vite_root(&config));
        let page = ["index.html", "client/index.html", "src/index.html", "frontend/index.html"];
        let page = self
            .scope
            .repository
            .first_in(&folder, &page[..1])
            .or_else(|| self.scope.repository.first_in(&self.package.folder, &page));
        if page.is_none()
            || library
                && !self.package.at("index.html").is_empty()
                && self.package.text("/main").or(self.package.text("/module")).is_some()
        {
            return Made::Nothing;
        }
        Made::Files(Claim::certain(self.vite_output()))
    }

    /// The folder that Vite fills, relative to the package.
    pub(crate) fn vite_output(&self) -> String {
        let config = self.config("vite.config");
        let root = vite_root(&config);
        let joined = joined_of(&config, "outDir");
        let stated =
            self.option(&["--outDir"]).or_else(|| value_of(&config, "outDir")).or_else(|| joined.clone());
        // Plugins for servers of other languages have a word of their own for it.
        let plugin = || value_of(&config, "bundleDirectory").or_else(|| value_of(&config, "bundleDir"));
        match stated.or_else(plugin) {
            // Relative to Vite's own root.
            Some(out) if joined.is_some() => {
                path::between(&self.package.folder, &path::join(&self.package.folder, &out))
            }
            Some(out) => {
                let at = path::join(&self.package.at(&root), &out);
                path::relative(&at, &self.package.folder)
                    .map_or_else(|| path::between(&self.package.folder, &at), str::to_owned)
            }
            None => path::join(&root, "dist"),
        }
    }
}

fn vite_root(config: &str) -> String {
    value_of(config, "root").or_else(|| joined_of(config, "root")).unwrap_or_default()
}
