//! Any manifest that is valid.

use model::facts::{DatastoreKind, Phase, ServiceKind, ValueCheck};
use model::manifest::file::{
    DatastoreFile, DeployFile, EnvDetail, EnvValue, EnvironmentFile, ManifestFile, ServiceFile, StrategyName,
};
use model::manifest::{Provider, Publish, Target};
use model::unit::{Bytes, Millis, Port};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::str::FromStr;

/// Few names, so that they meet; some are words of the manifest.
fn names<T: FromStr<Err: Debug> + Debug>() -> impl Strategy<Value = T> {
    select(vec!["api", "web", "env", "replicas", "services", "1", "a-b"])
        .prop_map(|name| name.parse().unwrap())
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof!["[ -~]{0,12}", any::<String>()].prop_map(|text| text.replace("${", "$ {"))
}

fn templates() -> impl Strategy<Value = String> {
    prop_oneof![texts(), Just("${postgres.url}?x=$${y}".to_owned())]
}

fn durations() -> impl Strategy<Value = Millis> {
    any::<u32>().prop_map(|n| Millis(n.into()))
}

fn ports() -> impl Strategy<Value = Port> {
    (1..=u16::MAX).prop_map(Port)
}

fn deploys() -> impl Strategy<Value = DeployFile> {
    let strategies = prop_oneof![
        Just((None, None, None, None)),
        Just((Some(StrategyName::AllAtOnce), None, None, None)),
        (of(btree_set(1..100_u8, 1..4)), of(durations())).prop_map(|(steps, hold)| {
            (Some(StrategyName::Canary), steps.map(|steps| steps.into_iter().collect()), hold, None)
        }),
        of(durations()).prop_map(|warm| (Some(StrategyName::BlueGreen), None, None, warm)),
    ];
    let rest =
        (of(1..9_u16), of(durations()), of(durations()), of(0.0..100.0), of(durations()), of(1..9_u16));
    (strategies, rest).prop_map(
        |((strategy, canary, hold, warm), (healthy, start_timeout, watch, error_percent, drain, keep))| {
            DeployFile {
                strategy,
                canary,
                hold,
                warm,
                healthy,
                start_timeout,
                watch,
                error_percent,
                drain,
                keep,
            }
        },
    )
}

fn checks() -> impl Strategy<Value = ValueCheck> {
    prop_oneof![
        any::<u32>().prop_map(|min_length| ValueCheck::Text { min_length }),
        Just(ValueCheck::Number),
        Just(ValueCheck::Boolean),
        Just(ValueCheck::Url),
        vec(texts(), 1..3).prop_map(|values| ValueCheck::OneOf { values }),
    ]
}

fn values() -> impl Strategy<Value = EnvValue> {
    let phases = of(select(Phase::ALL.to_vec()));
    let details = (of(templates()), of(any::<bool>()), of(any::<bool>()), phases, of(checks()));
    prop_oneof![
        templates().prop_map(EnvValue::Text),
        details.prop_map(|(value, secret, required, phase, check)| {
            EnvValue::Detail(EnvDetail { value, generate: None, secret, required, phase, check })
        }),
        (1..99_u16).prop_map(|n| EnvValue::Detail(EnvDetail { generate: Some(n), ..EnvDetail::default() })),
    ]
}

fn variables() -> impl Strategy<Value = BTreeMap<String, EnvValue>> {
    btree_map("[A-Z_.é\"']{1,4}", values(), 0..3)
}

fn services() -> impl Strategy<Value = ServiceFile> {
    let kinds = select(vec![ServiceKind::Web, ServiceKind::Job]);
    let commands = (of(texts()), of(texts()), of(texts()), of(texts()), of(texts()));
    let network = (of(ports()), of("/[ -~]{0,5}"), of(vec("/[a-z]{0,1}", 0..2)));
    let limits = (of(1..9_u16), of(1..u64::from(u32::MAX)), of(0.1..8.0), of(durations()));
    let rest = (of(vec(names(), 0..3)), variables());
    let paths = of(select(vec![".", "server", "a b/c", "x/../y"]));
    let full = (paths.clone(), of(kinds), commands, network, limits, rest).prop_map(
        |(
            path,
            kind,
            (runtime, install, build, start, migrate),
            (port, health, routes),
            limits,
            (uses, env),
        )| {
            ServiceFile {
                path: path.map(str::to_owned),
                ignore: None,
                kind,
                runtime,
                install,
                build,
                start,
                migrate,
                port,
                health,
                routes,
                replicas: limits.0,
                memory: limits.1.map(Bytes),
                cpu: limits.2,
                grace: limits.3,
                uses,
                env,
            }
        },
    );
    let left_out = paths.prop_map(|path| ServiceFile {
        path: path.map(str::to_owned),
        ignore: Some(true),
        ..ServiceFile::default()
    });
    prop_oneof![4 => full, 1 => left_out]
}

fn datastores() -> impl Strategy<Value = DatastoreFile> {
    let kinds = select(vec![DatastoreKind::Postgres, DatastoreKind::S3]);
    let providers = select(vec![Provider::Embedded, Provider::External]);
    (of(kinds), of(texts()), of(providers)).prop_map(|(kind, version, provider)| DatastoreFile {
        kind,
        version,
        provider,
    })
}

fn environments() -> impl Strategy<Value = EnvironmentFile> {
    let entry = (
        of(select(Target::ALL.to_vec())),
        of(any::<std::net::IpAddr>()),
        of(ports()),
        of(vec("[a-z.-]{1,9}", 0..3)),
        of((texts(), select(Publish::ALL.to_vec()))),
    );
    let certificates = of((texts(), texts(), of(Just(Port(80)))));
    let services = (btree_map(names(), variables(), 0..3), btree_map(names(), 1..9_u16, 0..3));
    (entry, certificates, services).prop_map(
        |((target, listen, port, domains, images), certificates, (env, replicas))| {
            let (tls, http_port) = certificates.map(|(one, two, http)| ((one, two), http)).unzip();
            let (certificate, certificate_key) = tls.map(|(one, two)| (one.into(), two.into())).unzip();
            let http_port = http_port.flatten().filter(|http| Some(*http) != port);
            let (registry, publish) = images.unzip();
            EnvironmentFile {
                target,
                listen,
                port,
                domains,
                certificate,
                certificate_key,
                http_port,
                registry,
                publish,
                env,
                replicas,
            }
        },
    )
}

/// Any valid manifest.
pub(crate) fn manifests() -> impl Strategy<Value = ManifestFile> {
    let tables = (
        btree_map(names(), services(), 0..3),
        btree_map(names(), datastores(), 0..3),
        btree_map(names(), environments(), 0..3),
    );
    (of(names()), deploys(), tables).prop_map(|(name, deploy, (mut services, datastores, environments))| {
        let mut taken = std::collections::BTreeSet::new();
        for routes in services.values_mut().filter_map(|service| service.routes.as_mut()) {
            routes.retain(|route| taken.insert(route.clone()));
        }
        ManifestFile { name, deploy, services, datastores, environments }
    })
}
