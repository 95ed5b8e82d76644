//! Where the columns of range entries are in a node's output.

use error::{Error, Result};
use expression::{ColumnRef, Expr, ExprKind};

/// A column of a range entry: the entry and the column's number. Numbers below are what scans give beside columns.
pub(crate) type RangeColumn = (u16, i16);

/// The row's address, as a column's number.
pub(crate) const ADDRESS: i16 = i16::MIN;
/// The row's version, as a column's number.
pub(crate) const VERSION: i16 = i16::MIN + 1;

/// The output columns of a node, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Layout {
    pub(crate) columns: Vec<RangeColumn>,
}

impl Layout {
    pub(crate) fn slot(&self, column: RangeColumn) -> Option<usize> {
        self.columns.iter().position(|c| *c == column)
    }

    pub(crate) fn joined(&self, other: &Self) -> Self {
        Self { columns: self.columns.iter().chain(&other.columns).copied().collect() }
    }

    /// Whether the node gives columns of the entry.
    pub(crate) fn has_range(&self, range: u16) -> bool {
        self.columns.iter().any(|(r, _)| *r == range)
    }

    /// The expression with its own level's columns as slots.
    pub(crate) fn bind(&self, expr: Expr) -> Result<Expr> {
        if let ExprKind::Column(ColumnRef { level: 0, range, column }) = expr.kind {
            let slot = self.slot((range, column)).ok_or_else(|| {
                Error::internal(format!(
                    "column {column} of range entry {range} is not in the plan's row"
                ))
            })?;
            let kind = ExprKind::Slot(
                u32::try_from(slot).map_err(|_| Error::internal("too many columns"))?,
            );
            return Ok(Expr { kind, ..expr });
        }
        expr.map_children(&mut |child| self.bind(child))
    }
}

/// The range entries of its own level that an expression uses.
pub(crate) fn ranges_of(expr: &Expr) -> Vec<u16> {
    let mut ranges = Vec::new();
    expr.any(&mut |e| {
        if let ExprKind::Column(ColumnRef { level: 0, range, .. }) = e.kind
            && !ranges.contains(&range)
        {
            ranges.push(range);
        }
        false
    });
    ranges
}

/// Adds the columns of its own level that an expression uses.
pub(crate) fn add_columns(expr: &Expr, columns: &mut Vec<RangeColumn>) {
    expr.any(&mut |e| {
        if let ExprKind::Column(ColumnRef { level: 0, range, column }) = e.kind
            && !columns.contains(&(range, column))
        {
            columns.push((range, column));
        }
        false
    });
}
