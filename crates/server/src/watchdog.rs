//! The thread that sees a worker too long at one statement and has its poll loop handed over.
//!
//! While workers are busy it looks every millisecond; when none was for some time it sleeps until one is.

use crate::server::Server;
use crate::worker::hand_over;
use parking_lot::{Condvar, Mutex};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

const TICK: Duration = Duration::from_millis(1);
/// After so many looks at idle workers it sleeps.
const IDLE_TICKS_MAX: u32 = 20;

#[derive(Default)]
pub(crate) struct Watchdog {
    is_asleep: AtomicBool,
    lock: Mutex<()>,
    woken: Condvar,
}

impl Watchdog {
    /// A worker begins to be busy.
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
}

/// The watchdog's life.
pub(crate) fn watch(server: &Arc<Server>) {
    let mut beats = vec![0; server.pollers.len()];
    let mut idle_ticks = 0;
    loop {
        if idle_ticks >= IDLE_TICKS_MAX {
            sleep(server);
            idle_ticks = 0;
        }
        std::thread::sleep(TICK);
        let mut is_busy = false;
        for (poller, last) in server.pollers.iter().zip(&mut beats) {
            let lease = poller.lease.load(SeqCst);
            let beat = poller.beat.load(SeqCst);
            is_busy |= beat != *last || is_odd(beat);
            // The same odd number as a tick ago: one event has taken all that time.
            if is_odd(beat) && beat == *last && poller.take_lease(lease) {
                hand_over(server, Arc::clone(poller), lease + 1);
            }
            *last = beat;
        }
        idle_ticks = if is_busy { 0 } else { idle_ticks + 1 };
    }
}

fn is_odd(beat: u64) -> bool {
    beat % 2 == 1
}

fn sleep(server: &Arc<Server>) {
    let watchdog = &server.watchdog;
    let mut guard = watchdog.lock.lock();
    watchdog.is_asleep.store(true, SeqCst);
    // One that became busy before it could see the flag is seen here.
    if server.pollers.iter().any(|poller| is_odd(poller.beat.load(SeqCst))) {
        watchdog.is_asleep.store(false, SeqCst);
    }
    while watchdog.is_asleep.load(SeqCst) {
        watchdog.woken.wait(&mut guard);
    }
}
