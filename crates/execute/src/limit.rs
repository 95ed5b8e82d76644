//! LIMIT and OFFSET.

use crate::context::Context;
use crate::operator::{Builder, Operator};
use batch::{Batch, ROWS_MAX};
use error::{Error, Result, SqlState};
use expression::{Expr, Program, Sort};
use functions::Environment;
use plan::Node;
use types::{Datum, KeyOrder, encode_key};

/// Some rows of an input.
pub(crate) struct Limit {
    input: Box<dyn Operator>,
    limit: Option<Program>,
    offset: Option<Program>,
    /// WITH TIES: the keys whose values the last row's successors must share.
    ties: Option<Vec<(Program, types::Oid)>>,
    left: u64,
    to_skip: u64,
    last_key: Option<Vec<u8>>,
}

impl Limit {
    pub(crate) fn new(
        builder: &Builder,
        input: &Node,
        limit: Option<&Expr>,
        offset: Option<&Expr>,
        ties: Option<&[Sort]>,
    ) -> Result<Self> {
        let ties = ties
            .map(|keys| {
                keys.iter()
                    .map(|k| Ok((builder.program(&k.expr)?, k.expr.type_id)))
                    .collect::<Result<_>>()
            })
            .transpose()?;
        Ok(Self {
            input: builder.operator(input)?,
            limit: builder.optional(limit)?,
            offset: builder.optional(offset)?,
            ties,
            left: 0,
            to_skip: 0,
            last_key: None,
        })
    }

    /// The keys of a row for WITH TIES.
    fn key(&mut self, context: &mut Context<'_>, batch: &Batch, row: usize) -> Result<Vec<u8>> {
        let mut key = Vec::new();
        for (program, type_id) in self.ties.iter_mut().flatten() {
            let values = program.run(&batch.columns, batch.rows(), context)?;
            encode_key(*type_id, values.get(row), KeyOrder::default(), &mut key);
        }
        Ok(key)
    }
}

/// The number of LIMIT or OFFSET; NULL is none.
#[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
fn number(
    program: &mut Option<Program>,
    context: &mut Context<'_>,
    word: &str,
    code: SqlState,
) -> Result<Option<u64>> {
    let Some(program) = program else { return Ok(None) };
    match program.value(context)? {
        Datum::I64(n) => match u64::try_from(n) {
            Ok(n) => Ok(Some(n)),
            Err(_) => Err(Error::new(code, format!("{word} must not be negative"))),
        },
        _ => Ok(None),
    }
}

impl Operator for Limit {
    fn open(&mut self, context: &mut Context<'_>) -> Result<()> {
        const LIMIT_CODE: SqlState = SqlState::INVALID_ROW_COUNT_IN_LIMIT_CLAUSE;
        const OFFSET_CODE: SqlState = SqlState::INVALID_ROW_COUNT_IN_RESULT_OFFSET_CLAUSE;
        self.to_skip = number(&mut self.offset, context, "OFFSET", OFFSET_CODE)?.unwrap_or(0);
        self.left = number(&mut self.limit, context, "LIMIT", LIMIT_CODE)?.unwrap_or(u64::MAX);
        self.last_key = None;
        self.input.open(context)
    }

    fn next(&mut self, context: &mut Context<'_>, rows_max: usize, out: &mut Batch) -> Result<()> {
        while self.left > 0 {
            let wanted =
                usize::try_from(self.left.saturating_add(self.to_skip)).unwrap_or(usize::MAX);
            let rows_max = if self.to_skip > 0 { ROWS_MAX } else { rows_max };
            self.input.next(context, rows_max.min(wanted), out)?;
            let count = out.rows().count();
            if count == 0 {
                return Ok(());
            }
            let skipped = usize::try_from(self.to_skip).unwrap_or(usize::MAX).min(count);
            self.to_skip -= skipped as u64;
            let kept = usize::try_from(self.left).unwrap_or(usize::MAX).min(count - skipped);
            if kept < count {
                let rows = out.rows().iter().skip(skipped).take(kept);
                out.selection = Some(rows.filter_map(|row| u16::try_from(row).ok()).collect());
            }
            self.left -= kept as u64;
            if self.left == 0
                && self.ties.is_some()
                && let Some(last) = out.rows().iter().last()
            {
                self.last_key = Some(self.key(context, out, last)?);
            }
            if kept > 0 {
                return Ok(());
            }
            context.check_cancel()?;
        }
        // WITH TIES goes on row by row as long as the keys are the same.
        if let Some(last_key) = self.last_key.take() {
            self.input.next(context, 1, out)?;
            if let Some(row) = out.rows().iter().next()
                && self.key(context, out, row)? == last_key
            {
                self.last_key = Some(last_key);
                return Ok(());
            }
        }
        out.clear();
        Ok(())
    }
}
