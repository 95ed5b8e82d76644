//! A session.

use crate::engine::Engine;
use crate::output::{Format, Output, Progress, TransactionStatus};
use error::{Error, Result};
use std::sync::Arc;
use storage::Lsn;
use types::Oid;

/// What a client says when it connects, after it was authenticated.
#[derive(Debug, Clone, Default)]
pub struct Startup {
    /// The role.
    pub user: String,
    /// The database; as the user's name where none was said.
    pub database: String,
    /// Settings of the start-up message: application_name, client_encoding, DateStyle, and those of `options`.
    pub settings: Vec<(String, String)>,
    /// The client's address for pg_stat_activity; `None` for a Unix socket.
    pub client_address: Option<std::net::SocketAddr>,
    /// This session's process id as clients see it; the server numbers sessions.
    pub process: i32,
    /// What a cancel request must show beside it.
    pub secret: Vec<u8>,
}

/// A Bind message.
#[derive(Debug, Clone, Default)]
pub struct Bind {
    /// The portal's name.
    pub portal: String,
    /// The statement's name.
    pub statement: String,
    /// Per parameter its form; one for all, or none for text.
    pub parameter_formats: Vec<Format>,
    /// The parameters; `None` for NULL.
    pub parameters: Vec<Option<Vec<u8>>>,
    /// Per result column its form; one for all, or none for text.
    pub result_formats: Vec<Format>,
}

/// The part of a session that others may touch: cancel, termination, what it does now.
#[derive(Debug, Default)]
pub struct Shared {}

impl Shared {
    /// Ends the statement that runs now, if any does, with 57014, and wakes any wait.
    pub fn cancel(&self) {}

    /// Ends the session with 57P01.
    pub fn terminate(&self) {}

    /// The error with which the session is to end, once it was told to.
    pub fn termination(&self) -> Option<Error> {
        None
    }
}

/// One connection's state. Errors are the caller's to send; after one of the extended protocol it skips to Sync.
pub struct Session {
    shared: Arc<Shared>,
}

impl Session {
    /// Opens a session for an authenticated role: 3D000, 42501, 53300, 28000.
    pub fn open(_engine: &Arc<Engine>, _startup: Startup) -> Result<Self> {
        Err(Error::unsupported("opening a session"))
    }

    /// The settings to be told at the start with ParameterStatus: name and value.
    pub fn reported_settings(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// The part that others may touch.
    pub fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// A simple query: all statements of the text; after an error the rest is left out.
    pub fn query(&mut self, _sql: &str, _out: &mut dyn Output) -> Result<Progress> {
        Err(Error::unsupported("queries"))
    }

    /// Parse. The caller says ParseComplete.
    pub fn parse(
        &mut self,
        _name: &str,
        _sql: &str,
        _types: &[Oid],
        _out: &mut dyn Output,
    ) -> Result<()> {
        Err(Error::unsupported("Parse"))
    }

    /// Bind. The caller says BindComplete.
    pub fn bind(&mut self, _bind: Bind, _out: &mut dyn Output) -> Result<()> {
        Err(Error::unsupported("Bind"))
    }

    /// Describe of a statement: ParameterDescription, then RowDescription or NoData.
    pub fn describe_statement(&mut self, _name: &str, _out: &mut dyn Output) -> Result<()> {
        Err(Error::unsupported("Describe"))
    }

    /// Describe of a portal: RowDescription or NoData.
    pub fn describe_portal(&mut self, _name: &str, _out: &mut dyn Output) -> Result<()> {
        Err(Error::unsupported("Describe"))
    }

    /// Execute; 0 rows stand for all.
    pub fn execute(
        &mut self,
        _portal: &str,
        _rows_max: u32,
        _out: &mut dyn Output,
    ) -> Result<Progress> {
        Err(Error::unsupported("Execute"))
    }

    /// Close of a statement; one that is not there is fine. The caller says CloseComplete.
    pub fn close_statement(&mut self, _name: &str) {}

    /// Close of a portal; one that is not there is fine. The caller says CloseComplete.
    pub fn close_portal(&mut self, _name: &str) {}

    /// Sync: ends the implicit transaction. The caller says ReadyForQuery.
    pub fn sync(&mut self, _out: &mut dyn Output) -> Result<()> {
        Err(Error::unsupported("Sync"))
    }

    /// What an error of the extended protocol does at once: the transaction fails.
    pub fn fail(&mut self) {}

    /// Goes on with what was suspended: a simple query's rows and its further statements, or an Execute.
    pub fn resume(&mut self, _out: &mut dyn Output) -> Result<Progress> {
        Err(Error::unsupported("resuming"))
    }

    /// A piece of COPY FROM STDIN's data.
    pub fn copy_data(&mut self, _data: &[u8], _out: &mut dyn Output) -> Result<()> {
        Err(Error::unsupported("COPY"))
    }

    /// The end of COPY FROM STDIN's data; a simple query's further statements then run.
    pub fn copy_done(&mut self, _out: &mut dyn Output) -> Result<Progress> {
        Err(Error::unsupported("COPY"))
    }

    /// COPY FROM STDIN ends with this error of the client (57014 "COPY from stdin failed: message").
    pub fn copy_fail(&mut self, _message: &str) -> Error {
        Error::unsupported("COPY")
    }

    /// What ReadyForQuery tells.
    pub fn status(&self) -> TransactionStatus {
        TransactionStatus::Idle
    }

    /// Answers made so far leave only when the log is durable up to here.
    pub fn answer_lsn(&self) -> Lsn {
        Lsn(0)
    }

    /// Whether the session is to be closed after what it said (57P01 was raised).
    pub fn is_over(&self) -> bool {
        false
    }
}
