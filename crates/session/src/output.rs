//! What a session says to its client.

use batch::Batch;
use error::{Error, Result};
use types::{Oid, TextContext};

/// How a value is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// As text.
    Text,
    /// In the type's binary form.
    Binary,
}

/// A column of a result as clients are told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// The table that it is a column of; invalid for none.
    pub table: Oid,
    /// Its number there; 0 for none.
    pub column: i16,
    /// Its type.
    pub type_id: Oid,
    /// Its type's size in bytes; negative where it varies.
    pub type_size: i16,
    /// Its type's modifier.
    pub typmod: i32,
    /// How its values are sent.
    pub format: Format,
}

/// Text, csv or binary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyFormat {
    /// Lines of text.
    Text,
    /// PostgreSQL's binary form.
    Binary,
}

/// How far a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// It is done.
    Done,
    /// The output is full: [`crate::Session::resume`] goes on once it was sent.
    Suspended,
    /// A row is another transaction's: [`crate::Session::resume`] goes on once the session is called, or at the time told by
    /// [`crate::Session::parked_until`].
    Parked,
    /// COPY FROM STDIN: the client is to send data.
    CopyIn,
}

/// What ReadyForQuery tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransactionStatus {
    /// No transaction block.
    Idle,
    /// Within one.
    InTransaction,
    /// Within one that failed.
    Failed,
}

/// Where answers go. Each method adds one message, or one a row.
pub trait Output {
    /// RowDescription.
    fn row_description(&mut self, fields: &[Field]);
    /// NoData.
    fn no_data(&mut self);
    /// ParameterDescription.
    fn parameter_description(&mut self, types: &[Oid]);
    /// DataRow for each row of the batch; the error of an output function ends the statement.
    fn data_rows(
        &mut self,
        batch: &Batch,
        fields: &[Field],
        context: &TextContext<'_>,
    ) -> Result<()>;
    /// CommandComplete.
    fn command_complete(&mut self, tag: &str);
    /// EmptyQueryResponse.
    fn empty_query(&mut self);
    /// PortalSuspended.
    fn portal_suspended(&mut self);
    /// NoticeResponse.
    fn notice(&mut self, notice: &Error);
    /// ParameterStatus.
    fn parameter_status(&mut self, name: &str, value: &str);
    /// NotificationResponse.
    fn notification(&mut self, process: i32, channel: &str, payload: &str);
    /// CopyInResponse.
    fn copy_in(&mut self, format: CopyFormat, column_count: usize);
    /// CopyOutResponse.
    fn copy_out(&mut self, format: CopyFormat, column_count: usize);
    /// CopyData.
    fn copy_data(&mut self, data: &[u8]);
    /// CopyDone.
    fn copy_done(&mut self);
    /// Whether so much waits to be sent that the session is to suspend.
    fn is_full(&self) -> bool;
}
