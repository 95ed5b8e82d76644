//! Making the log durable: one write and one sync for all that wait.

use crate::chunk::Chunk;
use crate::{Log, Lsn};
use error::{Error, Result, SqlState};
use os::Reason;
use os::sync::atomic::{AtomicU64, Ordering};
use os::sync::thread::JoinHandle;
use os::sync::{Condvar, Mutex, RwLock};
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// How long the writer waits for room on a full disk before it tries again.
const FULL_RETRY: Duration = Duration::from_millis(100);

type Hook = Box<dyn Fn(Lsn) + Send + Sync>;
type FailureHook = Box<dyn Fn() + Send + Sync>;

pub(crate) struct Writer {
    state: Mutex<State>,
    sync_count: AtomicU64,
    /// How long the next sync is to wait for more commits, in microseconds.
    delay: AtomicU64,
    /// The highest position asked for, and whether the thread is to run.
    request: Mutex<Request>,
    requested: Condvar,
    advanced: Condvar,
    hook: RwLock<Option<Hook>>,
    failure_hook: RwLock<Option<FailureHook>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct State {
    written: u64,
    /// What the last write wrote of the block that the next one begins with.
    tail: Vec<u8>,
    chunk: Chunk,
}

struct Request {
    lsn: u64,
    threaded: bool,
    stop: bool,
}

impl Writer {
    /// `tail` is what the block in which the log ends holds before `end`.
    pub(crate) fn new(end: u64, tail: Vec<u8>) -> Self {
        Self {
            state: Mutex::new(State { written: end, tail, chunk: Chunk::new() }),
            sync_count: AtomicU64::new(0),
            delay: AtomicU64::new(0),
            request: Mutex::new(Request { lsn: 0, threaded: false, stop: false }),
            requested: Condvar::new(),
            advanced: Condvar::new(),
            hook: RwLock::new(None),
            failure_hook: RwLock::new(None),
            thread: Mutex::new(None),
        }
    }
}

impl Log {
    /// Starts the thread that makes the log durable when asked; without it, who waits does it.
    pub fn start_writer(self: &Arc<Self>) -> Result<()> {
        self.writer.request.lock().threaded = true;
        let log = Arc::clone(self);
        let thread = os::sync::thread::Builder::new().name("log writer".into());
        let thread = thread.spawn(move || log.write_when_asked())?;
        *self.writer.thread.lock() = Some(thread);
        Ok(())
    }

    /// Stops the thread.
    pub fn stop_writer(&self) {
        {
            let mut request = self.writer.request.lock();
            request.stop = true;
            request.threaded = false;
        }
        self.writer.requested.notify_all();
        self.writer.advanced.notify_all();
        let thread = self.writer.thread.lock().take();
        if let Some(thread) = thread {
            // A writer that panicked has left the log as it is: what it did not sync is not durable.
            let _ = thread.join();
        }
    }

    /// Has this called after each sync, with the new durable position. It must not block.
    pub fn on_durable(&self, hook: Hook) {
        *self.writer.hook.write() = Some(hook);
    }

    /// Has this called when the log fails. It must not block.
    pub fn on_failure(&self, hook: FailureHook) {
        *self.writer.failure_hook.write() = Some(hook);
    }

    /// How many syncs there were since the start.
    pub fn sync_count(&self) -> u64 {
        self.writer.sync_count.load(Ordering::Relaxed)
    }

    /// Asks for the log to be made durable up to a position, and returns at once.
    pub fn request(&self, lsn: Lsn) {
        let mut request = self.writer.request.lock();
        if request.lsn < lsn.0 {
            request.lsn = lsn.0;
            drop(request);
            self.writer.requested.notify_one();
        }
    }

    /// Has the writer's next sync wait so many microseconds for more commits.
    pub fn delay_sync(&self, microseconds: u32) {
        self.writer.delay.fetch_max(u64::from(microseconds), Ordering::Relaxed);
    }

    /// Waits until the log is durable up to a position. 58030 if it failed; without a thread, 53100 if the disk is full.
    pub fn wait(&self, lsn: Lsn) -> Result<()> {
        if self.durable_lsn() >= lsn {
            return Ok(());
        }
        os::blocking(Reason::Sync, || {
            let mut request = self.writer.request.lock();
            while request.threaded && self.durable_lsn() < lsn {
                if let Some(error) = self.failure() {
                    return Err(error.clone());
                }
                if request.lsn < lsn.0 {
                    request.lsn = lsn.0;
                    self.writer.requested.notify_one();
                }
                self.writer.advanced.wait(&mut request);
            }
            drop(request);
            if self.durable_lsn() < lsn { self.flush() } else { Ok(()) }
        })
    }

    /// Waits while the log in memory is much larger than it is to be: who writes faster than the disk has to. Not to be
    /// called under a latch. 58030 if the log failed.
    #[inline]
    pub fn wait_for_room(&self) -> Result<()> {
        let limit = 4 * self.options.memory_bytes;
        let next = self.next_lsn().0;
        if next.saturating_sub(self.durable_lsn().0) <= limit {
            Ok(())
        } else {
            self.wait(Lsn(next - limit / 2))
        }
    }

    /// Makes durable all that was appended before the call. 53100 if the disk is full, 58030 if the log failed.
    pub fn flush(&self) -> Result<()> {
        let target = self.next_lsn().0;
        let mut state = self.writer.state.lock();
        if self.durable.load(Ordering::Acquire) >= target {
            return Ok(());
        }
        if let Some(error) = self.failure() {
            return Err(error.clone());
        }
        match self.write_and_sync(&mut state) {
            Ok(()) => {}
            Err((Stage::Write, error)) if is_full(&error) => {
                self.full.store(true, Ordering::Relaxed);
                return Err(error.into());
            }
            Err((_, error)) => return Err(self.fail(&error)),
        }
        let durable = state.written;
        drop(state);
        // Under the lock of those who wait, so that none misses it between its look and its wait.
        let request = self.writer.request.lock();
        self.durable.fetch_max(durable, Ordering::AcqRel);
        drop(request);
        self.full.store(false, Ordering::Relaxed);
        self.writer.advanced.notify_all();
        if let Some(hook) = self.writer.hook.read().as_ref() {
            hook(Lsn(durable));
        }
        self.blocks.trim(durable, self.options.memory_bytes);
        Ok(())
    }

    fn write_and_sync(&self, state: &mut State) -> Result<(), (Stage, io::Error)> {
        let mut touched = Vec::new();
        let mut at = state.written;
        let mut start = at - state.tail.len() as u64;
        let chunk = &mut state.chunk;
        chunk.clear();
        chunk.push(&state.tail);
        for block in self.blocks.since(at) {
            loop {
                // Copied, so that nobody who appends waits for the disk.
                {
                    let bytes = block.bytes.read();
                    let from = usize::try_from(at - block.start).unwrap_or(usize::MAX);
                    at += chunk.push(bytes.get(from..).unwrap_or_default()) as u64;
                }
                if !chunk.is_full() {
                    break;
                }
                let written = self.segments.write(chunk.padded(), start, &mut touched);
                written.map_err(|error| (Stage::Write, error))?;
                start = at;
                chunk.clear();
            }
        }
        let written = self.segments.write(chunk.padded(), start, &mut touched);
        written.map_err(|error| (Stage::Write, error))?;
        for number in touched {
            self.writer.sync_count.fetch_add(1, Ordering::Relaxed);
            self.segments.sync(number).map_err(|error| (Stage::Sync, error))?;
        }
        state.tail.clear();
        state.tail.extend_from_slice(state.chunk.tail());
        state.written = at;
        Ok(())
    }

    /// Has the log accept nothing more: once a write or sync failed, its own or of other files, nobody knows what is
    /// on the disk, and only a restart can tell. Returns the error that all get from now on: 58030.
    pub fn fail(&self, error: &io::Error) -> Error {
        let error = Error::new(
            SqlState::IO_ERROR,
            format!("could not write to the data directory: {error}"),
        );
        let failure = self.failure.get_or_init(|| error).clone();
        drop(self.writer.request.lock());
        self.writer.advanced.notify_all();
        if let Some(hook) = self.writer.hook.read().as_ref() {
            hook(self.durable_lsn());
        }
        if let Some(hook) = self.writer.failure_hook.read().as_ref() {
            hook();
        }
        failure
    }

    fn write_when_asked(&self) {
        let mut failed = false;
        loop {
            let mut request = self.writer.request.lock();
            while !request.stop && (failed || request.lsn <= self.durable_lsn().0) {
                if !failed {
                    self.writer.requested.wait(&mut request);
                } else if self.failure().is_some() {
                    return;
                } else {
                    failed = false;
                    self.writer.requested.wait_for(&mut request, FULL_RETRY);
                }
            }
            if request.stop {
                return;
            }
            drop(request);
            let delay = self.writer.delay.swap(0, Ordering::Relaxed);
            if delay > 0 {
                os::sync::thread::sleep(Duration::from_micros(delay));
                // Those who came meanwhile have been waited for.
                self.writer.delay.store(0, Ordering::Relaxed);
            }
            failed = self.flush().is_err();
        }
    }
}

enum Stage {
    Write,
    Sync,
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
