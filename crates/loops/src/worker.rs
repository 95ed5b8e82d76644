//! Threads that run poll loops.
//!
//! There is a loop per poller and a thread for each loop, and spare threads. A thread that is about to wait, or that is
//! too long at one event, loses its loop to a spare thread; when it is done it is spare itself. More threads are started
//! when none is spare.

use crate::owner::Cause;
use crate::poller::{Events, Poller, WAKE, is_at_work};
use crate::watchdog::{self, Watchdog};
use error::Result;
use os::sync::atomic::Ordering::SeqCst;
use os::sync::{Condvar, Mutex, thread, thread_local};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};
use wal::Lsn;

const STACK_BYTES: usize = 8 << 20;
/// So many spare threads stay however little there is to do.
const SPARE_KEPT: usize = 4;
/// Others end when they were spare for so long: where clients wait for each other's locks, threads become spare and are
/// needed again all the time. Time does not pass under `shuttle`.
const SPARE_TIME: Option<Duration> =
    if cfg!(feature = "shuttle") { None } else { Some(Duration::from_secs(10)) };

/// Whom loops serve.
pub trait Host: Send + Sync + Sized + 'static {
    /// What its loops sleep for.
    type Events: Events;
    /// A thread's buffers.
    type Scratch: Default;

    /// Its loops, and the threads that run them.
    fn workers(&self) -> &Workers<Self::Events>;

    /// Serves what a token stands for. Another thread may serve the same at the same time.
    fn serve(
        self: &Arc<Self>,
        poller: &Arc<Poller<Self::Events>>,
        token: u64,
        cause: Cause,
        scratch: &mut Self::Scratch,
    );

    /// Up to where the log is durable. [`Poller::became_durable`] is called after it was raised.
    fn durable_lsn(&self) -> Lsn;

    /// Has all that was logged become durable soon.
    fn request_durable(&self);
}

/// A poll loop to be run under this lease.
type Loop<E> = (Arc<Poller<E>>, u64);

// How the loop that this thread runs is given to another, if it runs one: a wait deep within a statement has to find it.
thread_local! {
    static HAND_OVER: RefCell<Option<Box<dyn FnOnce()>>> = const { RefCell::new(None) };
}

/// Loops, and the threads that run them.
#[derive(Debug)]
pub struct Workers<E> {
    pub(crate) pollers: Vec<Arc<Poller<E>>>,
    pub(crate) watchdog: Watchdog,
    queue: Mutex<Queue<E>>,
}

/// Loops that wait for a thread, and threads that wait for a loop.
#[derive(Debug)]
struct Queue<E> {
    loops: VecDeque<Loop<E>>,
    /// What wakes each thread that is spare and was not called. Who came last is called first: its stack is still in the
    /// caches, and those that are not needed are left to themselves.
    spare: Vec<Arc<Condvar>>,
    is_over: bool,
}

impl<E: Events> Workers<E> {
    /// A loop for each of these.
    pub fn new(events: impl IntoIterator<Item = E>) -> Self {
        Self {
            pollers: events.into_iter().map(|events| Arc::new(Poller::new(events))).collect(),
            watchdog: Watchdog::default(),
            queue: Mutex::new(Queue { loops: VecDeque::new(), spare: Vec::new(), is_over: false }),
        }
    }

    /// What the loops look after.
    pub fn pollers(&self) -> &[Arc<Poller<E>>] {
        &self.pollers
    }

    /// Runs the loops from now on. 58030 when no thread can be started.
    pub fn start<H: Host<Events = E>>(host: &Arc<H>) -> Result<()> {
        for poller in &host.workers().pollers {
            hand_over(host, Arc::clone(poller), poller.lease.load(SeqCst));
        }
        let watched = Arc::clone(host);
        thread::Builder::new()
            .name("watchdog".to_owned())
            .stack_size(256 * 1024)
            .spawn(move || watchdog::watch(&watched))?;
        Ok(())
    }

    /// Has the loops go on in other threads, as those do whose thread is too long at one event.
    pub fn change_hands<H: Host<Events = E>>(host: &Arc<H>) {
        for poller in &host.workers().pollers {
            let lease = poller.lease.load(SeqCst);
            if poller.take_lease(lease) {
                hand_over(host, Arc::clone(poller), lease + 1);
            }
        }
    }

    /// Has all threads end that run loops, once they are done with what they are at.
    pub fn stop(&self) {
        let mut queue = self.queue.lock();
        queue.is_over = true;
        for spare in queue.spare.drain(..) {
            spare.notify_one();
        }
        drop(queue);
        self.watchdog.stop();
        for poller in &self.pollers {
            poller.lease.fetch_add(1, SeqCst);
            poller.events.wake();
        }
    }

    /// The next loop for a thread that `called` wakes; `None` if the thread is to end.
    fn next_loop(&self, called: &Arc<Condvar>) -> Option<Loop<E>> {
        let mut queue = self.queue.lock();
        loop {
            if queue.is_over {
                drop(queue);
                // This thread may have cleared the wake-up of another that still sleeps.
                self.pollers.iter().for_each(|poller| poller.events.wake());
                return None;
            }
            if let Some(next) = queue.loops.pop_front() {
                return Some(next);
            }
            let time = SPARE_TIME.filter(|_| queue.spare.len() >= SPARE_KEPT);
            queue.spare.push(Arc::clone(called));
            let is_late = match time {
                Some(time) => called.wait_for(&mut queue, time).timed_out(),
                None => {
                    called.wait(&mut queue);
                    false
                }
            };
            if let Some(place) = queue.spare.iter().position(|spare| Arc::ptr_eq(spare, called)) {
                queue.spare.remove(place);
                if is_late {
                    return None;
                }
            }
        }
    }
}

/// Gives a loop that was taken from its thread to another.
pub(crate) fn hand_over<H: Host>(host: &Arc<H>, poller: Arc<Poller<H::Events>>, lease: u64) {
    let workers = host.workers();
    let mut queue = workers.queue.lock();
    if queue.is_over {
        return;
    }
    let mut waiting = queue.loops.iter_mut();
    if let Some((_, waiting)) = waiting.find(|(other, _)| Arc::ptr_eq(other, &poller)) {
        // The thread that was to run it has not come yet.
        *waiting = lease.max(*waiting);
        return;
    }
    queue.loops.push_back((poller, lease));
    if let Some(spare) = queue.spare.pop() {
        drop(queue);
        spare.notify_one();
        return;
    }
    drop(queue);
    let theirs = Arc::clone(host);
    let thread = thread::Builder::new().name("worker".to_owned()).stack_size(STACK_BYTES);
    // If there can be no more threads, the loop waits for one that becomes spare.
    if let Err(error) = thread.spawn(move || work(&theirs)) {
        eprintln!("surus: no thread can be started: {error}");
    }
}

/// Called before every wait: the thread's loop, if it has one, goes on elsewhere.
pub fn about_to_wait() {
    if let Some(hand_over) = HAND_OVER.with(|running| running.borrow_mut().take()) {
        hand_over();
    }
}

/// A thread's life: it runs loops that need one.
fn work<H: Host>(host: &Arc<H>) {
    error::set_stack_size(STACK_BYTES);
    let mut scratch = H::Scratch::default();
    let called = Arc::default();
    while let Some((poller, lease)) = host.workers().next_loop(&called) {
        let (theirs, left) = (Arc::clone(host), Arc::clone(&poller));
        let give = move || {
            if left.take_lease(lease) {
                hand_over(&theirs, left, lease + 1);
            }
        };
        HAND_OVER.with(|running| running.replace(Some(Box::new(give))));
        poll(host, &poller, lease, &mut scratch);
        HAND_OVER.with(|running| running.take());
    }
}

/// Runs a poller's loop until its lease is taken.
fn poll<H: Host>(
    host: &Arc<H>,
    poller: &Arc<Poller<H::Events>>,
    lease: u64,
    scratch: &mut H::Scratch,
) {
    let before = poller.beat.load(SeqCst) >> 32;
    debug_assert_ne!(before, lease & 0xffff_ffff, "no two threads run a loop under one lease");
    let mut happened = Default::default();
    let mut turn = Turn { host, poller, lease, beat: lease << 32, scratch };
    while turn.is_mine() {
        // The thread before may have been at work, with a wake-up cleared and not followed.
        turn.serve_called();
        turn.serve_durable();
        if !turn.rest() {
            break;
        }
        if poller.is_called() {
            // Who called before it was said to rest has not woken it.
            poller.end_doze();
            continue;
        }
        let is_woken = poller.events.wait(&mut happened, poller.next_alarm());
        if !is_woken || !turn.is_mine() {
            continue;
        }
        poller.end_doze();
        for token in H::Events::tokens(&happened) {
            if !turn.begin() {
                break;
            }
            turn.handle(token);
        }
        while poller.next_alarm().is_some()
            && turn.begin()
            && let Some(token) = poller.take_alarm(Instant::now())
        {
            turn.serve(token, Cause::Alarm);
        }
    }
    poller.wake_for_left();
}

/// A thread's time with a poll loop: until another has the lease.
struct Turn<'a, H: Host> {
    host: &'a Arc<H>,
    poller: &'a Arc<Poller<H::Events>>,
    lease: u64,
    beat: u64,
    scratch: &'a mut H::Scratch,
}

impl<H: Host> Turn<'_, H> {
    fn is_mine(&self) -> bool {
        self.poller.lease.load(SeqCst) == self.lease
    }

    /// Something is begun that the watchdog is to see the end of; `false` if the loop is another thread's.
    fn begin(&mut self) -> bool {
        let has_rested = !is_at_work(self.beat);
        let is_begun = self.set_beat((self.beat + 1) | 1);
        if is_begun && has_rested {
            self.host.workers().watchdog.nudge();
        }
        is_begun
    }

    /// Nothing is being done; `false` if the loop is another thread's, which nobody may sleep in the place of.
    fn rest(&mut self) -> bool {
        self.set_beat((self.beat + 1) & !1)
    }

    /// Changes the loop's beat, but never that of a later holder of the lease; `false` if the loop is another thread's.
    fn set_beat(&mut self, beat: u64) -> bool {
        let mut seen = self.beat;
        while self.is_mine() {
            match self.poller.beat.compare_exchange(seen, beat, SeqCst, SeqCst) {
                Ok(_) => {
                    self.beat = beat;
                    return true;
                }
                Err(now) => seen = now,
            }
        }
        false
    }

    fn handle(&mut self, token: u64) {
        if token == WAKE {
            self.poller.events.clear_wake();
            self.serve_called();
        } else {
            self.serve(token, Cause::Ready);
        }
    }

    fn serve(&mut self, token: u64, cause: Cause) {
        self.host.serve(self.poller, token, cause, self.scratch);
    }

    /// Serves those that were called. One at a time: any of them may go on to a statement that waits for the next.
    fn serve_called(&mut self) {
        while self.begin()
            && let Some(token) = self.poller.take_called()
        {
            self.serve(token, Cause::Other);
        }
    }

    /// Sends the answers that waited for the log, and asks for what others wait for: once for all that the events since the
    /// last sleep committed, so that they share a sync. When it returns the loop may sleep: none waits, or
    /// [`Poller::became_durable`] looks after them.
    fn serve_durable(&mut self) {
        while let Some(wanted) = self.poller.durable_wanted()
            && self.begin()
        {
            if let Some(token) = self.poller.take_durable(self.host.durable_lsn()) {
                self.serve(token, Cause::Other);
                continue;
            }
            self.poller.begin_doze();
            self.host.request_durable();
            // It may have become durable before the log's hook could see that the loop wants to sleep.
            if self.host.durable_lsn() < wanted {
                return;
            }
            self.poller.end_doze();
        }
    }
}
