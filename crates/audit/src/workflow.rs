//! Rules over workflows of GitHub Actions.

#[cfg(test)]
mod action;
mod constant_condition;
mod cyclic_jobs;
mod disabled_command;
mod excessive_permissions;
mod expression_syntax;
#[cfg(test)]
mod fixture;
mod hardcoded_credentials;
#[cfg(test)]
mod hostile;
mod ignored_tests;
mod incomplete_job;
mod inherited_secrets;
mod interrupted_deploy;
mod invalid_schedule;
mod loose_contains;
mod racing_deploys;
mod remote_script;
mod repeated_key;
mod repeated_step;
mod retired_action;
mod retired_runner;
mod secret_in_build_argument;
mod spoofable_actor;
mod template_injection;
mod unavailable_context;
mod unawaited_tests;
mod unknown_event;
mod unknown_input;
mod unknown_job;
mod unknown_key;
mod unknown_matrix_value;
mod unknown_name;
mod unknown_need;
mod unknown_step;
mod unmasked_secret;
mod unpinned_action;
mod untagged_image;
mod untested_deploy;
mod untrusted_checkout;
mod untrusted_environment;
mod uploaded_credentials;
mod whole_secrets;

use crate::rule::Rule;
use crate::subject::Subjects;
use crate::subject::workflow::Workflow;

/// Every rule, in the order in which they are documented.
pub const RULES: &[Rule<Workflow>] = &[
    // What somebody else could do with it.
    template_injection::RULE,
    untrusted_checkout::RULE,
    untrusted_environment::RULE,
    spoofable_actor::RULE,
    loose_contains::RULE,
    disabled_command::RULE,
    excessive_permissions::RULE,
    unpinned_action::RULE,
    untagged_image::RULE,
    remote_script::RULE,
    // Where secrets go.
    hardcoded_credentials::RULE,
    secret_in_build_argument::RULE,
    inherited_secrets::RULE,
    whole_secrets::RULE,
    unmasked_secret::RULE,
    uploaded_credentials::RULE,
    // When people get what it builds.
    untested_deploy::RULE,
    ignored_tests::RULE,
    racing_deploys::RULE,
    interrupted_deploy::RULE,
    // Whether it does what it says.
    constant_condition::RULE,
    unknown_step::RULE,
    unknown_need::RULE,
    unknown_matrix_value::RULE,
    unknown_input::RULE,
    retired_action::RULE,
    retired_runner::RULE,
    // Whether GitHub takes it at all.
    expression_syntax::RULE,
    unavailable_context::RULE,
    unknown_name::RULE,
    unknown_key::RULE,
    unknown_event::RULE,
    repeated_key::RULE,
    repeated_step::RULE,
    incomplete_job::RULE,
    unknown_job::RULE,
    cyclic_jobs::RULE,
    invalid_schedule::RULE,
];

/// Rules over all workflows together.
pub const TOGETHER: &[Rule<Subjects>] = &[unawaited_tests::RULE];
