//! Threads that run poll loops.
//!
//! There is a loop per poller and a thread for each loop, and spare threads. A thread that is about to wait, or that is
//! too long at one statement, loses its loop to a spare thread; when it is done it is spare itself. More threads are
//! started when none is spare.

use crate::connection::{Cause, Scratch};
use crate::poller::{Poller, Source};
use crate::server::Server;
use parking_lot::{Condvar, Mutex};
use rustix::event::Timespec;
use rustix::event::epoll::{self, Event};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::time::{Duration, Instant};

const STACK_BYTES: usize = 8 << 20;
/// So many events are taken at once; the others are left for when these are handled.
const EVENTS_MAX: usize = 64;
/// So many spare threads stay however little there is to do.
const SPARE_MAX: usize = 4;

/// A poll loop to be run under this lease.
type Loop = (Arc<Poller>, u64);

// Which loop this thread runs is the thread's own: a wait deep within a statement has to find it.
thread_local! {
    static RUNNING: RefCell<Option<Loop>> = const { RefCell::new(None) };
}

/// Loops that wait for a thread, and threads that wait for a loop.
#[derive(Default)]
pub(crate) struct Spares {
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Default)]
struct Queue {
    loops: VecDeque<Loop>,
    idle: usize,
}

/// Gives a loop that was taken from its thread to another.
pub(crate) fn hand_over(server: &Arc<Server>, poller: Arc<Poller>, lease: u64) {
    let mut queue = server.spares.queue.lock();
    queue.loops.push_back((poller, lease));
    if queue.idle >= queue.loops.len() {
        server.spares.changed.notify_one();
        return;
    }
    drop(queue);
    let theirs = Arc::clone(server);
    let thread = std::thread::Builder::new().name("worker".to_owned()).stack_size(STACK_BYTES);
    // If there can be no more threads, the loop waits for one that becomes spare.
    if let Err(error) = thread.spawn(move || work(&theirs)) {
        eprintln!("surus: no thread can be started: {error}");
    }
}

/// Called before every wait: the thread's loop, if it has one, goes on elsewhere.
pub(crate) fn about_to_wait(server: &Arc<Server>) {
    let running = RUNNING.with_borrow_mut(Option::take);
    if let Some((poller, lease)) = running
        && poller.take_lease(lease)
    {
        hand_over(server, poller, lease + 1);
    }
}

/// A thread's life: it runs loops that need one.
fn work(server: &Arc<Server>) {
    error::set_stack_size(STACK_BYTES);
    let mut scratch = Scratch::new();
    while let Some((poller, lease)) = next_loop(server) {
        RUNNING.set(Some((Arc::clone(&poller), lease)));
        poll(server, &poller, lease, &mut scratch);
        RUNNING.set(None);
    }
}

fn next_loop(server: &Arc<Server>) -> Option<Loop> {
    let mut queue = server.spares.queue.lock();
    loop {
        if let Some(next) = queue.loops.pop_front() {
            return Some(next);
        }
        if queue.idle >= SPARE_MAX {
            return None;
        }
        queue.idle += 1;
        server.spares.changed.wait(&mut queue);
        queue.idle -= 1;
    }
}

/// Runs a poller's loop until its lease is taken.
fn poll(server: &Arc<Server>, poller: &Arc<Poller>, lease: u64, scratch: &mut Scratch) {
    let mut events: Vec<Event> = Vec::with_capacity(EVENTS_MAX);
    let mut turn = Turn { server, poller, lease, beat: lease << 32, scratch };
    while turn.is_mine() {
        // The thread before may have been at work, with a wake-up cleared and not followed.
        turn.serve_called();
        turn.serve_durable();
        if !turn.rest() {
            break;
        }
        let timeout = poller.next_alarm().map(time_until);
        events.clear();
        poller.calls.waits.fetch_add(1, Relaxed);
        let waited = epoll::wait(
            &poller.epoll,
            rustix::buffer::spare_capacity(&mut events),
            timeout.as_ref(),
        );
        if waited.is_err() || !turn.is_mine() {
            continue;
        }
        poller.end_doze();
        server.watchdog.nudge();
        for event in &events {
            if !turn.begin() {
                break;
            }
            turn.handle(event.data.u64());
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
struct Turn<'a> {
    server: &'a Arc<Server>,
    poller: &'a Arc<Poller>,
    lease: u64,
    beat: u64,
    scratch: &'a mut Scratch,
}

impl Turn<'_> {
    fn is_mine(&self) -> bool {
        self.poller.lease.load(SeqCst) == self.lease
    }

    /// Something is begun that the watchdog is to see the end of; `false` if the loop is another thread's.
    fn begin(&mut self) -> bool {
        if !self.is_mine() {
            return false;
        }
        self.beat = (self.beat + 1) | 1;
        self.poller.beat.store(self.beat, Relaxed);
        true
    }

    /// Nothing is being done; `false` if the loop is another thread's, which nobody may sleep in the place of.
    fn rest(&mut self) -> bool {
        if !self.is_mine() {
            return false;
        }
        self.beat = (self.beat + 1) & !1;
        self.poller.beat.store(self.beat, SeqCst);
        true
    }

    fn handle(&mut self, token: u64) {
        match Source::of(token) {
            Source::Wake => {
                self.poller.clear_wake();
                self.serve_called();
            }
            Source::Listener(index) => crate::accept::accept(self.server, index),
            Source::Connection(token) => self.serve(token, Cause::Ready),
        }
    }

    fn serve(&mut self, token: u64, cause: Cause) {
        if let Some(connection) = self.poller.connection(token) {
            connection.serve(self.server, self.scratch, cause);
        }
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
    /// last sleep committed, so that they share a sync. When it returns the loop may sleep: none waits, or there will be a
    /// wake-up.
    fn serve_durable(&mut self) {
        while let Some(wanted) = self.poller.durable_wanted()
            && self.begin()
        {
            let storage = self.server.engine.storage();
            if let Some(token) = self.poller.take_durable(storage.durable_lsn()) {
                self.serve(token, Cause::Other);
                continue;
            }
            self.poller.begin_doze();
            storage.request_durable(storage.log_end());
            // It may have become durable before the log's hook could see that the loop wants to sleep.
            if storage.durable_lsn() < wanted {
                return;
            }
            self.poller.end_doze();
        }
    }
}

/// The time left, rounded up, so that the deadline has passed when it is over.
fn time_until(deadline: Instant) -> Timespec {
    let left = deadline.saturating_duration_since(Instant::now()) + Duration::from_millis(1);
    Timespec {
        tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(left.subsec_nanos()),
    }
}
