//! The reference systems, from their repository to a second release and back, with people using them meanwhile.

mod brainstorm;
mod procurement;
mod saas_starter;
mod system;
mod together_pray;
mod vaultcpa;
mod visitors;
