//! Loops, their threads and what they serve under every order of steps. Sockets and the log are models; a wake-up that is
//! lost leaves all asleep, which is told as a deadlock.

use crate::watchdog::watch;
use crate::worker::hand_over;
use crate::{Cause, Events, Host, Owned, Poller, WAKE, Workers, about_to_wait};
use os::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use os::sync::{Condvar, Mutex, explore, thread};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;
use wal::Lsn;

const CLIENTS: usize = 2;

/// A state that threads wait for changes of.
#[derive(Default)]
struct Shared<S> {
    state: Mutex<S>,
    changed: Condvar,
}

impl<S> Shared<S> {
    fn change<T>(&self, f: impl FnOnce(&mut S) -> T) -> T {
        let result = f(&mut self.state.lock());
        self.changed.notify_all();
        result
    }

    fn wait(&self, until: impl Fn(&S) -> bool) {
        let mut state = self.state.lock();
        while !until(&state) {
            self.changed.wait(&mut state);
        }
    }
}

/// An epoll set, told of what is as long as it is, and the sockets in it.
type Sockets = Shared<SocketState>;

#[derive(Default)]
struct SocketState {
    is_watched: [bool; CLIENTS],
    unread: [u64; CLIENTS],
    is_woken: bool,
    /// How many threads sleep here, and how many did at most.
    sleepers: usize,
    sleepers_most: usize,
}

impl Events for Sockets {
    type Happened = Vec<u64>;

    fn wait(&self, happened: &mut Vec<u64>, until: Option<Instant>) -> bool {
        happened.clear();
        let mut state = self.state.lock();
        loop {
            let ready = (0..CLIENTS).filter(|&at| state.is_watched[at] && state.unread[at] > 0);
            happened.extend(ready.map(|at| at as u64));
            happened.extend(state.is_woken.then_some(WAKE));
            if !happened.is_empty() || until.is_some_and(|until| until <= Instant::now()) {
                return true;
            }
            state.sleepers += 1;
            state.sleepers_most = state.sleepers_most.max(state.sleepers);
            self.changed.wait(&mut state);
            state.sleepers -= 1;
        }
    }

    fn tokens(happened: &Vec<u64>) -> impl Iterator<Item = u64> {
        happened.iter().copied()
    }

    fn wake(&self) {
        self.change(|state| state.is_woken = true);
    }

    fn clear_wake(&self) {
        self.change(|state| state.is_woken = false);
    }
}

/// A log whose writer makes durable what was asked for, and says so.
#[derive(Default)]
struct Log {
    shared: Shared<LogState>,
    durable: AtomicU64,
}

#[derive(Default)]
struct LogState {
    end: u64,
    requested: u64,
    is_over: bool,
}

impl Log {
    fn write(&self, became_durable: impl Fn(Lsn)) {
        let mut state = self.shared.state.lock();
        while !state.is_over {
            if state.requested <= self.durable.load(SeqCst) {
                self.shared.changed.wait(&mut state);
                continue;
            }
            let end = state.end;
            drop(state);
            self.durable.store(end, SeqCst);
            became_durable(Lsn(end));
            state = self.shared.state.lock();
        }
    }
}

/// What a client's statements do before they commit.
#[derive(Clone, Copy, PartialEq)]
enum Statement {
    Commits,
    /// They wait for a moment.
    Waits,
    /// They wait for the other client's commit.
    WaitsForOther,
    /// So they do, and tell nobody that they wait.
    IsLong,
}

struct Client {
    statement: Statement,
    state: Owned<State>,
    /// Another thread wants something.
    wish: AtomicU64,
    /// How many of its statements are committed, and answered or wished for.
    counts: Shared<Counts>,
}

#[derive(Default)]
struct Counts {
    committed: u64,
    answered: u64,
    fulfilled: u64,
}

struct State {
    is_watched: bool,
    awaited: Lsn,
    /// What its answers wait for.
    answers: VecDeque<Lsn>,
}

impl State {
    fn await_durable(&mut self, poller: &Poller<Sockets>, token: u64, lsn: Lsn) {
        if self.awaited < lsn {
            self.awaited = lsn;
            poller.wait_durable(lsn, token);
        }
    }
}

impl Client {
    fn new(statement: Statement) -> Self {
        let state = State { is_watched: true, awaited: Lsn(0), answers: VecDeque::new() };
        Self {
            statement,
            state: Owned::new(state),
            wish: AtomicU64::new(0),
            counts: Shared::default(),
        }
    }
}

struct Server {
    workers: Workers<Sockets>,
    log: Log,
    clients: [Client; CLIENTS],
}

impl Server {
    /// One without a watchdog.
    fn start(statements: [Statement; CLIENTS]) -> Arc<Self> {
        let sockets = Sockets::default();
        sockets.change(|state| state.is_watched = [true; CLIENTS]);
        let server = Arc::new(Self {
            workers: Workers::new([sockets]),
            log: Log::default(),
            clients: statements.map(Client::new),
        });
        let writer = Arc::clone(&server);
        thread::spawn(move || {
            writer.log.write(|lsn| {
                let poller = writer.poller();
                poller.became_durable(lsn, |token| writer.send_durable(poller, token));
            });
        });
        hand_over(&server, Arc::clone(&server.workers.pollers()[0]), 1);
        server
    }

    fn start_watchdog(self: &Arc<Self>) {
        let server = Arc::clone(self);
        thread::spawn(move || watch(&server));
    }

    fn stop(&self) {
        self.log.shared.change(|log| log.is_over = true);
        self.workers.stop();
    }

    fn poller(&self) -> &Poller<Sockets> {
        &self.workers.pollers()[0]
    }

    /// Sends statements one by one, each when the one before is answered.
    fn send(&self, at: usize, count: u64) {
        for sent in 1..=count {
            self.poller().events.change(|state| state.unread[at] += 1);
            self.clients[at].counts.wait(|counts| counts.answered == sent);
        }
    }

    fn run(&self, at: usize) -> Lsn {
        let other = &self.clients[1 - at];
        match self.clients[at].statement {
            Statement::Commits => {}
            Statement::Waits => {
                about_to_wait();
                thread::yield_now();
            }
            Statement::WaitsForOther => {
                about_to_wait();
                other.counts.wait(|counts| counts.committed > 0);
            }
            Statement::IsLong => other.counts.wait(|counts| counts.committed > 0),
        }
        let lsn = self.log.shared.change(|log| {
            log.end += 1;
            log.end
        });
        self.clients[at].counts.change(|counts| counts.committed += 1);
        Lsn(lsn)
    }

    /// Answers what is durable; what the next answer waits for.
    fn answer(&self, at: usize, state: &mut State) -> Option<Lsn> {
        let durable = self.durable_lsn();
        while state.answers.front().is_some_and(|lsn| *lsn <= durable) {
            state.answers.pop_front();
            self.clients[at].counts.change(|counts| counts.answered += 1);
        }
        state.answers.front().copied()
    }

    /// What the log's writer does for those that waited for it.
    fn send_durable(&self, poller: &Poller<Sockets>, token: u64) {
        let at = usize::from(token != 0);
        let is_all = self.clients[at].state.serve_briefly(|state| {
            if !state.is_watched {
                return false;
            }
            if let Some(lsn) = self.answer(at, state) {
                state.await_durable(poller, token, lsn);
            }
            true
        });
        if !is_all {
            poller.call(token);
        }
    }

    /// What a connection does when it has handled its input.
    fn settle(&self, poller: &Poller<Sockets>, at: usize, state: &mut State) {
        loop {
            let next = self.answer(at, state);
            if !state.is_watched {
                poller.events.change(|sockets| sockets.is_watched[at] = true);
                state.is_watched = true;
            }
            let Some(lsn) = next else {
                return;
            };
            state.await_durable(poller, at as u64, lsn);
            if self.durable_lsn() < lsn {
                return;
            }
        }
    }
}

impl Host for Server {
    type Events = Sockets;
    type Scratch = ();

    fn workers(&self) -> &Workers<Sockets> {
        &self.workers
    }

    fn serve(
        self: &Arc<Self>,
        poller: &Arc<Poller<Sockets>>,
        token: u64,
        cause: Cause,
        (): &mut (),
    ) {
        let at = usize::from(token != 0);
        let client = &self.clients[at];
        let unwatch = || poller.events.change(|sockets| sockets.is_watched[at] = false);
        client.state.serve(cause, unwatch, |state, told| {
            if told.is_unwatched {
                state.is_watched = false;
            }
            let wishes = client.wish.swap(0, SeqCst) + u64::from(told.has_rung);
            if wishes > 0 && client.statement == Statement::IsLong {
                self.clients[1 - at].counts.wait(|counts| counts.fulfilled > 0);
            }
            client.counts.change(|counts| counts.fulfilled += wishes);
            if told.cause == Cause::Ready {
                let unread =
                    poller.events.change(|sockets| std::mem::take(&mut sockets.unread[at]));
                for _ in 0..unread {
                    state.answers.push_back(self.run(at));
                }
            }
            self.settle(poller, at, state);
        });
    }

    fn durable_lsn(&self) -> Lsn {
        Lsn(self.log.durable.load(SeqCst))
    }

    fn request_durable(&self) {
        self.log.shared.change(|log| log.requested = log.end);
    }
}

/// Every statement of both clients is answered, though the loop is taken from its thread so often.
fn answers_come(server: &Arc<Server>, count: u64, takes: usize) {
    let clients = [0, 1].map(|at| {
        let server = Arc::clone(server);
        thread::spawn(move || server.send(at, count))
    });
    for _ in 0..takes {
        Workers::change_hands(server);
    }
    clients.into_iter().for_each(|client| client.join().expect("it passes"));
    server.stop();
}

#[test]
fn a_loop_that_changes_hands_leaves_no_answer_behind() {
    explore(4000, || answers_come(&Server::start([Statement::Commits; 2]), 2, 2));
}

/// An answer that waits behind another is not forgotten by who sends that one.
#[test]
fn a_client_need_not_wait_for_its_answers() {
    explore(4000, || {
        let server = Server::start([Statement::Commits; 2]);
        for at in [0, 0, 1, 1] {
            server.poller().events.change(|state| state.unread[at] += 1);
        }
        for client in &server.clients {
            client.counts.wait(|counts| counts.answered == 2);
        }
        server.stop();
    });
}

#[test]
fn a_loop_leaves_who_waits() {
    explore(2000, || {
        let server = Server::start([Statement::Waits; 2]);
        answers_come(&server, 2, 0);
        // Who has given the loop away sleeps in nobody's place.
        assert!(server.poller().events.change(|sockets| sockets.sleepers_most) <= 1);
    });
    explore(2000, || answers_come(&Server::start([Statement::Waits; 2]), 1, 2));
    let statements = [Statement::WaitsForOther, Statement::Commits];
    explore(1000, move || answers_come(&Server::start(statements), 1, 1));
}

#[test]
fn a_loop_is_taken_from_who_is_long() {
    for takes in [0, 1] {
        explore(4000, move || {
            let server = Server::start([Statement::IsLong, Statement::Commits]);
            server.start_watchdog();
            answers_come(&server, 1, takes);
        });
    }
}

impl Server {
    fn wish(&self, at: usize) {
        self.clients[at].wish.fetch_add(1, SeqCst);
        self.poller().call(at as u64);
    }

    fn fulfil(&self) {
        for client in &self.clients {
            client.counts.wait(|counts| counts.fulfilled == 1);
        }
        self.stop();
    }
}

/// The thread that loses its loop may have cleared the wake-up of a call that came when the next had looked for calls.
#[test]
fn nobody_is_called_in_vain() {
    explore(6000, || {
        let server = Server::start([Statement::Commits; 2]);
        server.wish(0);
        Workers::change_hands(&server);
        server.wish(1);
        server.fulfil();
    });
}

#[test]
fn nobody_is_called_in_vain_while_another_is_long() {
    explore(4000, || {
        let server = Server::start([Statement::IsLong, Statement::Commits]);
        server.start_watchdog();
        let callers = [0, 1].map(|at| {
            let server = Arc::clone(&server);
            thread::spawn(move || server.wish(at))
        });
        callers.into_iter().for_each(|caller| caller.join().expect("it passes"));
        server.fulfil();
    });
}

#[test]
fn alarms_go_off() {
    explore(1000, || {
        let server = Server::start([Statement::Commits; 2]);
        for at in [0, 1] {
            server.poller().set_alarm(Instant::now(), at);
            server.clients[usize::from(at != 0)].counts.wait(|counts| counts.fulfilled == 1);
        }
        server.stop();
    });
}

#[test]
fn an_owner_sees_what_others_leave() {
    explore(1000, || {
        let wishes = Arc::new(AtomicU64::new(0));
        let owned = Arc::new(Owned::new(0));
        let threads = [Cause::Ready, Cause::Other, Cause::Alarm].map(|cause| {
            let (wishes, owned) = (Arc::clone(&wishes), Arc::clone(&owned));
            thread::spawn(move || {
                wishes.fetch_add(1, SeqCst);
                owned.serve(cause, || (), |sum, _| *sum += wishes.swap(0, SeqCst));
            })
        });
        threads.into_iter().for_each(|thread| thread.join().expect("it passes"));
        owned.serve(Cause::Other, || (), |sum, _| assert_eq!(*sum, 3));
    });
}

/// However many are told of its bytes, a socket is in the set when its owner believes so.
#[test]
fn a_socket_taken_out_comes_back() {
    explore(1000, || {
        let is_watched = Arc::new(AtomicBool::new(true));
        let owned = Arc::new(Owned::new(true));
        let threads = [0, 1, 2].map(|_| {
            let (is_watched, owned) = (Arc::clone(&is_watched), Arc::clone(&owned));
            thread::spawn(move || {
                let unwatch = || is_watched.store(false, SeqCst);
                owned.serve(Cause::Ready, unwatch, |believes, told| {
                    *believes &= !told.is_unwatched;
                    if !std::mem::replace(believes, true) {
                        is_watched.store(true, SeqCst);
                    }
                });
            })
        });
        threads.into_iter().for_each(|thread| thread.join().expect("it passes"));
        assert!(is_watched.load(SeqCst));
    });
}
