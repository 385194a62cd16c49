//! Workflows of GitHub Actions: the part of them that is not YAML.

pub mod expression;
