//! The engine as a whole, through its public API, on the simulated disk.

mod concurrent;
mod crash;
mod failures;
mod files;
mod harness;
mod locks;
mod model;
