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
///
/// It waits in a thread ([`Self::wait_until`]), or leaves and is called ([`Self::leave`]).
#[derive(Default)]
pub struct WaitSlot {
    state: Mutex<SlotState>,
    changed: Condvar,
    call: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

#[derive(Debug, Default)]
struct SlotState {
    is_woken: bool,
    is_left: bool,
}

impl std::fmt::Debug for WaitSlot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WaitSlot").field("state", &self.state).finish_non_exhaustive()
    }
}

impl WaitSlot {
    /// A slot nobody waits in.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says what calls a session that has left. The first such call counts.
    pub fn set_call(&self, call: Box<dyn Fn() + Send + Sync>) {
        let _ = self.call.set(call);
    }

    /// Whether the session can be called.
    pub fn can_leave(&self) -> bool {
        self.call.get().is_some()
    }

    /// Has the session look at what it has to do, whether it waits or not.
    pub fn call(&self) {
        if let Some(call) = self.call.get() {
            call();
        }
    }

    /// Ends the current wait, or the next one if there is none.
    pub fn wake(&self) {
        let mut state = self.state.lock();
        if std::mem::take(&mut state.is_left) {
            drop(state);
            self.call();
            return;
        }
        state.is_woken = true;
        drop(state);
        self.changed.notify_all();
    }

    /// The session leaves and is called once, when it is woken; `false` if it was woken before.
    pub fn leave(&self) -> bool {
        let mut state = self.state.lock();
        state.is_left = !std::mem::take(&mut state.is_woken);
        state.is_left
    }

    /// Whether the session has left and was not called.
    pub fn is_left(&self) -> bool {
        self.state.lock().is_left
    }

    /// The session is back, called or not, as it is when it waits in a thread.
    pub fn come_back(&self) {
        self.state.lock().is_left = false;
    }

    /// Waits until woken, or until `deadline`: `false` tells that it passed. The caller goes through
    /// [`blocking`].
    pub fn wait_until(&self, deadline: Option<Instant>) -> bool {
        let mut state = self.state.lock();
        state.is_left = false;
        while !state.is_woken {
            match deadline {
                None => self.changed.wait(&mut state),
                Some(deadline) => {
                    if self.changed.wait_until(&mut state, deadline).timed_out() && !state.is_woken
                    {
                        return false;
                    }
                }
            }
        }
        state.is_woken = false;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn who_left_is_called_once_and_who_waits_is_woken() {
        let slot = WaitSlot::new();
        assert!(!slot.can_leave());
        let calls = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&calls);
        slot.set_call(Box::new(move || {
            count.fetch_add(1, Ordering::Relaxed);
        }));
        assert!(slot.can_leave());
        slot.wake();
        assert!(!slot.leave(), "it was woken before");
        assert!(slot.leave());
        assert!(slot.is_left());
        assert_eq!(calls.load(Ordering::Relaxed), 0);
        slot.wake();
        assert!(!slot.is_left());
        assert_eq!(calls.load(Ordering::Relaxed), 1);
        slot.wake();
        assert_eq!(calls.load(Ordering::Relaxed), 1, "once");
        assert!(slot.wait_until(None), "the next wait is over");
        // Who left and waits in a thread after all is woken there.
        assert!(slot.leave());
        assert!(!slot.wait_until(Some(Instant::now())));
        slot.wake();
        assert!(slot.wait_until(None));
        assert!(slot.leave());
        slot.come_back();
        slot.wake();
        assert!(slot.wait_until(None));
        assert_eq!(calls.load(Ordering::Relaxed), 1);
    }
}
