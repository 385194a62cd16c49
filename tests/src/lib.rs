//! What the end-to-end scenarios are made of: a world of its own for each test, a small shop to deploy in it, and a
//! steady load that counts from outside what is lost. The scenarios themselves stand in `tests/it/`.

pub mod certificate;
pub mod example;
pub mod load;
pub mod shop;
pub mod small;
pub mod world;
