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
    let is_mine = || poller.lease.load(SeqCst) == lease;
    if is_mine() {
        // The thread before may have been at work.
        poller.beat.store(lease << 32, SeqCst);
        // It may have cleared the wake-up, and be held up by the first of the connections that it was for.
        poller.became_durable(server.engine.durable_lsn());
        poller.wake_for_called();
    }
    while is_mine() {
        let timeout = poller.next_alarm().map(time_until);
        events.clear();
        poller.calls.waits.fetch_add(1, Relaxed);
        let waited = epoll::wait(
            &poller.epoll,
            rustix::buffer::spare_capacity(&mut events),
            timeout.as_ref(),
        );
        if waited.is_err() || !is_mine() {
            continue;
        }
        let beat = poller.beat.fetch_add(1, SeqCst);
        server.watchdog.nudge();
        for (event, count) in events.iter().zip(1..) {
            if !is_mine() {
                return;
            }
            poller.beat.store(beat + 2 * count + 1, Relaxed);
            handle(server, poller, lease, event.data.u64(), scratch);
        }
        while is_mine()
            && poller.next_alarm().is_some()
            && let Some(token) = poller.take_alarm(Instant::now())
        {
            if let Some(connection) = poller.connection(token) {
                connection.serve(server, scratch, Cause::Alarm);
            }
        }
        if is_mine() {
            poller.beat.store(beat + 2 * EVENTS_MAX as u64 + 2, SeqCst);
        }
    }
}

fn handle(
    server: &Arc<Server>,
    poller: &Arc<Poller>,
    lease: u64,
    token: u64,
    scratch: &mut Scratch,
) {
    match Source::of(token) {
        Source::Wake => {
            poller.clear_wake();
            serve_woken(server, poller, lease, scratch);
        }
        Source::Listener(index) => crate::accept::accept(server, index),
        Source::Connection(token) => {
            if let Some(connection) = poller.connection(token) {
                connection.serve(server, scratch, Cause::Ready);
            }
        }
    }
}

/// Serves those that were called and those whose answers waited for the log, until the lease is taken: any of them may go
/// on to a statement that waits for the next of them.
fn serve_woken(server: &Arc<Server>, poller: &Arc<Poller>, lease: u64, scratch: &mut Scratch) {
    while poller.lease.load(SeqCst) == lease {
        let token = match poller.take_called() {
            Some(token) => token,
            None => match poller.take_durable(server.engine.durable_lsn()) {
                Some(token) => token,
                None => return,
            },
        };
        if let Some(connection) = poller.connection(token) {
            connection.serve(server, scratch, Cause::Other);
        }
    }
    // The wake-up cleared here may have been the next thread's.
    poller.became_durable(server.engine.durable_lsn());
    poller.wake_for_called();
}

/// The time left, rounded up, so that the deadline has passed when it is over.
fn time_until(deadline: Instant) -> Timespec {
    let left = deadline.saturating_duration_since(Instant::now()) + Duration::from_millis(1);
    Timespec {
        tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(left.subsec_nanos()),
    }
}
