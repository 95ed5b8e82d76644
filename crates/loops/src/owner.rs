//! A state that one thread at a time serves, and nobody waits for.
//!
//! Whoever holds the lock is the owner. A thread that finds it held leaves a flag and goes; the owner looks at the flags
//! *after* it has given the lock back, and the other tries the lock *after* it has left its flag: one of the two sees the
//! other.

use os::sync::atomic::{AtomicU8, Ordering::SeqCst};
use os::sync::{Mutex, MutexGuard};

/// Its socket was taken out of the poller's set.
const UNWATCHED: u8 = 1;
/// Something happened that the owner has to look at.
const AGAIN: u8 = 2;
/// Its alarm went off.
const RANG: u8 = 4;

/// Why it is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The poller told so.
    Ready,
    /// The log is durable further, or another thread called.
    Other,
    /// The time has come that its alarm was set to.
    Alarm,
}

/// What the owner is to know.
#[derive(Debug, Clone, Copy)]
pub struct Told {
    /// Why it is served.
    pub cause: Cause,
    /// The socket was taken out of the poller's set meanwhile.
    pub is_unwatched: bool,
    /// The alarm went off, and is set no more.
    pub has_rung: bool,
}

/// A state with one owner at a time.
#[derive(Debug)]
pub struct Owned<S> {
    flags: AtomicU8,
    state: Mutex<S>,
}

impl<S> Owned<S> {
    /// One that nobody serves yet.
    pub fn new(state: S) -> Self {
        Self { flags: AtomicU8::new(0), state: Mutex::new(state) }
    }

    /// Serves it, and again as long as others leave flags meanwhile; if another thread is at it, that one does. What the
    /// poller told the owner need not be told again and again: `unwatch` takes the socket out of the set until the owner
    /// puts it back.
    pub fn serve(&self, cause: Cause, unwatch: impl FnOnce(), mut serve: impl FnMut(&mut S, Told)) {
        let mut cause = cause;
        let mut guard = match self.state.try_lock() {
            Some(guard) => guard,
            None => match self.leave_flag(cause, unwatch) {
                Some(guard) => guard,
                None => return,
            },
        };
        loop {
            let flags = self.flags.swap(0, SeqCst);
            let is_unwatched = flags & UNWATCHED != 0;
            let has_rung = flags & RANG != 0 || cause == Cause::Alarm;
            if is_unwatched {
                cause = Cause::Ready;
            }
            serve(&mut guard, Told { cause, is_unwatched, has_rung });
            drop(guard);
            if self.flags.load(SeqCst) == 0 {
                return;
            }
            cause = Cause::Other;
            match self.state.try_lock() {
                Some(again) => guard = again,
                None => return,
            }
        }
    }

    /// Has `serve` do what takes no time, and tell whether that was all. `false` if the caller is to have the rest done by a
    /// thread that may take its time: what `serve` left, or what others left to the owner, for whom the flags stay.
    pub fn serve_briefly(&self, serve: impl FnOnce(&mut S) -> bool) -> bool {
        let guard = self.state.try_lock().or_else(|| self.leave_flag(Cause::Other, || {}));
        let Some(mut guard) = guard else { return true };
        let is_all = serve(&mut guard);
        drop(guard);
        is_all && self.flags.load(SeqCst) == 0
    }

    /// Tells the owner to look again; the guard if there is no owner any more.
    fn leave_flag(&self, cause: Cause, unwatch: impl FnOnce()) -> Option<MutexGuard<'_, S>> {
        match cause {
            Cause::Ready => {
                unwatch();
                self.flags.fetch_or(UNWATCHED | AGAIN, SeqCst);
            }
            Cause::Other => {
                self.flags.fetch_or(AGAIN, SeqCst);
            }
            Cause::Alarm => {
                self.flags.fetch_or(RANG, SeqCst);
            }
        }
        self.state.try_lock()
    }
}
