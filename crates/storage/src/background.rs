//! The thread that purges, unlinks and makes checkpoints.

use crate::Storage;
use error::Result;
use parking_lot::{Condvar, Mutex};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long after a notice its work is done.
const DELAY: Duration = Duration::from_millis(50);
/// How often work that could not be done is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// The thread's handle and what wakes it.
#[derive(Debug, Default)]
pub(crate) struct Background {
    state: Mutex<State>,
    changed: Condvar,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug, Default)]
struct State {
    noticed: bool,
    /// The thread lets work gather, and is not woken for it.
    resting: bool,
    stop: bool,
}

impl Background {
    /// Says that there may be work.
    pub(crate) fn notify(&self) {
        let mut state = self.state.lock();
        if !state.noticed {
            state.noticed = true;
            if !state.resting {
                self.changed.notify_one();
            }
        }
    }

    pub(crate) fn start(self: &Arc<Self>, storage: Weak<Storage>) -> Result<()> {
        let thread = std::thread::Builder::new().name("storage".into());
        let background = Arc::clone(self);
        *self.thread.lock() = Some(thread.spawn(move || run(&background, &storage))?);
        Ok(())
    }

    pub(crate) fn stop(&self) {
        self.state.lock().stop = true;
        self.changed.notify_one();
        let thread = self.thread.lock().take();
        // The thread itself may be the last to let go of the storage.
        if let Some(thread) =
            thread.filter(|thread| thread.thread().id() != std::thread::current().id())
        {
            let _ = thread.join();
        }
    }

    /// Waits for a notice: `false` tells to stop.
    fn wait(&self, waiting: bool) -> bool {
        let mut state = self.state.lock();
        if !state.stop && !state.noticed {
            if waiting {
                self.changed.wait_for(&mut state, RETRY);
            } else {
                self.changed.wait(&mut state);
            }
        }
        let until = Instant::now() + DELAY;
        state.resting = true;
        while !state.stop && !self.changed.wait_until(&mut state, until).timed_out() {}
        state.resting = false;
        state.noticed = false;
        !state.stop
    }
}

/// The storage is held only while there is work, so that the last of its users closes it.
fn run(background: &Background, storage: &Weak<Storage>) {
    loop {
        let Some(strong) = storage.upgrade() else { return };
        // Errors are met again by whoever needs what failed; a failed log stops the engine itself.
        let _ = strong.background_work();
        let waiting = strong.has_background_work();
        drop(strong);
        if !background.wait(waiting) {
            return;
        }
    }
}

impl Storage {
    fn background_work(&self) -> Result<()> {
        if self.log.failure().is_some() {
            return Ok(());
        }
        // Commits that nobody waits for become durable soon too.
        self.log.request(self.log.next_lsn());
        self.maintain();
        self.unlink_dropped()?;
        let gave_up = self.limit_snapshots();
        self.purge()?;
        let since =
            self.log.next_lsn().0.saturating_sub(self.checkpoint_end.load(Ordering::Relaxed));
        let due = gave_up || self.checkpoint_due.load(Ordering::Relaxed);
        if due || since >= self.options.checkpoint_bytes {
            self.checkpoint()?;
            self.checkpoint_due.store(false, Ordering::Relaxed);
        }
        Ok(())
    }

    fn has_background_work(&self) -> bool {
        self.log.durable_lsn() < self.log.next_lsn()
            || !self.purgeable.lock().is_empty()
            || !self.pending_drops.lock().is_empty()
            || self.checkpoint_due.load(Ordering::Relaxed)
    }
}
