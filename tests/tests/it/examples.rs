//! The reference systems, from their repository to a second release and back, with people using them meanwhile.

pub mod brainstorm;
pub mod procurement;
pub mod saas_starter;
pub mod system;
pub mod together_pray;
pub mod vaultcpa;
mod visitors;
