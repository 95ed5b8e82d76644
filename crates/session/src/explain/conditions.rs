//! The conditions of a plan's scans and joins, as EXPLAIN shows them below their nodes.

use crate::core::Core;
use error::Result;
use expression::{ColumnRef, DeparseContext, Expr, ExprKind, Parentheses, PlanNames, implies};
use functions::Environment;
use plan::{ColumnSource, IndexRange, JoinType, Node, NodeKind, TableScan};

/// What `Outer` values are called, by their numbers.
pub(super) type OuterNames = Vec<Option<String>>;

/// A node's lines, such as `Index Cond: (a = 1)`. A condition that has no text (one with a subquery) is left out.
pub(super) fn conditions(core: &Core, node: &Node, outer: &OuterNames) -> Vec<String> {
    let mut lines = Vec::new();
    let mut add = |label: &str, expr: Option<&Expr>, slots: &[Option<String>], columns: &[&str]| {
        let Some(expr) = expr else { return };
        if let Some(text) = text(core, expr, columns, PlanNames { slots, outer }) {
            lines.push(format!("{label}: {text}"));
        }
    };
    #[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these have conditions")]
    match &node.kind {
        NodeKind::SeqScan { scan, filter } => {
            add("Filter", filter.as_ref(), &bare_names(scan), &[]);
        }
        NodeKind::IndexScan { scan, index, range, filter, .. } => {
            let columns: Vec<&str> = scan.table.columns.iter().map(|c| c.name.as_str()).collect();
            add("Index Cond", index_condition(range).as_ref(), &[], &columns);
            let filter = filter.clone().and_then(|filter| match &index.predicate {
                None => Some(filter),
                Some(tree) => match expression::decode(tree) {
                    Ok(predicate) => without_implied(filter, scan, &predicate),
                    Err(_) => Some(filter),
                },
            });
            add("Filter", filter.as_ref(), &bare_names(scan), &[]);
        }
        NodeKind::NestedLoop { left, right, condition, .. } => {
            add("Join Filter", condition.as_ref(), &both(left, right), &[]);
        }
        NodeKind::HashJoin { left, right, condition, .. } => {
            add("Join Filter", condition.as_ref(), &both(left, right), &[]);
        }
        _ => {}
    }
    lines
}

/// An expression's text; `None` where it has none.
fn text(core: &Core, expr: &Expr, columns: &[&str], names: PlanNames<'_>) -> Option<String> {
    let (style, parentheses) = (Environment::style(core), Parentheses::All);
    let context = DeparseContext { access: &core.access, columns, parentheses, style };
    expression::deparse_plan(expr, &context, names).ok()
}

/// The names that the right side of a nested loop has for values of the left row.
pub(super) fn outer_names(
    core: &Core,
    left: &Node,
    parameters: &[(u32, Expr)],
    outer: &OuterNames,
) -> OuterNames {
    let (mut all, slots) = (outer.clone(), names(left));
    for (number, expr) in parameters {
        let Ok(number) = usize::try_from(*number) else { continue };
        if all.len() <= number {
            all.resize(number + 1, None);
        }
        all[number] = text(core, expr, &[], PlanNames { slots: &slots, outer });
    }
    all
}

/// A range's condition with the table's columns as those of range entry 0.
fn index_condition(range: &IndexRange) -> Option<Expr> {
    fn rebase(expr: Expr) -> Result<Expr> {
        if let ExprKind::Column(column) = expr.kind {
            return Ok(Expr { kind: ExprKind::Column(ColumnRef { range: 0, ..column }), ..expr });
        }
        expr.map_children(&mut rebase)
    }
    range.condition.clone().and_then(|condition| rebase(condition).ok())
}

/// What of a filter a partial index's predicate does not tell.
fn without_implied(filter: Expr, scan: &TableScan, predicate: &Expr) -> Option<Expr> {
    fn over_columns(expr: Expr, scan: &TableScan) -> Result<Expr> {
        if let ExprKind::Slot(slot) = expr.kind {
            let source = usize::try_from(slot).ok().and_then(|slot| scan.columns.get(slot));
            let Some(ColumnSource::Column(number)) = source else { return Ok(expr) };
            let column = ColumnRef { level: 0, range: 0, column: *number };
            return Ok(Expr { kind: ExprKind::Column(column), ..expr });
        }
        expr.map_children(&mut |child| over_columns(child, scan))
    }
    let parts = if let ExprKind::And(parts) = filter.kind { parts } else { vec![filter] };
    let tells = |part: &Expr| {
        over_columns(part.clone(), scan).is_ok_and(|condition| implies(predicate, &condition))
    };
    Expr::conjunction(parts.into_iter().filter(|part| !tells(part)).collect())
}

/// The names of a scan's columns.
fn bare_names(scan: &TableScan) -> Vec<Option<String>> {
    let name = |source: &ColumnSource| match source {
        ColumnSource::Column(number) => {
            let column = scan.table.columns.get(usize::try_from(*number - 1).ok()?)?;
            Some(types::quote_identifier(&column.name))
        }
        ColumnSource::Ctid => Some("ctid".to_owned()),
        ColumnSource::TableOid => Some("tableoid".to_owned()),
        ColumnSource::Carried(_)
        | ColumnSource::Xid
        | ColumnSource::Address
        | ColumnSource::Version => None,
    };
    scan.columns.iter().map(name).collect()
}

/// The names of a node's output columns, with their tables'.
#[expect(clippy::wildcard_enum_match_arm, reason = "the columns of other nodes have no names")]
fn names(node: &Node) -> Vec<Option<String>> {
    match &node.kind {
        NodeKind::SeqScan { scan, .. } | NodeKind::IndexScan { scan, .. } => {
            let table = types::quote_identifier(&scan.name);
            let bare = bare_names(scan).into_iter();
            bare.map(|name| name.map(|name| format!("{table}.{name}"))).collect()
        }
        NodeKind::Filter { input, .. }
        | NodeKind::Sort { input, .. }
        | NodeKind::Limit { input, .. }
        | NodeKind::LockRows { input, .. } => names(input),
        NodeKind::NestedLoop { join: JoinType::Semi | JoinType::Anti, left, .. }
        | NodeKind::HashJoin { join: JoinType::Semi | JoinType::Anti, left, .. } => names(left),
        NodeKind::NestedLoop { left, right, .. } | NodeKind::HashJoin { left, right, .. } => {
            both(left, right)
        }
        _ => vec![None; node.columns.len()],
    }
}

fn both(left: &Node, right: &Node) -> Vec<Option<String>> {
    let mut all = names(left);
    all.append(&mut names(right));
    all
}
