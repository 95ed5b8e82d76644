//! The engine as a whole, through its public API, on the simulated disk.

#![expect(clippy::cast_possible_truncation, reason = "tests know their numbers")]

mod crash;
mod harness;
mod model;
