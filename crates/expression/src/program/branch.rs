//! CASE, COALESCE, NULLIF, GREATEST and LEAST: each row evaluates only what it needs.

use super::{Narrow, Node, Run, row_number};
use batch::{Rows, Values, Vector};
use error::{Result, stack_check};
use std::cmp::Ordering;
use types::Oid;

pub(super) fn case(
    operand: &mut Option<(Box<Node>, usize)>,
    arms: &mut [(Node, Node)],
    default: &mut Node,
    narrow: &mut Narrow,
    out: &mut Vector,
    rows: Rows<'_>,
    run: &mut Run<'_>,
) -> Result<()> {
    stack_check()?;
    if let Some((node, index)) = operand {
        node.run(rows, run)?;
        run.operands[*index].copy_from(node.output(run.input), rows);
    }
    out.reset(rows.end());
    narrow.rows.clear();
    narrow.rows.extend(rows.iter().map(row_number));
    for (condition, value) in arms {
        if narrow.rows.is_empty() {
            return Ok(());
        }
        condition.run(Rows::Some(&narrow.rows), run)?;
        split(condition.output(run.input), narrow);
        if !narrow.hits.is_empty() {
            value.run(Rows::Some(&narrow.hits), run)?;
            out.copy_rows(value.output(run.input), Rows::Some(&narrow.hits));
        }
    }
    if !narrow.rows.is_empty() {
        default.run(Rows::Some(&narrow.rows), run)?;
        out.copy_rows(default.output(run.input), Rows::Some(&narrow.rows));
    }
    Ok(())
}

/// Moves the rows for which the condition is true from `rows` to `hits`.
fn split(condition: &Vector, narrow: &mut Narrow) {
    let Values::Bool(values) = &condition.values else { panic!("a condition is a boolean") };
    let mask = condition.mask();
    let hits = &mut narrow.hits;
    hits.clear();
    narrow.rows.retain(|&number| {
        let row = usize::from(number) & mask;
        let hit = values[row] && !condition.nulls.get(row);
        if hit {
            hits.push(number);
        }
        !hit
    });
}

pub(super) fn coalesce(
    list: &mut [Node],
    narrow: &mut Narrow,
    out: &mut Vector,
    rows: Rows<'_>,
    run: &mut Run<'_>,
) -> Result<()> {
    stack_check()?;
    out.reset(rows.end());
    narrow.rows.clear();
    narrow.rows.extend(rows.iter().map(row_number));
    for node in list {
        if narrow.rows.is_empty() {
            return Ok(());
        }
        node.run(Rows::Some(&narrow.rows), run)?;
        let result = node.output(run.input);
        narrow.rows.retain(|&number| {
            let row = usize::from(number);
            let null = result.is_null(row);
            if !null {
                out.set(row, result.get(row));
            }
            null
        });
    }
    for row in &narrow.rows {
        out.set_null(usize::from(*row));
    }
    Ok(())
}

pub(super) fn null_if(
    equality: &mut Node,
    value: &mut Node,
    out: &mut Vector,
    rows: Rows<'_>,
    run: &mut Run<'_>,
) -> Result<()> {
    stack_check()?;
    equality.run(rows, run)?;
    value.run(rows, run)?;
    out.reset(rows.end());
    let (equal, result) = (equality.output(run.input), value.output(run.input));
    let Values::Bool(values) = &equal.values else { panic!("a condition is a boolean") };
    for row in rows.iter() {
        let place = row & equal.mask();
        if values[place] && !equal.nulls.get(place) {
            out.set_null(row);
        } else {
            out.set(row, result.get(row));
        }
    }
    Ok(())
}

pub(super) fn extreme(
    greatest: bool,
    arguments: &mut [Node],
    type_id: Oid,
    collation: Oid,
    out: &mut Vector,
    rows: Rows<'_>,
    run: &mut Run<'_>,
) -> Result<()> {
    stack_check()?;
    out.reset(rows.end());
    for row in rows.iter() {
        out.set_null(row);
    }
    let wanted = if greatest { Ordering::Greater } else { Ordering::Less };
    for node in arguments {
        node.run(rows, run)?;
        let result = node.output(run.input);
        for row in rows.iter().filter(|row| !result.is_null(*row)) {
            let value = result.get(row);
            if out.is_null(row) || types::compare(type_id, collation, value, out.get(row)) == wanted
            {
                out.set(row, value);
            }
        }
    }
    Ok(())
}
