//! The vault on real files, and settings resolved from it.

mod law;
mod settings;
mod store;
