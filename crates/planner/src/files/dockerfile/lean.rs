//! What of the dependencies that run nothing reads, and what of Prisma only its command line needs: half of such an image.

use super::super::blueprint::Unit;
use super::{APP, node};
use artifact::dockerfile::Stage;
use model::facts::Runtime;

/// The stage in which a tree without Prisma's command line is made.
const LEAN: &str = "lean";
/// Where what was built is looked at.
const BUILT: &str = "/built";

/// Takes source maps and type declarations out of the dependencies. Nothing that runs reads them, but a compiler.
pub(super) fn unread(unit: &Unit<'_>) -> String {
    let mut names = vec!["*.js.map", "*.[cm]js.map", "*.ts.map", "*.[cm]ts.map", "*.css.map"];
    if runs_compiled(unit) {
        names.extend(["*.d.ts", "*.d.[cm]ts"]);
    }
    let names: Vec<String> = names.iter().map(|name| format!("-name '{name}'")).collect();
    format!("find {APP} -path '*/node_modules/*' -type f \\( {} \\) -delete", names.join(" -o "))
}

/// Whether it is started as a file for Node, which no compiler turns into another one before.
fn runs_compiled(unit: &Unit<'_>) -> bool {
    let start = node::start(unit);
    start.starts_with("node ") && !start.contains("ts-node")
}

/// Where the dependencies that run come from, and the stage that makes them when it is not that of the installation.
pub(super) fn stage(unit: &Unit<'_>, client: &str) -> Option<Stage> {
    // It is needed where it is started.
    let stays = unit.runtime() != Some(Runtime::Node) || node::start(unit).contains("prisma");
    let comment = "Without Prisma's command line, which the stage that migrates has, and what only that needs; and without \
                   Prisma's parts for other databases.";
    (!stays).then(|| {
        Stage::new(LEAN, "prod-deps", comment)
            .copy_from("build", client, client)
            .copy_from("files", APP, BUILT)
            .run(format!("node -e '{}'", SCRIPT.replace("GENERATED", client)))
    })
}

/// Follows `dependencies` as Node looks for them, from every manifest and every import, and takes away what it does not meet.
/// An application that calls the command line itself keeps it.
const SCRIPT: &str = r##"const fs = require("fs"), { dirname, join } = require("path"), modules = "node_modules"; \
    const list = (at) => fs.existsSync(at) ? fs.readdirSync(at, { withFileTypes: true }) : []; \
    const files = (at) => list(at).flatMap((e) => e.isDirectory() ? files(join(at, e.name)) : [join(at, e.name)]); \
    const text = (paths) => paths.map((path) => fs.readFileSync(path, "utf8")).join("\n"); \
    const manifest = (at) => { try { return JSON.parse(text([join(at, "package.json")])); } catch { return {}; } }; \
    const needs = (of) => Object.keys({ ...of.dependencies, ...of.optionalDependencies, ...of.peerDependencies }) \
      .filter((name) => of.dependencies?.[name] || !of.peerDependenciesMeta?.[name]?.optional); \
    const kept = new Set(); \
    const keep = (from, name) => { \
      const at = join(from, modules, name); \
      if (!fs.existsSync(at)) return from === "/" || keep(dirname(from), name); \
      const real = fs.realpathSync(at); \
      if (!kept.has(real)) kept.add(real) && needs(manifest(real)).forEach((next) => keep(real, next)); \
    }; \
    const sweep = (at) => list(at).filter((e) => e.isDirectory()).forEach(({ name }) => { \
      if (name.startsWith("@")) sweep(join(at, name)); \
      else if (kept.has(join(at, name))) sweep(join(at, name, modules)); \
      else if (!name.startsWith(".")) fs.rmSync(join(at, name), { recursive: true }); \
    }); \
    const built = files("/built"), places = built.filter((path) => path.endsWith("/package.json")).map(dirname); \
    const ours = built.filter((path) => /\.[cm]?[jt]sx?$/.test(path) && !/prisma\.config\.|\.config\/prisma/.test(path)); \
    const code = text(ours), words = /\b(?:from|import|require)\b[ (]*["`\x27]((?:@[^\/"`\x27]+\/)?[^."`\x27\/]+)/g; \
    const imported = [...code.matchAll(words)].map((found) => found[1]); \
    for (const at of places) { \
      const names = needs(manifest(at)).filter((name) => name !== "prisma").concat(imported); \
      names.forEach((name) => keep(at.replace("/built", "/app"), name)); \
    } \
    if (!/prisma (migrate|db|generate)/.test(code)) places.forEach((at) => sweep(join(at.replace("/built", "/app"), modules))); \
    const client = files("GENERATED").filter((path) => path.endsWith(".js")), said = code + text(client); \
    const databases = ["cockroachdb", "mysql", "postgresql", "sqlite", "sqlserver"]; \
    const unused = databases.filter((name) => !said.includes(name)); \
    const parts = files(join("GENERATED", "../@prisma/client/runtime")); \
    if (unused.length < databases.length) parts.filter((path) => unused.some((name) => path.includes(`.${name}.`))) \
      .forEach((path) => fs.rmSync(path));"##;
