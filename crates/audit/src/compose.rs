//! Rules over Compose files.

mod connection_mismatch;
mod dangerous_capability;
mod default_password;
mod dependency_cycle;
mod duplicate_container_name;
mod duplicate_port;
#[cfg(test)]
mod fixture;
mod floating_image;
mod host_control_socket;
mod host_device;
mod host_folder;
mod host_namespace;
mod ignored_by_swarm;
mod invalid_port;
mod literal_credential;
mod no_memory_limit;
mod no_restart_policy;
mod open_datastore;
mod privileged;
mod published_beside_entry;
mod published_datastore;
mod root_user;
mod sexagesimal_port;
mod unbounded_logs;
mod unchecked_dependency;
mod unconfined;
mod undefined_name;
mod unkept_data;
mod unknown_dependency;
mod unreachable_host;
mod wrong_data_folder;

use crate::rule::{Remark, Rule};
use crate::subject::compose::{Service, Stack};
use model::Place;
use model::finding::{Finding, Severity};
use std::collections::BTreeMap;

/// Every rule, in the order in which they are documented.
pub const RULES: &[Rule<Stack>] = &[
    host_control_socket::RULE,
    privileged::RULE,
    host_namespace::RULE,
    dangerous_capability::RULE,
    host_device::RULE,
    host_folder::RULE,
    unconfined::RULE,
    root_user::RULE,
    floating_image::RULE,
    invalid_port::RULE,
    sexagesimal_port::RULE,
    published_datastore::RULE,
    published_beside_entry::RULE,
    duplicate_port::RULE,
    duplicate_container_name::RULE,
    literal_credential::RULE,
    default_password::RULE,
    open_datastore::RULE,
    unknown_dependency::RULE,
    dependency_cycle::RULE,
    unchecked_dependency::RULE,
    undefined_name::RULE,
    unkept_data::RULE,
    wrong_data_folder::RULE,
    unreachable_host::RULE,
    connection_mismatch::RULE,
    no_memory_limit::RULE,
    no_restart_policy::RULE,
    unbounded_logs::RULE,
    ignored_by_swarm::RULE,
];

/// What the rules say of stacks. A line that stands in several is told of once, as bad as it is in the worst.
pub(crate) fn findings(stacks: &[Stack]) -> Vec<Finding> {
    let mut all: Vec<(usize, Finding)> = Vec::new();
    let mut worst: BTreeMap<(String, Option<Place>), (Severity, usize)> = BTreeMap::new();
    for (at, stack) in stacks.iter().enumerate() {
        for finding in RULES.iter().flat_map(|rule| rule.findings(stack)) {
            let key = (finding.rule.clone(), finding.place.clone());
            let known = worst.entry(key).or_insert((finding.severity, at));
            if finding.severity > known.0 {
                *known = (finding.severity, at);
            }
            all.push((at, finding));
        }
    }
    all.retain(|(at, finding)| {
        let key = (finding.rule.clone(), finding.place.clone());
        worst.get(&key).is_some_and(|(_, stack)| stack == at)
    });
    all.into_iter().map(|(_, finding)| finding).collect()
}

/// What services lack that are to run for long: one remark when none of them has it, since that is one decision, else one each.
fn lacking(stack: &Stack, has: impl Fn(Service<'_>) -> bool, says: &str) -> Vec<Remark> {
    let all: Vec<Service<'_>> = stack.services().filter(|service| !stack.ends(*service)).collect();
    // What it extends may have it.
    let without = |service: &&Service<'_>| !has(**service) && service.get("extends").is_none();
    let lack: Vec<&Service<'_>> = all.iter().filter(without).collect();
    match lack[..] {
        [first, _, ..] if lack.len() == all.len() => {
            let message = format!("`{}` and {} more {says}", first.name(), lack.len() - 1);
            vec![Remark::new(stack.place(first.key.line), message)]
        }
        _ => {
            let remark = |service: &&Service<'_>| {
                Remark::new(stack.place(service.key.line), format!("`{}` {says}", service.name()))
            };
            lack.iter().map(remark).collect()
        }
    }
}
