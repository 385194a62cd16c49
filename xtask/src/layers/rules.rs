//! The table of boundaries. A new boundary is a line here.

/// The crates by layer; a crate may depend on crates of earlier layers.
pub const LAYERS: [&[&str]; 6] = [
    &["model"],
    &["artifact", "host", "listen"],
    &["audit", "bucket", "detect", "ledger", "observe", "planner", "proxy", "site", "vault"],
    &["engine"],
    &["server"],
    &["cli"],
];

/// Packages that are not part of the product: they may use what they need.
pub const OUTSIDE: [&str; 4] = ["xtask", "xtask-reference", "tests", "bench"];

/// Whom a rule binds.
#[derive(Debug, Clone, Copy)]
pub enum Bound {
    /// Every crate but these.
    AllBut(&'static [&'static str]),
    /// Only these crates.
    Only(&'static [&'static str]),
}

impl Bound {
    pub fn binds(self, name: &str) -> bool {
        match self {
            Self::AllBut(free) => !free.contains(&name),
            Self::Only(bound) => bound.contains(&name),
        }
    }
}

/// What must not be used, by whom, why, and what to do instead.
#[derive(Debug)]
pub struct Rule {
    pub bound: Bound,
    pub forbids: Forbidden,
    pub why: &'static str,
    pub instead: &'static str,
}

/// What a rule is about.
#[derive(Debug, Clone, Copy)]
pub enum Forbidden {
    /// These crates in the manifest.
    Dependencies(&'static [&'static str]),
    /// These paths and everything below them.
    Paths(&'static [&'static str]),
    /// These macros.
    Macros(&'static [&'static str]),
    /// These methods without arguments.
    Methods(&'static [&'static str]),
}

/// Crates that are a function of what they are given.
const PURE: Bound = Bound::Only(&["model", "artifact", "detect", "planner", "audit"]);
/// Everyone but the door to the machine and the crates that run as processes of their own.
const INDOORS: Bound = Bound::AllBut(&["host", "listen", "proxy", "bucket", "site"]);

const DOOR: &str = "only host reads files, starts processes, reads the clock or the environment";
const DETERMINISTIC: &str = "the same input must give the same bytes";

/// Every boundary.
pub const RULES: &[Rule] = &[
    Rule {
        bound: INDOORS,
        forbids: Forbidden::Paths(&["std::fs", "tokio::fs"]),
        why: DOOR,
        instead: "use host::files, or take a host::Tree",
    },
    Rule {
        bound: INDOORS,
        forbids: Forbidden::Paths(&[
            "std::process::Command",
            "std::process::Child",
            "std::process::Stdio",
            "std::process::exit",
            "std::process::abort",
            "std::process::id",
            "tokio::process",
            "std::os::unix::process",
        ]),
        why: DOOR,
        instead: "use host::process; to end with a code, return an ExitCode from main",
    },
    Rule {
        bound: Bound::AllBut(&["host"]),
        forbids: Forbidden::Paths(&[
            "std::env::var",
            "std::env::var_os",
            "std::env::vars",
            "std::env::vars_os",
            "std::env::set_var",
            "std::env::remove_var",
            "std::env::args",
            "std::env::args_os",
            "std::env::current_dir",
            "std::env::set_current_dir",
            "std::env::current_exe",
            "std::env::home_dir",
            "std::env::temp_dir",
        ]),
        why: DOOR,
        instead: "use host::environment, or take the value as an argument",
    },
    Rule {
        bound: INDOORS,
        forbids: Forbidden::Paths(&["std::time::SystemTime", "std::time::Instant", "jiff::Timestamp::now"]),
        why: DOOR,
        instead: "take a host::Clock, or the time as an argument",
    },
    Rule {
        bound: INDOORS,
        forbids: Forbidden::Paths(&[
            "std::net::TcpStream",
            "std::net::TcpListener",
            "std::net::UdpSocket",
            "std::net::ToSocketAddrs",
            "std::os::unix::net",
            "tokio::net",
        ]),
        why: "only host and the processes of their own open sockets",
        instead: "use host::network",
    },
    Rule {
        bound: PURE,
        forbids: Forbidden::Paths(&["std::io::stdin", "std::thread::sleep", "std::thread::spawn", "tokio"]),
        why: DETERMINISTIC,
        instead: "compute from what is given; std::thread::scope may spread the computing",
    },
    Rule {
        bound: PURE,
        forbids: Forbidden::Methods(&[
            "exists",
            "try_exists",
            "is_file",
            "is_dir",
            "canonicalize",
            "read_dir",
            "read_link",
            "metadata",
            "symlink_metadata",
        ]),
        why: "a path that is asked about itself reads the disk",
        instead: "ask the host::Tree that was given",
    },
    Rule {
        bound: Bound::AllBut(&["cli"]),
        forbids: Forbidden::Macros(&["print", "println", "eprint", "eprintln", "dbg"]),
        why: "only cli prints",
        instead: "return what is to be said, or send it as an event",
    },
    Rule {
        bound: Bound::AllBut(&["cli"]),
        forbids: Forbidden::Paths(&[
            "std::io::stdout",
            "std::io::stderr",
            "std::io::Stdout",
            "std::io::Stderr",
            "tokio::io::stdout",
            "tokio::io::stderr",
        ]),
        why: "only cli prints",
        instead: "return what is to be said, or send it as an event",
    },
    Rule {
        bound: PURE,
        forbids: Forbidden::Dependencies(&["tokio", "libc", "socket2", "tempfile", "jiff"]),
        why: DETERMINISTIC,
        instead: "leave what touches the machine to host",
    },
    Rule {
        bound: Bound::Only(&["model", "artifact", "planner"]),
        forbids: Forbidden::Dependencies(&["host"]),
        why: DETERMINISTIC,
        instead: "take facts, documents and observations as arguments",
    },
    Rule {
        bound: Bound::Only(&["detect", "audit"]),
        forbids: Forbidden::Paths(&[
            "host::DiskTree",
            "host::environment",
            "host::files",
            "host::identity",
            "host::network",
            "host::process",
            "host::supervisor",
        ]),
        why: "they read what they are given, and that is a host::Tree",
        instead: "ask the host::Tree that was given",
    },
    Rule {
        bound: Bound::AllBut(&["ledger", "observe"]),
        forbids: Forbidden::Dependencies(&["rusqlite"]),
        why: "only ledger and observe speak SQL to the embedded store",
        instead: "add a view to the ledger",
    },
    Rule {
        bound: Bound::AllBut(&["vault", "proxy"]),
        forbids: Forbidden::Dependencies(&["ring", "rustls", "tokio-rustls"]),
        why: "only vault and proxy do cryptography",
        instead: "let vault do it; for a digest of content sha2 is enough",
    },
    Rule {
        bound: Bound::AllBut(&["cli"]),
        forbids: Forbidden::Dependencies(&["clap", "indicatif"]),
        why: "only cli speaks with people",
        instead: "take values, send events",
    },
    Rule {
        bound: Bound::Only(&["engine"]),
        forbids: Forbidden::Dependencies(&["proxy", "bucket", "site"]),
        why: "engine knows processes by their drivers, traffic among them",
        instead: "add what is missing to the driver's trait, and the driver to cli::composition",
    },
];

/// A place where a boundary is crossed on purpose.
#[derive(Debug)]
pub struct Exception {
    /// From the root of the workspace; a folder covers what is in it.
    pub place: &'static str,
    /// The path, macro or dependency that may be used there.
    pub what: &'static str,
    pub reason: &'static str,
}

/// Every exception. One that is not needed any more is an error.
pub const EXCEPTIONS: &[Exception] = &[
    Exception {
        place: "crates/cli/src/role.rs",
        what: "std::env::args_os",
        reason: "the composition root reads its own arguments",
    },
    Exception {
        place: "crates/ledger/src/store.rs",
        what: "std::fs",
        reason: "SQLite opens the file itself; its folder and mode have to be right before it does",
    },
    Exception {
        place: "crates/engine/src/datastore",
        what: "std::net::TcpStream",
        reason: "speaks the datastores' own protocols, as the crate does that speaks PostgreSQL's",
    },
    Exception {
        place: "crates/host/Cargo.toml",
        what: "rustls",
        reason: "asks registries of images over TLS; only the door to the network can",
    },
    Exception {
        place: "crates/host/src/supervisor/watch.rs",
        what: "std::io::stdout",
        reason: "the supervisor tells its parent on standard output that it is ready",
    },
];
