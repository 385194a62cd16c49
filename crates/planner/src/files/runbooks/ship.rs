//! Deploying, rolling back, rotating a secret.

use super::commands;
use crate::files::Blueprint;
use crate::files::blueprint::Content;
use model::facts::DatastoreKind;

pub(super) fn deploy(blueprint: &Blueprint<'_>) -> String {
    let mut out = String::from(
        "Before:\n\n- the checks of this revision passed in CI,\n- `mainstay doctor` finds nothing,\n",
    );
    if super::database(blueprint).is_some() {
        out.push_str("- the newest backup is not older than a day ([how to make one](restore.md)),\n");
    }
    out.push_str("- `mainstay plan deploy` shows what you expect.\n\nThen:\n");
    out.push_str(&commands(["git pull --ff-only", "mainstay deploy", "mainstay status"]));
    out.push_str(
        "Mainstay builds beside what runs, applies pending migrations, starts new instances, sends them requests only when they\n\
         are healthy, and compares them with the release before. If they are worse it goes back by itself and ends with\n\
         exit code 4; the last answers and log lines are in its output.\n\nAfter, for ten minutes:\n",
    );
    let mut looks = vec!["mainstay status".to_owned()];
    looks.extend(blueprint.units.iter().map(|unit| format!("mainstay logs --lines 50 {}", unit.name)));
    out.push_str(&commands(looks));
    out.push_str("With Compose on one server (a gap of some seconds for each service):\n");
    out.push_str(&commands([
        "export TAG=the-release",
        "docker-compose pull",
        "docker-compose up --detach --no-build",
        "docker-compose ps",
    ]));
    out
}

pub(super) fn roll_back(blueprint: &Blueprint<'_>) -> String {
    let mut out = String::from("The release before is still there and needs no build:\n");
    out.push_str(&commands(["mainstay releases", "mainstay rollback", "mainstay status"]));
    out.push_str("To an older one: `mainstay rollback RELEASE`, with a name of the list.\n");
    if super::migrating(blueprint).next().is_some() {
        out.push_str(
            "\nThe database stays as it was migrated. A migration that the older release cannot live with was refused when it was\n\
             deployed; if you forced one, [restore](restore.md) or migrate forward instead.\n",
        );
    }
    out.push_str("\nWith Compose:\n");
    out.push_str(&commands(["export TAG=the-release-before", "docker-compose up --detach --no-build"]));
    out
}

pub(super) fn rotate(blueprint: &Blueprint<'_>) -> String {
    let secrets = blueprint.secrets();
    if secrets.is_empty() {
        return "No service of this project reads a secret that it cannot start without.\n".to_owned();
    }
    let mut out = String::from("| Secret | Read by | How to get a new one |\n|---|---|---|\n");
    for secret in secrets {
        let readers = blueprint
            .units
            .iter()
            .filter(|unit| blueprint.secrets_of(unit).iter().any(|(_, id, _)| *id == secret.id));
        let readers: Vec<String> = readers.map(|unit| unit.name.to_string()).collect();
        let how = match &secret.content {
            Content::Password(store) => format!("a new password in {store}, see below"),
            Content::Composed(_) => "changes with the password in it".to_owned(),
            Content::Given(given) => match given.generate {
                Some(bytes) => format!("`openssl rand -hex {bytes}`"),
                None => "whoever issued it".to_owned(),
            },
        };
        let readers = if readers.is_empty() { "its server".to_owned() } else { readers.join(", ") };
        out.push_str(&format!("| `{}` | {readers} | {how} |\n", secret.id));
    }
    out.push_str("\nA secret that signs sessions ends all of them when it changes: say so before.\n");
    let given = blueprint.units.iter().find_map(|unit| {
        let secrets = blueprint.secrets_of(unit).into_iter();
        let (name, ..) = secrets.into_iter().find(|(.., content)| matches!(content, Content::Given(_)))?;
        Some((unit, name))
    });
    if let Some((unit, name)) = given {
        out.push_str(&commands([
            format!("printf %s \"$NEW\" | mainstay env set {} {name}", unit.name),
            "mainstay deploy".to_owned(),
        ]));
    }
    out.push_str(&password(blueprint));
    out.push_str(
        "A secret that leaked is first made useless where it was issued, and only then replaced here.\n",
    );
    out
}

/// The database's password, which its server keeps.
fn password(blueprint: &Blueprint<'_>) -> String {
    let mut out = String::new();
    let holders: Vec<String> = blueprint
        .secrets()
        .into_iter()
        .filter(|secret| !matches!(secret.content, Content::Given(_)))
        .map(|secret| format!("`deploy/secrets/{}`", secret.id))
        .collect();
    if let Some(store) = super::database(blueprint).filter(|store| store.image.is_some()) {
        out.push_str(&format!(
            "The password of {} with Compose: change it in the server, then in every file that holds it (of {}), then start the \
             services again. Between the first and the last, new connections fail: do it when few people are there.\n",
            store.name,
            holders.join(", ")
        ));
        let change = match store.about.kind {
            DatastoreKind::Postgres => format!("{} -c '\\password'", super::client(store)),
            _ => format!(
                "{} --execute=\"ALTER USER CURRENT_USER() IDENTIFIED BY '$NEW'\"",
                super::client(store)
            ),
        };
        out.push_str(&commands([change, "docker-compose up --detach --force-recreate".to_owned()]));
    }
    out
}
