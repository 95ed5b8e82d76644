//! Sockets, authentication and polling workers: what brings clients to sessions.
//!
//! A few workers, one per core, each poll the sockets of their connections ([`sockets`]). What a worker reads it hands to
//! the connection's session at once, and writes the answer. A connection is one owner's at a time: whoever holds its
//! lock. Before a wait, or when a statement takes over a millisecond, a worker's poll loop passes to a spare thread (crate
//! `loops`), so that no connection waits for another's statement.

mod accept;
mod answer;
mod connection;
mod dialogue;
mod listener;
mod login;
mod outgoing;
mod server;
mod sockets;
mod stream;

pub use listener::Address;
pub use server::{Admission, Server, ServerOptions};
pub use sockets::SystemCalls;
