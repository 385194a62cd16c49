//! The actions that workflows use, each pinned by the commit of a release.

use artifact::yaml::Map;

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $repository:literal $version:literal $commit:literal;)*) => {
        /// An action of somebody else.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Action { $($(#[$doc])* $name),* }

        impl Action {
            const fn pin(self) -> (&'static str, &'static str, &'static str) {
                match self { $(Self::$name => ($repository, $version, $commit)),* }
            }
        }
    };
}

// Each commit was taken from public workflows: at least two independent repositories pin it with a comment of that very
// version (read in November 2026). A tag can be moved to another commit, as happened to trivy-action in March 2026, whose
// releases up to 0.34 are not to be used; a commit cannot. Dependabot moves commit and comment together.
actions! {
    /// The code.
    Checkout = "actions/checkout" "v7.0.1" "3d3c42e5aac5ba805825da76410c181273ba90b1";
    /// Node.
    Node = "actions/setup-node" "v7.0.0" "820762786026740c76f36085b0efc47a31fe5020";
    /// Python.
    Python = "actions/setup-python" "v7.0.0" "5fda3b95a4ea91299a34e894583c3862153e4b97";
    /// Bun.
    Bun = "oven-sh/setup-bun" "v2.2.0" "0c5077e51419868618aeaa5fe8019c62421857d6";
    /// Deno.
    Deno = "denoland/setup-deno" "v2.0.5" "22d081ff2d3a40755e97629de92e3bcbfa7cf2ed";
    /// pnpm.
    Pnpm = "pnpm/action-setup" "v6.0.9" "0ebf47130e4866e96fce0953f49152a61190b271";
    /// uv, with Python.
    Uv = "astral-sh/setup-uv" "v9.0.0" "c771a70e6277c0a99b617c7a806ffedaca235ff9";
    /// Keeps files of a run.
    Upload = "actions/upload-artifact" "v7.0.1" "043fb46d1a93c77aae656e7c1c64a875d1fc6a0a";
    /// BuildKit.
    Buildx = "docker/setup-buildx-action" "v4.3.0" "37fe631027851001ddb9b187196cc803df7f5f0e";
    /// Into a registry.
    Login = "docker/login-action" "v4.6.0" "dbcb813823bdd20940b903addbd779551569679f";
    /// Tags and labels of an image.
    Metadata = "docker/metadata-action" "v6.1.0" "80c7e94dd9b9319bd5eb7a0e0fe9291e23a2a2e9";
    /// An image.
    Build = "docker/build-push-action" "v7.3.0" "53b7df96c91f9c12dcc8a07bcb9ccacbed38856a";
    /// A scanner of files and images.
    Trivy = "aquasecurity/trivy-action" "v0.36.0" "ed142fd0673e97e23eac54620cfb913e5ce36c25";
    /// Findings into the repository's security page.
    Sarif = "github/codeql-action/upload-sarif" "v4.37.1" "7188fc363630916deb702c7fdcf4e481b751f97a";
}

/// The scanner that [`Action::Trivy`] starts: its own default is whichever is newest.
pub(super) const TRIVY: &str = "v0.74.0";

impl Action {
    /// A step that uses it.
    pub(super) fn step(self, name: &str) -> Map {
        let (repository, version, commit) = self.pin();
        Map::new().set("name", name).set_with_note("uses", format!("{repository}@{commit}"), version)
    }

    /// A step that uses it, with inputs.
    pub(super) fn with(self, name: &str, inputs: Map) -> Map {
        self.step(name).set("with", inputs)
    }
}
