//! What the command line says.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  surus                                    serve ./surus-data on 127.0.0.1:5432
  surus serve --data /var/lib/surus        another data directory, made if it is not there
  surus serve --listen 0.0.0.0:5433        all networks, port 5433
  surus serve --data /tmp/x --trust        for tests: no passwords, this machine only
  surus serve -c shared_buffers=2GB        more memory for pages than a quarter of the machine's, or 1 GB
  surus check ./surus-data                 is everything in it whole?

Then connect:
  psql -h $PWD/surus-data -U postgres      as the directory's owner, without a password
  psql postgresql://postgres@127.0.0.1     with the password of surus-data/credentials.env

Environment, or a file .env in the working directory:
  PGDATA             the data directory            PGPORT         the TCP port
  POSTGRES_USER      the first superuser           POSTGRES_DB    a first database
  POSTGRES_PASSWORD  the superuser's password; without one a random one is made
The last three count when the data directory is made.";

/// PostgreSQL, as easy to have as SQLite.
#[derive(Debug, Parser)]
#[command(name = "surus", version = VERSION, after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
struct Line {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: Serve,
}

const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (compatible with PostgreSQL 18.4)");

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve a data directory (what surus does when not told otherwise)
    #[command(after_help = EXAMPLES)]
    Serve(Serve),
    /// Check every page, each table against its indexes, and the log, of a data directory that no server has open
    Check(Directory),
    /// Tell a data directory's format, size and last checkpoint
    Info(Directory),
}

/// A data directory to be looked at.
#[derive(Debug, Args)]
pub(crate) struct Directory {
    /// The data directory
    #[arg(value_name = "DIR")]
    pub(crate) data: PathBuf,
}

/// What is to be done.
pub(crate) enum Task {
    Serve(Serve),
    Check(Directory),
    Info(Directory),
}

/// The options of `surus serve`.
#[derive(Debug, Default, Args)]
pub(crate) struct Serve {
    /// The data directory; it is made if it is not there [default: ./surus-data]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// The address and port to listen on [default: 127.0.0.1:5432]
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) listen: Option<String>,
    /// A directory for a second Unix socket, beside the one in the data directory
    #[arg(long, value_name = "DIR")]
    pub(crate) socket_dir: Option<PathBuf>,
    /// Let anyone of this machine in without a password; for tests
    #[arg(long)]
    pub(crate) trust: bool,
    /// A setting that all sessions start with; shared_buffers and max_wal_size are the engine's own
    #[arg(short = 'c', value_name = "NAME=VALUE", value_parser = setting)]
    pub(crate) settings: Vec<(String, String)>,
}

fn setting(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("it has to be NAME=VALUE")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

/// Reads the command line; help, version and errors end the process.
pub(crate) fn parse() -> Task {
    let line = Line::parse();
    match line.command {
        Some(Command::Serve(serve)) => Task::Serve(serve),
        Some(Command::Check(directory)) => Task::Check(directory),
        Some(Command::Info(directory)) => Task::Info(directory),
        None => Task::Serve(line.serve),
    }
}

/// The version as `--version` tells it.
pub(crate) fn version() -> &'static str {
    VERSION
}
