//! AND, OR, NOT and the tests of truth and NULL.

use super::{Narrow, Node, Run, row_number};
use crate::expr::Truth;
use batch::{Rows, Values, Vector};
use error::Result;

/// The booleans of a vector.
fn bools(vector: &Vector) -> &[bool] {
    if let Values::Bool(values) = &vector.values {
        values
    } else {
        panic!("a condition is a boolean")
    }
}

/// Writes a boolean to every row.
fn put(out: &mut Vector, row: usize, value: bool) {
    if let Values::Bool(values) = &mut out.values {
        values[row] = value;
    }
}

/// AND where `decisive` is false, OR where it is true: a row is decided by the first decisive value; an undecided one
/// is NULL if any was NULL.
pub(super) fn and_or(
    list: &mut [Node],
    narrow: &mut Narrow,
    decisive: bool,
    out: &mut Vector,
    rows: Rows<'_>,
    run: &mut Run<'_>,
) -> Result<()> {
    error::stack_check()?;
    out.reset(rows.end());
    for row in rows.iter() {
        put(out, row, !decisive);
    }
    narrow.rows.clear();
    narrow.rows.extend(rows.iter().map(row_number));
    for node in list {
        if narrow.rows.is_empty() {
            break;
        }
        node.run(Rows::Some(&narrow.rows), run)?;
        let result = node.output(run.input);
        let (values, mask) = (bools(result), result.mask());
        narrow.rows.retain(|&row| {
            let row = usize::from(row);
            if result.nulls.get(row & mask) {
                out.nulls.set(row);
                return true;
            }
            let decided = values[row & mask] == decisive;
            if decided {
                put(out, row, decisive);
                out.nulls.unset(row);
            }
            !decided
        });
    }
    Ok(())
}

pub(super) fn not(
    arg: &mut Node,
    out: &mut Vector,
    rows: Rows<'_>,
    run: &mut Run<'_>,
) -> Result<()> {
    error::stack_check()?;
    arg.run(rows, run)?;
    out.reset(rows.end());
    let result = arg.output(run.input);
    let (values, mask) = (bools(result), result.mask());
    for row in rows.iter() {
        if result.nulls.get(row & mask) {
            out.nulls.set(row);
        } else {
            put(out, row, !values[row & mask]);
        }
    }
    Ok(())
}

pub(super) fn is_null(
    arg: &mut Node,
    negated: bool,
    out: &mut Vector,
    rows: Rows<'_>,
    run: &mut Run<'_>,
) -> Result<()> {
    error::stack_check()?;
    arg.run(rows, run)?;
    out.reset(rows.end());
    let result = arg.output(run.input);
    for row in rows.iter() {
        put(out, row, result.is_null(row) != negated);
    }
    Ok(())
}

pub(super) fn is_truth(
    arg: &mut Node,
    test: Truth,
    negated: bool,
    out: &mut Vector,
    rows: Rows<'_>,
    run: &mut Run<'_>,
) -> Result<()> {
    error::stack_check()?;
    arg.run(rows, run)?;
    out.reset(rows.end());
    let result = arg.output(run.input);
    let (values, mask) = (bools(result), result.mask());
    for row in rows.iter() {
        let null = result.nulls.get(row & mask);
        let holds = match test {
            Truth::True => !null && values[row & mask],
            Truth::False => !null && !values[row & mask],
            Truth::Unknown => null,
        };
        put(out, row, holds != negated);
    }
    Ok(())
}

#[expect(clippy::too_many_arguments, reason = "the parts of one operation and of one run")]
pub(super) fn is_distinct(
    left: &mut Node,
    right: &mut Node,
    equality: &mut Node,
    operand: usize,
    negated: bool,
    out: &mut Vector,
    rows: Rows<'_>,
    run: &mut Run<'_>,
) -> Result<()> {
    error::stack_check()?;
    left.run(rows, run)?;
    right.run(rows, run)?;
    run.operands[operand].copy_from(left.output(run.input), rows);
    run.operands[operand + 1].copy_from(right.output(run.input), rows);
    out.reset(rows.end());
    let mut both = Vec::new();
    for row in rows.iter() {
        let (a, b) = (run.operands[operand].is_null(row), run.operands[operand + 1].is_null(row));
        if a || b {
            put(out, row, (a != b) != negated);
        } else {
            both.push(row_number(row));
        }
    }
    if both.is_empty() {
        return Ok(());
    }
    equality.run(Rows::Some(&both), run)?;
    let result = equality.output(run.input);
    let (values, mask) = (bools(result), result.mask());
    for row in both.into_iter().map(usize::from) {
        put(out, row, values[row & mask] == negated);
    }
    Ok(())
}
