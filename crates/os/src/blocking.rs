//! Waits: what may hold a thread up says so first, so that the server can have another thread take over.

use parking_lot::{Condvar, Mutex};
use std::any::Any;
use std::sync::OnceLock;
use std::time::Instant;

/// What a thread is about to wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Another transaction's lock.
    Lock,
    /// Bytes from a file.
    Read,
    /// The disk's sync.
    Sync,
    /// Room in a pool, a queue or on the disk.
    Space,
    /// A computation that is slow on purpose (password hashes).
    Compute,
    /// Anything else.
    Other,
}

type Hook = Box<dyn Fn(Reason) -> Box<dyn Any> + Send + Sync>;

static HOOK: OnceLock<Hook> = OnceLock::new();

/// Installs what is called before every wait; what it returns is dropped after the wait. The first
/// caller wins; `false` tells that there was one.
pub fn install_blocking_hook(hook: Hook) -> bool {
    HOOK.set(hook).is_ok()
}

/// Runs `wait`, which may take long, between the hook and its guard. Never called under a latch; calls may
/// be nested.
pub fn blocking<T>(reason: Reason, wait: impl FnOnce() -> T) -> T {
    let _guard = HOOK.get().map(|hook| hook(reason));
    wait()
}

/// Where one session waits for another's lock; whoever frees the lock or cancels the session wakes it.
#[derive(Debug, Default)]
pub struct WaitSlot {
    woken: Mutex<bool>,
    changed: Condvar,
}

impl WaitSlot {
    /// A slot nobody waits in.
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the current wait, or the next one if there is none.
    pub fn wake(&self) {
        *self.woken.lock() = true;
        self.changed.notify_all();
    }

    /// Waits until woken, or until `deadline`: `false` tells that it passed. The caller goes through
    /// [`blocking`].
    pub fn wait_until(&self, deadline: Option<Instant>) -> bool {
        let mut woken = self.woken.lock();
        while !*woken {
            match deadline {
                None => self.changed.wait(&mut woken),
                Some(deadline) => {
                    if self.changed.wait_until(&mut woken, deadline).timed_out() && !*woken {
                        return false;
                    }
                }
            }
        }
        *woken = false;
        true
    }
}
