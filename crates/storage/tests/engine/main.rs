//! The engine as a whole, through its public API, on the simulated disk.

#![expect(clippy::unwrap_used, reason = "a test fails where it must not go on")]
#![expect(clippy::wildcard_enum_match_arm, reason = "all other outcomes are failures")]

mod answers;
mod concurrent;
mod crash;
mod failures;
mod files;
mod harness;
mod history;
mod hot;
mod locks;
mod model;
mod prepare;
mod purged;
mod rows;
mod snapshots;
mod unfinished;
mod unlogged;
mod visible;
