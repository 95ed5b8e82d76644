//! What a poll loop sleeps for: an epoll set, with the listeners, the connections of the loop and an event to wake it by.

use crate::connection::Connection;
use crate::stream::Stream;
use error::Result;
use loops::{Events, WAKE};
use parking_lot::Mutex;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::event::{EventfdFlags, Timespec, eventfd};
use rustix::io::Errno;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed, Ordering::SeqCst};
use std::time::{Duration, Instant};

/// What a poll loop of the server looks after.
pub(crate) type Poller = loops::Poller<Sockets>;

/// So many events are taken at once; the others are left for when these are handled.
const EVENTS_MAX: usize = 64;

// Tokens from WAKE on are not connections': theirs have a lower half below it.
const FIRST_OWN: u32 = 0xffff_0000;
const _: () = assert!(FIRST_OWN as u64 == WAKE);

/// The token of a listener.
pub(crate) fn listener_token(index: usize) -> u64 {
    WAKE + 1 + index as u64
}

/// What a token stands for.
pub(crate) enum Source {
    Listener(usize),
    Connection(u64),
}

impl Source {
    pub(crate) fn of(token: u64) -> Self {
        let low = token & 0xffff_ffff;
        match usize::try_from(low.wrapping_sub(WAKE + 1)) {
            Ok(index) if low > WAKE => Self::Listener(index),
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

/// What a loop of the server sleeps for.
pub struct Sockets {
    pub(crate) calls: CallCounters,
    epoll: OwnedFd,
    wake: OwnedFd,
    slots: Mutex<Slots>,
    pub(crate) connection_count: AtomicUsize,
}

/// Connections by the lower half of their tokens; the upper half tells those that had the same place.
#[derive(Default)]
struct Slots {
    connections: Vec<Option<Arc<Connection>>>,
    generations: Vec<u32>,
    free: Vec<u32>,
}

impl Sockets {
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
        })
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
        poller: &Arc<Poller>,
        stream: Stream,
        deadline: Instant,
    ) -> Result<Arc<Connection>> {
        let sockets = &poller.events;
        let mut slots = sockets.slots.lock();
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
        let connection = Arc::new(Connection::new(token, Arc::clone(poller), stream, deadline));
        slots.connections[place] = Some(Arc::clone(&connection));
        drop(slots);
        sockets.connection_count.fetch_add(1, SeqCst);
        poller.set_alarm(deadline, token);
        let watched = sockets.watch(&connection.stream, token, Interest::None, Interest::Read);
        if let Err(error) = watched {
            sockets.remove_connection(token);
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
}

impl Events for Sockets {
    type Happened = Vec<Event>;

    fn wait(&self, happened: &mut Vec<Event>, until: Option<Instant>) -> bool {
        happened.clear();
        happened.reserve(EVENTS_MAX);
        self.calls.waits.fetch_add(1, Relaxed);
        let timeout = until.map(time_until);
        let room = rustix::buffer::spare_capacity(happened);
        epoll::wait(&self.epoll, room, timeout.as_ref()).is_ok()
    }

    fn tokens(happened: &Vec<Event>) -> impl Iterator<Item = u64> {
        happened.iter().map(|event| event.data.u64())
    }

    fn wake(&self) {
        // It fails only when so many wake-ups wait already that one more changes nothing.
        let _ = rustix::io::write(&self.wake, &1_u64.to_ne_bytes());
    }

    fn clear_wake(&self) {
        let mut count = [0; 8];
        // Another thread may have read it first.
        let _ = rustix::io::read(&self.wake, &mut count);
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

fn place_of(token: u64) -> usize {
    usize::try_from(token & 0xffff_ffff).unwrap_or(usize::MAX)
}

fn generation_of(token: u64) -> u32 {
    u32::try_from(token >> 32).unwrap_or(u32::MAX)
}
