//! Rows of both sides with equal keys: the right side is hashed, the left one streamed.

use crate::context::Context;
use crate::operator::{Builder, Operator};
use crate::store::{RowStore, shape};
use batch::{Batch, ROWS_MAX};
use error::{Error, Result};
use expression::{Expr, Program};
use functions::Environment;
use hashbrown::HashMap;
use plan::{JoinType, Node, NodeKind};
use types::{KeyOrder, Kind, Oid, encode_key};

const NONE: u32 = u32::MAX;

/// Joins by hashing.
pub(crate) struct HashJoin {
    join: JoinType,
    left: Box<dyn Operator>,
    right: Box<dyn Operator>,
    left_keys: Vec<(Program, Oid)>,
    right_keys: Vec<(Program, Oid)>,
    condition: Option<Program>,
    left_width: usize,
    both: Vec<Kind>,
    kinds: Vec<Kind>,
    rows: RowStore,
    /// The first row of each key; rows of one key are chained by `next`.
    first: HashMap<Box<[u8]>, u32, foldhash::fast::RandomState>,
    next: Vec<u32>,
    right_matched: Vec<bool>,
    built: bool,
    left_batch: Batch,
    /// Per left row of the batch: its row, the next right row to try, whether any matched.
    probes: Vec<Probe>,
    current: usize,
    next_unmatched: usize,
}

struct Probe {
    row: usize,
    candidate: u32,
    matched: bool,
}

impl HashJoin {
    pub(crate) fn new(builder: &Builder, node: &Node) -> Result<Self> {
        let NodeKind::HashJoin { join, left, right, left_keys, right_keys, condition } = &node.kind
        else {
            return Err(Error::internal("not a hash join"));
        };
        let keys = |list: &[Expr]| -> Result<Vec<(Program, Oid)>> {
            list.iter().map(|e| Ok((builder.program(e)?, e.type_id))).collect()
        };
        let both = [left.columns.as_slice(), &right.columns].concat();
        let semi = matches!(join, JoinType::Semi | JoinType::Anti);
        Ok(Self {
            join: *join,
            left: builder.operator(left)?,
            right: builder.operator(right)?,
            left_keys: keys(left_keys)?,
            right_keys: keys(right_keys)?,
            condition: builder.optional(condition.as_ref())?,
            left_width: left.columns.len(),
            kinds: if semi { left.columns.clone() } else { both.clone() },
            both,
            rows: RowStore::new(&right.columns),
            first: HashMap::default(),
            next: Vec::new(),
            right_matched: Vec::new(),
            built: false,
            left_batch: Batch::new(left.columns.iter().copied()),
            probes: Vec::new(),
            current: 0,
            next_unmatched: 0,
        })
    }

    /// Hashes the right side; rows with a NULL key match nothing.
    fn build(&mut self, context: &mut Context<'_>) -> Result<()> {
        self.right.open(context)?;
        let mut batch = Batch::default();
        loop {
            batch.clear();
            self.right.next(context, ROWS_MAX, &mut batch)?;
            if batch.rows().count() == 0 {
                break;
            }
            let keys = keys_of(&mut self.right_keys, context, &batch)?;
            let start = self.rows.len();
            let mut size = self.rows.add(&batch);
            for (number, row) in batch.rows().iter().enumerate() {
                let id = u32::try_from(start + number)
                    .map_err(|_| Error::unsupported("so many rows in a join"))?;
                self.next.push(NONE);
                if let Some(key) = &keys[row] {
                    size += key.len() + 48;
                    if let Some(head) = self.first.get_mut(key.as_slice()) {
                        self.next[id as usize] = *head;
                        *head = id;
                    } else {
                        self.first.insert(key.as_slice().into(), id);
                    }
                }
            }
            context.host.charge(size)?;
            context.check_cancel()?;
        }
        self.right_matched = vec![false; self.rows.len()];
        self.built = true;
        Ok(())
    }

    /// Reads left rows and finds the first candidate of each; `false` at the end.
    fn probe(&mut self, context: &mut Context<'_>, rows_max: usize) -> Result<bool> {
        self.left_batch.clear();
        self.left.next(context, rows_max, &mut self.left_batch)?;
        self.probes.clear();
        self.current = 0;
        let keys = keys_of(&mut self.left_keys, context, &self.left_batch)?;
        for row in self.left_batch.rows().iter() {
            let found = keys[row].as_ref().and_then(|key| self.first.get(key.as_slice()));
            self.probes.push(Probe {
                row,
                candidate: found.copied().unwrap_or(NONE),
                matched: false,
            });
        }
        Ok(!self.probes.is_empty())
    }

    /// Pairs of left rows and candidates, up to `rows_max`, with the number of each one's probe and right row.
    fn pairs(&mut self, rows_max: usize, out: &mut Batch, origins: &mut Vec<(usize, u32)>) {
        shape(out, &self.both);
        origins.clear();
        let mut index = self.current;
        while index < self.probes.len() && out.row_count < rows_max {
            let probe = &mut self.probes[index];
            if probe.candidate == NONE {
                index += 1;
                continue;
            }
            let right = probe.candidate;
            probe.candidate = self.next[right as usize];
            let place = out.row_count;
            for (column, source) in
                out.columns[..self.left_width].iter_mut().zip(&self.left_batch.columns)
            {
                column.set(place, source.get(probe.row));
            }
            self.rows.copy(right as usize, out, self.left_width, place);
            out.row_count += 1;
            origins.push((index, right));
        }
    }

    /// Left rows of the batch that came to their end with or without a match, as the join wants them.
    fn finished(&mut self, rows_max: usize, out: &mut Batch) {
        shape(out, &self.kinds);
        while self.current < self.probes.len() && out.row_count < rows_max {
            let probe = &self.probes[self.current];
            let given = match self.join {
                JoinType::Left | JoinType::Full | JoinType::Anti => !probe.matched,
                JoinType::Semi => probe.matched,
                JoinType::Inner | JoinType::Right => false,
            };
            if given {
                let place = out.row_count;
                for (index, column) in out.columns.iter_mut().enumerate() {
                    if index < self.left_width {
                        column.set(place, self.left_batch.columns[index].get(probe.row));
                    } else {
                        column.set_null(place);
                    }
                }
                out.row_count += 1;
            }
            self.current += 1;
        }
    }

    fn unmatched(&mut self, rows_max: usize, out: &mut Batch) {
        shape(out, &self.kinds);
        if !matches!(self.join, JoinType::Right | JoinType::Full) {
            return;
        }
        while out.row_count < rows_max && self.next_unmatched < self.rows.len() {
            let row = self.next_unmatched;
            self.next_unmatched += 1;
            if !self.right_matched[row] {
                for column in &mut out.columns[..self.left_width] {
                    column.set_null(out.row_count);
                }
                self.rows.copy(row, out, self.left_width, out.row_count);
                out.row_count += 1;
            }
        }
    }
}

/// The key bytes of each row, by row; `None` where a key is NULL.
fn keys_of(
    keys: &mut [(Program, Oid)],
    context: &mut Context<'_>,
    batch: &Batch,
) -> Result<Vec<Option<Vec<u8>>>> {
    let rows = batch.rows();
    let mut list: Vec<Option<Vec<u8>>> = vec![None; rows.end()];
    for row in rows.iter() {
        list[row] = Some(Vec::new());
    }
    for (program, type_id) in keys {
        let values = program.run(&batch.columns, rows, context)?;
        for row in rows.iter() {
            let value = values.get(row);
            match &mut list[row] {
                Some(key) if !value.is_null() => {
                    encode_key(*type_id, value, KeyOrder::default(), key)
                }
                place => *place = None,
            }
        }
    }
    Ok(list)
}

impl Operator for HashJoin {
    fn open(&mut self, context: &mut Context<'_>) -> Result<()> {
        self.rows.clear();
        self.first.clear();
        self.next.clear();
        self.built = false;
        self.probes.clear();
        self.current = 0;
        self.next_unmatched = 0;
        self.left.open(context)
    }

    fn next(&mut self, context: &mut Context<'_>, rows_max: usize, out: &mut Batch) -> Result<()> {
        if !self.built {
            context.drain(|context| self.build(context))?;
        }
        let mut origins = Vec::new();
        loop {
            if self.current == self.probes.len() && !self.probe(context, rows_max)? {
                self.unmatched(rows_max, out);
                return Ok(());
            }
            self.pairs(rows_max, out, &mut origins);
            if out.row_count == 0 {
                self.finished(rows_max, out);
                if out.row_count > 0 {
                    return Ok(());
                }
                context.check_cancel()?;
                continue;
            }
            if let Some(condition) = &mut self.condition {
                crate::filter::select(condition, context, out)?;
            }
            for place in out.rows().iter() {
                let (probe, right) = origins[place];
                self.probes[probe].matched = true;
                self.right_matched[right as usize] = true;
                if matches!(self.join, JoinType::Semi | JoinType::Anti) {
                    self.probes[probe].candidate = NONE;
                }
            }
            let pairs_wanted = !matches!(self.join, JoinType::Semi | JoinType::Anti);
            if pairs_wanted && out.rows().count() > 0 {
                return Ok(());
            }
        }
    }
}
