//! What services are given, and everything that is wrong with it.

use model::Secret;
use model::facts::{Phase, RequiredWhen, ServiceKind, ValueCheck};
use model::id::ServiceName;
use model::manifest::{BuildRecipe, Limits, Reference, Service, Setting, ValueSource};
use model::observed::SettingProblem;
use model::unit::Millis;
use std::collections::BTreeMap;
use vault::settings::{Found, Sources, resolve};

pub(crate) fn service(env: impl IntoIterator<Item = (&'static str, Setting)>) -> Service {
    Service {
        kind: ServiceKind::Web,
        framework: None,
        path: ".".into(),
        build: BuildRecipe {
            runtime: None,
            package_manager: None,
            install_path: ".".into(),
            lockfile: None,
            install: None,
            command: None,
        },
        start: None,
        output: None,
        port: None,
        health: None,
        routes: Vec::new(),
        replicas: 1,
        limits: Limits::default(),
        grace: Millis::seconds(10),
        env: env.into_iter().map(|(name, setting)| (name.to_owned(), setting)).collect(),
        uses: Vec::new(),
        migrations: None,
    }
}

pub(crate) fn setting(source: ValueSource) -> Setting {
    Setting {
        source,
        required: true,
        required_when: None,
        secret: false,
        phase: Phase::Run,
        check: None,
        evidence: vec!["src/config.js:12".parse().unwrap()],
    }
}

pub(crate) fn text(template: &str) -> Setting {
    setting(ValueSource::Template { value: template.parse().unwrap() })
}

fn checked(template: &str, check: ValueCheck) -> Setting {
    Setting { check: Some(check), ..text(template) }
}

fn optional(setting: Setting) -> Setting {
    Setting { required: false, ..setting }
}

pub(crate) fn api() -> ServiceName {
    "api".parse().unwrap()
}

fn sources() -> Sources {
    let field = |name: &str, field: &str| Reference { name: name.into(), field: field.into() };
    let found = |text: &str| Found::Value(Secret::new(text));
    Sources {
        fields: BTreeMap::from([
            (field("postgres", "url"), found("postgres://u:p@127.0.0.1:5433/shop")),
            (field("postgres", "host"), found("127.0.0.1")),
            (field("web", "url"), found("http://127.0.0.1:8080")),
            (field("redis", "url"), Found::Later),
        ]),
        secrets: BTreeMap::from([
            ("api/STRIPE_KEY".parse().unwrap(), Secret::new("sk_live_51H8")),
            ("api/MAIL_KEY".parse().unwrap(), Secret::new("your_mail_key_here")),
        ]),
        before_run: false,
    }
}

fn problems(env: impl IntoIterator<Item = (&'static str, Setting)>) -> Vec<SettingProblem> {
    resolve(&api(), &service(env), Phase::Run, &sources()).unwrap_err()
}

#[test]
fn values_come_from_templates_references_and_the_vault() {
    let env = [
        ("DATABASE_URL", text("${postgres.url}")),
        ("CALLBACK", text("${web.url}/cb?host=${postgres.host}")),
        ("STRIPE_KEY", setting(ValueSource::Vault)),
        ("EMPTY", optional(text(""))),
        ("UNSET", optional(setting(ValueSource::Unset))),
    ];
    let values = resolve(&api(), &service(env), Phase::Run, &sources()).unwrap();
    let bare: BTreeMap<&str, &str> =
        values.iter().map(|(name, value)| (name.as_str(), value.expose())).collect();
    let expected = [
        ("CALLBACK", "http://127.0.0.1:8080/cb?host=127.0.0.1"),
        ("DATABASE_URL", "postgres://u:p@127.0.0.1:5433/shop"),
        ("EMPTY", ""),
        ("STRIPE_KEY", "sk_live_51H8"),
    ];
    assert_eq!(bare, BTreeMap::from(expected));
}

#[test]
fn a_value_set_by_hand_serves_a_variable_that_the_manifest_does_not_mention() {
    let values =
        resolve(&api(), &service([("STRIPE_KEY", setting(ValueSource::Unset))]), Phase::Run, &sources());
    assert_eq!(values.unwrap().len(), 1);
}

#[test]
fn a_build_gets_its_own_variables_and_a_run_gets_all() {
    let build = Setting { phase: Phase::Build, ..text("${web.url}") };
    let service = service([("NEXT_PUBLIC_URL", build), ("PLAIN", text("x"))]);
    let names = |phase| resolve(&api(), &service, phase, &sources()).unwrap().into_keys().collect::<Vec<_>>();
    assert_eq!(names(Phase::Build), ["NEXT_PUBLIC_URL"]);
    assert_eq!(names(Phase::Run), ["NEXT_PUBLIC_URL", "PLAIN"]);
}

#[test]
fn what_will_be_there_later_is_left_out_and_no_problem() {
    let env = || [("QUEUE", text("${redis.url}/1")), ("JWT", setting(ValueSource::Generated { bytes: 32 }))];
    let planning = Sources { before_run: true, ..sources() };
    assert!(resolve(&api(), &service(env()), Phase::Run, &planning).unwrap().is_empty());
    let found = problems(env());
    assert_eq!(found.iter().map(|problem| problem.name.as_str()).collect::<Vec<_>>(), ["JWT"]);
}

#[test]
fn everything_that_is_wrong_is_said_at_once_with_place_and_advice() {
    let one_of = ValueCheck::OneOf { values: vec!["debug".into(), "info".into()] };
    let found = problems([
        ("A_MISSING", setting(ValueSource::Vault)),
        ("B_UNSET", setting(ValueSource::Unset)),
        ("C_EMPTY", text("")),
        ("D_NUMBER", checked("eleven", ValueCheck::Number)),
        ("E_BOOL", checked("perhaps", ValueCheck::Boolean)),
        ("F_URL", optional(checked("shop", ValueCheck::Url))),
        ("G_WORD", checked("loud", one_of)),
        ("H_SHORT", checked("abc", ValueCheck::Text { min_length: 32 })),
        ("I_NAME", text("${postgers.url} ${nothing.url}")),
        ("J_FIELD", text("${postgres.ulr}")),
        ("K_PLACEHOLDER", text("changeme")),
        ("MAIL_KEY", optional(setting(ValueSource::Vault))),
        ("Z_GOOD", text("fine")),
    ]);
    let lines: Vec<String> = found
        .iter()
        .map(|problem| format!("{} {}; {}", problem.name, problem.message, problem.advice))
        .collect();
    let in_manifest = "change it under [services.api.env] in mainstay.toml";
    let expected = [
        "A_MISSING is required and has no value; set it with `mainstay env set api A_MISSING`".to_owned(),
        "B_UNSET is required and has no value; set it with `mainstay env set api B_UNSET`, or give it a value under [services.api.env] in mainstay.toml".to_owned(),
        "C_EMPTY is required, and its value in the manifest is empty; give it a value under [services.api.env] in mainstay.toml".to_owned(),
        format!("D_NUMBER has a value that is not a number; {in_manifest}"),
        format!("E_BOOL has a value that is neither true nor false; {in_manifest}"),
        format!("F_URL has a value that is not a URL with scheme and host; {in_manifest}"),
        format!("G_WORD has a value that is none of debug, info; {in_manifest}"),
        format!("H_SHORT has a value that has 3 characters and needs at least 32; {in_manifest}"),
        "I_NAME refers to ${postgers.url}, but there is no service or datastore `postgers`; did you mean ${postgres.url}?".to_owned(),
        "I_NAME refers to ${nothing.url}, but there is no service or datastore `nothing`; there is postgres, redis, web".to_owned(),
        "J_FIELD refers to ${postgres.ulr}, but `postgres` has no `ulr`; did you mean ${postgres.url}?".to_owned(),
        format!("K_PLACEHOLDER still holds a placeholder instead of a value; {in_manifest}"),
        "MAIL_KEY still holds a placeholder instead of a value; set it anew with `mainstay env set api MAIL_KEY`".to_owned(),
    ];
    assert_eq!(lines, expected);
    assert!(found.iter().all(|problem| problem.place.as_ref().unwrap().to_string() == "src/config.js:12"));
}

#[test]
fn what_a_flag_makes_necessary_is_missing_only_with_the_flag() {
    let when = |name: &str| RequiredWhen { name: name.into(), value: "true".into() };
    let needs = |source| Setting { required_when: Some(when("ENABLE_PAYMENT")), ..optional(setting(source)) };
    let with = |flag: &'static str| {
        [
            ("ENABLE_PAYMENT", optional(text(flag))),
            ("STRIPE_KEY", needs(ValueSource::Vault)),
            ("STRIPE_WEBHOOK", needs(ValueSource::Unset)),
            (
                "A_STRIPE_BASE",
                Setting {
                    required: false,
                    ..Setting { required_when: Some(when("ENABLE_PAYMENT")), ..text("") }
                },
            ),
            (
                "STRIPE_STORE",
                Setting { required_when: Some(when("ENABLE_PAYMENT")), ..optional(text("${redis.url}")) },
            ),
            (
                "SENDGRID_KEY",
                Setting {
                    required_when: Some(when("ENABLE_EMAIL")),
                    ..optional(setting(ValueSource::Unset))
                },
            ),
        ]
    };
    for off in ["", "false", "0", "no"] {
        assert!(resolve(&api(), &service(with(off)), Phase::Run, &sources()).is_ok(), "{off}");
    }
    for on in ["true", "TRUE", "1", "yes"] {
        let found = problems(with(on));
        let names: Vec<&str> = found.iter().map(|problem| problem.name.as_str()).collect();
        assert_eq!(
            names,
            ["A_STRIPE_BASE", "STRIPE_WEBHOOK"],
            "{on}: what is set or comes later is not missing"
        );
        assert_eq!(found[1].message, "is required when ENABLE_PAYMENT is true, and has no value");
        assert!(found[1].advice.contains("mainstay env set api STRIPE_WEBHOOK"), "{}", found[1].advice);
    }
}
