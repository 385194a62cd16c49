//! From a service's settings to the values of its variables.

use super::{check, placeholder};
use crate::name::SecretName;
use model::Secret;
use model::facts::Phase;
use model::id::ServiceName;
use model::manifest::{Reference, Service, Setting, Template, TemplatePart, ValueSource};
use model::observed::SettingProblem;
use model::spelling::nearest;
use std::collections::BTreeMap;

/// What a reference leads to.
#[derive(Debug, Clone)]
pub enum Found {
    /// A value.
    Value(Secret),
    /// It will be there before it is needed: the datastore is not provisioned yet. A variable that needs it is left out.
    Later,
}

/// Everything that values may come from.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// Every field of every datastore and service.
    pub fields: BTreeMap<Reference, Found>,
    /// What the vault holds.
    pub secrets: BTreeMap<SecretName, Secret>,
    /// Made secrets that are not there yet will be there before they are needed: a plan is being made, none performed.
    pub before_run: bool,
}

/// Who asks, for problems.
struct Asking<'a> {
    service: &'a ServiceName,
    name: &'a str,
    setting: &'a Setting,
}

/// What a setting comes to.
enum Given {
    /// A value, which may be empty on purpose.
    Value(Secret),
    /// One that will be there before it is needed.
    Later,
    /// None.
    Nothing,
}

/// What is wrong, and what to do.
struct Wrong {
    message: String,
    advice: String,
}

/// The values of a service's variables: those that a build reads, or all that it is given when it runs.
///
/// # Errors
/// Everything that is wrong with any of them. No problem holds a value.
pub fn resolve(
    service: &ServiceName,
    manifest: &Service,
    phase: Phase,
    sources: &Sources,
) -> Result<BTreeMap<String, Secret>, Vec<SettingProblem>> {
    let (mut values, mut problems) = (BTreeMap::new(), Vec::new());
    let wanted = |setting: &Setting| match phase {
        Phase::Build => setting.phase == Phase::Build,
        Phase::Run => true,
    };
    let mut absent = Vec::new();
    for (name, setting) in manifest.env.iter().filter(|(_, setting)| wanted(setting)) {
        let asking = Asking { service, name, setting };
        match asking.value(sources) {
            Ok(Given::Value(value)) => {
                if value.expose().is_empty() {
                    absent.push(asking);
                }
                values.insert(name.clone(), value);
            }
            Ok(Given::Nothing) => absent.push(asking),
            Ok(Given::Later) => {}
            Err(wrongs) => problems.extend(wrongs.into_iter().map(|wrong| asking.problem(wrong))),
        }
    }
    // Once all values are there: what some of them make necessary.
    problems.extend(absent.iter().filter_map(|asking| Some(asking.problem(asking.lacking(&values)?))));
    if problems.is_empty() { Ok(values) } else { Err(problems) }
}

impl Asking<'_> {
    fn problem(&self, wrong: Wrong) -> SettingProblem {
        SettingProblem {
            service: self.service.clone(),
            name: self.name.to_owned(),
            message: wrong.message,
            advice: wrong.advice,
            place: self.setting.evidence.first().cloned(),
        }
    }

    fn value(&self, sources: &Sources) -> Result<Given, Vec<Wrong>> {
        let stored = || {
            let name = SecretName::variable(self.service, self.name).ok()?;
            sources.secrets.get(&name).cloned()
        };
        let value = match &self.setting.source {
            ValueSource::Template { value } => match self.fill(value, sources)? {
                Found::Value(value) => Some(value),
                Found::Later => return Ok(Given::Later),
            },
            ValueSource::Generated { .. } => match stored() {
                None if sources.before_run => return Ok(Given::Later),
                other => other,
            },
            ValueSource::Vault | ValueSource::Unset => stored(),
        };
        match value {
            Some(value) if !value.expose().is_empty() => match self.judge(&value) {
                Some(wrong) => Err(vec![wrong]),
                None => Ok(Given::Value(value)),
            },
            _ if self.setting.required => Err(vec![self.missing()]),
            // One that is empty on purpose, or none.
            Some(empty) => Ok(Given::Value(empty)),
            None => Ok(Given::Nothing),
        }
    }

    /// What is wrong when there is no value and another variable's makes one necessary.
    fn lacking(&self, values: &BTreeMap<String, Secret>) -> Option<Wrong> {
        let when = self.setting.required_when.as_ref()?;
        let holds = values.get(&when.name).is_some_and(|flag| when.holds(flag.expose()));
        let message = format!("is required when {when}, and has no value");
        holds.then(|| Wrong { message, advice: self.missing().advice })
    }

    /// Puts the template's references in.
    fn fill(&self, template: &Template, sources: &Sources) -> Result<Found, Vec<Wrong>> {
        let (mut text, mut later, mut wrongs) = (String::new(), false, Vec::new());
        for part in template.iter() {
            match part {
                TemplatePart::Text(plain) => text.push_str(plain),
                TemplatePart::Reference(reference) => match sources.fields.get(reference) {
                    Some(Found::Value(value)) => text.push_str(value.expose()),
                    Some(Found::Later) => later = true,
                    None => wrongs.push(unresolved(reference, sources)),
                },
            }
        }
        match (wrongs.is_empty(), later) {
            (false, _) => Err(wrongs),
            (true, true) => Ok(Found::Later),
            (true, false) => Ok(Found::Value(Secret::new(text))),
        }
    }

    fn missing(&self) -> Wrong {
        let (service, name) = (self.service, self.name);
        let set = format!("set it with `mainstay env set {service} {name}`");
        let message = match &self.setting.source {
            ValueSource::Generated { .. } => "is made by Mainstay but not in the vault",
            ValueSource::Template { .. } => "is required, and its value in the manifest is empty",
            ValueSource::Vault | ValueSource::Unset => "is required and has no value",
        };
        let advice = match &self.setting.source {
            ValueSource::Generated { .. } => "run `mainstay deploy`, which makes it".to_owned(),
            ValueSource::Template { .. } => self.write_it(),
            ValueSource::Vault => set,
            ValueSource::Unset => format!("{set}, or {}", self.write_it()),
        };
        Wrong { message: message.to_owned(), advice }
    }

    fn write_it(&self) -> String {
        format!("give it a value under [services.{}.env] in mainstay.toml", self.service)
    }

    fn judge(&self, value: &Secret) -> Option<Wrong> {
        // What Mainstay made itself or put together from what runs is no one's placeholder.
        let by_hand = match &self.setting.source {
            ValueSource::Template { value } => value.references().next().is_none(),
            ValueSource::Vault | ValueSource::Unset => true,
            ValueSource::Generated { .. } => false,
        };
        if by_hand && placeholder::is_placeholder(value.expose(), self.setting.secret) {
            let message = "still holds a placeholder instead of a value".to_owned();
            return Some(Wrong { message, advice: self.change() });
        }
        let wrong = check::problem(value.expose(), self.setting.check.as_ref()?)?;
        Some(Wrong { message: format!("has a value that {wrong}"), advice: self.change() })
    }

    fn change(&self) -> String {
        match &self.setting.source {
            ValueSource::Template { .. } => {
                format!("change it under [services.{}.env] in mainstay.toml", self.service)
            }
            ValueSource::Generated { .. } => {
                format!("ask for more bytes with `{} = {{ generate = 32 }}` in mainstay.toml", self.name)
            }
            ValueSource::Vault | ValueSource::Unset => {
                format!("set it anew with `mainstay env set {} {}`", self.service, self.name)
            }
        }
    }
}

fn unresolved(reference: &Reference, sources: &Sources) -> Wrong {
    let Reference { name, field } = reference;
    let fields =
        || sources.fields.keys().filter(|known| known.name == *name).map(|known| known.field.as_str());
    let known = fields().next().is_some();
    let (message, meant, all) = if known {
        let message = format!("refers to ${{{name}.{field}}}, but `{name}` has no `{field}`");
        (message, nearest(field, fields()).map(|near| format!("{name}.{near}")), fields().collect::<Vec<_>>())
    } else {
        let mut names: Vec<&str> = sources.fields.keys().map(|known| known.name.as_str()).collect();
        names.dedup();
        let message = format!("refers to ${{{name}.{field}}}, but there is no service or datastore `{name}`");
        (message, nearest(name, names.iter().copied()).map(|near| format!("{near}.{field}")), names)
    };
    let advice = match meant {
        Some(meant) => format!("did you mean ${{{meant}}}?"),
        None if all.is_empty() => "there is nothing to refer to yet".to_owned(),
        None => format!("there is {}", all.join(", ")),
    };
    Wrong { message, advice }
}
