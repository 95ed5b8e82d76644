//! For each left row the right rows.

use crate::context::Context;
use crate::operator::{Builder, Operator};
use crate::store::{RowStore, shape};
use batch::{Batch, Rows};
use error::{Error, Result};
use expression::{Expr, Program};
use functions::Environment;
use plan::{JoinType, Node};
use types::Kind;

/// Joins by going through the right side for every left row. Where the right side uses nothing of the left row, its rows
/// are kept from the first time.
pub(crate) struct NestedLoop {
    join: JoinType,
    left: Box<dyn Operator>,
    right: Box<dyn Operator>,
    parameters: Vec<(usize, Program)>,
    condition: Option<Program>,
    left_kinds: Vec<Kind>,
    right_kinds: Vec<Kind>,
    kinds: Vec<Kind>,
    left_batch: Batch,
    left_rows: Vec<usize>,
    /// The left row in turn, by its place in `left_rows`.
    current: Option<usize>,
    next_left: usize,
    matched: bool,
    kept: Option<RowStore>,
    /// FULL and RIGHT: which kept right rows were matched, and how many of the others were given.
    right_matched: Vec<bool>,
    next_unmatched: usize,
    kept_next: usize,
    right_batch: Batch,
}

impl NestedLoop {
    pub(crate) fn new(
        builder: &Builder,
        join: JoinType,
        left: &Node,
        right: &Node,
        parameters: &[(u32, Expr)],
        condition: Option<&Expr>,
    ) -> Result<Self> {
        let semi = matches!(join, JoinType::Semi | JoinType::Anti);
        let both = [left.columns.as_slice(), &right.columns].concat();
        let parameters = parameters
            .iter()
            .map(|(n, e)| Ok((*n as usize, builder.program(e)?)))
            .collect::<Result<Vec<_>>>()?;
        if !parameters.is_empty() && matches!(join, JoinType::Right | JoinType::Full) {
            return Err(Error::internal(
                "the right side of an outer join does not depend on the left",
            ));
        }
        Ok(Self {
            join,
            left: builder.operator(left)?,
            right: builder.operator(right)?,
            parameters,
            condition: builder.optional(condition)?,
            left_kinds: left.columns.clone(),
            right_kinds: right.columns.clone(),
            kinds: if semi { left.columns.clone() } else { both },
            left_batch: Batch::new(left.columns.iter().copied()),
            left_rows: Vec::new(),
            current: None,
            next_left: 0,
            matched: false,
            kept: None,
            right_matched: Vec::new(),
            next_unmatched: 0,
            kept_next: 0,
            right_batch: Batch::new(right.columns.iter().copied()),
        })
    }

    /// Goes to the next left row; `false` at the end.
    fn next_left(&mut self, context: &mut Context<'_>, rows_max: usize) -> Result<bool> {
        if self.next_left == self.left_rows.len() {
            self.left_batch.clear();
            self.left.next(context, rows_max, &mut self.left_batch)?;
            self.left_rows.clear();
            self.left_rows.extend(self.left_batch.rows().iter());
            self.next_left = 0;
            if self.left_rows.is_empty() {
                return Ok(false);
            }
        }
        let row = self.left_rows[self.next_left];
        self.current = Some(self.next_left);
        self.next_left += 1;
        self.matched = false;
        self.kept_next = 0;
        if self.parameters.is_empty() {
            if self.kept.is_none() {
                let kept = crate::common_table::drain(self.right.as_mut(), context)?;
                self.right_matched = vec![false; kept.len()];
                self.kept = Some(kept);
            }
            return Ok(true);
        }
        let selected =
            [u16::try_from(row).map_err(|_| Error::internal("a batch has at most 1024 rows"))?];
        for (number, program) in &mut self.parameters {
            let value = program
                .run(&self.left_batch.columns, Rows::Some(&selected), context)?
                .get(row)
                .to_datum();
            context.run.outer[*number] = value;
        }
        self.right.open(context)?;
        Ok(true)
    }

    /// Reads the next right rows for the left row in turn; their numbers where they are kept.
    fn next_right(&mut self, context: &mut Context<'_>, rows_max: usize) -> Result<usize> {
        self.right_batch.clear();
        match &self.kept {
            Some(kept) => {
                shape(&mut self.right_batch, &self.right_kinds);
                let count = (kept.len() - self.kept_next).min(rows_max);
                for place in 0..count {
                    kept.copy(self.kept_next + place, &mut self.right_batch, 0, place);
                }
                self.right_batch.row_count = count;
                self.kept_next += count;
                Ok(count)
            }
            None => {
                self.right.next(context, rows_max, &mut self.right_batch)?;
                Ok(self.right_batch.rows().count())
            }
        }
    }

    /// Puts the left row beside the right rows and keeps those that fulfil the condition; `false` where none does.
    fn combine(
        &mut self,
        context: &mut Context<'_>,
        left_row: usize,
        out: &mut Batch,
    ) -> Result<bool> {
        let both = [self.left_kinds.as_slice(), &self.right_kinds].concat();
        shape(out, &both);
        let width = self.left_kinds.len();
        let rows: Vec<usize> = self.right_batch.rows().iter().collect();
        for (column, source) in out.columns[..width].iter_mut().zip(&self.left_batch.columns) {
            for place in 0..rows.len() {
                column.set(place, source.get(left_row));
            }
        }
        for (column, source) in out.columns[width..].iter_mut().zip(&self.right_batch.columns) {
            for (place, row) in rows.iter().enumerate() {
                column.set(place, source.get(*row));
            }
        }
        out.row_count = rows.len();
        if let Some(condition) = &mut self.condition
            && !crate::filter::select(condition, context, out)?
        {
            return Ok(false);
        }
        if self.kept.is_some() && matches!(self.join, JoinType::Right | JoinType::Full) {
            let first = self.kept_next - rows.len();
            for place in out.rows().iter() {
                self.right_matched[first + place] = true;
            }
        }
        Ok(true)
    }

    /// The left row alone, NULLs beside it where the join's rows have right columns.
    fn left_alone(&self, left_row: usize, out: &mut Batch) {
        shape(out, &self.kinds);
        let width = self.left_kinds.len();
        for (index, column) in out.columns.iter_mut().enumerate() {
            if index < width {
                column.set(0, self.left_batch.columns[index].get(left_row));
            } else {
                column.set_null(0);
            }
        }
        out.row_count = 1;
    }

    /// Right rows that no left row matched.
    fn unmatched(&mut self, rows_max: usize, out: &mut Batch) {
        shape(out, &self.kinds);
        let Some(kept) = &self.kept else { return };
        let width = self.left_kinds.len();
        while out.row_count < rows_max && self.next_unmatched < kept.len() {
            let row = self.next_unmatched;
            self.next_unmatched += 1;
            if self.right_matched[row] {
                continue;
            }
            for column in &mut out.columns[..width] {
                column.set_null(out.row_count);
            }
            kept.copy(row, out, width, out.row_count);
            out.row_count += 1;
        }
    }
}

impl Operator for NestedLoop {
    fn open(&mut self, context: &mut Context<'_>) -> Result<()> {
        self.left_rows.clear();
        self.current = None;
        self.next_left = 0;
        self.kept = None;
        self.next_unmatched = 0;
        self.left.open(context)
    }

    fn next(&mut self, context: &mut Context<'_>, rows_max: usize, out: &mut Batch) -> Result<()> {
        loop {
            let Some(place) = self.current else {
                if self.next_left(context, rows_max)? {
                    continue;
                }
                if matches!(self.join, JoinType::Right | JoinType::Full) {
                    if self.kept.is_none() {
                        self.kept = Some(crate::common_table::drain(self.right.as_mut(), context)?);
                        self.right_matched =
                            vec![false; self.kept.as_ref().map_or(0, RowStore::len)];
                    }
                    self.unmatched(rows_max, out);
                } else {
                    shape(out, &self.kinds);
                }
                return Ok(());
            };
            context.check_cancel()?;
            let left_row = self.left_rows[place];
            let count = self.next_right(context, rows_max)?;
            if count == 0 {
                self.current = None;
                let alone = match self.join {
                    JoinType::Left | JoinType::Full | JoinType::Anti => !self.matched,
                    JoinType::Inner | JoinType::Right | JoinType::Semi => false,
                };
                if alone {
                    self.left_alone(left_row, out);
                    return Ok(());
                }
                continue;
            }
            if !self.combine(context, left_row, out)? {
                continue;
            }
            self.matched = true;
            match self.join {
                JoinType::Semi => {
                    self.current = None;
                    self.left_alone(left_row, out);
                    return Ok(());
                }
                JoinType::Anti => self.current = None,
                JoinType::Inner | JoinType::Left | JoinType::Right | JoinType::Full => {
                    return Ok(());
                }
            }
        }
    }
}
