//! What a worker polls: an epoll set, the connections in it, those whose answers wait for the log, those that another
//! thread calls, and when to look at which though nothing happens.
//!
//! A poller has one poll loop at a time, run by the thread that holds its *lease*. The lease is a number; raising it takes
//! the loop away from its thread, which notices when it is done with the event at hand. Events are level-triggered, so
//! those that the old loop had and did not handle come again to the new one.

use crate::connection::Connection;
use crate::stream::Stream;
use error::Result;
use parking_lot::Mutex;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::event::{EventfdFlags, eventfd};
use rustix::io::Errno;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::time::Instant;
use storage::Lsn;

/// The token of the wake-up event; listeners' tokens follow. Connections' have a lower half below [`FIRST_OWN`].
pub(crate) const WAKE: u64 = FIRST_OWN as u64;
const FIRST_OWN: u32 = 0xffff_0000;

/// The token of a listener.
pub(crate) fn listener_token(index: usize) -> u64 {
    WAKE + 1 + index as u64
}

/// What a token stands for.
pub(crate) enum Source {
    Wake,
    Listener(usize),
    Connection(u64),
}

impl Source {
    pub(crate) fn of(token: u64) -> Self {
        let low = token & 0xffff_ffff;
        match usize::try_from(low.wrapping_sub(WAKE + 1)) {
            Ok(index) if low > WAKE => Self::Listener(index),
            _ if low == WAKE => Self::Wake,
            _ => Self::Connection(token),
        }
    }
}

/// What a connection's socket is watched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interest {
    /// It is not in the set.
    None,
    /// Bytes to read.
    Read,
    /// Room to write.
    Write,
}

/// System calls of the poll loops that answer clients, since the server started. What a thread waits for within a
/// statement, locks and the disk, is not among them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SystemCalls {
    /// Waits for something to happen.
    pub waits: u64,
    /// Reads from sockets.
    pub receives: u64,
    /// Writes to sockets.
    pub sends: u64,
}

/// The counters behind [`SystemCalls`].
#[derive(Debug, Default)]
pub(crate) struct CallCounters {
    pub(crate) waits: AtomicU64,
    pub(crate) receives: AtomicU64,
    pub(crate) sends: AtomicU64,
}

pub(crate) struct Poller {
    pub(crate) calls: CallCounters,
    pub(crate) epoll: OwnedFd,
    wake: OwnedFd,
    slots: Mutex<Slots>,
    pub(crate) connection_count: AtomicUsize,
    pub(crate) lease: AtomicU64,
    /// Odd while the holder of the lease handles events; it changes with each.
    pub(crate) beat: AtomicU64,
    /// Connections whose answers wait for the log.
    durable: Mutex<BinaryHeap<Reverse<(Lsn, u64)>>>,
    /// The least LSN that one of them waits for.
    durable_wanted: AtomicU64,
    /// The loop sleeps until that is durable, or something else happens.
    dozes: AtomicBool,
    /// Connections that another thread wants looked at.
    called: Mutex<Vec<u64>>,
    /// When to look at which connection.
    alarms: Mutex<BinaryHeap<Reverse<(Instant, u64)>>>,
}

/// Connections by the lower half of their tokens; the upper half tells those that had the same place.
#[derive(Default)]
struct Slots {
    connections: Vec<Option<Arc<Connection>>>,
    generations: Vec<u32>,
    free: Vec<u32>,
}

impl Poller {
    pub(crate) fn new() -> Result<Self> {
        let epoll = epoll::create(CreateFlags::CLOEXEC).map_err(std::io::Error::from)?;
        let flags = EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK;
        let wake = eventfd(0, flags).map_err(std::io::Error::from)?;
        epoll::add(&epoll, &wake, EventData::new_u64(WAKE), EventFlags::IN)
            .map_err(std::io::Error::from)?;
        Ok(Self {
            calls: CallCounters::default(),
            epoll,
            wake,
            slots: Mutex::default(),
            connection_count: AtomicUsize::new(0),
            lease: AtomicU64::new(0),
            beat: AtomicU64::new(0),
            durable: Mutex::default(),
            durable_wanted: AtomicU64::new(u64::MAX),
            dozes: AtomicBool::new(false),
            called: Mutex::default(),
            alarms: Mutex::default(),
        })
    }

    /// Takes the loop from the holder of this lease; `false` if it was taken already.
    pub(crate) fn take_lease(&self, lease: u64) -> bool {
        self.lease.compare_exchange(lease, lease + 1, SeqCst, SeqCst).is_ok()
    }

    pub(crate) fn wake(&self) {
        // It fails only when so many wake-ups wait already that one more changes nothing.
        let _ = rustix::io::write(&self.wake, &1_u64.to_ne_bytes());
    }

    pub(crate) fn clear_wake(&self) {
        let mut count = [0; 8];
        // Another thread may have read it first.
        let _ = rustix::io::read(&self.wake, &mut count);
    }

    /// Has the set watch a listener, one poller at a time being told of a client.
    pub(crate) fn add_listener(&self, listener: impl AsFd, index: usize) -> Result<()> {
        let flags = EventFlags::IN | EventFlags::EXCLUSIVE;
        epoll::add(&self.epoll, listener, EventData::new_u64(listener_token(index)), flags)
            .map_err(std::io::Error::from)?;
        Ok(())
    }

    pub(crate) fn remove_listener(&self, listener: impl AsFd) {
        // One that is not in the set needs no removal.
        let _ = epoll::delete(&self.epoll, listener);
    }

    /// Takes a connection in and watches it for its first packet.
    pub(crate) fn add_connection(
        self: &Arc<Self>,
        stream: Stream,
        deadline: Instant,
    ) -> Result<Arc<Connection>> {
        let mut slots = self.slots.lock();
        let index = match slots.free.pop() {
            Some(index) => index,
            None => {
                let index = u32::try_from(slots.connections.len()).unwrap_or(u32::MAX);
                assert!(index < FIRST_OWN, "more connections than there can be sockets");
                slots.connections.push(None);
                slots.generations.push(0);
                index
            }
        };
        let place = index as usize;
        let token = u64::from(slots.generations[place]) << 32 | u64::from(index);
        let connection = Arc::new(Connection::new(token, Arc::clone(self), stream, deadline));
        slots.connections[place] = Some(Arc::clone(&connection));
        drop(slots);
        self.connection_count.fetch_add(1, SeqCst);
        self.set_alarm(deadline, token);
        if let Err(error) = self.watch(&connection.stream, token, Interest::None, Interest::Read) {
            self.remove_connection(token);
            return Err(error);
        }
        Ok(connection)
    }

    /// Forgets a connection; `false` if it was forgotten already.
    pub(crate) fn remove_connection(&self, token: u64) -> bool {
        let mut slots = self.slots.lock();
        let place = place_of(token);
        if slots.generations[place] != generation_of(token) {
            return false;
        }
        let Some(connection) = slots.connections[place].take() else {
            return false;
        };
        slots.generations[place] = slots.generations[place].wrapping_add(1);
        slots.free.push(u32::try_from(place).unwrap_or(u32::MAX));
        drop(slots);
        drop(connection);
        self.connection_count.fetch_sub(1, SeqCst);
        true
    }

    pub(crate) fn connection(&self, token: u64) -> Option<Arc<Connection>> {
        let slots = self.slots.lock();
        let place = place_of(token);
        if slots.generations.get(place) != Some(&generation_of(token)) {
            return None;
        }
        slots.connections[place].as_ref().map(Arc::clone)
    }

    pub(crate) fn connections(&self) -> Vec<Arc<Connection>> {
        self.slots.lock().connections.iter().flatten().map(Arc::clone).collect()
    }

    /// Changes what a socket is watched for.
    pub(crate) fn watch(
        &self,
        stream: &Stream,
        token: u64,
        old: Interest,
        new: Interest,
    ) -> Result<()> {
        let flags = match new {
            Interest::None => EventFlags::empty(),
            Interest::Read => EventFlags::IN,
            Interest::Write => EventFlags::OUT,
        };
        let data = EventData::new_u64(token);
        // Another thread may have taken the socket out a moment ago, or put it back.
        let changed = match (old, new) {
            (old, new) if old == new => Ok(()),
            (_, Interest::None) => match epoll::delete(&self.epoll, stream) {
                Err(Errno::NOENT) => Ok(()),
                other => other,
            },
            (Interest::None, _) => match epoll::add(&self.epoll, stream, data, flags) {
                Err(Errno::EXIST) => epoll::modify(&self.epoll, stream, data, flags),
                other => other,
            },
            (_, _) => match epoll::modify(&self.epoll, stream, data, flags) {
                Err(Errno::NOENT) => epoll::add(&self.epoll, stream, data, flags),
                other => other,
            },
        };
        Ok(changed.map_err(std::io::Error::from)?)
    }

    /// Has the loop serve this connection once the log is durable up to here.
    pub(crate) fn wait_durable(&self, lsn: Lsn, token: u64) {
        let mut durable = self.durable.lock();
        durable.push(Reverse((lsn, token)));
        self.store_wanted(&durable);
    }

    /// The least LSN that one of its connections waits for, if any does.
    pub(crate) fn durable_wanted(&self) -> Option<Lsn> {
        let wanted = self.durable_wanted.load(SeqCst);
        (wanted != u64::MAX).then_some(Lsn(wanted))
    }

    /// The loop is to be woken for connections that wait for the log; said before it looks once more whether it may sleep.
    pub(crate) fn begin_doze(&self) {
        self.dozes.store(true, SeqCst);
    }

    /// The loop is awake, and looks at them before it sleeps again.
    pub(crate) fn end_doze(&self) {
        if self.dozes.load(SeqCst) {
            self.dozes.store(false, SeqCst);
        }
    }

    /// The log is durable up to here: wakes the loop if it sleeps and a connection of it waits for no more.
    pub(crate) fn became_durable(&self, lsn: Lsn) {
        if self.durable_wanted.load(SeqCst) <= lsn.0 && self.dozes.swap(false, SeqCst) {
            self.wake();
        }
    }

    /// A connection that waited for no more than this LSN. One at a time: what is not taken is left for another thread
    /// should this one be held up by it.
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

    /// Has the loop look at this connection.
    pub(crate) fn call(&self, token: u64) {
        self.called.lock().push(token);
        self.wake();
    }

    /// A connection that was called.
    pub(crate) fn take_called(&self) -> Option<u64> {
        self.called.lock().pop()
    }

    /// Wakes the loop for those that were called and not taken, and those that wait for the log: said by a thread that
    /// leaves the loop to another, which may have looked for them before.
    pub(crate) fn wake_for_left(&self) {
        if self.durable_wanted().is_some() || !self.called.lock().is_empty() {
            self.wake();
        }
    }

    /// Has the loop look at this connection at that time.
    pub(crate) fn set_alarm(&self, at: Instant, token: u64) {
        let mut alarms = self.alarms.lock();
        let is_next = alarms.peek().is_none_or(|Reverse((next, _))| at < *next);
        alarms.push(Reverse((at, token)));
        drop(alarms);
        if is_next {
            // The loop may sleep for longer.
            self.wake();
        }
    }

    /// When the next connection is to be looked at.
    pub(crate) fn next_alarm(&self) -> Option<Instant> {
        self.alarms.lock().peek().map(|Reverse((at, _))| *at)
    }

    /// A connection that is to be looked at by now.
    pub(crate) fn take_alarm(&self, now: Instant) -> Option<u64> {
        let mut alarms = self.alarms.lock();
        match alarms.peek() {
            Some(Reverse((at, _))) if *at <= now => alarms.pop().map(|Reverse((_, token))| token),
            Some(_) | None => None,
        }
    }
}

fn place_of(token: u64) -> usize {
    usize::try_from(token & 0xffff_ffff).unwrap_or(usize::MAX)
}

fn generation_of(token: u64) -> u32 {
    u32::try_from(token >> 32).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the loop was woken; it is not any more.
    fn is_woken(poller: &Poller) -> bool {
        rustix::io::read(&poller.wake, &mut [0; 8]).is_ok()
    }

    #[test]
    fn a_held_up_thread_keeps_no_other_connection_waiting() {
        let poller = Poller::new().unwrap();
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

    #[test]
    fn a_sleeping_loop_is_woken_by_what_it_sleeps_for() {
        let poller = Poller::new().unwrap();
        poller.wait_durable(Lsn(10), 1);
        poller.became_durable(Lsn(20));
        assert!(!is_woken(&poller), "it is awake");
        poller.begin_doze();
        poller.became_durable(Lsn(9));
        assert!(!is_woken(&poller), "not yet durable");
        poller.became_durable(Lsn(10));
        assert!(is_woken(&poller));
        poller.became_durable(Lsn(11));
        assert!(!is_woken(&poller), "once is enough");
        poller.begin_doze();
        poller.end_doze();
        poller.became_durable(Lsn(10));
        assert!(!is_woken(&poller));
    }
}
