//! Which variables installing dependencies reads: what opens a private registry, and where that is.

use super::Unit;
use model::facts::Phase;
use model::manifest::Setting;

/// What the variables of installers begin with. Those that no file of the repository names stand in the manifest.
const INSTALLERS: [&str; 9] =
    ["NPM_", "PNPM_", "YARN_", "BUN_CONFIG_", "PIP_", "UV_", "POETRY_", "PDM_", "PIPENV_"];

impl Unit<'_> {
    /// Whether installing reads a variable of the build: it stands in a file that is read then, or is an installer's own.
    pub fn installs_with(&self, name: &str, setting: &Setting) -> bool {
        let files = self.fact.map(|fact| fact.install_inputs.as_slice()).unwrap_or_default();
        let stands = || setting.evidence.iter().any(|place| files.contains(&place.path));
        let own = || INSTALLERS.iter().any(|beginning| name.to_uppercase().starts_with(beginning));
        setting.phase == Phase::Build && self.service.build.install.is_some() && (stands() || own())
    }

    /// The secrets that installing reads, by name.
    pub fn install_secrets(&self) -> impl Iterator<Item = &str> {
        let read = self.service.env.iter().filter(|(name, setting)| self.installs_with(name, setting));
        read.map(|(name, _)| name.as_str()).filter(|name| self.service.is_secret(name))
    }
}
