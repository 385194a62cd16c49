//! Steps that several jobs have.

use super::action::Action;
use artifact::yaml::{Map, Node};

/// Who releases Mainstay on GitHub: the one place that names them.
const OWNER: &str = "mainstay";
/// The archive of a release for the runners' machine.
const ARCHIVE: &str = "mainstay-x86_64-unknown-linux-gnu.tar.gz";
/// The release that wrote the files is the one that checks them, unless the repository's variable names another.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The code, without a token left behind in its `.git`.
pub(super) fn checkout() -> Map {
    Action::Checkout.with("Check out", Map::new().set("persist-credentials", false))
}

/// A command line or a script.
pub(super) fn run(name: &str, script: &str) -> Map {
    Map::new().set("name", name).set("run", script_node(script))
}

/// A script as it is printed: one line plain, several as a block.
pub(super) fn script_node(script: &str) -> Node {
    match script.contains('\n') {
        true => Node::Block(script.to_owned()),
        false => Node::Text(script.to_owned()),
    }
}

/// Mainstay from its release page, with the checksum that is published beside it.
pub(super) fn mainstay() -> Map {
    let environment = Map::new()
        .set("MAINSTAY_VERSION", format!("${{{{ vars.MAINSTAY_VERSION || '{VERSION}' }}}}"))
        .set("RELEASES", format!("https://github.com/{OWNER}/mainstay/releases/download"))
        .set("ARCHIVE", ARCHIVE);
    let script = "\
cd \"$RUNNER_TEMP\"
for file in \"$ARCHIVE\" \"$ARCHIVE.sha256\"; do
  curl --fail --silent --show-error --location --retry 3 --proto =https --remote-name \"$RELEASES/v$MAINSTAY_VERSION/$file\"
done
sha256sum --check \"$ARCHIVE.sha256\"
mkdir -p mainstay
tar --extract --gzip --file \"$ARCHIVE\" --directory mainstay
echo \"$RUNNER_TEMP/mainstay\" >> \"$GITHUB_PATH\"
";
    Map::new().set("name", "Install Mainstay").set("env", environment).set("run", Node::Block(script.into()))
}
