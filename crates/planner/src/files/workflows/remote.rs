//! Steps that reach a server over SSH: its key is known beforehand, and a value is never part of a command line.

use artifact::yaml::{Map, Node};

/// Variables and secrets of an environment on GitHub, with what each is.
pub(super) const SETTINGS: [(&str, &str); 5] = [
    ("DEPLOY_HOST", "the server's name"),
    ("DEPLOY_USER", "the account that deploys"),
    ("DEPLOY_PATH", "the folder of the checkout there"),
    (
        "DEPLOY_KNOWN_HOSTS",
        "the server's keys, as `ssh-keyscan` prints them, compared with those on the server",
    ),
    ("DEPLOY_SSH_KEY", "a secret: the private key of that account"),
];

/// Knows the server as `server`, and refuses any other one in its place.
pub(super) fn connect() -> Map {
    let mut environment = Map::new();
    for (name, _) in SETTINGS {
        let context = if name == "DEPLOY_SSH_KEY" { "secrets" } else { "vars" };
        environment.insert(name, format!("${{{{ {context}.{name} }}}}"));
    }
    let names: Vec<&str> = SETTINGS.iter().map(|(name, _)| *name).collect();
    let script = format!(
        "\
for name in {}; do
  if [ -z \"${{!name}}\" ]; then
    echo \"::error::$name is not set in this environment of the repository\"
    exit 1
  fi
done
umask 077
mkdir -p ~/.ssh
printf '%s\\n' \"$DEPLOY_SSH_KEY\" > ~/.ssh/deploy
printf '%s\\n' \"$DEPLOY_KNOWN_HOSTS\" > ~/.ssh/known_hosts
cat > ~/.ssh/config <<CONFIG
Host server
  HostName $DEPLOY_HOST
  User $DEPLOY_USER
  IdentityFile ~/.ssh/deploy
  IdentitiesOnly yes
  StrictHostKeyChecking yes
  ServerAliveInterval 30
CONFIG
",
        names.join(" ")
    );
    Map::new().set("name", "Prepare the connection").set("env", environment).set("run", Node::Block(script))
}

/// Runs lines on the server, in its checkout; `$revision` and `$environment` are set there. Says what an exit code of
/// Mainstay means.
pub(super) fn run(name: &str, environment: &str, lines: &str) -> Map {
    let variables = Map::new()
        .set("DEPLOY_PATH", "${{ vars.DEPLOY_PATH }}")
        .set("REVISION", "${{ github.sha }}")
        .set("ENVIRONMENT", environment);
    let script = format!(
        "\
status=0
{{
  printf 'folder=%q revision=%q environment=%q\\n' \"$DEPLOY_PATH\" \"$REVISION\" \"$ENVIRONMENT\"
  cat <<'SCRIPT'
set -eu
cd \"$folder\"
{lines}SCRIPT
}} | ssh server bash -s || status=$?
case \"$status\" in
  0) ;;
  3) echo \"::error::refused before anything was changed; the reasons stand above\" ;;
  4) echo \"::error::failed, and everything was undone: the release before serves\" ;;
  5) echo \"::error::failed, and a person has to look: docs/runbooks/incident.md\" ;;
  *) echo \"::error::ended with $status\" ;;
esac
exit \"$status\"
"
    );
    Map::new().set("name", name).set("env", variables).set("run", Node::Block(script))
}

/// The key does not stay where a later step could read it.
pub(super) fn forget() -> Map {
    Map::new().set("name", "Forget the key").set("if", "${{ always() }}").set("run", "rm -f ~/.ssh/deploy")
}
