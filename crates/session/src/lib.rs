//! Sessions: one connection's transaction block, prepared statements, portals and settings, and the engine they share.
//!
//! A session knows no sockets. It is given what a client says, and says what it answers to an [`Output`]; when the output
//! is full it suspends, and is resumed later. It is `Send` and owned by whoever runs it.

mod bindings;
mod block;
mod check;
mod clock;
mod constraints;
mod copy;
mod core;
mod engine;
mod explain;
mod foreign_key;
mod function;
mod known;
mod names;
mod nested;
mod open;
mod output;
mod portal;
mod prepared;
mod session;
mod shape;
mod shared;
mod simple;
mod sources;
mod two_phase;
mod utility;
mod work;

pub use check::Checked;
pub use engine::{Engine, EngineOptions, Login, MakeVerifier};
pub use output::{CopyFormat, Field, Format, Output, Progress, TransactionStatus};
pub use session::{Bind, Session, Startup};
pub use shared::Shared;
