//! All rows in order.

use crate::context::Context;
use crate::operator::{Builder, Operator};
use crate::store::{RowStore, shape};
use batch::{Batch, ROWS_MAX};
use error::Result;
use expression::{Program, Sort as SortKey};
use functions::Environment;
use plan::Node;
use types::{KeyOrder, Kind, Oid, encode_key};

/// Sorts rows by the order-preserving bytes of their keys.
pub(crate) struct Sort {
    input: Box<dyn Operator>,
    kinds: Vec<Kind>,
    keys: Vec<(Program, Oid, KeyOrder)>,
    /// Only so many rows are wanted.
    limit: Option<usize>,
    rows: RowStore,
    /// The keys' bytes one after the other, and each row's place in them with the row's number.
    bytes: Vec<u8>,
    order: Vec<Place>,
    given: usize,
    sorted: bool,
}

#[derive(Clone, Copy)]
struct Place {
    /// The key's first eight bytes, so that most comparisons look no further.
    prefix: u64,
    start: usize,
    end: usize,
    row: usize,
}

impl Sort {
    pub(crate) fn new(
        builder: &Builder,
        input: &Node,
        keys: &[SortKey],
        limit: Option<usize>,
    ) -> Result<Self> {
        let keys = keys
            .iter()
            .map(|key| {
                let order = KeyOrder { descending: key.descending, nulls_first: key.nulls_first };
                Ok((builder.program(&key.expr)?, key.expr.type_id, order))
            })
            .collect::<Result<_>>()?;
        Ok(Self {
            input: builder.operator(input)?,
            kinds: input.columns.clone(),
            keys,
            limit,
            rows: RowStore::new(&input.columns),
            bytes: Vec::new(),
            order: Vec::new(),
            given: 0,
            sorted: false,
        })
    }

    fn fill(&mut self, context: &mut Context<'_>) -> Result<()> {
        let mut batch = Batch::new(self.kinds.iter().copied());
        loop {
            batch.clear();
            self.input.next(context, ROWS_MAX, &mut batch)?;
            if batch.rows().count() == 0 {
                break;
            }
            self.add(context, &batch)?;
            context.check_cancel()?;
        }
        self.sort();
        self.sorted = true;
        Ok(())
    }

    fn add(&mut self, context: &mut Context<'_>, batch: &Batch) -> Result<()> {
        let rows = batch.rows();
        let mut keys: Vec<Vec<u8>> = vec![Vec::new(); rows.end()];
        for (program, type_id, order) in &mut self.keys {
            let values = program.run(&batch.columns, rows, context)?;
            for row in rows.iter() {
                encode_key(*type_id, values.get(row), *order, &mut keys[row]);
            }
        }
        let first = self.rows.len();
        let mut size = self.rows.add(batch);
        for (number, row) in rows.iter().enumerate() {
            let key = &keys[row];
            let start = self.bytes.len();
            self.bytes.extend_from_slice(key);
            self.order.push(Place {
                prefix: prefix(key),
                start,
                end: self.bytes.len(),
                row: first + number,
            });
            size += key.len() + size_of::<Place>();
        }
        context.host.charge(size)?;
        // With a limit, rows that cannot be among the first are dropped now and then.
        if let Some(limit) = self.limit
            && self.order.len() >= (limit * 4).max(ROWS_MAX * 4)
        {
            self.sort();
            self.keep(limit);
        }
        Ok(())
    }

    fn sort(&mut self) {
        let bytes = &self.bytes;
        self.order.sort_unstable_by(|a, b| {
            a.prefix
                .cmp(&b.prefix)
                .then_with(|| bytes[a.start..a.end].cmp(&bytes[b.start..b.end]))
                .then_with(|| a.row.cmp(&b.row))
        });
    }

    /// Keeps the first rows only.
    fn keep(&mut self, limit: usize) {
        self.order.truncate(limit);
        let mut rows = RowStore::new(&self.kinds);
        let mut bytes = Vec::new();
        let mut batch = Batch::new(self.kinds.iter().copied());
        for (number, place) in self.order.iter_mut().enumerate() {
            let start = bytes.len();
            bytes.extend_from_slice(&self.bytes[place.start..place.end]);
            (place.start, place.end) = (start, bytes.len());
            let next = batch.row_count;
            self.rows.copy(place.row, &mut batch, 0, next);
            batch.row_count += 1;
            place.row = number;
            if batch.row_count == ROWS_MAX {
                rows.add(&batch);
                batch.clear();
            }
        }
        rows.add(&batch);
        self.rows = rows;
        self.bytes = bytes;
    }
}

fn prefix(key: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    let length = key.len().min(8);
    bytes[..length].copy_from_slice(&key[..length]);
    u64::from_be_bytes(bytes)
}

impl Operator for Sort {
    fn open(&mut self, context: &mut Context<'_>) -> Result<()> {
        self.rows.clear();
        self.bytes.clear();
        self.order.clear();
        self.given = 0;
        self.sorted = false;
        self.input.open(context)
    }

    fn next(&mut self, context: &mut Context<'_>, rows_max: usize, out: &mut Batch) -> Result<()> {
        if !self.sorted {
            context.drain(|context| self.fill(context))?;
        }
        shape(out, &self.kinds);
        let count = (self.order.len() - self.given).min(rows_max);
        for place in 0..count {
            self.rows.copy(self.order[self.given + place].row, out, 0, place);
        }
        out.row_count = count;
        self.given += count;
        Ok(())
    }
}
