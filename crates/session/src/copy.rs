//! COPY between the client and tables.

use crate::output::{CopyFormat, Output, Progress};
use crate::session::Session;
use batch::{Batch, ROWS_MAX};
use commands::{CopyIn, begin_copy_in, begin_copy_out, copy_is_from};
use error::{Error, Result, SqlState};
use execute::Execution;
use syntax::ast::CopyStatement;

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
            let copy = self.in_work(|work| begin_copy_in(work, copy, sql))?;
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
        out.copy_out(CopyFormat::Text, lines.column_count());
        if let Some(header) = lines.header() {
            out.copy_data(&header);
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
            lines.rows(&batch, &context, &mut |line| out.copy_data(line))?;
        }
        out.copy_done();
        out.command_complete(&format!("COPY {count}"));
        Ok(Progress::Done)
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
