//! Facts: what was detected in a repository, each with its evidence. The serialised form is `mainstay detect --format json`.

mod condition;
mod series;

pub use condition::RequiredWhen;
pub use series::{SeriesFact, SeriesKind};

use crate::Place;
use serde::{Deserialize, Serialize};

/// The version of the serialised form.
pub const FORMAT: u32 = 1;

/// Everything that detection found. Services and datastores are sorted by name, evidence by place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// [`FORMAT`].
    pub format: u32,
    /// The repository as a whole.
    pub project: ProjectFact,
    /// Every deployable.
    pub services: Vec<ServiceFact>,
    /// Every database, cache and bucket that the services use.
    pub datastores: Vec<DatastoreFact>,
    /// What could not be read or decided, for people.
    pub notes: Vec<Note>,
}

/// The repository as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectFact {
    /// A name for it: the root manifest's, else the folder's.
    pub name: String,
    /// `owner/repository` of its remote on GitHub; absent when there is none or it lies elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub github: Option<String>,
    /// Platforms that it is deployed to already, by their own files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub platforms: Vec<PlatformFact>,
}

/// A platform that the repository has files or settings of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PlatformFact {
    /// Which.
    pub name: Platform,
    /// The service's folder that is deployed there; `.` is the root.
    pub path: String,
    /// What says so.
    pub evidence: Place,
}

/// Something worth telling that is not a fact: an unreadable file, a contradiction between two sources.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Note {
    /// Where.
    pub place: Place,
    /// What, as a sentence fragment in lower case.
    pub message: String,
}

/// One deployable of the repository.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServiceFact {
    /// A name, unique in the repository.
    pub name: String,
    /// Its folder relative to the root; `.` is the root.
    pub path: String,
    /// What it is.
    pub kind: ServiceKind,
    /// The language it is written in; absent for a plain static site or a foreign image.
    pub language: Option<Language>,
    /// Its framework.
    pub framework: Option<Framework>,
    /// What installs its dependencies.
    pub package_manager: Option<PackageManagerFact>,
    /// What runs it.
    pub runtime: Option<RuntimeFact>,
    /// The folder in which `install` runs and whose lock file decides: the workspace's root, else `path`.
    pub install_path: String,
    /// The lock file, relative to the repository's root.
    pub lockfile: Option<String>,
    /// Installs all that a build needs, exactly as locked. A shell command line, run in `install_path`.
    pub install: Option<String>,
    /// Builds it. A shell command line, run in `path`.
    pub build: Option<String>,
    /// Starts it for production. A shell command line, run in `path`; may use `$PORT`. Never a development server.
    pub start: Option<String>,
    /// The folder of built files: for a static service what is served. Relative to `path`.
    pub output: Option<String>,
    /// Where it listens.
    pub port: Option<PortFact>,
    /// Its health endpoint.
    pub health: Option<HealthFact>,
    /// Its database migrations.
    pub migrations: Option<MigrationsFact>,
    /// Every variable that its code reads, sorted by name.
    pub env: Vec<EnvFact>,
    /// The datastores it uses, by kind.
    pub uses: Vec<DatastoreKind>,
    /// What the repository checks its code with, in the order in which it makes sense.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<CheckFact>,
    /// Installs what `checks` need, in place of `install`; absent when `install` does. A shell command line, run in
    /// `install_path`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub install_checks: Option<String>,
    /// Runs it for development, starting again when a file changes. A shell command line, run in `path`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dev: Option<String>,
    /// Every file that `install` reads, relative to the repository's root: manifests of all workspace members, lock file,
    /// settings of the package manager, patches, schemas that an install script compiles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub install_inputs: Vec<String>,
    /// What the scripts that `install` and `build` call come to where they leave `path`: shell command lines, run in `path`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errands: Vec<String>,
    /// Files outside `path` that its sources import, relative to the repository's root.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub imports: Vec<String>,
    /// What its code does with HTTP beyond answering.
    #[serde(default, skip_serializing_if = "HttpFact::is_plain")]
    pub http: HttpFact,
    /// How sure the detection is that this is a deployable with this start command.
    pub confidence: Confidence,
    /// What proves it.
    pub evidence: Vec<Place>,
}

/// What a deployable is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum ServiceKind {
    /// Answers HTTP requests.
    Web,
    /// Works off a queue; listens to nobody.
    Worker,
    /// Files to be served.
    Static,
    /// Runs once and ends.
    Job,
    /// Starts work by the clock; never two at a time.
    Scheduler,
}

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
        )]
        #[allow(missing_docs)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant),* }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word for it, as serialised.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    )*};
}

words! {
    /// A programming language. TypeScript is its own value when the service's own sources are TypeScript.
    Language {
        JavaScript = "javascript",
        TypeScript = "typescript",
        Python = "python",
        Other = "other",
    }

    /// A framework that decides how a service is built and started.
    Framework {
        Express = "express", Fastify = "fastify", Koa = "koa", Hono = "hono", NestJs = "nestjs",
        NextJs = "nextjs", Vite = "vite", CreateReactApp = "create-react-app", Angular = "angular", VueCli = "vue-cli",
        Remix = "remix", ReactRouter = "react-router", Nuxt = "nuxt", Astro = "astro", SvelteKit = "sveltekit",
        SolidStart = "solidstart", TanStackStart = "tanstack-start", Gatsby = "gatsby", Docusaurus = "docusaurus",
        Eleventy = "eleventy", VitePress = "vitepress", AdonisJs = "adonisjs", Hapi = "hapi", Elysia = "elysia",
        NodeHttp = "node-http", BullMq = "bullmq", Temporal = "temporal",
        FastApi = "fastapi", Django = "django", Flask = "flask", Starlette = "starlette", Litestar = "litestar",
        Sanic = "sanic", Aiohttp = "aiohttp", Tornado = "tornado", Quart = "quart", Streamlit = "streamlit", Gradio = "gradio",
        Celery = "celery", Rq = "rq", Arq = "arq", Dramatiq = "dramatiq", Huey = "huey",
        Taskiq = "taskiq",
    }

    /// What installs dependencies. `yarn` is yarn 1, `yarn-berry` is yarn 2 and later.
    PackageManager {
        Npm = "npm", Pnpm = "pnpm", Yarn = "yarn", YarnBerry = "yarn-berry", Bun = "bun", Deno = "deno",
        Pip = "pip", Uv = "uv", Poetry = "poetry", Pdm = "pdm", Pipenv = "pipenv",
    }

    /// What runs a service.
    Runtime { Node = "node", Bun = "bun", Deno = "deno", Python = "python" }

    /// A tool that migrates a database.
    MigrationTool {
        Prisma = "prisma", TypeOrm = "typeorm", Knex = "knex", Drizzle = "drizzle", Sequelize = "sequelize", MikroOrm = "mikro-orm",
        Kysely = "kysely", NodePgMigrate = "node-pg-migrate", DbMigrate = "db-migrate", Mongo = "migrate-mongo", Umzug = "umzug",
        Alembic = "alembic", Django = "django", Aerich = "aerich", FlaskMigrate = "flask-migrate",
        Sql = "sql", Custom = "custom",
    }

    /// A kind of datastore.
    DatastoreKind {
        Postgres = "postgres", MySql = "mysql", MariaDb = "mariadb", Sqlite = "sqlite", MongoDb = "mongodb", Redis = "redis", S3 = "s3",
        RabbitMq = "rabbitmq", Kafka = "kafka", Elasticsearch = "elasticsearch", Memcached = "memcached", ClickHouse = "clickhouse",
    }

    /// What a check looks at.
    CheckKind {
        Format = "format", Lint = "lint", Types = "types", Unit = "unit", Integration = "integration", EndToEnd = "e2e",
        /// The tests once more, counting what they reach.
        Coverage = "coverage",
    }

    /// A platform that runs services from a repository.
    Platform {
        Vercel = "vercel", Netlify = "netlify", Railway = "railway", Render = "render", Fly = "fly", Heroku = "heroku",
    }

    /// How sure a fact is.
    Confidence {
        /// A guess that a person should confirm.
        Maybe = "maybe",
        /// Follows from conventions.
        Likely = "likely",
        /// Stands in the files.
        Certain = "certain",
    }

    /// When a variable is read.
    Phase {
        /// When the service starts or runs.
        Run = "run",
        /// When it is built; the value ends up in what is built.
        Build = "build",
    }
}

/// A package manager and the version the repository asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageManagerFact {
    /// Which.
    pub name: PackageManager,
    /// As in `packageManager`, or what the lock file's format implies; absent when nothing says.
    pub version: Option<String>,
}

/// A runtime and the version the repository asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuntimeFact {
    /// Which.
    pub name: Runtime,
    /// A concrete line like `20` or `3.11`, resolved from the range that the repository states; absent when nothing says.
    pub version: Option<String>,
    /// Other lines that the repository's statement allows, when it is a range.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
}

/// A listening port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortFact {
    /// The number it listens on by default.
    pub number: Option<u16>,
    /// The variable that sets it.
    pub env: Option<String>,
}

/// A health endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthFact {
    /// Its full path, prefixes included.
    pub path: String,
}

/// A check of the code that the repository has set up.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CheckFact {
    /// What it looks at.
    pub kind: CheckKind,
    /// A shell command line, run in the service's `path` after `install`; it ends by itself and changes no file.
    pub command: String,
    /// What sets it up.
    pub evidence: Place,
    /// Installs what `install` does not, as browsers are. A shell command line, run once in the same folder before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prepare: Option<String>,
}

/// What a service's code does with HTTP beyond answering.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpFact {
    /// It takes WebSocket upgrades.
    #[serde(default)]
    pub websocket: bool,
    /// The largest request body that it accepts, in bytes, as far as its code says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_limit: Option<u64>,
    /// Where it answers with metrics in the Prometheus format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics: Option<String>,
    /// The series it answers with there, as far as its code says, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub series: Vec<SeriesFact>,
    /// The prefix under which all its own routes lie, like `/api`, when there is one (a health endpoint may lie outside).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
}

impl HttpFact {
    fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

/// Database migrations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MigrationsFact {
    /// The tool that applies them.
    pub tool: MigrationTool,
    /// Their folder, relative to the repository's root.
    pub path: String,
    /// Applies all pending ones. A shell command line, run in the service's `path`.
    pub command: Option<String>,
}

/// A variable that the code reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvFact {
    /// Its name.
    pub name: String,
    /// The service does not work without a value.
    pub required: bool,
    /// Of one that is not always required: when it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required_when: Option<RequiredWhen>,
    /// Its value must not be seen.
    pub secret: bool,
    /// The value that the code falls back to.
    pub default: Option<String>,
    /// When it is read.
    pub phase: Phase,
    /// What the code demands of the value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<ValueCheck>,
    /// Where it is read.
    pub evidence: Vec<Place>,
}

/// What a value must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "type")]
pub enum ValueCheck {
    /// Any text of at least so many characters.
    Text {
        /// Least number of characters.
        min_length: u32,
    },
    /// A number.
    Number,
    /// true or false, 1 or 0.
    Boolean,
    /// A URL with scheme.
    Url,
    /// One of these words.
    OneOf {
        /// The words.
        values: Vec<String>,
    },
}

/// A datastore that the services use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatastoreFact {
    /// What it is.
    pub kind: DatastoreKind,
    /// The version the repository names.
    pub version: Option<String>,
    /// Where it is named or used.
    pub evidence: Vec<Place>,
}
