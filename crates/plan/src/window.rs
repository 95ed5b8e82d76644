//! Window functions: each distinct window is a node over rows in its order, and targets see the values as slots.
//!
//! Windows follow each other in PostgreSQL's order, those with longer keys first, so that one sort serves all windows
//! whose keys are its leading ones.

use crate::estimate::{OPERATOR, ROW};
use crate::layout::Layout;
use crate::node::{Node, NodeKind};
use crate::planner::Planned;
use crate::select::sort;
use error::{Error, Result};
use expression::{Distinct, Expr, ExprKind, Query, Sort, Target, Window, WindowCall};
use std::cmp::Ordering;
use types::{Kind, Oid};

/// The rows with the window functions' values, and the targets over them; the query's targets are given apart.
pub(crate) fn windows(
    planned: Planned,
    mut targets: Vec<Target>,
    query: &Query,
) -> Result<(Planned, Vec<Target>)> {
    let mut calls: Vec<Expr> = Vec::new();
    targets.iter().for_each(|target| collect(&target.expr, &mut calls));
    if calls.is_empty() {
        return Ok((planned, targets));
    }
    // Windows that say the same are one.
    let same = |index: usize| {
        let window = &query.windows[index];
        query.windows.iter().position(|other| is_same(other, window)).unwrap_or(index)
    };
    let mut active: Vec<usize> = Vec::new();
    for call in &calls {
        let index = same(call_of(call)?.window);
        if !active.contains(&index) {
            active.push(index);
        }
    }
    active.sort_unstable();
    let numbers = sort_numbers(query, &targets);
    active.sort_by(|a, b| by_keys(&query.windows[*a], &query.windows[*b], &numbers));

    for target in &mut targets {
        target.expr = planned.layout.bind(crate::select::take(&mut target.expr))?;
    }
    let mut bound =
        calls.iter().map(|call| planned.layout.bind(call.clone())).collect::<Result<Vec<_>>>()?;
    let mut node = key_columns(planned.node, &mut targets, &mut bound, query, &active)?;
    let mut order: Vec<Sort> = Vec::new();
    let mut values: Vec<(Expr, Expr)> = Vec::with_capacity(bound.len());
    for index in active {
        let window = &query.windows[index];
        let partition: Vec<Expr> =
            window.partition_by.iter().map(|index| targets[*index].expr.clone()).collect();
        let order_by = window
            .order_by
            .iter()
            .map(|sort| Ok(Sort { expr: targets[target_of(sort)?].expr.clone(), ..sort.clone() }))
            .collect::<Result<Vec<_>>>()?;
        let keys = sort_keys(&partition, &order_by);
        if !order.starts_with(&keys) {
            node = sort(node, &keys, None);
            order = keys;
        }
        let mut mine = Vec::new();
        let mut columns = node.columns.clone();
        for call in &bound {
            let window_call = call_of(call)?;
            if same(window_call.window) == index {
                values.push((call.clone(), slot(columns.len(), call)?));
                columns.push(Kind::of(call.type_id));
                mine.push((window_call.clone(), call.type_id));
            }
        }
        node = window_node(node, columns, partition, order_by, window, mine);
    }
    for target in &mut targets {
        target.expr = replaced(crate::select::take(&mut target.expr), &values)?;
    }
    Ok((Planned { node, layout: Layout::default() }, targets))
}

fn window_node(
    input: Node,
    columns: Vec<Kind>,
    partition: Vec<Expr>,
    order: Vec<Sort>,
    window: &Window,
    calls: Vec<(WindowCall, Oid)>,
) -> Node {
    let (rows, (start, total)) = (input.rows, input.cost);
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let work = rows * (ROW + calls.len() as f64 * OPERATOR);
    let frame = window.frame.clone();
    let kind = NodeKind::Window { input: Box::new(input), partition, order, frame, calls };
    Node::new(kind, columns, rows, (start, total + work))
}

/// The calls within an expression.
fn collect(expr: &Expr, list: &mut Vec<Expr>) {
    if matches!(expr.kind, ExprKind::Window(_)) {
        if !list.contains(expr) {
            list.push(expr.clone());
        }
        return;
    }
    expr.for_each_child(&mut |child| collect(child, list));
}

fn call_of(expr: &Expr) -> Result<&WindowCall> {
    if let ExprKind::Window(call) = &expr.kind {
        Ok(call)
    } else {
        Err(Error::internal("a window function call is one"))
    }
}

fn is_same(a: &Window, b: &Window) -> bool {
    a.partition_by == b.partition_by && a.order_by == b.order_by && a.frame == b.frame
}

fn target_of(sort: &Sort) -> Result<usize> {
    if let ExprKind::Slot(index) = sort.expr.kind {
        Ok(index as usize)
    } else {
        Err(Error::internal("a window is ordered by targets"))
    }
}

fn slot(index: usize, expr: &Expr) -> Result<Expr> {
    let slot = u32::try_from(index).map_err(|_| Error::internal("too many columns"))?;
    Ok(Expr {
        kind: ExprKind::Slot(slot),
        type_id: expr.type_id,
        typmod: expr.typmod,
        collation: expr.collation,
    })
}

/// The numbers by which PostgreSQL tells what is sorted and grouped by: targets in the order of their first use.
fn sort_numbers(query: &Query, targets: &[Target]) -> Vec<usize> {
    let order_by = query.order_by.iter().filter_map(|sort| target_of(sort).ok());
    let mut numbers: Vec<usize> = order_by.chain(query.group_by.iter().copied()).collect();
    match &query.distinct {
        Distinct::No => {}
        Distinct::All => {
            numbers.extend((0..targets.len()).filter(|index| !targets[*index].junk));
        }
        Distinct::On(list) => numbers.extend(list),
    }
    for window in &query.windows {
        numbers.extend(window.order_by.iter().filter_map(|sort| target_of(sort).ok()));
        numbers.extend(&window.partition_by);
    }
    numbers
}

fn by_keys(a: &Window, b: &Window, numbers: &[usize]) -> Ordering {
    let keys = |window: &Window| {
        let mut keys: Vec<(usize, bool, bool)> = Vec::new();
        let partition = window.partition_by.iter().map(|index| (*index, false, false));
        let order = window
            .order_by
            .iter()
            .filter_map(|sort| Some((target_of(sort).ok()?, sort.descending, sort.nulls_first)));
        for (index, descending, nulls_first) in partition.chain(order) {
            let number = numbers.iter().position(|other| *other == index).unwrap_or(index);
            if !keys.iter().any(|(other, ..)| *other == number) {
                keys.push((number, descending, nulls_first));
            }
        }
        keys
    };
    // Greater numbers first, and a longer list before its own beginning.
    keys(b).cmp(&keys(a))
}

/// What the rows are sorted by: each key once.
fn sort_keys(partition: &[Expr], order_by: &[Sort]) -> Vec<Sort> {
    let mut keys: Vec<Sort> = Vec::with_capacity(partition.len() + order_by.len());
    let partition = partition.iter().map(|expr| Sort {
        expr: expr.clone(),
        descending: false,
        nulls_first: false,
    });
    for key in partition.chain(order_by.iter().cloned()) {
        if key.expr.as_constant().is_none() && !keys.iter().any(|other| other.expr == key.expr) {
            keys.push(key);
        }
    }
    keys
}

/// Makes what windows divide and order by columns of the rows, so that it is computed once.
fn key_columns(
    input: Node,
    targets: &mut [Target],
    calls: &mut [Expr],
    query: &Query,
    active: &[usize],
) -> Result<Node> {
    let mut computed: Vec<usize> = Vec::new();
    for index in active {
        let window = &query.windows[*index];
        let order = window.order_by.iter().map(target_of).collect::<Result<Vec<_>>>()?;
        for index in window.partition_by.iter().copied().chain(order) {
            let is_value =
                matches!(targets[index].expr.kind, ExprKind::Slot(_) | ExprKind::Constant(_));
            if !is_value && !computed.contains(&index) {
                computed.push(index);
            }
        }
    }
    if computed.is_empty() {
        return Ok(input);
    }
    let mut exprs: Vec<Expr> = Vec::new();
    for target in targets.iter() {
        target.expr.any(&mut |e| {
            if matches!(e.kind, ExprKind::Slot(_))
                && !exprs.iter().any(|other| other.kind == e.kind)
            {
                exprs.push(e.clone());
            }
            false
        });
    }
    let kept: Vec<(Expr, Expr)> = exprs
        .iter()
        .enumerate()
        .map(|(index, expr)| Ok((expr.clone(), slot(index, expr)?)))
        .collect::<Result<_>>()?;
    let moved = |expr: Expr| moved(expr, &kept);
    let mut keys = Vec::with_capacity(computed.len());
    for index in &computed {
        keys.push((*index, slot(exprs.len(), &targets[*index].expr)?));
        exprs.push(targets[*index].expr.clone());
    }
    for target in targets.iter_mut() {
        target.expr = moved(crate::select::take(&mut target.expr))?;
    }
    for call in calls {
        *call = moved(crate::select::take(call))?;
    }
    for (index, key) in keys {
        targets[index].expr = key;
    }
    let columns = exprs.iter().map(|expr| Kind::of(expr.type_id)).collect();
    let (rows, cost) = (input.rows, input.cost);
    Ok(Node::new(NodeKind::Project { input: Box::new(input), exprs }, columns, rows, cost))
}

/// The expression over the columns that are kept.
fn moved(expr: Expr, kept: &[(Expr, Expr)]) -> Result<Expr> {
    if matches!(expr.kind, ExprKind::Slot(_)) {
        let found = kept.iter().find(|(old, _)| old.kind == expr.kind);
        let (_, new) = found.ok_or_else(|| Error::internal("a column was not kept"))?;
        return Ok(Expr { kind: new.kind.clone(), ..expr });
    }
    expr.map_children(&mut |child| moved(child, kept))
}

/// The expression with calls as the slots of their values.
fn replaced(expr: Expr, values: &[(Expr, Expr)]) -> Result<Expr> {
    if let Some((_, value)) = values.iter().find(|(call, _)| *call == expr) {
        return Ok(value.clone());
    }
    expr.map_children(&mut |child| replaced(child, values))
}
