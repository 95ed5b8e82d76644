//! The thread that sees a worker too long at one event and has its loop handed over.
//!
//! While workers are busy it looks every millisecond; when none was for some time it sleeps until one is. A worker that
//! begins to be busy raises its beat and then looks whether the watchdog sleeps; the watchdog says that it sleeps and then
//! looks at the beats: one of the two sees the other.

use crate::poller::is_at_work;
use crate::worker::{Host, Workers, hand_over};
use os::sync::atomic::{AtomicBool, Ordering::SeqCst};
use os::sync::{Condvar, Mutex, sleep};
use std::sync::Arc;
use std::time::Duration;

const TICK: Duration = Duration::from_millis(1);
/// After so many looks at idle workers it sleeps.
const IDLE_TICKS_MAX: u32 = if cfg!(feature = "shuttle") { 2 } else { 20 };

#[derive(Debug, Default)]
pub(crate) struct Watchdog {
    is_asleep: AtomicBool,
    is_over: AtomicBool,
    lock: Mutex<()>,
    woken: Condvar,
}

impl Watchdog {
    /// A worker begins to be busy: its beat tells so.
    #[inline]
    pub(crate) fn nudge(&self) {
        if self.is_asleep.load(SeqCst) {
            self.wake();
        }
    }

    #[cold]
    fn wake(&self) {
        let _guard = self.lock.lock();
        self.is_asleep.store(false, SeqCst);
        self.woken.notify_one();
    }

    /// Ends its life.
    pub(crate) fn stop(&self) {
        self.is_over.store(true, SeqCst);
        self.wake();
    }

    fn sleep<E>(&self, workers: &Workers<E>) {
        let mut guard = self.lock.lock();
        self.is_asleep.store(true, SeqCst);
        // One that became busy before it could see the flag is seen here.
        let is_busy = workers.pollers.iter().any(|poller| is_at_work(poller.beat.load(SeqCst)));
        if is_busy || self.is_over.load(SeqCst) {
            self.is_asleep.store(false, SeqCst);
        }
        while self.is_asleep.load(SeqCst) {
            self.woken.wait(&mut guard);
        }
    }
}

/// The watchdog's life.
pub(crate) fn watch<H: Host>(host: &Arc<H>) {
    let workers = host.workers();
    let watchdog = &workers.watchdog;
    let mut beats = vec![0; workers.pollers.len()];
    let mut idle_ticks = 0;
    while !watchdog.is_over.load(SeqCst) {
        if idle_ticks >= IDLE_TICKS_MAX {
            watchdog.sleep(workers);
            idle_ticks = 0;
        }
        sleep(TICK);
        let mut is_busy = false;
        for (poller, last) in workers.pollers.iter().zip(&mut beats) {
            let lease = poller.lease.load(SeqCst);
            let beat = poller.beat.load(SeqCst);
            is_busy |= beat != *last || is_at_work(beat);
            // The same odd number as a tick ago: one event has taken all that time.
            if is_at_work(beat) && beat == *last && poller.take_lease(lease) {
                hand_over(host, Arc::clone(poller), lease + 1);
            }
            *last = beat;
        }
        idle_ticks = if is_busy { 0 } else { idle_ticks + 1 };
    }
}
