//! The guard against deep recursion: 54001 before the thread's stack ends.

use crate::{Error, Result, SqlState};
use std::cell::Cell;

/// What is left for calls below a check that passes, in bytes.
const RESERVE_BYTES: usize = 256 * 1024;
/// The size that a thread which said nothing is taken to have: what Rust gives a spawned thread.
const DEFAULT_BYTES: usize = 2 * 1024 * 1024;

// The stack belongs to the thread, so this is the one thread-local of the engine.
thread_local! {
    static LIMIT: Cell<usize> = const { Cell::new(0) };
}

/// Tells how large this thread's stack is; called first thing in a thread that was given another
/// size than Rust's default.
pub fn set_stack_size(size_bytes: usize) {
    LIMIT.set(here().saturating_sub(size_bytes.saturating_sub(RESERVE_BYTES)));
}

/// 54001 when the stack is nearly used up. Every recursion over what a user wrote calls it.
#[inline]
pub fn stack_check() -> Result<()> {
    let limit = LIMIT.get();
    if here() > limit && limit != 0 { Ok(()) } else { check_slowly() }
}

#[cold]
fn check_slowly() -> Result<()> {
    if LIMIT.get() == 0 {
        set_stack_size(DEFAULT_BYTES);
        return Ok(());
    }
    Err(Error::new(SqlState::STATEMENT_TOO_COMPLEX, "stack depth limit exceeded").hint(
        "Increase the configuration parameter \"max_stack_depth\" (currently 2048kB), after ensuring the platform's stack depth limit is adequate.",
    ))
}

/// The address of something on the stack.
#[inline]
fn here() -> usize {
    let marker = 0u8;
    std::ptr::from_ref(&marker).addr()
}
