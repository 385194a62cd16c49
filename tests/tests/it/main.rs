//! End-to-end scenarios: the real binary on real processes, a real proxy and a real database.

mod deploys;
