//! `cargo xtask <task>`: checks and generators for the source tree.

fn main() {}
