//! Rules over Dockerfiles.

mod add_for_files;
mod apt_lists;
mod before_from;
mod copy_before_install;
mod copy_to_file;
mod development_server;
mod duplicate_stage;
#[cfg(test)]
mod fixture;
mod floating_base;
mod hidden_failure;
mod interactive_install;
mod invalid_port;
mod legacy_env;
mod manager_start;
mod missing_arguments;
mod open_permissions;
mod overruled_instruction;
mod pip_cache;
mod pipe_to_shell;
mod recommended_packages;
mod relative_workdir;
mod runs_as_root;
mod secret_in_text;
mod secret_in_variable;
mod self_reference;
mod shell_form;
mod sudo;
mod undefined_argument;
mod unknown_instruction;
mod unknown_stage;
mod unlocked_install;
mod unverified_transfer;
mod update_alone;
mod whole_file_system;

use crate::rule::Rule;
use crate::subject::dockerfile::Dockerfile;

/// Every rule, in the order in which they are documented.
pub const RULES: &[Rule<Dockerfile>] = &[
    unknown_instruction::RULE,
    missing_arguments::RULE,
    before_from::RULE,
    invalid_port::RULE,
    duplicate_stage::RULE,
    unknown_stage::RULE,
    undefined_argument::RULE,
    floating_base::RULE,
    runs_as_root::RULE,
    sudo::RULE,
    secret_in_variable::RULE,
    secret_in_text::RULE,
    relative_workdir::RULE,
    add_for_files::RULE,
    copy_to_file::RULE,
    whole_file_system::RULE,
    open_permissions::RULE,
    overruled_instruction::RULE,
    shell_form::RULE,
    manager_start::RULE,
    development_server::RULE,
    self_reference::RULE,
    legacy_env::RULE,
    interactive_install::RULE,
    update_alone::RULE,
    apt_lists::RULE,
    recommended_packages::RULE,
    pip_cache::RULE,
    unlocked_install::RULE,
    copy_before_install::RULE,
    pipe_to_shell::RULE,
    hidden_failure::RULE,
    unverified_transfer::RULE,
];
