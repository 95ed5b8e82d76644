//! `surus serve`.

use crate::arguments::version;
use crate::configuration::Configuration;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use error::{Error, Result, SqlState};
use os::RealDisk;
use scram::Verifier;
use server::{Address, Admission, Server, ServerOptions};
use session::{Engine, EngineOptions};
use settings::Defaults;
use std::fs::OpenOptions;
use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How many transactions may be prepared at a time: PostgreSQL has 0, so that somebody sets it first.
const PREPARED_MAX: &str = "1000";
/// The random bytes of a password.
const PASSWORD_BYTES: usize = 18;
/// Where a password that was made is kept, in the data directory.
const CREDENTIALS: &str = "credentials.env";
const CONNECTIONS_MAX: usize = 10_000;
/// The units of `shared_buffers` and `max_wal_size`.
const BLOCK_BYTES: usize = 8192;
const MEGABYTE: u64 = 1 << 20;

/// Serves until it is told to stop.
pub(crate) fn serve(configuration: &Configuration) -> Result<()> {
    let data = &configuration.data;
    let disk = RealDisk::open(data).map_err(|error| unusable(data, &error))?;
    let made = make_password(configuration)?;
    let password = configuration.password.as_ref().or(made.as_ref());
    let verifier = match password {
        Some(password) => Some(make_verifier(password)?),
        None => None,
    };
    let defaults = defaults(configuration)?;
    let options = EngineOptions {
        storage: engine_options(&defaults),
        superuser: configuration.user.clone(),
        superuser_verifier: verifier,
        database: Some(configuration.database.clone()),
        statement_memory_bytes: usize::try_from(os::memory_bytes() / 4).unwrap_or(usize::MAX),
        defaults: Arc::clone(&defaults),
        make_verifier,
    };
    let engine = Engine::open(Arc::new(disk), options)?;
    let is_new = engine.is_new();
    let admission = if configuration.is_trusting { Admission::Trust } else { Admission::Password };
    let server = Server::bind(
        engine,
        ServerOptions {
            data: data.clone(),
            listen: configuration.listen,
            socket_dir: configuration.socket_dir.clone(),
            admission,
            connections_max: positive(&defaults, "max_connections").unwrap_or(CONNECTIONS_MAX),
            worker_count: 0,
        },
    )?;
    let addresses = server.addresses()?;
    if let (true, Some(password)) = (is_new, &made) {
        write_credentials(configuration, password, &addresses)?;
    }
    // The server goes on without anyone to tell.
    let _ = greet(configuration, &addresses);
    server.run()
}

/// How a data directory is opened to be checked.
pub(crate) fn inspection_options() -> Result<EngineOptions> {
    Ok(EngineOptions {
        storage: storage::Options {
            undo: storage::UndoTime::AtOpen,
            background: false,
            ..storage::Options::default()
        },
        superuser: "postgres".to_owned(),
        superuser_verifier: None,
        database: None,
        statement_memory_bytes: usize::MAX,
        defaults: Defaults::new(&[])?,
        make_verifier,
    })
}

/// The settings that sessions start with, where this server tells its own.
fn defaults(configuration: &Configuration) -> Result<Arc<Defaults>> {
    let data = configuration.data.display().to_string();
    let sockets = match &configuration.socket_dir {
        Some(directory) => format!("{data}, {}", directory.display()),
        None => data.clone(),
    };
    let (address, port) = (configuration.listen.ip().to_string(), configuration.listen.port());
    // Port 0 stands for a free one, which is not known yet.
    let port = port.max(1).to_string();
    let storage = storage::Options::default();
    let (pages, log) =
        (storage.shared_buffers_bytes / BLOCK_BYTES, storage.checkpoint_bytes / MEGABYTE);
    let (pages, log) = (pages.to_string(), log.to_string());
    let connections = CONNECTIONS_MAX.to_string();
    let mut given = vec![
        ("data_directory", data.as_str()),
        ("listen_addresses", &address),
        ("max_connections", &connections),
        ("max_prepared_transactions", PREPARED_MAX),
        ("max_wal_size", &log),
        ("port", &port),
        ("shared_buffers", &pages),
        ("unix_socket_directories", &sockets),
    ];
    given
        .extend(configuration.settings.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    Defaults::new(&given)
}

/// The engine's options, as the settings tell them.
fn engine_options(defaults: &Defaults) -> storage::Options {
    let mut options = storage::Options::default();
    if let Some(blocks) = positive(defaults, "shared_buffers") {
        options.shared_buffers_bytes = blocks.saturating_mul(BLOCK_BYTES);
    }
    if let Some(megabytes) = positive(defaults, "max_wal_size") {
        options.checkpoint_bytes = (megabytes as u64).saturating_mul(MEGABYTE);
    }
    options
}

fn positive(defaults: &Defaults, name: &str) -> Option<usize> {
    defaults.integer(name).and_then(|value| usize::try_from(value).ok()).filter(|value| *value > 0)
}

/// What a role's password is stored as: a SCRAM verifier, made unless one was given.
fn make_verifier(password: &str) -> Result<String> {
    if Verifier::parse(password).is_some() {
        return Ok(password.to_owned());
    }
    Ok(Verifier::new(password, Verifier::ITERATIONS)?.to_string())
}

fn unusable(data: &Path, error: &std::io::Error) -> Error {
    let path = data.display();
    Error::new(SqlState::IO_ERROR, format!("the data directory {path} cannot be used: {error}"))
}

/// A random password for a new data directory, unless one was given.
fn make_password(configuration: &Configuration) -> Result<Option<String>> {
    if configuration.password.is_some() || !is_empty(&configuration.data)? {
        return Ok(None);
    }
    let mut bytes = [0; PASSWORD_BYTES];
    os::Random::fill(&mut bytes)?;
    Ok(Some(URL_SAFE_NO_PAD.encode(bytes)))
}

/// Whether there is nothing in a directory, apart from what an unfinished start leaves.
fn is_empty(data: &Path) -> Result<bool> {
    for entry in std::fs::read_dir(data).map_err(|error| unusable(data, &error))? {
        let name = entry?.file_name();
        if name != "lock" && name != "lost+found" {
            return Ok(false);
        }
    }
    Ok(true)
}

fn tcp_of(addresses: &[Address]) -> Option<SocketAddr> {
    addresses.iter().find_map(|address| match address {
        Address::Tcp(address) => Some(*address),
        Address::Unix(_) => None,
    })
}

/// The address that a client of this machine connects to.
fn local(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    address
}

fn write_credentials(
    configuration: &Configuration,
    password: &str,
    addresses: &[Address],
) -> Result<()> {
    let path = configuration.data.join(CREDENTIALS);
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(path)?;
    let Configuration { user, database, .. } = configuration;
    writeln!(file, "# How to connect to this data directory. Keep it to yourself.")?;
    writeln!(file, "POSTGRES_USER={user}\nPOSTGRES_PASSWORD={password}\nPOSTGRES_DB={database}")?;
    if let Some(address) = tcp_of(addresses).map(local) {
        let (user, database) = (percent(user), percent(database));
        writeln!(file, "DATABASE_URL=postgresql://{user}:{password}@{address}/{database}")?;
    }
    file.sync_all()?;
    Ok(())
}

/// As part of a URL.
fn percent(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(byte));
            }
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    encoded
}

/// Tells what is served and how to connect.
fn greet(configuration: &Configuration, addresses: &[Address]) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let Configuration { data, user, database, is_trusting, .. } = configuration;
    if *is_trusting {
        eprintln!("surus: warning: --trust lets every user of this machine in without a password");
    }
    writeln!(out, "surus {}", version())?;
    writeln!(out, "  data directory  {}", data.display())?;
    for address in addresses {
        writeln!(out, "  listens on      {address}")?;
    }
    let credentials = data.join(CREDENTIALS);
    let has_credentials = credentials.try_exists().unwrap_or(false);
    if has_credentials && !is_trusting {
        writeln!(out, "  password in     {}", credentials.display())?;
    }
    writeln!(out, "Connect with")?;
    let socket = addresses.iter().find_map(|address| match address {
        Address::Unix(path) => path.parent().map(PathBuf::from),
        Address::Tcp(_) => None,
    });
    let tcp = tcp_of(addresses).map(local);
    if let (Some(directory), Some(tcp)) = (socket, tcp) {
        let directory = quoted(&directory.display().to_string());
        let port = tcp.port();
        writeln!(out, "  psql -h {directory} -p {port} -U {user} {database}")?;
    }
    if let Some(tcp) = tcp {
        let password = match (is_trusting, has_credentials) {
            (false, true) => format!(
                "PGPASSWORD=$(sed -n s/^POSTGRES_PASSWORD=//p {}) ",
                quoted(&credentials.display().to_string())
            ),
            (true, _) | (false, false) => String::new(),
        };
        let (ip, port) = (tcp.ip(), tcp.port());
        writeln!(out, "  {password}psql -h {ip} -p {port} -U {user} {database}")?;
    }
    out.flush()
}

/// A word for a shell.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%".contains(c);
    if word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}
