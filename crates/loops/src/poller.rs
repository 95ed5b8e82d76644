//! What a loop looks after: events, those whose answers wait for the log, those that another thread calls, and when to look
//! at which though nothing happens.
//!
//! Events are told as long as they are not handled, so those that the old loop had come again to the new one.

use os::sync::Mutex;
use os::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};
use std::time::Instant;
use wal::Lsn;

/// The token of [`Events::wake`]. Those of the host's own have other values.
pub const WAKE: u64 = 0xffff_0000;

/// So many answers are sent by the thread that made the log durable, while the next sync waits; for more the loop is woken.
const SENT_MAX: usize = 16;

/// What a loop sleeps for.
pub trait Events: Send + Sync + 'static {
    /// A thread's room for what happened.
    type Happened: Default;

    /// Waits until something has happened, or the time has come; `false` if there is nothing to look at.
    fn wait(&self, happened: &mut Self::Happened, until: Option<Instant>) -> bool;

    /// The tokens of what happened.
    fn tokens(happened: &Self::Happened) -> impl Iterator<Item = u64>;

    /// Makes [`WAKE`] happen, until [`Self::clear_wake`].
    fn wake(&self);

    /// There is no wake-up any more, if there was one.
    fn clear_wake(&self);
}

/// What a loop looks after.
#[derive(Debug)]
pub struct Poller<E> {
    /// What it sleeps for.
    pub events: E,
    pub(crate) lease: AtomicU64,
    /// The lease of who began something last, and below it a number that changes with each event; odd while it is at work.
    pub(crate) beat: AtomicU64,
    /// Those whose answers wait for the log.
    durable: Mutex<BinaryHeap<Reverse<(Lsn, u64)>>>,
    /// The least LSN that one of them waits for.
    durable_wanted: AtomicU64,
    /// The loop sleeps until that is durable, or something else happens.
    dozes: AtomicBool,
    /// Those that another thread wants looked at.
    called: Mutex<Vec<u64>>,
    /// When to look at which.
    alarms: Mutex<BTreeSet<(Instant, u64)>>,
}

impl<E: Events> Poller<E> {
    pub(crate) fn new(events: E) -> Self {
        Self {
            events,
            lease: AtomicU64::new(1),
            beat: AtomicU64::new(0),
            durable: Mutex::default(),
            durable_wanted: AtomicU64::new(u64::MAX),
            dozes: AtomicBool::new(false),
            called: Mutex::default(),
            alarms: Mutex::default(),
        }
    }

    /// Takes the loop from the holder of this lease; `false` if it was taken already.
    pub(crate) fn take_lease(&self, lease: u64) -> bool {
        self.lease.compare_exchange(lease, lease + 1, SeqCst, SeqCst).is_ok()
    }

    /// Has the loop serve this token once the log is durable up to here.
    pub fn wait_durable(&self, lsn: Lsn, token: u64) {
        let mut durable = self.durable.lock();
        durable.push(Reverse((lsn, token)));
        self.store_wanted(&durable);
    }

    /// The least LSN that one of its answers waits for, if any does.
    pub(crate) fn durable_wanted(&self) -> Option<Lsn> {
        let wanted = self.durable_wanted.load(SeqCst);
        (wanted != u64::MAX).then_some(Lsn(wanted))
    }

    /// The loop sleeps unless it finds, when it has said so, that an answer waits for no more: from now on
    /// [`Self::became_durable`] looks after those that wait for the log.
    pub(crate) fn begin_doze(&self) {
        self.dozes.store(true, SeqCst);
    }

    /// The loop is awake, and looks at them before it sleeps again.
    pub(crate) fn end_doze(&self) {
        if self.dozes.load(SeqCst) {
            self.dozes.store(false, SeqCst);
        }
    }

    /// The log is durable up to here: calls `send` with those that waited for no more if the loop sleeps, which costs less
    /// than waking it. A loop that is awake looks itself. `send` must not wait, and calls the loop ([`Self::call`]) for what is
    /// more than sending.
    pub fn became_durable(&self, lsn: Lsn, mut send: impl FnMut(u64)) {
        for _ in 0..SENT_MAX {
            if !self.dozes.load(SeqCst) {
                return;
            }
            let Some(token) = self.take_durable(lsn) else { return };
            send(token);
        }
        if self.durable_wanted.load(SeqCst) <= lsn.0 && self.dozes.swap(false, SeqCst) {
            self.events.wake();
        }
    }

    /// One that waited for no more than this LSN. One at a time: what is not taken is left for another thread should this
    /// one be held up by it.
    pub(crate) fn take_durable(&self, lsn: Lsn) -> Option<u64> {
        if self.durable_wanted.load(SeqCst) > lsn.0 {
            return None;
        }
        let mut durable = self.durable.lock();
        let token = match durable.peek() {
            Some(Reverse((wanted, _))) if *wanted <= lsn => {
                durable.pop().map(|Reverse((_, token))| token)
            }
            Some(_) | None => None,
        };
        self.store_wanted(&durable);
        token
    }

    fn store_wanted(&self, durable: &BinaryHeap<Reverse<(Lsn, u64)>>) {
        let least = durable.peek().map_or(u64::MAX, |Reverse((lsn, _))| lsn.0);
        self.durable_wanted.store(least, SeqCst);
    }

    /// Has the loop look at this token.
    pub fn call(&self, token: u64) {
        self.called.lock().push(token);
        self.wake();
    }

    /// Wakes the loop unless it is at work: once it is said to rest, it looks for those that were called and for its next
    /// alarm before it sleeps.
    fn wake(&self) {
        if !is_at_work(self.beat.load(SeqCst)) {
            self.events.wake();
        }
    }

    /// Whether one was called and not taken.
    pub(crate) fn is_called(&self) -> bool {
        !self.called.lock().is_empty()
    }

    /// One that was called.
    pub(crate) fn take_called(&self) -> Option<u64> {
        self.called.lock().pop()
    }

    /// Wakes the loop for those that were called and not taken, and those that wait for the log: said by a thread that
    /// leaves the loop to another, which may have looked for them before.
    pub fn wake_for_left(&self) {
        if self.durable_wanted().is_some() || self.is_called() {
            self.events.wake();
        }
    }

    /// Has the loop look at this token at that time.
    pub fn set_alarm(&self, at: Instant, token: u64) {
        let mut alarms = self.alarms.lock();
        let is_next = alarms.first().is_none_or(|(next, _)| at < *next);
        alarms.insert((at, token));
        drop(alarms);
        if is_next {
            // The loop may sleep for longer.
            self.wake();
        }
    }

    /// Forgets an alarm that is needed no more, if it has not gone off: a loop that waits for one has a timer set by every
    /// sleep.
    pub fn cancel_alarm(&self, at: Instant, token: u64) {
        self.alarms.lock().remove(&(at, token));
    }

    /// When the next alarm goes off.
    pub fn next_alarm(&self) -> Option<Instant> {
        self.alarms.lock().first().map(|(at, _)| *at)
    }

    /// One whose alarm has gone off by now.
    pub(crate) fn take_alarm(&self, now: Instant) -> Option<u64> {
        let mut alarms = self.alarms.lock();
        match alarms.first() {
            Some((at, _)) if *at <= now => alarms.pop_first().map(|(_, token)| token),
            Some(_) | None => None,
        }
    }
}

/// Whether the beat is that of a loop which handles events.
pub(crate) fn is_at_work(beat: u64) -> bool {
    beat % 2 == 1
}

#[cfg(all(test, not(feature = "shuttle")))]
mod tests {
    use super::*;
    use std::time::Duration;

    #[derive(Default)]
    struct Wakes(AtomicBool);

    impl Events for Wakes {
        type Happened = ();

        fn wait(&self, (): &mut (), _: Option<Instant>) -> bool {
            true
        }

        fn tokens((): &()) -> impl Iterator<Item = u64> {
            std::iter::empty()
        }

        fn wake(&self) {
            self.0.store(true, SeqCst);
        }

        fn clear_wake(&self) {}
    }

    /// Whether the loop was woken; it is not any more.
    fn is_woken(poller: &Poller<Wakes>) -> bool {
        poller.events.0.swap(false, SeqCst)
    }

    #[test]
    fn a_held_up_thread_keeps_no_other_connection_waiting() {
        let poller = Poller::new(Wakes::default());
        for (lsn, token) in [(30, 3), (10, 1), (20, 2)] {
            poller.wait_durable(Lsn(lsn), token);
        }
        assert_eq!(poller.durable_wanted(), Some(Lsn(10)));
        assert_eq!(poller.take_durable(Lsn(5)), None);
        assert_eq!(poller.take_durable(Lsn(20)), Some(1));
        // The thread is held up by that one and loses the loop: the next thread finds the others.
        poller.wake_for_left();
        assert!(is_woken(&poller));
        assert_eq!(poller.take_durable(Lsn(20)), Some(2));
        assert_eq!(poller.take_durable(Lsn(20)), None);
        assert_eq!(poller.durable_wanted(), Some(Lsn(30)));
        assert_eq!(poller.take_durable(Lsn(30)), Some(3));
        poller.wake_for_left();
        assert!(!is_woken(&poller));
    }

    /// Whom the thread that made the log durable up to here sends to.
    fn sent(poller: &Poller<Wakes>, lsn: u64) -> Vec<u64> {
        let mut sent = Vec::new();
        poller.became_durable(Lsn(lsn), |token| sent.push(token));
        sent
    }

    #[test]
    fn a_loop_sleeps_on_while_another_thread_sends_its_answers() {
        let poller = Poller::new(Wakes::default());
        for (lsn, token) in [(10, 1), (20, 2), (30, 3)] {
            poller.wait_durable(Lsn(lsn), token);
        }
        assert_eq!(sent(&poller, 20), [], "it is awake");
        poller.begin_doze();
        assert_eq!(sent(&poller, 9), [], "not yet durable");
        assert_eq!(sent(&poller, 20), [1, 2]);
        assert_eq!(sent(&poller, 20), [], "once is enough");
        assert_eq!(poller.durable_wanted(), Some(Lsn(30)));
        poller.end_doze();
        assert_eq!(sent(&poller, 30), []);
        assert!(!is_woken(&poller));
    }

    #[test]
    fn alarms_go_off_in_order_unless_cancelled() {
        let poller = Poller::new(Wakes::default());
        let now = Instant::now();
        let at = |seconds| now + Duration::from_secs(seconds);
        for (seconds, token) in [(20, 2), (10, 1), (10, 5), (30, 3)] {
            poller.set_alarm(at(seconds), token);
        }
        assert!(is_woken(&poller), "it may have slept for longer");
        poller.set_alarm(at(40), 4);
        assert!(!is_woken(&poller), "it is awake before that");
        poller.cancel_alarm(at(10), 1);
        poller.cancel_alarm(at(20), 3);
        assert_eq!(poller.take_alarm(at(9)), None);
        assert_eq!(poller.take_alarm(at(10)), Some(5), "one of the same time goes off");
        assert_eq!(poller.next_alarm(), Some(at(20)));
        assert_eq!(poller.take_alarm(at(30)), Some(2));
        assert_eq!(poller.take_alarm(at(30)), Some(3), "no alarm of that time was its own");
        poller.cancel_alarm(at(40), 4);
        assert_eq!(poller.next_alarm(), None);
    }

    #[test]
    fn a_loop_at_work_is_not_woken() {
        let poller = Poller::new(Wakes::default());
        poller.beat.store(1, SeqCst);
        poller.call(1);
        poller.set_alarm(Instant::now(), 1);
        assert!(!is_woken(&poller));
        assert!(poller.is_called());
        poller.beat.store(2, SeqCst);
        poller.call(2);
        assert!(is_woken(&poller));
    }

    #[test]
    fn a_loop_is_woken_for_many() {
        let poller = Poller::new(Wakes::default());
        let many = SENT_MAX as u64;
        for token in 0..=many {
            poller.wait_durable(Lsn(10 + token), token);
        }
        poller.begin_doze();
        assert_eq!(sent(&poller, 10 + many).len(), SENT_MAX);
        assert!(is_woken(&poller));
        assert_eq!(sent(&poller, 10 + many), [], "the loop does it now");
        assert_eq!(poller.take_durable(Lsn(10 + many)), Some(many));
    }
}
