//! Which small programs are in an image. What is not surely known is taken to be there.

use crate::subject::dockerfile::Dockerfile;

/// What a health check may run, with words of packages that bring it.
const TOOLS: [(&str, &[&str]); 4] = [
    ("curl", &["curl"]),
    ("wget", &["wget"]),
    ("nc", &["netcat", "nc", "ncat", "busybox"]),
    ("pg_isready", &["postgres", "pg_isready"]),
];

/// What an image has of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// The image that says so.
    image: String,
    /// What it surely lacks.
    lacks: Vec<&'static str>,
}

/// What an image has by itself.
pub fn of_image(image: &str) -> Contents {
    let bare = image.split('@').next().unwrap_or(image);
    let (name, tag) = match bare.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')) {
        Some((name, tag)) => (name, tag),
        None => (bare, "latest"),
    };
    let name = name.trim_start_matches("docker.io/").trim_start_matches("library/");
    let known = if image.contains(['$', '\0']) { None } else { lacking(name, tag) };
    Contents { image: image.to_owned(), lacks: known.unwrap_or_default().to_vec() }
}

/// What official images lack; nothing is said of others.
fn lacking(name: &str, tag: &str) -> Option<&'static [&'static str]> {
    let alpine = tag.contains("alpine");
    let slim = tag.contains("slim");
    Some(match name {
        "scratch" => &["curl", "wget", "nc", "pg_isready"],
        _ if name.contains("gcr.io/distroless/") && !tag.contains("debug") => {
            &["curl", "wget", "nc", "pg_isready"]
        }
        // BusyBox has `wget` and `nc`.
        "alpine" => &["curl", "pg_isready"],
        "node" | "python" | "golang" | "rust" if alpine => &["curl", "pg_isready"],
        "node" | "python" | "rust" if slim => &["curl", "wget", "nc", "pg_isready"],
        "debian" | "ubuntu" => &["curl", "wget", "nc", "pg_isready"],
        "postgres" if alpine => &["curl"],
        "postgres" => &["curl", "wget", "nc"],
        "redis" if alpine => &["curl", "pg_isready"],
        "redis" => &["curl", "wget", "nc", "pg_isready"],
        // Both kinds come with curl, but for the slim ones.
        "nginx" | "nginxinc/nginx-unprivileged" if alpine && slim => &["curl", "pg_isready"],
        "nginx" | "nginxinc/nginx-unprivileged" if alpine => &["pg_isready"],
        "nginx" | "nginxinc/nginx-unprivileged" => &["wget", "nc", "pg_isready"],
        _ => return None,
    })
}

/// What a stage has: what it is built on, and what is put into it.
pub fn of_stage(dockerfile: &Dockerfile, stage: usize) -> Contents {
    let line = dockerfile.line_of_descent(stage);
    let base = line.last().map(|first| dockerfile.base(first)).unwrap_or_default();
    let mut contents = of_image(&base);
    let put = line.iter().flat_map(|stage| &stage.instructions);
    let texts: Vec<String> = put
        .filter(|found| matches!(found.keyword.as_str(), "RUN" | "COPY" | "ADD"))
        .map(|found| {
            format!(
                "{} {}",
                found.text,
                found.documents.iter().map(|here| here.text.as_str()).collect::<String>()
            )
        })
        .collect();
    // A script of the author's own may bring anything.
    let unknown =
        texts.iter().any(|text| text.contains(".sh") || text.contains("apt.txt") || text.contains("xargs"));
    let brought = |tool: &str| {
        let words = TOOLS.iter().find(|(known, _)| *known == tool).map_or(&[][..], |(_, words)| *words);
        texts.iter().any(|text| words.iter().any(|word| text.contains(word)))
    };
    contents.lacks.retain(|tool| !unknown && !brought(tool));
    contents
}

/// The first of some programs that an image lacks, unless it has another of those that are tried.
pub fn missing(contents: &Contents, programs: &[String]) -> Option<(&'static str, String)> {
    let tried: Vec<&String> =
        programs.iter().filter(|program| !matches!(program.as_str(), "exit" | "true" | "false")).collect();
    let lacks = |program: &String| contents.lacks.iter().find(|tool| *tool == program).copied();
    let first = tried.iter().find_map(|program| lacks(program))?;
    let alternatives = tried.iter().filter(|program| is_a_way(program));
    let all = alternatives.into_iter().all(|program| lacks(program).is_some());
    all.then(|| (first, contents.image.clone()))
}

/// Whether a program asks a server.
fn is_a_way(program: &str) -> bool {
    TOOLS.iter().any(|(tool, _)| *tool == program)
        || ["node", "python", "python3", "bun", "deno", "php", "ruby", "perl", "psql", "redis-cli", "bash"]
            .contains(&program)
}
