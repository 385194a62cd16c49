//! `mainstay env check` and `mainstay env secrets` on reference systems.

use mainstay_tests::example;
use mainstay_tests::world::World;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

/// An example with the templates of its settings.
fn prepared(name: &str) -> World {
    let world = World::new(name);
    example::copy(name, &world.repo);
    world.mainstay(&["init", "--yes", "--name", name]).exits(0);
    world
}

fn write(world: &World, path: &str, text: &str) {
    fs::write(world.repo.join(path), text).expect("ours");
}

fn git(world: &World, arguments: &[&str]) {
    let status = Command::new("git").current_dir(&world.repo).args(arguments).status();
    assert!(status.expect("git is installed").success(), "git {arguments:?}");
}

const GOOD: &str = "DATABASE_URL=postgres://me:something@localhost:5432/mine\n\
                    JWT_SECRET=0123456789abcdef0123456789abcdef-one\n\
                    JWT_REFRESH_SECRET=0123456789abcdef0123456789abcdef-two\n";

#[test]
fn everything_that_is_wrong_with_a_file_is_named_at_once() {
    let world = prepared("brainstorm");
    let wrong = "NODE_ENV=staging\nDATABASE_URL=no-address\nJWT_SECRET=short\n\
                 JWT_REFRESH_SECRET=change-me-change-me-change-me-change-me\nDB_POOL_MAX=many\n\
                 REDIS_ULR=redis://localhost:6379\nthis is no line\nCLAUDE_API_KEY=sk-ant-nobody-sees-this\n\
                 PROMETHEUS_ENABLED=yes\nPORT=3001\n";
    write(&world, "backend/.env", wrong);
    let output = world.mainstay(&["env", "check", "backend/.env"]).exits(1);
    let expected = [
        "backend/.env:7: this line cannot be read: it is not of the form NAME=value",
        "backend/.env:1: NODE_ENV is none of development, production, test",
        "backend/.env:2: DATABASE_URL is not a URL with scheme and host",
        "backend/.env:3: JWT_SECRET has 5 characters and needs at least 32",
        "backend/.env:4: JWT_REFRESH_SECRET still holds a placeholder instead of a value",
        "backend/.env:5: DB_POOL_MAX is not a number",
        "backend/.env:6: REDIS_ULR is read by nobody; REDIS_URL may be meant",
        "backend/.env:9: PROMETHEUS_ENABLED is none of true, false",
    ];
    let said: Vec<&str> = output.stdout.lines().collect();
    assert_eq!(said, expected, "nothing less and nothing more");
    for secret in ["sk-ant-nobody", "change-me-change", "no-address", "staging"] {
        assert!(!output.shown().contains(secret), "the value {secret} is shown: {}", output.shown());
    }
    let views = world.mainstay(&["env", "check", "--format", "json", "backend/.env"]).exits(1).json();
    let names: Vec<&str> =
        views.as_array().expect("a list").iter().filter_map(|view| view["name"].as_str()).collect();
    assert_eq!(names.len(), expected.len(), "{names:?}");
    assert_eq!(&views[6]["advice"], "REDIS_URL may be meant", "{views}");
}

#[test]
fn a_file_with_everything_is_as_it_should_be() {
    let world = prepared("brainstorm");
    write(&world, "backend/.env", GOOD);
    world.mainstay(&["env", "check", "backend/.env"]).exits(0).says(&["every value is as it should be"]);
    // One that is elsewhere is a service's when that is said.
    write(&world, "elsewhere.env", "DATABASE_URL=postgres://me:something@localhost:5432/mine\n");
    let output = world.mainstay(&["env", "check", "--service", "backend", "elsewhere.env"]).exits(1);
    let missing = |name: &str| format!("elsewhere.env: {name} ");
    for name in ["JWT_SECRET", "JWT_REFRESH_SECRET"] {
        assert!(output.stdout.contains(&missing(name)), "{}", output.shown());
    }
    assert!(!output.stdout.contains("DATABASE_URL"), "{}", output.shown());
    world
        .mainstay(&["env", "check", "--service", "nobody", "elsewhere.env"])
        .exits(2)
        .says(&["there is no service"]);
    world.mainstay(&["env", "check", "nowhere.env"]).exits(2).says(&["nowhere.env", "no such file"]);
}

#[test]
fn a_secret_that_git_keeps_is_told() {
    let world = prepared("brainstorm");
    write(&world, "backend/.env", GOOD);
    git(&world, &["add", "--force", "backend/.env"]);
    let output = world.mainstay(&["env", "check", "backend/.env"]).exits(1);
    assert_eq!(output.stdout.lines().count(), 1, "{}", output.shown());
    assert!(output.stdout.contains("is a secret, and git keeps this file"), "{}", output.shown());
    assert!(output.stdout.contains("git rm --cached backend/.env"), "{}", output.shown());
}

#[test]
fn what_compose_demands_depends_on_its_files() {
    let world = prepared("brainstorm");
    world.mainstay(&["generate", "--yes"]).exits(0);
    let overlays = "docker-compose.yml:docker-compose.prod.yml:docker-compose.monitoring.yml";
    write(&world, ".env", "COMPOSE_FILE=docker-compose.yml:docker-compose.dev.yml\nPROMETHEUS_PORT=9091\n");
    let output = world.mainstay(&["env", "check", ".env"]).exits(1);
    for name in ["POSTGRES_PASSWORD", "JWT_SECRET", "JWT_REFRESH_SECRET"] {
        assert!(
            output.stdout.contains(&format!(".env: {name} ")),
            "{name} is not asked for: {}",
            output.shown()
        );
    }
    assert!(!output.stdout.contains("PROMETHEUS_PORT"), "the overlay reads it: {}", output.shown());
    // In production secrets are files, and the address is demanded.
    write(&world, ".env", &format!("COMPOSE_FILE={overlays}\n"));
    let output = world.mainstay(&["env", "check", ".env"]).exits(1);
    assert!(
        output.stdout.contains("PUBLIC_URL") && !output.stdout.contains("JWT_SECRET"),
        "{}",
        output.shown()
    );
    write(
        &world,
        ".env",
        &format!("COMPOSE_FILE={overlays}\nPUBLIC_URL=https://ideas.example\nGRAFANA_PROT=1\n"),
    );
    let output = world.mainstay(&["env", "check", ".env"]).exits(1);
    assert_eq!(output.stdout.trim(), ".env:3: GRAFANA_PROT is read by nobody; GRAFANA_PORT may be meant");
}

#[test]
fn the_vault_is_looked_at_when_no_file_is_named() {
    let world = prepared("brainstorm");
    world.mainstay(&["env", "check"]).exits(0).says(&["every value is as it should be"]);
    world.set("backend", "DB_POOL_MAX", "many");
    world.set("backend", "SENTRY_DSN", "nowhere-at-all");
    let output = world.mainstay(&["env", "check"]).exits(1);
    for expected in [
        "DB_POOL_MAX has a value that is not a number",
        "SENTRY_DSN has a value that is not a URL",
        "mainstay env set",
    ] {
        assert!(output.stdout.contains(expected), "`{expected}` is not said: {}", output.shown());
    }
    assert!(!output.shown().contains("nowhere-at-all"), "{}", output.shown());
    world.mainstay(&["env", "check", "--service", "frontend"]).exits(0);
    world.set("backend", "DB_POOL_MAX", "4");
    world.mainstay(&["env", "unset", "backend", "SENTRY_DSN"]).exits(0);
    world.mainstay(&["env", "check"]).exits(0);
}

/// What is in a folder: content by name.
fn files(world: &World, folder: &str) -> BTreeMap<String, String> {
    let entries = fs::read_dir(world.repo.join(folder)).expect("it is there").flatten();
    let text = |path| fs::read_to_string(path).expect("it is text");
    entries.map(|entry| (entry.file_name().to_string_lossy().into_owned(), text(entry.path()))).collect()
}

fn mode(world: &World, path: &str) -> u32 {
    fs::metadata(world.repo.join(path)).expect("it is there").permissions().mode() & 0o7777
}

#[test]
fn secrets_are_written_once_and_shown_never() {
    let world = prepared("brainstorm");
    let folder = "deploy/secrets";
    // Nobody ignores the folder yet.
    world
        .mainstay(&["env", "secrets", folder])
        .exits(3)
        .says(&["git would track", "mainstay generate --only env"]);
    assert!(!world.repo.join(folder).exists());
    world.mainstay(&["generate", "--only", "env,compose", "--yes"]).exits(0);
    let output = world.mainstay(&["env", "secrets", folder]).exits(0);
    let written = files(&world, folder);
    let names: Vec<&str> = written.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "database_url",
            "jwt_refresh_secret",
            "jwt_secret",
            "postgres_password",
            "redis_password",
            "redis_url"
        ]
    );
    let (password, address) = (&written["postgres_password"], &written["database_url"]);
    assert!(password.len() >= 32 && address.contains(&format!(":{password}@postgres:5432/")), "they agree");
    assert_ne!(written["jwt_secret"], written["jwt_refresh_secret"]);
    // Users of containers read the files, and nobody else gets into the folder.
    assert_eq!(mode(&world, folder), 0o700);
    for (name, value) in &written {
        assert_eq!(mode(&world, &format!("{folder}/{name}")), 0o444, "{name}");
        assert!(!output.shown().contains(value), "{name} is shown");
    }

    // What is there stays, and what is put together of it agrees with it.
    for name in ["postgres_password", "database_url", "jwt_secret"] {
        fs::remove_file(world.repo.join(folder).join(name)).expect("it was written");
    }
    write(&world, "deploy/secrets/postgres_password", "by hand/and odd");
    let output = world.mainstay(&["env", "secrets", "--format", "json", folder]).exits(0);
    let outcome = |name: &str| {
        let views = output.json();
        let all = views.as_array().expect("a list").clone();
        all.into_iter().find(|view| view["file"] == name).expect("it is told")["outcome"].clone()
    };
    assert_eq!([outcome("postgres_password"), outcome("jwt_secret")], ["kept", "written"]);
    let again = files(&world, folder);
    assert_eq!(again["postgres_password"], "by hand/and odd");
    assert!(again["database_url"].contains(":by%20hand%2Fand%20odd@postgres"), "encoded as a URL wants it");
    assert_eq!(again["jwt_secret"], written["jwt_secret"], "the vault remembers it");
    assert!(!output.shown().contains("by hand") && !output.shown().contains("by%20hand"));
}

#[test]
fn secrets_of_the_monitoring_overlay_are_written_where_it_looks_for_them() {
    let world = prepared("brainstorm");
    world.mainstay(&["generate", "--yes"]).exits(0);
    let overlay =
        fs::read_to_string(world.repo.join("docker-compose.monitoring.yml")).expect("it is generated");
    let output = world.mainstay(&["env", "secrets", "deploy/secrets"]).exits(0);
    let written = files(&world, "deploy/secrets");
    let mounted = overlay.lines().filter_map(|line| line.trim().strip_prefix("file: ./deploy/secrets/"));
    let missing: Vec<&str> = mounted.filter(|name| !written.contains_key(*name)).collect();
    assert_eq!(missing, ["alert_webhook"], "only a person knows where alerts go");
    assert!(
        output.stdout.contains("echo https://WHERE/ALERTS/GO > deploy/secrets/alert_webhook"),
        "{}",
        output.shown()
    );
    assert!(written["grafana_password"].len() >= 32);
    write(&world, "deploy/secrets/alert_webhook", "https://alerts.example/hook\n");
    let again = world.mainstay(&["env", "secrets", "deploy/secrets"]).exits(0);
    assert!(!again.stdout.contains("WHERE"), "{}", again.shown());
    assert_eq!(files(&world, "deploy/secrets")["grafana_password"], written["grafana_password"]);
    // Elsewhere they are of no use.
    world.mainstay(&["env", "secrets", "deploy/kubernetes/secrets"]).exits(0);
    assert!(!files(&world, "deploy/kubernetes/secrets").contains_key("grafana_password"));
}

#[test]
fn a_secret_that_only_a_person_knows_is_named() {
    let world = prepared("vaultcpa");
    let path = world.repo.join("server/src/app.js");
    let code = fs::read_to_string(&path).expect("the example has it");
    let demand = "if (!process.env.STRIPE_SECRET_KEY) throw new Error('STRIPE_SECRET_KEY is missing');\n";
    fs::write(&path, code + demand).expect("ours");
    world.mainstay(&["generate", "--only", "env,compose", "--yes"]).exits(0);
    let secrets = ["env", "secrets", "deploy/secrets"];
    let output = world.mainstay(&secrets).exits(1);
    let told = "mainstay env set server STRIPE_SECRET_KEY";
    assert!(output.stdout.contains("missing") && output.stdout.contains(told), "{}", output.shown());
    assert!(files(&world, "deploy/secrets").contains_key("jwt_secret"), "the others are written");
    // A person's values are those of the environment that is shipped.
    let set = Command::new("sh")
        .arg("-c")
        .arg("printf a-value-that-nobody-sees | \"$0\" env set server STRIPE_SECRET_KEY -e \"$1\"")
        .arg(world.folder().join("mainstay"))
        .arg(
            output
                .stdout
                .split(" -e ")
                .nth(1)
                .and_then(|rest| rest.split_whitespace().next())
                .expect("-e NAME"),
        )
        .current_dir(&world.repo)
        .env("MAINSTAY_HOME", &world.home)
        .status();
    assert!(set.expect("there is a shell").success());
    let output = world.mainstay(&secrets).exits(0);
    assert_eq!(files(&world, "deploy/secrets")["stripe_secret_key"], "a-value-that-nobody-sees");
    assert!(!output.shown().contains("nobody-sees"), "{}", output.shown());
}

#[test]
fn a_secret_of_something_elsewhere_is_written_by_hand() {
    let world = prepared("procurement");
    world.mainstay(&["generate", "--only", "env,compose", "--yes"]).exits(0);
    let output = world.mainstay(&["env", "secrets", "deploy/secrets"]).exits(1);
    let told = "s3 exists elsewhere: write the value to deploy/secrets/aws_secret_access_key";
    assert!(output.stdout.contains(told), "{}", output.shown());
    write(&world, "deploy/secrets/aws_secret_access_key", "of-the-bucket");
    world.mainstay(&["env", "secrets", "deploy/secrets"]).exits(0);
    assert_eq!(files(&world, "deploy/secrets")["aws_secret_access_key"], "of-the-bucket");
}
