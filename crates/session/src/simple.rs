//! The simple query protocol: all statements of a text, one after the other.

use crate::block::Block;
use crate::output::{Output, Progress};
use crate::portal::Portal;
use crate::prepared::fields;
use crate::session::Session;
use error::Result;
use std::sync::Arc;
use syntax::ast::{Statement, StatementKind};

/// A simple query that is not done.
pub(crate) struct SimpleQuery {
    sql: Arc<str>,
    /// The statements still to come, the next one last.
    rest: Vec<Statement>,
    /// The statement in turn.
    portal: Option<Portal>,
}

/// What waits for the commit before it is said.
struct HeldTag<'a> {
    out: &'a mut dyn Output,
    tag: Option<String>,
}

impl Output for HeldTag<'_> {
    fn row_description(&mut self, fields: &[crate::Field]) {
        self.out.row_description(fields);
    }
    fn no_data(&mut self) {
        self.out.no_data();
    }
    fn parameter_description(&mut self, types: &[types::Oid]) {
        self.out.parameter_description(types);
    }
    fn data_rows(
        &mut self,
        batch: &batch::Batch,
        fields: &[crate::Field],
        context: &types::TextContext<'_>,
    ) -> Result<()> {
        self.out.data_rows(batch, fields, context)
    }
    fn command_complete(&mut self, tag: &str) {
        self.tag = Some(tag.to_owned());
    }
    fn empty_query(&mut self) {
        self.out.empty_query();
    }
    fn portal_suspended(&mut self) {
        self.out.portal_suspended();
    }
    fn notice(&mut self, notice: &error::Error) {
        self.out.notice(notice);
    }
    fn parameter_status(&mut self, name: &str, value: &str) {
        self.out.parameter_status(name, value);
    }
    fn notification(&mut self, process: i32, channel: &str, payload: &str) {
        self.out.notification(process, channel, payload);
    }
    fn copy_in(&mut self, format: crate::CopyFormat, column_count: usize) {
        self.out.copy_in(format, column_count);
    }
    fn copy_out(&mut self, format: crate::CopyFormat, column_count: usize) {
        self.out.copy_out(format, column_count);
    }
    fn copy_data(&mut self, data: &[u8]) {
        self.out.copy_data(data);
    }
    fn copy_done(&mut self) {
        self.out.copy_done();
    }
    fn is_full(&self) -> bool {
        self.out.is_full()
    }
}

impl Session {
    /// A simple query: all statements of the text; after an error the rest is left out.
    pub fn query(&mut self, sql: &str, out: &mut dyn Output) -> Result<Progress> {
        self.begin_statement(sql)?;
        // A simple query ends the unnamed statement and portal.
        self.statements.remove("");
        self.drop_portal("");
        if let Some(portal) = self.known(sql)? {
            if !portal.fields.is_empty() {
                out.row_description(&portal.fields);
            }
            let sql = Arc::clone(&portal.prepared.sql);
            self.simple = Some(SimpleQuery { sql, rest: Vec::new(), portal: Some(portal) });
            return self.go_on(out);
        }
        let (parsed, notices) = syntax::parse_with_notices(sql);
        self.core.notices.extend(notices);
        self.tell_notices(out);
        let mut rest = parsed?;
        if rest.is_empty() {
            out.empty_query();
            self.end_statement();
            return Ok(Progress::Done);
        }
        if rest.len() > 1 && self.block == Block::None {
            self.block = Block::Implicit;
        }
        rest.reverse();
        self.simple = Some(SimpleQuery { sql: sql.into(), rest, portal: None });
        self.go_on(out)
    }

    /// Goes on with the simple query: its statement in turn, then the others.
    pub(crate) fn go_on(&mut self, out: &mut dyn Output) -> Result<Progress> {
        let Some(mut simple) = self.simple.take() else { return Ok(Progress::Done) };
        loop {
            if simple.portal.is_none() {
                let Some(statement) = simple.rest.pop() else { break };
                let begins = matches!(statement.kind, StatementKind::Transaction(_));
                if self.block == Block::None && !simple.rest.is_empty() && !begins {
                    self.block = Block::Implicit;
                }
                if let Some(error) = self.core.shared.termination() {
                    self.is_over = true;
                    return Err(error);
                }
                self.core.begin_statement()?;
                let prepared = Arc::new(self.prepare_simple(&simple.sql, statement)?);
                let fields = fields(&prepared.columns, &[]);
                if !fields.is_empty() {
                    out.row_description(&fields);
                }
                simple.portal = Some(Portal::new(prepared, Vec::new(), fields));
            }
            let Some(mut portal) = simple.portal.take() else { break };
            let mut held = HeldTag { out, tag: None };
            let progress = self.run_portal(&mut portal, 0, &mut held)?;
            let tag = held.tag.take();
            match progress {
                Progress::Suspended | Progress::Parked => {
                    simple.portal = Some(portal);
                    self.simple = Some(simple);
                    return Ok(progress);
                }
                Progress::CopyIn => {
                    self.simple = Some(simple);
                    return Ok(Progress::CopyIn);
                }
                Progress::Done => {}
            }
            self.finish_one(simple.rest.is_empty(), tag.as_deref(), out)?;
        }
        self.end_statement();
        Ok(Progress::Done)
    }

    /// The statement in turn ended outside the loop: a COPY FROM STDIN.
    pub(crate) fn finish_simple(&mut self, tag: &str, out: &mut dyn Output) -> Result<()> {
        let last = self.simple.as_ref().is_none_or(|simple| simple.rest.is_empty());
        self.finish_one(last, Some(tag), out)
    }

    /// Commits where the statement's transaction ends with it, and says that it is complete.
    fn finish_one(&mut self, last: bool, tag: Option<&str>, out: &mut dyn Output) -> Result<()> {
        if self.is_alone() || last && self.block == Block::Implicit {
            self.commit()?;
        }
        self.tell_notices(out);
        if let Some(tag) = tag {
            out.command_complete(tag);
        }
        Ok(())
    }

    fn prepare_simple(
        &mut self,
        sql: &Arc<str>,
        statement: Statement,
    ) -> Result<crate::prepared::Prepared> {
        let block = self.block;
        let prepared = self.prepare(Arc::clone(sql), Some(statement), &[], false);
        // Analysis alone makes no pipeline.
        self.block = block;
        prepared
    }
}
