//! SELECT: what happens to the rows of FROM, in SQL's order.

use crate::estimate::{OPERATOR, ROW};
use crate::join::{From, add_tree_columns};
use crate::layout::{ADDRESS, Layout, VERSION, add_columns};
use crate::node::{LockTarget, Node, NodeKind};
use crate::planner::{CommonState, Level, Planned, Planner};
use crate::scan::WantedOrder;
use crate::source::Source;
use error::{Error, Result};
use expression::{
    AggregateCall, ColumnRef, CommonTable, Distinct, Expr, ExprKind, JoinTree, Query, RangeKind,
    SetTree, Sort, Target,
};
use std::sync::Arc;
use types::{Datum, Kind, Oid};

impl Planner<'_> {
    /// Plans a SELECT; the node's columns are its visible targets.
    pub(crate) fn select(&mut self, mut query: Query) -> Result<Node> {
        self.common_tables(&mut query)?;
        for entry in &query.range {
            self.require(entry);
        }
        if query.set_operation.is_some() {
            return self.set_query(query);
        }
        self.prepare_query(&mut query)?;
        let wanted = wanted_order(&query);
        let limit = constant_limit(&query);
        let needed = if query.windows.is_empty() { limit } else { None };
        let (planned, ordered, recheck) = self.plan_from(&mut query, wanted, needed)?;
        let planned = self.lock_rows(&query, planned, recheck)?;
        let (planned, targets) = if query.grouped {
            group(planned, &mut query)?
        } else {
            (planned, std::mem::take(&mut query.targets))
        };
        let (planned, targets) = crate::window::windows(planned, targets, &query)?;
        let node = project(planned, &targets, query.has_set_returning)?;
        let node = distinct(node, &query.distinct, &targets, &query.order_by)?;
        let sorted =
            query.distinct == Distinct::No && ordered || matches!(query.distinct, Distinct::On(_));
        let node = if sorted { node } else { sort(node, &query.order_by, limit) };
        let node = limit_rows(
            node,
            query.limit,
            query.offset,
            query.with_ties.then(|| query.order_by.clone()),
        );
        Ok(visible(node, &targets))
    }

    /// Turns subqueries into subplans and columns of queries around into `Outer`, everywhere in the query.
    pub(crate) fn prepare_query(&mut self, query: &mut Query) -> Result<()> {
        for target in &mut query.targets {
            target.expr = self.prepare(take(&mut target.expr))?;
        }
        if let Some(filter) = query.filter.take() {
            query.filter = Some(self.prepare(filter)?);
        }
        if let Some(having) = query.having.take() {
            query.having = Some(self.prepare(having)?);
        }
        if let Some(limit) = query.limit.take() {
            query.limit = Some(self.prepare(limit)?);
        }
        if let Some(offset) = query.offset.take() {
            query.offset = Some(self.prepare(offset)?);
        }
        for window in &mut query.windows {
            for offset in window.frame.offsets_mut() {
                offset.value = self.prepare(take(&mut offset.value))?;
            }
        }
        for tree in &mut query.from {
            self.prepare_tree(tree)?;
        }
        Ok(())
    }

    fn prepare_tree(&mut self, tree: &mut JoinTree) -> Result<()> {
        if let JoinTree::Join { left, right, condition, .. } = tree {
            if let Some(expr) = condition.take() {
                *condition = Some(self.prepare(expr)?);
            }
            self.prepare_tree(left)?;
            self.prepare_tree(right)?;
        }
        Ok(())
    }

    /// Plans FROM and WHERE. Tells whether the rows come in the order wanted, and the whole condition for
    /// those that check rows again.
    pub(crate) fn plan_from(
        &mut self,
        query: &mut Query,
        wanted: Option<WantedOrder>,
        limit: Option<f64>,
    ) -> Result<(Planned, bool, Option<Expr>)> {
        let mut sources: Vec<Option<Source>> = Vec::with_capacity(query.range.len());
        for (index, entry) in query.range.iter_mut().enumerate() {
            let index =
                u16::try_from(index).map_err(|_| Error::internal("too many range entries"))?;
            let used =
                query.from.iter().any(|tree| crate::join::tree_ranges(tree).contains(&index));
            sources.push(if used { self.source(index, entry)? } else { None });
        }
        let mut needed = Vec::new();
        for target in &query.targets {
            add_columns(&target.expr, &mut needed);
        }
        query.having.iter().chain(&query.filter).for_each(|expr| add_columns(expr, &mut needed));
        query.from.iter().for_each(|tree| add_tree_columns(tree, &mut needed));
        for source in sources.iter().flatten() {
            source.parameters.iter().for_each(|(_, expr)| add_columns(expr, &mut needed));
        }
        for lock in &query.locking {
            needed.extend([(lock.range, ADDRESS), (lock.range, VERSION)]);
        }
        let mut carried = Vec::new();
        if let Some(modify) = &query.modify {
            carried = self.add_modify_columns(modify, query, &mut needed)?;
        }
        let conditions = query.filter.clone().map(Expr::into_conjuncts).unwrap_or_default();
        let recheck = recheck_condition(query);
        let trees: Vec<&JoinTree> = query.from.iter().collect();
        let mut from = From { range: &query.range, sources, needed, wanted, limit, ordered: false };
        let outer = std::mem::replace(&mut self.carried, carried);
        let planned = self.from(&mut from, &trees, conditions);
        self.carried = outer;
        Ok((planned?, from.ordered, recheck))
    }

    fn lock_rows(
        &mut self,
        query: &Query,
        planned: Planned,
        recheck: Option<Expr>,
    ) -> Result<Planned> {
        if query.locking.is_empty() {
            return Ok(planned);
        }
        self.writes = true;
        let mut targets = Vec::with_capacity(query.locking.len());
        for lock in &query.locking {
            let RangeKind::Table(oid) = query.range[usize::from(lock.range)].kind else {
                return Err(Error::unsupported("locking rows of something other than a table"));
            };
            let table = self
                .catalog
                .table(oid)
                .ok_or_else(|| Error::internal("a table vanished while planning"))?;
            let address = planned
                .layout
                .slot((lock.range, ADDRESS))
                .ok_or_else(|| Error::internal("a locked table's rows have no address"))?;
            targets.push(LockTarget {
                table: Arc::clone(table),
                address,
                strength: lock.strength,
                wait: lock.wait,
                columns: table_columns(&planned.layout, lock.range),
            });
        }
        let recheck = recheck.map(|expr| planned.layout.bind(expr)).transpose()?;
        let (columns, rows, cost) =
            (planned.node.columns.clone(), planned.node.rows, planned.node.cost);
        let kind = NodeKind::LockRows { input: Box::new(planned.node), targets, recheck };
        Ok(Planned { node: Node::new(kind, columns, rows, cost), layout: planned.layout })
    }

    // WITH.

    pub(crate) fn common_tables(&mut self, query: &mut Query) -> Result<()> {
        for (index, table) in std::mem::take(&mut query.common_tables).into_iter().enumerate() {
            let state = if table.recursive {
                self.recursive_table(table)?
            } else if table.materialized != Some(true)
                && references(query, index) <= 1
                && !is_volatile_query(&table.query)
            {
                CommonState::Inline(Box::new(table.query))
            } else {
                self.planned_table(table)?
            };
            self.level().common.push(state);
        }
        Ok(())
    }

    fn planned_table(&mut self, table: CommonTable) -> Result<CommonState> {
        let root = self.common_query(table.query)?;
        self.common.push(crate::node::CommonPlan { name: table.name, root });
        Ok(CommonState::Planned(self.common.len() - 1))
    }

    /// A common table's query uses nothing of the query that it belongs to, only of those around it.
    fn common_query(&mut self, query: Query) -> Result<Node> {
        self.levels.push(Level::default());
        let node = self.query(query);
        let level = self.levels.pop().unwrap_or_default();
        let node = node?;
        for (number, argument) in level.arguments {
            // What it uses of further out keeps its number here.
            let ExprKind::Column(ColumnRef { level, range, column }) = argument.kind else {
                return Err(Error::internal("an outer value is a column"));
            };
            let level = level
                .checked_sub(1)
                .ok_or_else(|| Error::unsupported("WITH using its own query's columns"))?;
            let kind = ExprKind::Column(ColumnRef { level, range, column });
            self.level().arguments.push((number, Expr { kind, ..argument }));
        }
        Ok(node)
    }

    fn recursive_table(&mut self, table: CommonTable) -> Result<CommonState> {
        let work = self.work_tables;
        self.work_tables += 1;
        // Within itself the name means the work table; its place in the list is the next one.
        self.level().common.push(CommonState::Work(work));
        let root = self.recursive_query(table.query, work);
        self.level().common.pop();
        let root = root?;
        self.common.push(crate::node::CommonPlan { name: table.name, root });
        Ok(CommonState::Planned(self.common.len() - 1))
    }

    fn recursive_query(&mut self, mut query: Query, work: usize) -> Result<Node> {
        let Some(SetTree::Operation(operation)) = query.set_operation.take() else {
            return Err(Error::internal("a recursive query is a UNION"));
        };
        if !query.order_by.is_empty() || query.limit.is_some() || query.offset.is_some() {
            return Err(Error::unsupported("ORDER BY or LIMIT in a recursive query"));
        }
        self.levels.push(Level::default());
        let sides = self.set_sides(&operation, &query.range);
        let level = self.levels.pop().unwrap_or_default();
        let (first, again) = sides?;
        if !level.arguments.is_empty() {
            return Err(Error::unsupported(
                "a recursive query that uses columns of a query around it",
            ));
        }
        let columns = first.columns.clone();
        let rows = first.rows * 10.0;
        let kind = NodeKind::RecursiveUnion {
            first: Box::new(first),
            again: Box::new(again),
            index: work,
            all: operation.all,
        };
        Ok(Node::new(kind, columns, rows, (0.0, rows)))
    }
}

/// Takes an expression out of its place.
pub(crate) fn take(expr: &mut Expr) -> Expr {
    std::mem::replace(expr, Expr::null(types::type_oid::TEXT))
}

/// Where a table's columns are in a layout.
pub(crate) fn table_columns(layout: &Layout, range: u16) -> Vec<(i16, usize)> {
    layout
        .columns
        .iter()
        .enumerate()
        .filter(|(_, (r, number))| *r == range && *number > 0)
        .map(|(slot, (_, number))| (*number, slot))
        .collect()
}

/// All conditions that a row of inner joins fulfils.
fn recheck_condition(query: &Query) -> Option<Expr> {
    fn add(tree: &JoinTree, list: &mut Vec<Expr>) {
        if let JoinTree::Join { kind: expression::JoinKind::Inner, left, right, condition } = tree {
            list.extend(condition.clone());
            add(left, list);
            add(right, list);
        }
    }
    let mut list: Vec<Expr> = query.filter.iter().cloned().collect();
    query.from.iter().for_each(|tree| add(tree, &mut list));
    Expr::conjunction(list)
}

/// The order wanted of a query over one table, in columns of the table.
#[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
fn wanted_order(query: &Query) -> Option<WantedOrder> {
    let [JoinTree::Range(range)] = query.from.as_slice() else { return None };
    if query.order_by.is_empty()
        || query.grouped
        || !query.windows.is_empty()
        || query.distinct != Distinct::No
        || query.has_set_returning
    {
        return None;
    }
    query
        .order_by
        .iter()
        .map(|sort| {
            let ExprKind::Slot(slot) = sort.expr.kind else { return None };
            match query.targets[slot as usize].expr.kind {
                ExprKind::Column(ColumnRef { level: 0, range: r, column })
                    if r == *range && column > 0 =>
                {
                    Some((column, sort.descending, sort.nulls_first))
                }
                _ => None,
            }
        })
        .collect()
}

fn constant_limit(query: &Query) -> Option<f64> {
    let number = |expr: &Option<Expr>| match expr.as_ref().and_then(Expr::as_constant) {
        Some(Datum::I64(n)) => Some(*n),
        _ => None,
    };
    let offset = if query.offset.is_some() { number(&query.offset)? } else { 0 };
    if query.with_ties {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    number(&query.limit).and_then(|n| n.checked_add(offset)).map(|n| n.max(0) as f64)
}

/// Groups: the targets and HAVING then see the keys and aggregates as slots.
fn group(planned: Planned, query: &mut Query) -> Result<(Planned, Vec<Target>)> {
    let mut keys = Vec::with_capacity(query.group_by.len());
    for index in &query.group_by {
        keys.push(query.targets[*index].expr.clone());
    }
    let mut aggregates: Vec<Expr> = Vec::new();
    for expr in query.targets.iter().map(|target| &target.expr).chain(&query.having) {
        collect_aggregates(expr, &mut aggregates);
    }
    for expr in query.targets.iter().map(|target| &target.expr).chain(&query.having) {
        // Columns that the grouped primary key determines are the same in all rows of a group.
        collect_determined(expr, query.group_by.len(), &mut keys);
    }
    let layout = &planned.layout;
    let bound_keys = keys.iter().map(|key| layout.bind(key.clone())).collect::<Result<Vec<_>>>()?;
    let mut calls: Vec<(AggregateCall, Oid)> = Vec::with_capacity(aggregates.len());
    for expr in &aggregates {
        if let ExprKind::Aggregate(call) = layout.bind(expr.clone())?.kind {
            calls.push((*call, expr.type_id));
        }
    }
    let columns: Vec<Kind> =
        keys.iter().chain(&aggregates).map(|expr| Kind::of(expr.type_id)).collect();
    let rows = if keys.is_empty() { 1.0 } else { (planned.node.rows / 10.0).max(1.0) };
    let cost = planned.node.cost.1 + planned.node.rows * (ROW + OPERATOR);
    let kind =
        NodeKind::Aggregate { input: Box::new(planned.node), keys: bound_keys, aggregates: calls };
    let mut node = Node::new(kind, columns.clone(), rows, (cost, cost));
    if let Some(having) = query.having.take() {
        let condition = grouped(having, &keys, &aggregates)?;
        let kind = NodeKind::Filter { input: Box::new(node), condition };
        node = Node::new(kind, columns, (rows / 3.0).max(1.0), (cost, cost));
    }
    let mut targets = std::mem::take(&mut query.targets);
    for target in &mut targets {
        target.expr = grouped(take(&mut target.expr), &keys, &aggregates)?;
    }
    Ok((Planned { node, layout: Layout::default() }, targets))
}

fn collect_aggregates(expr: &Expr, list: &mut Vec<Expr>) {
    if matches!(expr.kind, ExprKind::Aggregate(_)) {
        if !list.contains(expr) {
            list.push(expr.clone());
        }
        return;
    }
    expr.for_each_child(&mut |child| collect_aggregates(child, list));
}

/// Adds the columns that are neither in a key nor in an aggregate to the keys.
fn collect_determined(expr: &Expr, key_count: usize, keys: &mut Vec<Expr>) {
    if matches!(expr.kind, ExprKind::Aggregate(_)) || keys[..key_count].contains(expr) {
        return;
    }
    if let ExprKind::Column(ColumnRef { level: 0, .. }) = expr.kind {
        if !keys.contains(expr) {
            keys.push(expr.clone());
        }
        return;
    }
    expr.for_each_child(&mut |child| collect_determined(child, key_count, keys));
}

/// The expression over the output of grouping.
fn grouped(expr: Expr, keys: &[Expr], aggregates: &[Expr]) -> Result<Expr> {
    let place = keys
        .iter()
        .position(|key| *key == expr)
        .or_else(|| aggregates.iter().position(|a| *a == expr).map(|index| keys.len() + index));
    if let Some(place) = place {
        let slot = u32::try_from(place).map_err(|_| Error::internal("too many groups"))?;
        return Ok(Expr { kind: ExprKind::Slot(slot), ..expr });
    }
    expr.map_children(&mut |child| grouped(child, keys, aggregates))
}

/// The targets over the rows; slots of them are then their indexes.
fn project(planned: Planned, targets: &[Target], sets: bool) -> Result<Node> {
    let grouped = planned.layout.columns.is_empty();
    let mut exprs = Vec::with_capacity(targets.len());
    for target in targets {
        let expr = target.expr.clone();
        exprs.push(if grouped { expr } else { planned.layout.bind(expr)? });
    }
    let columns = targets.iter().map(|target| Kind::of(target.expr.type_id)).collect();
    let (rows, cost) = (planned.node.rows, planned.node.cost);
    let input = Box::new(planned.node);
    if sets {
        let kind = NodeKind::ProjectSet { input, exprs };
        return Ok(Node::new(kind, columns, rows * 100.0, cost));
    }
    Ok(Node::new(NodeKind::Project { input, exprs }, columns, rows, cost))
}

fn distinct(
    node: Node,
    distinct: &Distinct,
    targets: &[Target],
    order_by: &[Sort],
) -> Result<Node> {
    let slots = |indexes: Vec<usize>| -> Result<Vec<Expr>> {
        indexes
            .into_iter()
            .map(|index| {
                let slot = u32::try_from(index).map_err(|_| Error::internal("too many targets"))?;
                let expr = &targets[index].expr;
                Ok(Expr {
                    kind: ExprKind::Slot(slot),
                    type_id: expr.type_id,
                    typmod: expr.typmod,
                    collation: expr.collation,
                })
            })
            .collect()
    };
    let (columns, rows, cost) = (node.columns.clone(), node.rows, node.cost.1);
    let (input, keys) = match distinct {
        Distinct::No => return Ok(node),
        Distinct::All => {
            let visible = (0..targets.len()).filter(|index| !targets[*index].junk).collect();
            (node, slots(visible)?)
        }
        // The first row of each combination in the order asked for: the rows stay in it.
        Distinct::On(indexes) => (sort(node, order_by, None), slots(indexes.clone())?),
    };
    let kind = NodeKind::Distinct { input: Box::new(input), keys };
    Ok(Node::new(kind, columns, (rows / 2.0).max(1.0), (cost, cost + rows * ROW)))
}

/// The rows in order.
pub(crate) fn sort(node: Node, keys: &[Sort], limit: Option<f64>) -> Node {
    if keys.is_empty() {
        return node;
    }
    let (columns, rows) = (node.columns.clone(), node.rows);
    let cost = node.cost.1 + rows * rows.max(2.0).log2() * OPERATOR * 2.0;
    const TOP_MAX: f64 = 10_000.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to be small and positive"
    )]
    let limit = limit.filter(|limit| *limit <= TOP_MAX).map(|limit| limit as usize);
    let kind = NodeKind::Sort { input: Box::new(node), keys: keys.to_vec(), limit };
    Node::new(kind, columns, rows, (cost, cost))
}

/// LIMIT and OFFSET.
pub(crate) fn limit_rows(
    node: Node,
    limit: Option<Expr>,
    offset: Option<Expr>,
    ties: Option<Vec<Sort>>,
) -> Node {
    if limit.is_none() && offset.is_none() {
        return node;
    }
    let rows = match limit.as_ref().and_then(Expr::as_constant) {
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        Some(Datum::I64(n)) => node.rows.min(*n as f64),
        _ => node.rows,
    };
    let (columns, cost) = (node.columns.clone(), node.cost);
    Node::new(NodeKind::Limit { input: Box::new(node), limit, offset, ties }, columns, rows, cost)
}

/// The node without its junk columns.
fn visible(node: Node, targets: &[Target]) -> Node {
    if !targets.iter().any(|target| target.junk) {
        return node;
    }
    let mut exprs = Vec::new();
    for (index, target) in (0u32..).zip(targets).filter(|(_, target)| !target.junk) {
        let expr = &target.expr;
        exprs.push(Expr {
            kind: ExprKind::Slot(index),
            type_id: expr.type_id,
            typmod: expr.typmod,
            collation: expr.collation,
        });
    }
    let columns = exprs.iter().map(|expr| Kind::of(expr.type_id)).collect();
    let (rows, cost) = (node.rows, node.cost);
    Node::new(NodeKind::Project { input: Box::new(node), exprs }, columns, rows, cost)
}

/// How often a query's own FROM names a common table; a use further down counts as many.
fn references(query: &Query, index: usize) -> usize {
    let mut count = 0;
    count_references(query, index, 0, &mut count);
    count
}

#[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
fn count_references(query: &Query, index: usize, depth: u16, count: &mut usize) {
    const MANY: usize = 2;
    for entry in &query.range {
        match &entry.kind {
            RangeKind::Common { level, index: i, .. } if *i == index && *level == depth => {
                *count += if depth == 0 { 1 } else { MANY };
            }
            RangeKind::Subquery(inner) => count_references(inner, index, depth + 1, count),
            _ => {}
        }
    }
    for table in &query.common_tables {
        count_references(&table.query, index, depth + 1, count);
    }
    // A use within an expression's subquery cannot be put in place either.
    let mut test = |expr: &Expr| expr.any(&mut |e| matches!(e.kind, ExprKind::Subquery(_)));
    if depth == 0
        && (query.targets.iter().any(|t| test(&t.expr))
            || query.filter.iter().any(&mut test)
            || query.having.iter().any(&mut test))
    {
        *count += MANY;
    }
}

fn is_volatile_query(query: &Query) -> bool {
    query.modify.is_some() || query.targets.iter().any(|target| target.expr.is_volatile())
}
