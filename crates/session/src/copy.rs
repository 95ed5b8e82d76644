//! COPY between the client and tables.

use crate::output::{CopyFormat, Output, Progress};
use crate::session::Session;
use batch::{Batch, ROWS_MAX};
use commands::{CopyIn, begin_copy_in, begin_copy_out, copy_is_from};
use error::{Error, Result, SqlState};
use execute::Execution;
use std::io;
use std::path::Path;
use syntax::ast::{CopyEndpoint, CopyStatement};

/// A COPY FROM STDIN that runs.
pub(crate) struct CopyState {
    copy: CopyIn,
}

impl Session {
    /// COPY.
    pub(crate) fn copy_statement(
        &mut self,
        sql: &str,
        copy: &CopyStatement,
        out: &mut dyn Output,
    ) -> Result<Progress> {
        if copy_is_from(copy) {
            if self.core.read_only {
                let text = "cannot execute COPY FROM in a read-only transaction";
                return Err(Error::new(SqlState::READ_ONLY_SQL_TRANSACTION, text));
            }
            // What it writes is the transaction's first look at the database, if it has had none: that counts for SERIALIZABLE.
            if self.core.isolation != execute::Isolation::ReadCommitted {
                self.take_snapshot()?;
            }
            let endpoint = &copy.endpoint;
            let copy = self.in_work(|work| begin_copy_in(work, copy, sql))?;
            if let CopyEndpoint::File(path) = endpoint {
                let count = self.copy_from_file(copy, path)?;
                self.tell_notices(out);
                out.command_complete(&format!("COPY {count}"));
                return Ok(Progress::Done);
            }
            out.copy_in(CopyFormat::Text, copy.column_count());
            self.copy = Some(CopyState { copy });
            return Ok(Progress::CopyIn);
        }
        let (mut lines, query) = self.in_work(|work| begin_copy_out(work, copy, sql))?;
        let plan = self.plan(query)?;
        self.check_plan(&plan)?;
        let mut execution = Execution::new(&plan, &self.core)?;
        let snapshot = self.take_snapshot()?;
        execution.run.snapshot = Some(snapshot);
        let mut file = match &copy.endpoint {
            CopyEndpoint::File(path) => Some(create(path)?),
            CopyEndpoint::Client | CopyEndpoint::Program(_) => None,
        };
        if file.is_none() {
            out.copy_out(CopyFormat::Text, lines.column_count());
        }
        if let Some(header) = lines.header() {
            tell(&mut file, out, &header)?;
        }
        let (mut batch, mut count) = (Batch::default(), 0);
        loop {
            let Some(current) = &mut self.current else {
                return Err(Error::internal("no transaction"));
            };
            execution.next(&mut self.core, &mut current.transaction, ROWS_MAX, &mut batch)?;
            let rows = batch.rows().count();
            if rows == 0 {
                break;
            }
            count += rows;
            let context = functions::Environment::text_context(&self.core);
            let mut written = Ok(());
            lines.rows(&batch, &context, &mut |line| {
                if written.is_ok() {
                    written = tell(&mut file, out, line);
                }
            })?;
            written?;
        }
        match file {
            Some(file) => file.finish().map_err(|error| not_written(&error))?,
            None => out.copy_done(),
        }
        out.command_complete(&format!("COPY {count}"));
        Ok(Progress::Done)
    }

    /// COPY FROM a file of the server: how many rows it has.
    fn copy_from_file(&mut self, mut copy: CopyIn, path: &str) -> Result<u64> {
        let mut file = os::OutsideReader::open(Path::new(path)).map_err(|error| {
            let text = format!("could not open file \"{path}\" for reading: {}", reason(&error));
            Error::new(code(&error), text).hint(
                "COPY FROM instructs the PostgreSQL server process to read a file. You may want a client-side facility such as psql's \\copy.",
            )
        })?;
        let mut buffer = vec![0; PIECE_BYTES];
        loop {
            self.core.shared.check()?;
            let count = file.read(&mut buffer).map_err(|error| {
                if error.kind() == io::ErrorKind::IsADirectory {
                    let text = format!("\"{path}\" is a directory");
                    return Error::new(SqlState::WRONG_OBJECT_TYPE, text);
                }
                let text = format!("could not read from COPY file: {}", reason(&error));
                Error::new(code(&error), text)
            })?;
            if count == 0 {
                return self.in_work(|work| copy.done(work));
            }
            self.in_work(|work| copy.data(work, &buffer[..count]))?;
        }
    }

    /// A piece of COPY FROM STDIN's data.
    pub fn copy_data(&mut self, data: &[u8], out: &mut dyn Output) -> Result<()> {
        self.core.shared.check()?;
        let Some(mut state) = self.copy.take() else {
            return Err(Error::new(SqlState::PROTOCOL_VIOLATION, "unexpected CopyData message"));
        };
        self.in_work(|work| state.copy.data(work, data))?;
        self.copy = Some(state);
        self.tell_notices(out);
        Ok(())
    }

    /// The end of COPY FROM STDIN's data; a simple query's further statements then run.
    pub fn copy_done(&mut self, out: &mut dyn Output) -> Result<Progress> {
        let Some(state) = self.copy.take() else {
            return Err(Error::new(SqlState::PROTOCOL_VIOLATION, "unexpected CopyDone message"));
        };
        let count = self.in_work(|work| state.copy.done(work))?;
        let tag = format!("COPY {count}");
        if self.simple.is_none() {
            out.command_complete(&tag);
            return Ok(Progress::Done);
        }
        self.finish_simple(&tag, out)?;
        self.go_on(out)
    }

    /// COPY FROM STDIN ends with this error of the client.
    pub fn copy_fail(&mut self, message: &str) -> Error {
        self.copy = None;
        Error::new(SqlState::QUERY_CANCELED, format!("COPY from stdin failed: {message}"))
    }
}

/// How much of a file is read at once.
const PIECE_BYTES: usize = 64 * 1024;

fn create(path: &str) -> Result<os::OutsideWriter> {
    os::OutsideWriter::create(Path::new(path)).map_err(|error| {
        let text = format!("could not open file \"{path}\" for writing: {}", reason(&error));
        Error::new(code(&error), text).hint(
            "COPY TO instructs the PostgreSQL server process to write a file. You may want a client-side facility such as psql's \\copy.",
        )
    })
}

/// Lines go to the file, or to the client where there is none.
fn tell(file: &mut Option<os::OutsideWriter>, out: &mut dyn Output, line: &[u8]) -> Result<()> {
    match file {
        None => out.copy_data(line),
        Some(file) => file.write(line).map_err(|error| not_written(&error))?,
    }
    Ok(())
}

fn not_written(error: &io::Error) -> Error {
    Error::new(code(error), format!("could not write to COPY file: {}", reason(error)))
}

/// What the system says, without the number that Rust adds.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "of many kinds only these have codes of their own"
)]
fn code(error: &io::Error) -> SqlState {
    match error.kind() {
        io::ErrorKind::NotFound => SqlState::UNDEFINED_FILE,
        io::ErrorKind::PermissionDenied => SqlState::INSUFFICIENT_PRIVILEGE,
        io::ErrorKind::StorageFull => SqlState::DISK_FULL,
        _ => SqlState::IO_ERROR,
    }
}
