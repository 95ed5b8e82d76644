//! What is served and how: the command line, then the environment, then a file `.env`.

use crate::arguments::Serve;
use error::{Error, Result, SqlState};
use std::collections::HashMap;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs};
use std::path::PathBuf;

const DEFAULT_PORT: u16 = 5432;

/// What is served and how.
#[derive(Debug)]
pub(crate) struct Configuration {
    pub(crate) data: PathBuf,
    pub(crate) listen: SocketAddr,
    pub(crate) socket_dir: Option<PathBuf>,
    pub(crate) is_trusting: bool,
    pub(crate) user: String,
    pub(crate) password: Option<String>,
    pub(crate) database: String,
    /// Names and values of settings.
    pub(crate) settings: Vec<(String, String)>,
}

fn invalid(message: String) -> Error {
    Error::new(SqlState::CONFIG_FILE_ERROR, message)
}

/// Puts the configuration together. F0000 for what makes no sense.
pub(crate) fn read(arguments: Serve) -> Result<Configuration> {
    let file = dot_env()?;
    let variable = |name: &str| {
        let set = std::env::var(name).ok().or_else(|| file.get(name).cloned());
        set.filter(|value| !value.is_empty())
    };
    let port = match variable("PGPORT") {
        Some(text) => text.parse().map_err(|_| invalid(format!("PGPORT is no port: {text}")))?,
        None => DEFAULT_PORT,
    };
    let listen = match &arguments.listen {
        Some(text) => address(text)?,
        None => SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port),
    };
    if arguments.trust && !listen.ip().is_loopback() {
        return Err(invalid(format!(
            "--trust is for this machine only, and {} is not",
            listen.ip()
        )));
    }
    let data = arguments.data.or_else(|| variable("PGDATA").map(PathBuf::from));
    let data = std::path::absolute(data.unwrap_or_else(|| PathBuf::from("surus-data")))?;
    let user = variable("POSTGRES_USER").unwrap_or_else(|| "postgres".to_owned());
    Ok(Configuration {
        data,
        listen,
        socket_dir: arguments.socket_dir.map(std::path::absolute).transpose()?,
        is_trusting: arguments.trust,
        password: variable("POSTGRES_PASSWORD"),
        database: variable("POSTGRES_DB").unwrap_or_else(|| user.clone()),
        user,
        settings: settings(arguments.settings)?,
    })
}

/// The settings given, if there is no other option for them.
fn settings(given: Vec<(String, String)>) -> Result<Vec<(String, String)>> {
    const OTHERS: [(&str, &str); 4] = [
        ("data_directory", "--data"),
        ("listen_addresses", "--listen"),
        ("port", "--listen"),
        ("unix_socket_directories", "--socket-dir"),
    ];
    for (name, _) in &given {
        let other = OTHERS.iter().find(|(own, _)| own.eq_ignore_ascii_case(name));
        if let Some((own, option)) = other {
            return Err(invalid(format!("{own} is told by {option}, not by -c")));
        }
    }
    Ok(given)
}

/// `ADDR:PORT`, `:PORT`, `PORT` or `ADDR`.
fn address(text: &str) -> Result<SocketAddr> {
    let localhost = IpAddr::V4(Ipv4Addr::LOCALHOST);
    if let Ok(port) = text.trim_start_matches(':').parse() {
        return Ok(SocketAddr::new(localhost, port));
    }
    if let Ok(ip) = text.parse() {
        return Ok(SocketAddr::new(ip, DEFAULT_PORT));
    }
    let found = text.to_socket_addrs().ok().and_then(|mut addresses| addresses.next());
    found.ok_or_else(|| invalid(format!("--listen takes ADDRESS:PORT, not {text}")))
}

fn dot_env() -> Result<HashMap<String, String>> {
    let unreadable =
        |error: dotenvy::Error| invalid(format!("the file .env cannot be read: {error}"));
    match dotenvy::from_path_iter(".env") {
        Ok(lines) => lines.collect::<Result<_, _>>().map_err(unreadable),
        Err(dotenvy::Error::Io(error)) if error.kind() == ErrorKind::NotFound => Ok(HashMap::new()),
        Err(error) => Err(unreadable(error)),
    }
}
