//! All rows of a table.

use crate::context::Context;
use crate::filter::{select_stored, slots_of};
use crate::operator::{Builder, Operator};
use crate::row::{Externals, RowReader};
use crate::store::shape;
use batch::Batch;
use error::Result;
use expression::{Expr, Program};
use plan::TableScan;
use storage::RelationId;
use types::{Kind, Oid};

/// Reads a table page by page; a page's rows are copied under its latch and filtered afterwards.
pub(crate) struct SeqScan {
    table_file: u32,
    reader: RowReader,
    kinds: Vec<Kind>,
    filter: Option<Program>,
    /// The slots that the filter uses.
    filter_uses: Vec<usize>,
    page: u32,
    page_count: u32,
    /// The rows of the page that was read last, and how many of them were given.
    buffer: Batch,
    given: usize,
    externals: Externals,
}

impl SeqScan {
    pub(crate) fn new(builder: &Builder, scan: &TableScan, filter: Option<&Expr>) -> Result<Self> {
        let reader = RowReader::new(&scan.table, &scan.columns);
        let kinds: Vec<Kind> = reader.kinds().collect();
        Ok(Self {
            table_file: scan.table.file,
            buffer: Batch::new(kinds.iter().copied()),
            kinds,
            reader,
            filter: builder.optional(filter)?,
            filter_uses: filter.map(slots_of).unwrap_or_default(),
            page: 0,
            page_count: 0,
            given: 0,
            externals: Externals::default(),
        })
    }

    /// Reads pages until one has rows; `false` at the end.
    fn fill(&mut self, context: &mut Context<'_>) -> Result<bool> {
        let heap = heap_id(context, self.table_file);
        let storage = context.storage();
        self.buffer.clear();
        self.given = 0;
        self.externals.clear();
        while self.page < self.page_count {
            let (reader, buffer, externals) = (&self.reader, &mut self.buffer, &mut self.externals);
            let snapshot = context.snapshot()?;
            storage.scan_page(snapshot, heap, self.page, |address, version, row| {
                let place = buffer.row_count;
                reader.read(row, address, version, &mut buffer.columns, place, externals)?;
                buffer.row_count += 1;
                Ok(())
            })?;
            self.page += 1;
            if self.buffer.row_count > 0 {
                return Ok(true);
            }
            context.host.check_cancel()?;
        }
        Ok(false)
    }

    /// Moves up to `rows_max` rows of the buffer to `out`; returns their values out of line.
    fn take(&mut self, rows_max: usize, out: &mut Batch) -> Externals {
        let count = (self.buffer.row_count - self.given).min(rows_max);
        if self.given == 0 && count == self.buffer.row_count {
            shape(out, &self.kinds);
            std::mem::swap(out, &mut self.buffer);
            self.buffer.clear();
            return std::mem::take(&mut self.externals);
        }
        shape(out, &self.kinds);
        for (target, source) in out.columns.iter_mut().zip(&self.buffer.columns) {
            for row in 0..count {
                target.set(row, source.get(self.given + row));
            }
        }
        out.row_count = count;
        self.given += count;
        self.externals.take(self.given - count, count)
    }
}

impl Operator for SeqScan {
    fn open(&mut self, context: &mut Context<'_>) -> Result<()> {
        self.page = 0;
        let (storage, heap) = (context.storage(), heap_id(context, self.table_file));
        self.page_count = storage.begin_scan(context.snapshot()?, heap)?;
        self.buffer.clear();
        self.given = 0;
        Ok(())
    }

    fn next(&mut self, context: &mut Context<'_>, rows_max: usize, out: &mut Batch) -> Result<()> {
        loop {
            if self.given >= self.buffer.row_count && !self.fill(context)? {
                shape(out, &self.kinds);
                return Ok(());
            }
            let mut externals = self.take(rows_max, out);
            let heap = heap_id(context, self.table_file);
            let filter = self.filter.as_mut().map(|filter| (filter, self.filter_uses.as_slice()));
            if select_stored(filter, context, heap, &mut externals, out)? {
                return Ok(());
            }
            context.host.check_cancel()?;
        }
    }
}

/// The relation of a file of the session's database.
pub(crate) fn heap_id(context: &Context<'_>, file: u32) -> RelationId {
    let Oid(database) = context.host.database();
    RelationId { database, file }
}
