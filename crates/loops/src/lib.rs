//! Poll loops: their leases, the threads that run them, and the one owner that a connection has at a time.
//!
//! What a loop waits for ([`Events`]) and whom it serves ([`Host`]) are the server's: the tests here run the same loops over
//! events of their own, under every order of the threads' steps.
//!
//! There is a [`Poller`] per core and a thread for each. A loop belongs to the thread that holds the poller's *lease*, a
//! number; raising it takes the loop away from its thread, which notices when it is done with the event at hand. A thread
//! that is about to wait, or too long at one event ([`watchdog`]), loses its loop to a spare thread ([`worker`]).

mod owner;
mod poller;
mod watchdog;
mod worker;

pub use owner::{Cause, Owned, Told};
pub use poller::{Events, Poller, WAKE};
pub use worker::{Host, Workers, about_to_wait};

#[cfg(all(test, feature = "shuttle"))]
mod interleavings;
