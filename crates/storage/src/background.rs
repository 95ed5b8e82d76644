//! The thread that purges, unlinks and makes checkpoints.

use crate::Storage;
use error::Result;
use parking_lot::{Condvar, Mutex};
use std::sync::Weak;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

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
    stop: bool,
}

impl Background {
    /// Says that there may be work.
    pub(crate) fn notify(&self) {
        let mut state = self.state.lock();
        if !state.noticed {
            state.noticed = true;
            self.changed.notify_one();
        }
    }

    pub(crate) fn start(&self, storage: Weak<Storage>) -> Result<()> {
        let thread = std::thread::Builder::new().name("storage".into());
        *self.thread.lock() = Some(thread.spawn(move || run(&storage))?);
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
        state.noticed = false;
        if !state.stop {
            self.changed.wait_for(&mut state, DELAY);
        }
        !state.stop
    }
}

fn run(storage: &Weak<Storage>) {
    let mut waiting = false;
    loop {
        let Some(strong) = storage.upgrade() else { return };
        // Errors are met again by whoever needs what failed; a failed log stops the engine itself.
        let _ = strong.background_work();
        if !strong.background.wait(waiting) {
            return;
        }
        waiting = strong.has_background_work();
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
        self.purge()?;
        let since =
            self.log.next_lsn().0.saturating_sub(self.checkpoint_end.load(Ordering::Relaxed));
        if since >= self.options.checkpoint_bytes { self.checkpoint() } else { Ok(()) }
    }

    fn has_background_work(&self) -> bool {
        self.log.durable_lsn() < self.log.next_lsn()
            || !self.purgeable.lock().is_empty()
            || !self.pending_drops.lock().is_empty()
    }
}
