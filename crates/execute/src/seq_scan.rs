//! All rows of a table.

use crate::context::Context;
use crate::filter::{select_stored, slots_of};
use crate::operator::{Builder, Operator};
use crate::read_ahead::{self, Filled, Pages, ReadAhead, Source, read_pages};
use crate::row::{Externals, RowReader};
use crate::store::shape;
use batch::{Batch, ROWS_MAX};
use catalog::object::Table;
use error::Result;
use expression::{Expr, Program};
use plan::{ColumnSource, TableScan};
use std::collections::VecDeque;
use std::sync::Arc;
use storage::RelationId;
use types::{Kind, Oid};

/// Reads a table page by page; a page's rows are copied under its latch and filtered afterwards.
pub(crate) struct SeqScan {
    table_file: u32,
    reader: Arc<RowReader>,
    kinds: Vec<Kind>,
    filter: Option<Program>,
    /// The slots that the filter uses.
    filter_uses: Vec<usize>,
    page: u32,
    page_count: u32,
    /// Nothing was read yet.
    is_fresh: bool,
    /// The rows of the pages that were read last, and how many of them were given.
    buffer: Filled,
    given: usize,
    /// Who reads ahead, what of it comes next, and batches that can be filled again.
    ahead: Option<Arc<ReadAhead>>,
    chunk: VecDeque<Filled>,
    used: Vec<Batch>,
}

impl SeqScan {
    pub(crate) fn new(builder: &Builder, scan: &TableScan, filter: Option<&Expr>) -> Result<Self> {
        let mut all = Self::all(&scan.table, &scan.columns);
        all.filter = builder.optional(filter)?;
        all.filter_uses = filter.map(slots_of).unwrap_or_default();
        Ok(all)
    }

    fn all(table: &Arc<Table>, columns: &[ColumnSource]) -> Self {
        let reader = RowReader::new(table, columns);
        let kinds: Vec<Kind> = reader.kinds().collect();
        let batch = Batch::new(kinds.iter().copied());
        Self {
            table_file: table.file,
            buffer: Filled { batch, externals: Externals::default() },
            kinds,
            reader: Arc::new(reader),
            filter: None,
            filter_uses: Vec::new(),
            page: 0,
            page_count: 0,
            is_fresh: false,
            given: 0,
            ahead: None,
            chunk: VecDeque::new(),
            used: Vec::new(),
        }
    }

    /// Reads pages for so many rows, or one with rows; `false` at the end.
    fn fill(&mut self, context: &mut Context<'_>, rows_max: usize) -> Result<bool> {
        self.given = 0;
        if std::mem::take(&mut self.is_fresh) && context.run.draining {
            self.start_ahead(context)?;
        }
        while let Some(ahead) = self.ahead.as_ref().filter(|_| self.chunk.is_empty()) {
            match ahead.take(&mut self.used) {
                Some((page, chunk)) => {
                    self.page = page;
                    self.chunk = chunk?.into();
                }
                None => self.stop(),
            }
            context.host.check_cancel()?;
        }
        if let Some(filled) = self.chunk.pop_front() {
            let before = std::mem::replace(&mut self.buffer, filled);
            self.used.push(before.batch);
            return Ok(true);
        }
        self.buffer.batch.clear();
        self.buffer.externals.clear();
        let (storage, heap) = (context.storage(), heap_id(context, self.table_file));
        while self.page < self.page_count && self.buffer.batch.row_count == 0 {
            let snapshot = context.snapshot()?;
            let pages = Pages { storage: &storage, snapshot, heap, reader: &self.reader };
            read_pages(pages, &mut self.page, self.page_count, rows_max, &mut self.buffer)?;
            context.host.check_cancel()?;
        }
        Ok(self.buffer.batch.row_count > 0)
    }

    /// Has a large table read ahead.
    fn start_ahead(&mut self, context: &mut Context<'_>) -> Result<()> {
        if self.page_count < read_ahead::PAGES_MIN {
            return Ok(());
        }
        let source = Source {
            storage: context.storage(),
            snapshot: context.snapshot()?.clone(),
            heap: heap_id(context, self.table_file),
            reader: Arc::clone(&self.reader),
            page_count: self.page_count,
        };
        self.ahead = ReadAhead::start(source, self.page, context.host.helper_threads());
        if let Some(ahead) = &self.ahead {
            context.run.ahead.add(ahead);
        }
        Ok(())
    }

    fn stop(&mut self) {
        if let Some(ahead) = self.ahead.take() {
            ahead.stop();
        }
    }

    /// Moves up to `rows_max` rows of the buffer to `out`; returns their values out of line.
    fn take(&mut self, rows_max: usize, out: &mut Batch) -> Externals {
        let Filled { batch, externals } = &mut self.buffer;
        let count = (batch.row_count - self.given).min(rows_max);
        shape(out, &self.kinds);
        if self.given == 0 && count == batch.row_count {
            std::mem::swap(out, batch);
            batch.clear();
            return std::mem::take(externals);
        }
        for (target, source) in out.columns.iter_mut().zip(&batch.columns) {
            for row in 0..count {
                target.set(row, source.get(self.given + row));
            }
        }
        out.row_count = count;
        self.given += count;
        externals.take(self.given - count, count)
    }
}

impl Operator for SeqScan {
    fn open(&mut self, context: &mut Context<'_>) -> Result<()> {
        self.page = 0;
        self.is_fresh = true;
        let (storage, heap) = (context.storage(), heap_id(context, self.table_file));
        self.page_count = storage.begin_scan(context.snapshot()?, heap)?;
        self.stop();
        self.chunk.clear();
        self.buffer.batch.clear();
        self.given = 0;
        Ok(())
    }

    fn next(&mut self, context: &mut Context<'_>, rows_max: usize, out: &mut Batch) -> Result<()> {
        loop {
            if self.given >= self.buffer.batch.row_count && !self.fill(context, rows_max)? {
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

/// Calls `f` with batches of all rows of a table: these columns, and behind them the rows' addresses as numbers.
pub fn scan_table(
    context: &mut Context<'_>,
    table: &Arc<Table>,
    columns: &[ColumnSource],
    f: &mut dyn FnMut(&mut Context<'_>, &Batch) -> Result<()>,
) -> Result<()> {
    let columns: Vec<ColumnSource> =
        columns.iter().copied().chain([ColumnSource::Address]).collect();
    let mut scan = SeqScan::all(table, &columns);
    scan.open(context)?;
    let mut batch = Batch::default();
    context.drain(|context| {
        loop {
            batch.clear();
            scan.next(context, ROWS_MAX, &mut batch)?;
            if batch.row_count == 0 {
                return Ok(());
            }
            f(context, &batch)?;
            context.host.check_cancel()?;
        }
    })
}

/// The relation of a file of the session's database.
pub(crate) fn heap_id(context: &Context<'_>, file: u32) -> RelationId {
    let Oid(database) = context.host.database();
    RelationId { database, file }
}
