//! The one error type of surus, as a PostgreSQL client sees it, and the guard against deep recursion.

mod sqlstate;
mod stack;

pub use sqlstate::SqlState;
pub use stack::{set_stack_size, stack_check};

use std::fmt;

/// A result whose error a client can be shown.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// How grave a message is; only `Error` and above end a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Never sent unless asked for.
    Debug,
    /// Something the user asked for.
    Info,
    /// Something helpful to know.
    Notice,
    /// A likely problem.
    Warning,
    /// The statement failed.
    Error,
    /// The session ends.
    Fatal,
    /// All sessions end.
    Panic,
}

impl Severity {
    /// The word that the protocol sends.
    pub fn word(self) -> &'static str {
        match self {
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Notice => "NOTICE",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
            Self::Fatal => "FATAL",
            Self::Panic => "PANIC",
        }
    }
}

/// Everything a client may be told of one error or notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields {
    /// How grave it is.
    pub severity: Severity,
    /// The five-character code.
    pub code: SqlState,
    /// One line, lower case, no full stop.
    pub message: String,
    /// Full sentences with the particulars.
    pub detail: Option<String>,
    /// Full sentences with advice.
    pub hint: Option<String>,
    /// Where in the statement: a 1-based count of characters.
    pub position: Option<u32>,
    /// Where in `internal_query`: a 1-based count of characters.
    pub internal_position: Option<u32>,
    /// The text of a statement that the user did not write.
    pub internal_query: Option<String>,
    /// The call stack: functions and statements around the error, innermost first.
    pub context: Option<String>,
    /// The schema of the object concerned.
    pub schema: Option<String>,
    /// The table concerned.
    pub table: Option<String>,
    /// The column concerned.
    pub column: Option<String>,
    /// The data type concerned.
    pub data_type: Option<String>,
    /// The constraint concerned.
    pub constraint: Option<String>,
}

/// An error or notice: one boxed pointer to its [`Fields`].
#[derive(Clone, PartialEq, Eq)]
pub struct Error(Box<Fields>);

impl Error {
    /// An error with severity ERROR.
    #[cold]
    pub fn new(code: SqlState, message: impl Into<String>) -> Self {
        Self::with_severity(Severity::Error, code, message)
    }

    /// An error that ends the session.
    #[cold]
    pub fn fatal(code: SqlState, message: impl Into<String>) -> Self {
        Self::with_severity(Severity::Fatal, code, message)
    }

    /// A NOTICE; it is sent beside results and ends nothing.
    #[cold]
    pub fn notice(code: SqlState, message: impl Into<String>) -> Self {
        Self::with_severity(Severity::Notice, code, message)
    }

    /// A WARNING; it is sent beside results and ends nothing.
    #[cold]
    pub fn warning(code: SqlState, message: impl Into<String>) -> Self {
        Self::with_severity(Severity::Warning, code, message)
    }

    /// 0A000: what PostgreSQL has and surus has not yet.
    #[cold]
    pub fn unsupported(what: impl fmt::Display) -> Self {
        Self::new(SqlState::FEATURE_NOT_SUPPORTED, format!("{what} is not supported by surus yet"))
    }

    /// XX000: an invariant of our own did not hold.
    #[cold]
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(SqlState::INTERNAL_ERROR, message)
    }

    /// XX001: bytes on disk are not what they must be.
    #[cold]
    pub fn corrupted(message: impl Into<String>) -> Self {
        Self::new(SqlState::DATA_CORRUPTED, message)
    }

    fn with_severity(severity: Severity, code: SqlState, message: impl Into<String>) -> Self {
        Self(Box::new(Fields {
            severity,
            code,
            message: message.into(),
            detail: None,
            hint: None,
            position: None,
            internal_position: None,
            internal_query: None,
            context: None,
            schema: None,
            table: None,
            column: None,
            data_type: None,
            constraint: None,
        }))
    }

    /// Adds the detail: full sentences.
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// Adds the hint: full sentences.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Sets the position in the statement: a 1-based count of characters; 0 leaves it out.
    pub fn at(mut self, position: u32) -> Self {
        self.0.position = (position > 0).then_some(position);
        self
    }

    /// Makes a position in a statement that the user did not write one in the user's own; the context, which named the
    /// former, goes.
    pub fn in_text(mut self, position: u32) -> Self {
        self.0.internal_position = None;
        self.0.internal_query = None;
        self.0.context = None;
        self.0.position = Some(position);
        self
    }

    /// Makes the position one in a statement that the user did not write.
    pub fn in_query(mut self, query: &str) -> Self {
        if let Some(position) = self.0.position.take() {
            self.0.internal_position = Some(position);
            self.0.internal_query = Some(query.to_owned());
        }
        self
    }

    /// Sets the position unless one is set.
    pub fn at_default(mut self, position: u32) -> Self {
        self.0.position = self.0.position.or((position > 0).then_some(position));
        self
    }

    /// Adds a line to the context, outermost last.
    pub fn context(mut self, line: impl Into<String>) -> Self {
        let line = line.into();
        self.0.context = Some(match self.0.context.take() {
            Some(inner) => format!("{inner}\n{line}"),
            None => line,
        });
        self
    }

    /// Names the table concerned and its schema.
    pub fn table(mut self, schema: impl Into<String>, table: impl Into<String>) -> Self {
        self.0.schema = Some(schema.into());
        self.0.table = Some(table.into());
        self
    }

    /// Names the table concerned alone.
    pub fn table_name(mut self, table: impl Into<String>) -> Self {
        self.0.table = Some(table.into());
        self
    }

    /// Names the schema concerned alone.
    pub fn schema_name(mut self, schema: impl Into<String>) -> Self {
        self.0.schema = Some(schema.into());
        self
    }

    /// Names the column concerned.
    pub fn column(mut self, column: impl Into<String>) -> Self {
        self.0.column = Some(column.into());
        self
    }

    /// Names the data type concerned.
    pub fn data_type(mut self, data_type: impl Into<String>) -> Self {
        self.0.data_type = Some(data_type.into());
        self
    }

    /// Names the constraint concerned.
    pub fn constraint(mut self, constraint: impl Into<String>) -> Self {
        self.0.constraint = Some(constraint.into());
        self
    }

    /// The same error with another severity.
    pub fn severity(mut self, severity: Severity) -> Self {
        self.0.severity = severity;
        self
    }

    /// The code.
    pub fn code(&self) -> SqlState {
        self.0.code
    }

    /// The message.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// All fields.
    pub fn fields(&self) -> &Fields {
        &self.0
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.code, self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Error {}

impl From<std::io::Error> for Error {
    /// 53100 for a full disk, 58030 for all else.
    fn from(error: std::io::Error) -> Self {
        use std::io::ErrorKind::{QuotaExceeded, StorageFull};
        let full = matches!(error.kind(), StorageFull | QuotaExceeded);
        let code = if full { SqlState::DISK_FULL } else { SqlState::IO_ERROR };
        Self::new(code, error.to_string())
    }
}
