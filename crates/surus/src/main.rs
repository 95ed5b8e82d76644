//! The command line of surus.

fn main() {}
