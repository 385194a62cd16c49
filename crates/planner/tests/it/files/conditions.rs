//! Variables that are required only when another one has a value.

use super::system;
use crate::world::{self, env};
use model::facts::{EnvFact, Facts, RequiredWhen};
use model::manifest::file::{EnvDetail, EnvValue, ManifestFile};
use planner::files::Family;

fn paying() -> Facts {
    let mut facts = system::api();
    let when = RequiredWhen { name: "ENABLE_PAYMENT".into(), value: "true".into() };
    let key = |name| EnvFact { required_when: Some(when.clone()), ..env(name, false, true) };
    facts.services[0].env =
        vec![env("ENABLE_PAYMENT", false, false), key("STRIPE_KEY"), key("STRIPE_WEBHOOK_KEY")];
    facts
}

#[test]
fn templates_say_when_a_variable_is_required() {
    let template = system::file(&paying(), Family::Environment, ".env.example");
    for name in ["STRIPE_KEY", "STRIPE_WEBHOOK_KEY"] {
        let at = template.find(&format!("\n# {name}=")).unwrap_or_else(|| panic!("{template}"));
        let about = template[..at].rsplit("\n\n").next().unwrap();
        assert!(about.contains("Required when ENABLE_PAYMENT is true, secret."), "{about}");
    }
    assert!(template.contains("# Optional.\n# ENABLE_PAYMENT="), "{template}");
    let readme = system::file(&paying(), Family::Environment, "README.md");
    assert!(readme.contains("| `STRIPE_KEY` | required when `ENABLE_PAYMENT` is `true` |"), "{readme}");
}

#[test]
fn the_manifest_may_say_that_it_is_not_required() {
    let mut file = ManifestFile::default();
    let entry = file.services.entry("api".parse().unwrap()).or_default();
    let detail = EnvDetail { required: Some(false), ..EnvDetail::default() };
    entry.env.insert("STRIPE_WEBHOOK_KEY".into(), EnvValue::Detail(detail));
    let manifest = planner::draft(&paying(), &file, &world::environment()).unwrap();
    let (_, service) = manifest.services.iter().next().unwrap();
    assert!(service.env["STRIPE_KEY"].required_when.is_some());
    assert_eq!(service.env["STRIPE_WEBHOOK_KEY"].required_when, None);
}
