//! Which framework a package is built with.

use super::package::Package;
use model::facts::Framework;

/// Frameworks that bring their own build and decide what it makes: dependency, framework. The first that matches counts, so one
/// that builds on another comes before it.
const SITES: &[(&str, Framework)] = &[
    ("next", Framework::NextJs),
    ("nuxt", Framework::Nuxt),
    ("nuxt3", Framework::Nuxt),
    ("@sveltejs/kit", Framework::SvelteKit),
    ("@remix-run/dev", Framework::Remix),
    ("@remix-run/serve", Framework::Remix),
    ("@react-router/dev", Framework::ReactRouter),
    ("@docusaurus/core", Framework::Docusaurus),
    ("vitepress", Framework::VitePress),
    ("astro", Framework::Astro),
    ("@solidjs/start", Framework::SolidStart),
    ("@tanstack/react-start", Framework::TanStackStart),
    ("@tanstack/start", Framework::TanStackStart),
    ("@tanstack/solid-start", Framework::TanStackStart),
    ("gatsby", Framework::Gatsby),
    ("@angular/core", Framework::Angular),
    ("react-scripts", Framework::CreateReactApp),
    ("@craco/craco", Framework::CreateReactApp),
    ("@vue/cli-service", Framework::VueCli),
    ("@11ty/eleventy", Framework::Eleventy),
    ("vite", Framework::Vite),
];

/// Frameworks that answer requests in a program of the package's own.
const SERVERS: &[(&str, Framework)] = &[
    ("@nestjs/core", Framework::NestJs),
    ("@adonisjs/core", Framework::AdonisJs),
    ("fastify", Framework::Fastify),
    ("@hapi/hapi", Framework::Hapi),
    ("elysia", Framework::Elysia),
    ("hono", Framework::Hono),
    ("koa", Framework::Koa),
    ("express", Framework::Express),
];

/// The framework that builds a site out of the package.
pub(crate) fn site(package: &Package) -> Option<Framework> {
    SITES.iter().find(|(name, _)| package.has(name)).map(|(_, framework)| *framework)
}

/// The framework of a server in the package.
pub(crate) fn server(package: &Package) -> Option<Framework> {
    SERVERS.iter().find(|(name, _)| package.has_at_run(name)).map(|(_, framework)| *framework)
}

/// Whether the package is something else than a part of a deployed system: a mobile or desktop application, an extension, a tool.
pub(crate) fn is_not_deployed(package: &Package) -> bool {
    const OTHERS: &[&str] = &[
        "expo",
        "react-native",
        "electron",
        "@tauri-apps/api",
        "@tauri-apps/cli",
        "wxt",
        "plasmo",
        "@crxjs/vite-plugin",
        "@capacitor/core",
        "@raycast/api",
        "nativescript",
        "@nativescript/core",
    ];
    OTHERS.iter().any(|name| package.has(name))
        || package.get("/engines/vscode").is_some()
        || is_about_tooling(package)
}

/// Packages whose name says that they are for the developers: tests, stories, shared configuration.
fn is_about_tooling(package: &Package) -> bool {
    const WORDS: &[&str] = &[
        "e2e",
        "tests",
        "test",
        "storybook",
        "eslint-config",
        "tsconfig",
        "typescript-config",
        "prettier-config",
        "tailwind-config",
        "cli",
        "playwright",
        "cypress",
        "config",
        "load-test",
        "k6",
    ];
    let name = package.name().unwrap_or_default().rsplit('/').next().unwrap_or_default();
    let folder = package.folder.rsplit('/').next().unwrap_or_default();
    let tells = |text: &str| {
        WORDS
            .iter()
            .any(|word| text == *word || text.strip_suffix(word).is_some_and(|rest| rest.ends_with('-')))
    };
    package.folder != "." && (tells(name) && !name.is_empty() || tells(folder))
}
