//! The server: its listeners, pollers and threads, from start to stop.

use crate::accept::accept;
use crate::connection::Scratch;
use crate::listener::{Address, Listener, Reach};
use crate::sockets::{Poller, Sockets, Source, SystemCalls};
use error::Result;
use loops::{Cause, Host, Workers};
use parking_lot::{Condvar, Mutex};
use session::Engine;
use signal_hook::consts::{SIGINT, SIGTERM};
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering::Relaxed, Ordering::SeqCst};
use std::time::{Duration, Instant};
use storage::Lsn;

/// How long sessions may take to end when the server is stopped.
const STOP_MAX: Duration = Duration::from_secs(30);
/// Files that are open beside connections.
const OTHER_FILES: u64 = 512;

/// Who is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Who knows the role's password; on a Unix socket the data directory's owner too.
    Password,
    /// Anyone.
    Trust,
}

/// How a server is started.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    /// The data directory: a Unix socket is made in it.
    pub data: PathBuf,
    /// The TCP address; port 0 stands for a free one.
    pub listen: SocketAddr,
    /// Where another Unix socket is made.
    pub socket_dir: Option<PathBuf>,
    /// Who is let in.
    pub admission: Admission,
    /// How many connections there may be.
    pub connections_max: usize,
    /// How many threads poll; 0 for one per core.
    pub worker_count: usize,
}

/// A server that listens.
pub struct Server {
    pub(crate) engine: Arc<Engine>,
    pub(crate) options: ServerOptions,
    pub(crate) listeners: Vec<Listener>,
    pub(crate) workers: Workers<Sockets>,
    /// The user that owns the data directory.
    pub(crate) owner: u32,
    /// What the salts of missing roles are made of.
    pub(crate) secret: [u8; 32],
    connection_count: Mutex<usize>,
    connection_gone: Condvar,
    last_process: AtomicI32,
    is_closing: AtomicBool,
}

impl Server {
    /// Listens; [`Self::run`] then serves. 55006 for a port or socket that is taken.
    pub fn bind(engine: Arc<Engine>, options: ServerOptions) -> Result<Arc<Self>> {
        raise_file_limit(options.connections_max);
        let tcp = Listener::tcp(options.listen)?;
        let port = match tcp.address()? {
            Address::Tcp(address) => address.port(),
            Address::Unix(_) => options.listen.port(),
        };
        let mut listeners = vec![tcp];
        match Listener::unix(&options.data, port, Reach::Owner) {
            Ok(listener) => listeners.push(listener),
            // A path that is too long for a socket, say: there is still TCP.
            Err(error) => {
                eprintln!("surus: no Unix socket in the data directory: {}", error.message())
            }
        }
        if let Some(directory) = &options.socket_dir {
            listeners.push(Listener::unix(directory, port, Reach::All)?);
        }
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        let worker_count = if options.worker_count == 0 { cores() } else { options.worker_count };
        let sockets = (0..worker_count).map(|_| Sockets::new()).collect::<Result<Vec<_>>>()?;
        let mut secret = [0; 32];
        os::Random::fill(&mut secret)?;
        let owner = std::fs::metadata(&options.data)?.uid();
        Ok(Arc::new(Self {
            engine,
            options,
            listeners,
            workers: Workers::new(sockets),
            owner,
            secret,
            connection_count: Mutex::new(0),
            connection_gone: Condvar::new(),
            last_process: AtomicI32::new(0),
            is_closing: AtomicBool::new(false),
        }))
    }

    /// Where it listens: TCP first.
    pub fn addresses(&self) -> Result<Vec<Address>> {
        self.listeners.iter().map(Listener::address).collect()
    }

    /// Serves until SIGTERM or SIGINT comes, then ends the sessions and closes the engine. 58030 at once when the data directory
    /// cannot be written any more: only a new start knows what is on the disk, so the process is to end.
    pub fn run(self: &Arc<Self>) -> Result<()> {
        let (mut signal, theirs) = UnixStream::pair()?;
        signal_hook::low_level::pipe::register(SIGTERM, theirs.try_clone()?)?;
        signal_hook::low_level::pipe::register(SIGINT, theirs.try_clone()?)?;
        let storage = self.engine.storage();
        storage.on_failure(Box::new(move || {
            // Nobody reads it where the server ends already.
            let _ = (&theirs).write(&[0]);
        }));
        self.start()?;
        signal.read_exact(&mut [0])?;
        match storage.failure() {
            Some(error) => Err(error.hint(
                "No acknowledged commit is lost. Look after the disk, then start the server again.",
            )),
            None => self.stop(),
        }
    }

    /// Serves from now on, in threads of its own; [`Self::stop`] ends it.
    pub fn start(self: &Arc<Self>) -> Result<()> {
        os::install_blocking_hook(Box::new(|_| {
            loops::about_to_wait();
            Box::new(())
        }));
        let pollers = self.workers.pollers().to_vec();
        self.engine.storage().on_durable(Box::new(move |lsn| {
            for poller in &pollers {
                poller.became_durable(lsn, |token| {
                    if let Some(connection) = poller.events.connection(token) {
                        connection.send_durable(lsn);
                    }
                });
            }
        }));
        for poller in self.workers.pollers() {
            for (index, listener) in self.listeners.iter().enumerate() {
                poller.events.add_listener(listener, index)?;
            }
        }
        Workers::start(self)
    }

    /// Ends the sessions, each of which is told (57P01), and closes the engine.
    pub fn stop(self: &Arc<Self>) -> Result<()> {
        self.is_closing.store(true, SeqCst);
        for listener in &self.listeners {
            for poller in self.workers.pollers() {
                poller.events.remove_listener(listener);
            }
            listener.clean_up();
        }
        self.engine.terminate_sessions();
        let mut scratch = Scratch::default();
        for poller in self.workers.pollers() {
            for connection in poller.events.connections() {
                connection.serve(self, &mut scratch, Cause::Other);
            }
            poller.wake_for_left();
        }
        let deadline = Instant::now() + STOP_MAX;
        let mut count = self.connection_count.lock();
        while *count > 0 {
            if self.connection_gone.wait_until(&mut count, deadline).timed_out() {
                eprintln!("surus: {} connections did not end in time", *count);
                break;
            }
        }
        drop(count);
        self.workers.stop();
        self.engine.shutdown()
    }

    /// Has all poll loops go on in other threads, as those do whose thread is too long at one statement; for tests.
    #[doc(hidden)]
    pub fn change_hands(self: &Arc<Self>) {
        Workers::change_hands(self);
    }

    /// The system calls that answering clients took so far.
    pub fn system_calls(&self) -> SystemCalls {
        let mut sum = SystemCalls::default();
        for poller in self.workers.pollers() {
            let calls = &poller.events.calls;
            sum.waits += calls.waits.load(Relaxed);
            sum.receives += calls.receives.load(Relaxed);
            sum.sends += calls.sends.load(Relaxed);
        }
        sum
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.is_closing.load(SeqCst)
    }

    /// Whether there are more connections than there may be.
    pub(crate) fn is_crowded(&self) -> bool {
        *self.connection_count.lock() > self.options.connections_max
    }

    pub(crate) fn connection_began(&self) {
        *self.connection_count.lock() += 1;
    }

    pub(crate) fn connection_ended(&self) {
        *self.connection_count.lock() -= 1;
        self.connection_gone.notify_all();
    }

    /// A number for a session, above 0.
    pub(crate) fn next_process(&self) -> i32 {
        let number = self.last_process.fetch_add(1, SeqCst);
        number.rem_euclid(i32::MAX) + 1
    }
}

impl Host for Server {
    type Events = Sockets;
    type Scratch = Scratch;

    fn workers(&self) -> &Workers<Sockets> {
        &self.workers
    }

    fn serve(
        self: &Arc<Self>,
        poller: &Arc<Poller>,
        token: u64,
        cause: Cause,
        scratch: &mut Scratch,
    ) {
        match Source::of(token) {
            Source::Listener(index) => accept(self, index),
            Source::Connection(token) => {
                if let Some(connection) = poller.events.connection(token) {
                    connection.serve(self, scratch, cause);
                }
            }
        }
    }

    fn durable_lsn(&self) -> Lsn {
        self.engine.durable_lsn()
    }

    fn request_durable(&self) {
        let storage = self.engine.storage();
        storage.request_durable(storage.log_end());
    }
}

/// Lets the process open as many files as it may.
fn raise_file_limit(connections_max: usize) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        eprintln!("surus: the limit of open files could not be raised: {error}");
    }
    let wanted = connections_max as u64 + OTHER_FILES;
    if let Some(maximum) = limit.maximum.filter(|maximum| *maximum < wanted) {
        eprintln!(
            "surus: only {maximum} files may be open: fewer connections than {connections_max}"
        );
    }
}
