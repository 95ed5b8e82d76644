//! The part of a session that others may touch.

use catalog::Activity;
use error::{Error, Result, SqlState};
use os::WaitSlot;
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What others may do with a session: cancel its statement, end it, see what it does.
pub struct Shared {
    /// Its process id.
    pub process: i32,
    secret: Vec<u8>,
    slot: Arc<WaitSlot>,
    /// Whether a statement runs: a cancel that comes late hits none. The number tells statements apart.
    running: Mutex<Running>,
    is_cancelled: AtomicBool,
    is_terminated: AtomicBool,
    /// The statement's end in milliseconds since `start`; 0 for none.
    deadline_ms: AtomicU64,
    start: Instant,
    activity: Mutex<Activity>,
}

#[derive(Default)]
struct Running {
    is_running: bool,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("process", &self.process).finish_non_exhaustive()
    }
}

impl Shared {
    pub(crate) fn new(process: i32, secret: Vec<u8>, activity: Activity) -> Self {
        Self {
            process,
            secret,
            slot: Arc::new(WaitSlot::new()),
            running: Mutex::default(),
            is_cancelled: AtomicBool::new(false),
            is_terminated: AtomicBool::new(false),
            deadline_ms: AtomicU64::new(0),
            start: Instant::now(),
            activity: Mutex::new(activity),
        }
    }

    /// Whether a cancel request shows the right key; compared in constant time.
    pub(crate) fn has_secret(&self, secret: &[u8]) -> bool {
        self.secret.len() == secret.len()
            && self.secret.iter().zip(secret).fold(0, |all, (a, b)| all | (a ^ b)) == 0
    }

    /// Ends the statement that runs now, if any does, with 57014, and wakes any wait.
    pub fn cancel(&self) {
        let running = self.running.lock();
        if running.is_running {
            self.is_cancelled.store(true, Ordering::Release);
            self.slot.wake();
        }
    }

    /// Says what has the session's owner look at it while it waits for its client, or is parked. The first such call counts;
    /// a session that nothing can call is never parked.
    pub fn set_call(&self, call: Box<dyn Fn() + Send + Sync>) {
        self.slot.set_call(call);
    }

    /// Ends the session with 57P01.
    pub fn terminate(&self) {
        self.is_terminated.store(true, Ordering::Release);
        self.slot.wake();
        self.slot.call();
    }

    /// The error with which the session is to end, once it was told to.
    pub fn termination(&self) -> Option<Error> {
        self.is_terminated.load(Ordering::Acquire).then(|| {
            Error::fatal(
                SqlState::ADMIN_SHUTDOWN,
                "terminating connection due to administrator command",
            )
        })
    }

    /// Where the session waits.
    pub(crate) fn slot(&self) -> &Arc<WaitSlot> {
        &self.slot
    }

    /// A statement begins, to end after so many milliseconds where that is not 0.
    pub(crate) fn begin(&self, timeout_ms: u64) {
        self.running.lock().is_running = true;
        let deadline =
            if timeout_ms == 0 { 0 } else { self.elapsed_ms().saturating_add(timeout_ms).max(1) };
        self.deadline_ms.store(deadline, Ordering::Relaxed);
    }

    /// The statement ended; a cancel that was not noticed is forgotten.
    pub(crate) fn end(&self) {
        let mut running = self.running.lock();
        running.is_running = false;
        self.is_cancelled.store(false, Ordering::Release);
    }

    fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// When the statement has taken too long, if there is a limit.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let deadline = self.deadline_ms.load(Ordering::Relaxed);
        (deadline > 0).then(|| self.start.checked_add(Duration::from_millis(deadline))).flatten()
    }

    /// 57P01, 57014.
    pub(crate) fn check(&self) -> Result<()> {
        if let Some(error) = self.termination() {
            return Err(error);
        }
        if self.is_cancelled.load(Ordering::Acquire) {
            let text = "canceling statement due to user request";
            return Err(Error::new(SqlState::QUERY_CANCELED, text));
        }
        if self.deadline().is_some_and(|deadline| deadline <= Instant::now()) {
            let text = "canceling statement due to statement timeout";
            return Err(Error::new(SqlState::QUERY_CANCELED, text));
        }
        Ok(())
    }

    /// What it does now.
    pub(crate) fn activity(&self) -> Activity {
        self.activity.lock().clone()
    }

    /// Changes what it does.
    pub(crate) fn update_activity(&self, f: impl FnOnce(&mut Activity)) {
        f(&mut self.activity.lock());
    }
}
