//! A connection: its socket, what was read and not handled, what was said and not sent, and where it is in the protocol.
//!
//! Its state has one owner at a time, and nobody waits for it ([`Owned`]). A thread that was told of bytes to read while
//! another is the owner takes the socket out of the poller's set, so that they are told only once.

use crate::answer::Answer;
use crate::dialogue::{Dialogue, Next};
use crate::login::{self, Login, Step};
use crate::outgoing::{Holdup, Outgoing};
use crate::server::Server;
use crate::sockets::{Interest, Poller};
use crate::stream::{Stream, Transfer};
use error::{Error, Result, SqlState};
use loops::{Cause, Owned};
use session::Shared;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};
use storage::Lsn;

/// How long the client of a connection that ends may take to receive what is left.
const CLOSE_MAX: Duration = Duration::from_secs(60);

/// A thread's buffers: a connection borrows them while it is served.
pub struct Scratch {
    input: Vec<u8>,
    output: Vec<u8>,
}

impl Default for Scratch {
    fn default() -> Self {
        Self { input: vec![0; 64 * 1024], output: Vec::with_capacity(16 * 1024) }
    }
}

pub(crate) struct Connection {
    token: u64,
    poller: Arc<Poller>,
    pub(crate) stream: Stream,
    state: Owned<State>,
}

struct State {
    phase: Phase,
    input: Vec<u8>,
    out: Outgoing,
    interest: Interest,
    /// What the poller was asked to wait for.
    awaited: Lsn,
    /// When the connection must be authenticated, or over if it is ending.
    deadline: Instant,
    /// When the poller is to look at it, if it was asked to.
    alarm: Option<Instant>,
    /// The deadline is that of the connection's end.
    is_ending: bool,
    /// There is something to read for a session that waits for a row, and reads it later.
    is_unread: bool,
}

enum Phase {
    First,
    Login(Box<Login>),
    Open(Box<Dialogue>),
    /// What was said is sent, and then the connection ends.
    Closing,
    Over,
}

/// Why handling of input ended.
#[derive(PartialEq, Eq)]
enum Stop {
    NeedsInput,
    NeedsRoom,
}

impl State {
    /// Whether its session waits for a row, and for nothing that its client says.
    fn waits_for_row(&self) -> bool {
        matches!(&self.phase, Phase::Open(dialogue) if dialogue.waits_for_row())
    }
}

impl Connection {
    /// A new client's, to be authenticated by the deadline, for which the poller's alarm is set.
    pub(crate) fn new(token: u64, poller: Arc<Poller>, stream: Stream, deadline: Instant) -> Self {
        let state = State {
            phase: Phase::First,
            input: Vec::new(),
            out: Outgoing::default(),
            interest: Interest::Read,
            awaited: Lsn(0),
            deadline,
            alarm: Some(deadline),
            is_ending: false,
            is_unread: false,
        };
        Self { token, poller, stream, state: Owned::new(state) }
    }

    /// Reads, handles and answers what there is, unless another thread does; that one then looks again.
    pub(crate) fn serve(&self, server: &Arc<Server>, scratch: &mut Scratch, cause: Cause) {
        let unwatch = || {
            // It may have been taken out by another thread that was told of it.
            let _ = self.watch(Interest::Read, Interest::None);
        };
        self.state.serve(cause, unwatch, |state, told| {
            if told.has_rung {
                state.alarm = None;
            }
            if told.is_unwatched {
                state.interest = Interest::None;
            }
            self.serve_owned(state, server, scratch, told.cause);
        });
    }

    /// Sends what waited for the log, which is durable up to here. For all else, which may take its time, the poller's loop is
    /// called: this is the thread that others wait for to make the log durable.
    pub(crate) fn send_durable(&self, durable: Lsn) {
        let is_all = self.state.serve_briefly(|state| {
            let is_plain = state.interest == Interest::Read
                && state.input.is_empty()
                && matches!(state.phase, Phase::Open(_));
            if !is_plain {
                return false;
            }
            match self.send(state, durable) {
                Holdup::None => state.out.return_buffer(&mut Vec::new()),
                Holdup::Log(lsn) => self.await_durable(state, lsn),
                Holdup::Socket | Holdup::Gone => return false,
            }
            true
        });
        if !is_all {
            self.poller.call(self.token);
        }
    }

    /// Has the poller look at the connection when the log is durable up to here.
    fn await_durable(&self, state: &mut State, lsn: Lsn) {
        if state.awaited < lsn {
            state.awaited = lsn;
            self.poller.wait_durable(lsn, self.token);
        }
    }

    fn watch(&self, old: Interest, new: Interest) -> Result<()> {
        self.poller.events.watch(&self.stream, self.token, old, new)
    }

    fn serve_owned(
        &self,
        state: &mut State,
        server: &Arc<Server>,
        scratch: &mut Scratch,
        cause: Cause,
    ) {
        if matches!(state.phase, Phase::Over) {
            return;
        }
        let is_late = !matches!(state.phase, Phase::Open(_))
            && state.alarm.is_none()
            && state.deadline <= Instant::now();
        if is_late {
            return self.end(state, server);
        }
        state.out.borrow_buffer(&mut scratch.output);
        let run = AssertUnwindSafe(|| self.run(state, server, &mut scratch.input, cause));
        if catch_unwind(run).is_err() {
            self.panicked(state);
        }
        self.finish(state, server);
        state.out.return_buffer(&mut scratch.output);
    }

    /// Leaves the connection to what wakes it next.
    fn finish(&self, state: &mut State, server: &Arc<Server>) {
        let was_full = state.out.is_full();
        if let Err(error) = self.settle(state, server) {
            eprintln!("surus: a connection was closed: {error}");
            self.end(state, server);
        }
        if was_full && state.interest == Interest::Read {
            // There was room between its stop and the last look at the socket: nothing else would make it go on.
            self.poller.call(self.token);
        }
    }

    /// The session is lost: the client is told, and the connection ends.
    fn panicked(&self, state: &mut State) {
        state.out.forget_half();
        let error = Error::fatal(SqlState::INTERNAL_ERROR, "internal error: the session panicked");
        state.out.begin_answer();
        Answer(&mut state.out).encoder().error(&error);
        state.out.set_due();
        let phase = std::mem::replace(&mut state.phase, Phase::Closing);
        // Its transaction is rolled back; should that panic too, there is nothing left to lose.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(phase)));
    }

    /// Reads, handles and sends as long as all go on.
    fn run(&self, state: &mut State, server: &Arc<Server>, buffer: &mut [u8], cause: Cause) {
        if let Some(error) = reason_to_end(state, server) {
            self.tell_end(state, error);
        }
        let mut may_read = cause == Cause::Ready;
        let has_waited = state.waits_for_row();
        loop {
            let stop = self.handle_input(state, server);
            let holdup = self.send(state, server.engine.durable_lsn());
            if holdup == Holdup::Gone {
                state.phase = Phase::Closing;
                state.out = Outgoing::default();
            }
            if matches!(state.phase, Phase::Closing | Phase::Over) || state.out.is_full() {
                return;
            }
            if state.waits_for_row() {
                // What its client says meanwhile is left in the socket, which has room for some of it.
                state.is_unread = may_read && has_waited;
                return;
            }
            if stop == Stop::NeedsRoom {
                continue;
            }
            if !may_read {
                return;
            }
            self.poller.events.calls.receives.fetch_add(1, Relaxed);
            match self.stream.receive(buffer) {
                Transfer::Bytes(count) => {
                    // A full buffer is followed by more, most likely.
                    may_read = count == buffer.len();
                    self.take_input(state, server, &buffer[..count]);
                }
                Transfer::Blocked => return,
                Transfer::Gone => {
                    state.phase = Phase::Closing;
                    state.out = Outgoing::default();
                    return;
                }
            }
        }
    }

    /// Handles bytes just read, in place if none are left from before.
    fn take_input(&self, state: &mut State, server: &Arc<Server>, bytes: &[u8]) {
        if !state.input.is_empty() {
            state.input.extend_from_slice(bytes);
            return;
        }
        let (used, _) = self.handle(state, server, bytes);
        state.input.extend_from_slice(&bytes[used..]);
    }

    /// Handles what was read before.
    fn handle_input(&self, state: &mut State, server: &Arc<Server>) -> Stop {
        let mut input = std::mem::take(&mut state.input);
        let (used, stop) = self.handle(state, server, &input);
        if used == input.len() {
            return stop;
        }
        input.drain(..used);
        if input.capacity() > 64 * 1024 && input.len() < input.capacity() / 4 {
            input.shrink_to(input.len() * 2);
        }
        state.input = input;
        stop
    }

    /// Handles whole messages until there are no more, or no room for answers; how many bytes they took.
    fn handle(&self, state: &mut State, server: &Arc<Server>, bytes: &[u8]) -> (usize, Stop) {
        let mut used = 0;
        loop {
            if state.out.is_full() {
                return (used, Stop::NeedsRoom);
            }
            if matches!(state.phase, Phase::Closing | Phase::Over) {
                return (bytes.len(), Stop::NeedsInput);
            }
            state.out.begin_answer();
            let handled = self.handle_one(state, server, &bytes[used..]);
            let (count, lsn) = handled.unwrap_or_else(|error| {
                login::refuse(error, &mut state.out);
                state.phase = Phase::Closing;
                (Some(0), Lsn(0))
            });
            state.out.end_answer(lsn, server.engine.durable_lsn());
            match count {
                Some(count) => used += count,
                None => return (used, Stop::NeedsInput),
            }
        }
    }

    /// Goes on with a suspended statement, or handles a message: how many bytes that took, `None` if more are needed; and
    /// what the answer waits for. The error ends the connection.
    fn handle_one(
        &self,
        state: &mut State,
        server: &Arc<Server>,
        bytes: &[u8],
    ) -> Result<(Option<usize>, Lsn)> {
        let State { phase, out, .. } = state;
        let (step, count) = match phase {
            Phase::Open(dialogue) => {
                if dialogue.waits_for_row() {
                    return Ok((None, Lsn(0)));
                }
                let (next, count) = if dialogue.is_suspended() {
                    (dialogue.resume(out), 0)
                } else {
                    let decoded = protocol::decode(bytes, protocol::MESSAGE_MAX)?;
                    let Some((kind, message, count)) = decoded else {
                        return Ok((None, Lsn(0)));
                    };
                    (dialogue.message(kind, message, out), count)
                };
                let lsn = dialogue.session.answer_lsn();
                if next == Next::Close {
                    *phase = Phase::Closing;
                    out.set_due();
                }
                return Ok((Some(count), lsn));
            }
            Phase::Login(login) => {
                let decoded = protocol::decode(bytes, protocol::UNAUTHENTICATED_MESSAGE_MAX)?;
                let Some((kind, message, count)) = decoded else {
                    return Ok((None, Lsn(0)));
                };
                (login.message(server, &self.stream, kind, message, out)?, count)
            }
            Phase::First => {
                let Some((packet, count)) = protocol::decode_startup(bytes)? else {
                    return Ok((None, Lsn(0)));
                };
                (login::first_packet(server, &self.stream, packet, out)?, count)
            }
            Phase::Closing | Phase::Over => return Ok((None, Lsn(0))),
        };
        match step {
            Step::Wait | Step::Again => {}
            Step::Login(login) => *phase = Phase::Login(login),
            Step::Open(dialogue) => {
                self.set_call(dialogue.session.shared());
                *phase = Phase::Open(dialogue);
            }
            Step::Close => *phase = Phase::Closing,
        }
        Ok((Some(count), Lsn(0)))
    }

    /// Has the session's end, when another asks for it, noticed at once.
    fn set_call(&self, shared: &Shared) {
        let (poller, token) = (Arc::clone(&self.poller), self.token);
        shared.set_call(Box::new(move || poller.call(token)));
        // It may have been told before it could wake anyone.
        if shared.termination().is_some() {
            self.poller.call(self.token);
        }
    }

    fn send(&self, state: &mut State, durable: Lsn) -> Holdup {
        let sends = &self.poller.events.calls.sends;
        state.out.send(durable, |bytes| {
            sends.fetch_add(1, Relaxed);
            self.stream.send(bytes)
        })
    }

    fn tell_end(&self, state: &mut State, error: Error) {
        state.out.begin_answer();
        login::refuse(error, &mut state.out);
        state.phase = Phase::Closing;
    }

    /// Says what is to wake the connection next, or ends it.
    fn settle(&self, state: &mut State, server: &Arc<Server>) -> Result<()> {
        loop {
            let durable = server.engine.durable_lsn();
            let holdup = self.send(state, durable);
            let is_closing = matches!(state.phase, Phase::Closing);
            let interest = match holdup {
                Holdup::Gone => {
                    self.end(state, server);
                    return Ok(());
                }
                Holdup::None if is_closing => {
                    self.end(state, server);
                    return Ok(());
                }
                Holdup::Socket => Interest::Write,
                Holdup::Log(_) if is_closing || state.out.is_full() => Interest::None,
                Holdup::Log(_) | Holdup::None if state.is_unread && state.waits_for_row() => {
                    Interest::None
                }
                Holdup::Log(_) | Holdup::None => Interest::Read,
            };
            self.set_alarm(state);
            if interest != state.interest {
                self.watch(state.interest, interest)?;
                state.interest = interest;
            }
            let Holdup::Log(lsn) = holdup else {
                return Ok(());
            };
            self.await_durable(state, lsn);
            // It may have become durable before the poller was asked to wait for it.
            if server.engine.durable_lsn() < lsn {
                return Ok(());
            }
        }
    }

    /// Has the poller look at the connection when it has waited for too long.
    fn set_alarm(&self, state: &mut State) {
        if matches!(state.phase, Phase::Closing) && !state.is_ending {
            state.is_ending = true;
            state.deadline = Instant::now() + CLOSE_MAX;
        }
        let at = match &state.phase {
            Phase::Open(dialogue) => dialogue.look_at(),
            Phase::First | Phase::Login(_) | Phase::Closing => Some(state.deadline),
            Phase::Over => None,
        };
        let Some(at) = at else { return self.cancel_alarm(state) };
        // An alarm that comes too early sets the next.
        if state.alarm.is_none_or(|alarm| at < alarm) {
            state.alarm = Some(at);
            self.poller.set_alarm(at, self.token);
        }
    }

    fn cancel_alarm(&self, state: &mut State) {
        if let Some(at) = state.alarm.take() {
            self.poller.cancel_alarm(at, self.token);
        }
    }

    fn end(&self, state: &mut State, server: &Arc<Server>) {
        let phase = std::mem::replace(&mut state.phase, Phase::Over);
        // A panic in the roll-back ends with this connection as any other does.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(phase)));
        self.cancel_alarm(state);
        state.out = Outgoing::default();
        state.input = Vec::new();
        if state.interest != Interest::None {
            // Closing the socket takes it out too.
            let _ = self.watch(state.interest, Interest::None);
            state.interest = Interest::None;
        }
        self.stream.shutdown();
        if self.poller.events.remove_connection(self.token) {
            server.connection_ended();
        }
    }
}

/// The error that ends the connection now, whatever its client says.
fn reason_to_end(state: &State, server: &Server) -> Option<Error> {
    match &state.phase {
        Phase::Closing | Phase::Over => None,
        Phase::First | Phase::Login(_) | Phase::Open(_) if server.is_closing() => {
            Some(Error::fatal(
                SqlState::ADMIN_SHUTDOWN,
                "terminating connection due to administrator command",
            ))
        }
        Phase::First | Phase::Login(_) => None,
        Phase::Open(dialogue) => dialogue.reason_to_end(state.alarm.is_none()),
    }
}

#[cfg(test)]
mod tests;
