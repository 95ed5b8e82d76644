//! A session's answers as messages.

use crate::outgoing::Outgoing;
use batch::Batch;
use error::{Error, Result};
use protocol::{Column, ColumnDescription, Direction, Encoder};
use session::{CopyFormat, Field, Format, Output};
use types::{Oid, TextContext};

/// Takes what a session says.
pub(crate) struct Answer<'a>(pub(crate) &'a mut Outgoing);

impl Answer<'_> {
    pub(crate) fn encoder(&mut self) -> Encoder<'_> {
        Encoder(&mut self.0.buffer)
    }
}

fn describe(field: &Field) -> ColumnDescription<'_> {
    ColumnDescription {
        name: &field.name,
        table: field.table.0,
        column: field.column,
        type_id: field.type_id.0,
        type_size: field.type_size,
        typmod: field.typmod,
        is_binary: field.format == Format::Binary,
    }
}

impl Output for Answer<'_> {
    fn row_description(&mut self, fields: &[Field]) {
        self.encoder().row_description(fields.iter().map(describe));
    }

    fn no_data(&mut self) {
        self.encoder().no_data();
    }

    fn parameter_description(&mut self, types: &[Oid]) {
        self.encoder().parameter_description(types.iter().map(|type_id| type_id.0));
    }

    fn data_rows(
        &mut self,
        batch: &Batch,
        fields: &[Field],
        context: &TextContext<'_>,
    ) -> Result<()> {
        let columns = fields.iter().map(|field| Column {
            type_id: field.type_id,
            is_binary: field.format == Format::Binary,
        });
        protocol::data_rows(batch, columns, context, &mut self.0.buffer)
    }

    fn command_complete(&mut self, tag: &str) {
        self.encoder().command_complete(tag);
    }

    fn empty_query(&mut self) {
        self.encoder().empty_query();
    }

    fn portal_suspended(&mut self) {
        self.encoder().portal_suspended();
    }

    fn notice(&mut self, notice: &Error) {
        self.encoder().notice(notice);
    }

    fn parameter_status(&mut self, name: &str, value: &str) {
        self.encoder().parameter_status(name, value);
    }

    fn notification(&mut self, process: i32, channel: &str, payload: &str) {
        self.encoder().notification(process, channel, payload);
    }

    fn copy_in(&mut self, format: CopyFormat, column_count: usize) {
        let is_binary = format == CopyFormat::Binary;
        self.encoder().copy_response(Direction::In, is_binary, column_count);
    }

    fn copy_out(&mut self, format: CopyFormat, column_count: usize) {
        let is_binary = format == CopyFormat::Binary;
        self.encoder().copy_response(Direction::Out, is_binary, column_count);
    }

    fn copy_data(&mut self, data: &[u8]) {
        self.encoder().copy_data(data);
    }

    fn copy_done(&mut self) {
        self.encoder().copy_done();
    }

    fn is_full(&self) -> bool {
        self.0.is_full()
    }
}
