//! The reference systems, from their repository to a second release and back, with people using them meanwhile.

mod procurement;
mod system;
mod vaultcpa;
mod visitors;
