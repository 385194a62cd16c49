//! Projects that are smaller than the shop, for one thing each.

use crate::load::get;
use crate::shop::git;
use crate::world::World;
use std::fs;

/// Tells its version.
const TELLER: &str = "require('http').createServer((q, r) => r.end(q.url === '/health' ? 'ok' : 'VERSION')).listen(process.env.PORT)";
/// Asks the other by its name, and the bucket whether it is there.
const ASKER: &str = "const ask = async (r) => { const said = await (await fetch(process.env.TELLER_URL)).text(); \
     const bucket = await fetch(process.env.BUCKET).then((answer) => answer.ok, () => false); \
     r.end('it is ' + said + (bucket ? ', and there is a bucket' : '')) }; \
     require('http').createServer((q, r) => q.url === '/health' ? r.end('ok') : ask(r)).listen(process.env.PORT)";
const DOCKERFILE: &str = "FROM node:20-bookworm-slim\nCOPY . .\nUSER 1000\nCMD [\"node\", \"server.js\"]\n";

/// Two services, of which one asks the other, and a bucket.
pub struct Pair<'w> {
    world: &'w World,
}

impl<'w> Pair<'w> {
    /// Makes the repository; so many instances ask.
    pub fn open(world: &'w World, askers: u16) -> Self {
        let service = |name: &str, port: u16, routes: &str, more: &str| {
            format!(
                "[services.{name}]\npath = \"{name}\"\nkind = \"web\"\nstart = \"node server.js\"\nhealth = \"/health\"\n\
                 port = {port}\nroutes = {routes}\nmemory = \"128M\"\n{more}\n"
            )
        };
        let asks = format!("replicas = {askers}\nuses = [\"s3\"]");
        let toml = format!(
            "name = \"{}\"\n[deploy]\nwatch = \"300ms\"\nhealthy = 2\n{}{}[services.asker.env]\n\
             TELLER_URL = \"${{teller.internal}}\"\nBUCKET = \"${{s3.endpoint}}\"\n[datastores.s3]\nkind = \"s3\"\n\
             [environments.dev]\n{}port = {}\n",
            world.name,
            service("teller", world.own_port, "[]", ""),
            service("asker", 3000, "[\"/\"]", &asks),
            world.target(),
            world.entry.port()
        );
        let pair = Self { world };
        write(world, "mainstay.toml", &toml);
        for name in ["teller", "asker"] {
            write(world, &format!("{name}/package.json"), "{}");
            write(world, &format!("{name}/Dockerfile"), DOCKERFILE);
        }
        write(world, "asker/server.js", ASKER);
        pair.edit("v1");
        git(&world.repo, &["init", "--quiet", "--initial-branch=main"]);
        pair
    }

    /// Changes what the teller tells.
    pub fn edit(&self, version: &str) {
        write(self.world, "teller/server.js", &TELLER.replace("VERSION", version));
    }

    /// What the asker has heard.
    pub fn said(&self) -> String {
        get(self.world.entry, "/").map_or_else(|reason| reason, |reply| reply.text())
    }
}

/// One scheduler and nothing else.
pub struct Clock<'w> {
    world: &'w World,
}

impl<'w> Clock<'w> {
    /// Makes the repository.
    pub fn open(world: &'w World) -> Self {
        let toml = format!(
            "name = \"{}\"\n[deploy]\nwatch = \"300ms\"\n[services.clock]\npath = \".\"\nkind = \"scheduler\"\n\
             start = \"node server.js\"\n[environments.dev]\n{}",
            world.name,
            world.target()
        );
        write(world, "mainstay.toml", &toml);
        write(world, "package.json", "{}");
        write(world, "Dockerfile", DOCKERFILE);
        let clock = Self { world };
        clock.edit("v0");
        git(&world.repo, &["init", "--quiet", "--initial-branch=main"]);
        clock
    }

    /// Changes what it says when it begins.
    pub fn edit(&self, version: &str) {
        write(self.world, "server.js", &format!("console.log('{version}'); setInterval(() => {{}}, 1000)"));
    }
}

fn write(world: &World, path: &str, text: &str) {
    let path = world.repo.join(path);
    let made = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&path, text));
    made.unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
}
