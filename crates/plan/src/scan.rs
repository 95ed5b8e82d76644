//! Access paths of tables: the whole table, or a range of an index.

use crate::covered::covered;
use crate::estimate::{INDEX_ROW, OPERATOR, PAGE, RANDOM_PAGE, ROW, element_count, selectivity};
use crate::layout::{ADDRESS, Layout, RangeColumn, VERSION, ranges_of};
use crate::node::{ColumnSource, IndexBound, IndexRange, Node, NodeKind, TableScan};
use crate::planner::{Planned, Planner};
use crate::source::kind_of;
use catalog::facts::{CastContext, CastMethod, facts};
use catalog::object::{Index, IndexTarget, Table};
use error::{Error, Result};
use expression::{
    Call, CallForm, ColumnRef, Conversion, Expr, ExprKind, RangeEntry, RangeKind, implies,
};
use std::sync::Arc;
use types::{Datum, Kind, Oid, type_oid};

/// An order that the rows are wanted in: columns of the entry, each with descending and NULLs first.
pub(crate) type WantedOrder = Vec<(i16, bool, bool)>;

/// A table's size.
struct Size {
    pages: f64,
    rows: f64,
}

/// A way to read a table through an index.
struct IndexPath {
    index: Arc<Index>,
    range: IndexRange,
    /// The conditions that the range fulfils, by their place.
    used: Vec<usize>,
    /// The share of the rows that a partial index has, and the conditions that hold for all of these in the place of the
    /// newest version: an older one may differ in what is no part of the key, so they are checked all the same.
    partial: Option<f64>,
    proved: Vec<usize>,
    rows: f64,
    /// Those that pass all conditions.
    rows_passed: f64,
    cost: f64,
    /// The rows come in the order wanted, and in this direction.
    ordered: Option<bool>,
}

impl Planner<'_> {
    /// Plans the scan of a table or system relation that fulfils the conditions, which may use other entries' columns
    /// as `Outer` already. Tells whether the rows come in the order wanted.
    #[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
    pub(crate) fn scan(
        &mut self,
        range: u16,
        entry: &RangeEntry,
        needed: &[RangeColumn],
        conditions: Vec<Expr>,
        wanted: Option<&WantedOrder>,
        limit: Option<f64>,
    ) -> Result<(Planned, bool)> {
        let mut columns: Vec<RangeColumn> =
            needed.iter().copied().filter(|(r, _)| *r == range).collect();
        for condition in &conditions {
            crate::layout::add_columns(condition, &mut columns);
        }
        let layout = Layout { columns };
        match &entry.kind {
            RangeKind::System(oid) => {
                Ok((self.system_scan(*oid, entry, layout, conditions)?, false))
            }
            RangeKind::Table(oid) => {
                self.table_scan(*oid, entry, layout, conditions, wanted, limit)
            }
            _ => Err(Error::internal("only relations are scanned")),
        }
    }

    fn system_scan(
        &mut self,
        relation: Oid,
        entry: &RangeEntry,
        layout: Layout,
        conditions: Vec<Expr>,
    ) -> Result<Planned> {
        let mut keys = Vec::new();
        for condition in &conditions {
            if let Some((ExprKind::Column(column), value)) =
                equality(condition).map(|(a, b)| (&a.kind, b))
                && column.column > 0
            {
                keys.push((column.column, value.clone()));
            } else if let Some((value, ExprKind::Column(column))) =
                equality(condition).map(|(a, b)| (a, &b.kind))
                && column.column > 0
            {
                keys.push((column.column, value.clone()));
            }
        }
        keys.retain(|(_, value)| ranges_of(value).is_empty() && !value.is_volatile());
        let rows = if keys.is_empty() { 400.0 } else { 5.0 };
        let filter = Expr::conjunction(conditions).map(|e| layout.bind(e)).transpose()?;
        let kinds = layout.columns.iter().map(|c| kind_of(entry, *c)).collect();
        let columns = layout.columns.iter().map(|(_, number)| *number).collect();
        let kind = NodeKind::SystemScan { relation, columns, keys, filter };
        Ok(Planned { node: Node::new(kind, kinds, rows, (0.0, 400.0 * ROW)), layout })
    }

    fn size(&self, table: &Table) -> Size {
        let pages = f64::from(self.statistics.pages(table.oid));
        const ROWS_A_PAGE: f64 = 120.0;
        let known = &table.statistics;
        let density = if known.rows >= 0.0 && known.pages > 0 {
            known.rows / f64::from(known.pages)
        } else {
            ROWS_A_PAGE
        };
        Size { pages: pages.max(1.0), rows: (pages * density).max(1.0) }
    }

    fn table_scan(
        &mut self,
        oid: Oid,
        entry: &RangeEntry,
        layout: Layout,
        conditions: Vec<Expr>,
        wanted: Option<&WantedOrder>,
        limit: Option<f64>,
    ) -> Result<(Planned, bool)> {
        let table = self
            .catalog
            .table(oid)
            .ok_or_else(|| Error::internal("a table vanished while planning"))?;
        let table = Arc::clone(table);
        let size = self.size(&table);
        let range = layout.columns.first().map_or(0, |(range, _)| *range);
        let scan = TableScan {
            table: Arc::clone(&table),
            name: entry.name.clone(),
            columns: layout
                .columns
                .iter()
                .map(|(range, number)| source_of(&self.carried, *range, *number))
                .collect(),
        };
        let share: f64 = conditions.iter().map(selectivity).product();
        let rows = (size.rows * share).max(1.0);
        let kinds: Vec<Kind> = layout.columns.iter().map(|c| kind_of(entry, *c)).collect();
        let checks = f64::from(u32::try_from(conditions.len()).unwrap_or(u32::MAX)) * OPERATOR;
        let mut sequential = size.pages * PAGE + size.rows * (ROW + checks);
        if wanted.is_some() {
            // What sorting the rows would cost beside.
            sequential += rows * (rows.max(2.0).log2()) * OPERATOR * 2.0;
        }
        let covers = |index: &Index| covered(&scan, index).is_some();
        let best = self.best_index(&table, range, &conditions, &size, (wanted, limit), &covers);
        if let Some(path) = best
            && path.cost < sequential
        {
            let ordered = path.ordered.is_some();
            let backward = path.ordered.unwrap_or(false);
            let rest: Vec<Expr> = conditions
                .into_iter()
                .enumerate()
                .filter(|(place, _)| !path.used.contains(place))
                .map(|(_, condition)| condition)
                .collect();
            let rows = path.rows_passed;
            let filter = Expr::conjunction(rest).map(|e| layout.bind(e)).transpose()?;
            let kind = NodeKind::IndexScan {
                scan,
                index: path.index,
                range: path.range,
                backward,
                filter,
            };
            let node = Node::new(kind, kinds, rows, (0.0, path.cost));
            return Ok((Planned { node, layout }, ordered));
        }
        let filter = Expr::conjunction(conditions).map(|e| layout.bind(e)).transpose()?;
        let kind = NodeKind::SeqScan { scan, filter };
        Ok((Planned { node: Node::new(kind, kinds, rows, (0.0, sequential)), layout }, false))
    }

    fn best_index(
        &self,
        table: &Table,
        range: u16,
        conditions: &[Expr],
        size: &Size,
        (wanted, limit): (Option<&WantedOrder>, Option<f64>),
        covers: &dyn Fn(&Index) -> bool,
    ) -> Option<IndexPath> {
        let mut best: Option<IndexPath> = None;
        let csn = self.statistics.snapshot_csn().unwrap_or(u64::MAX);
        let usable = |index: &&Arc<Index>| index.is_valid && index.valid_from <= csn;
        for index in self.catalog.indexes_of(table.oid).filter(usable) {
            let reads = if covers(index) { Reads::Index } else { Reads::Heap };
            let path = index_path(index, range, conditions, size, (wanted, limit, reads));
            if let Some(path) = path
                && best.as_ref().is_none_or(|b| path.cost < b.cost)
            {
                best = Some(path);
            }
        }
        best
    }

    /// How many rows a look-up of these conditions in the table's best index gives, and what it costs; `None` where
    /// none of them goes through an index.
    pub(crate) fn lookup_cost(
        &self,
        oid: Oid,
        range: u16,
        conditions: &[Expr],
    ) -> Option<(f64, f64)> {
        let table = self.catalog.table(oid)?;
        let size = self.size(table);
        let path = self.best_index(table, range, conditions, &size, (None, None), &|_| false)?;
        Some((path.rows, path.cost))
    }
}

fn source_of(carried: &[RangeColumn], range: u16, number: i16) -> ColumnSource {
    match number {
        number if carried.contains(&(range, number)) => ColumnSource::Carried(number),
        ADDRESS => ColumnSource::Address,
        VERSION => ColumnSource::Version,
        -1 => ColumnSource::Ctid,
        -6 => ColumnSource::TableOid,
        number if number < 0 => ColumnSource::Xid,
        number => ColumnSource::Column(number),
    }
}

/// The two sides of a condition `a = b` of a B+tree family.
pub(crate) fn equality(condition: &Expr) -> Option<(&Expr, &Expr)> {
    let ExprKind::Call(call) = &condition.kind else { return None };
    let CallForm::Operator(operator) = call.form else { return None };
    let [left, right] = call.arguments.as_slice() else { return None };
    facts().btree_strategies(operator).any(|row| row.strategy == 3).then_some((left, right))
}

/// A comparison with a column on its left side: the B+tree strategy and the other side.
fn comparison<'a>(condition: &'a Expr, is_key: &dyn Fn(&Expr) -> bool) -> Option<(u16, &'a Expr)> {
    let ExprKind::Call(call) = &condition.kind else { return None };
    let CallForm::Operator(operator) = call.form else { return None };
    let [left, right] = call.arguments.as_slice() else { return None };
    let strategy = facts().btree_strategies(operator).map(|row| row.strategy).next()?;
    if is_key(strip(left)) {
        return Some((strategy, right));
    }
    // The other way round the order turns.
    is_key(strip(right)).then_some((6 - strategy, left))
}

/// The value beneath casts that do not change it.
#[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
fn strip(expr: &Expr) -> &Expr {
    match &expr.kind {
        ExprKind::Convert { arg, conversion: Conversion::Relabel, .. } => strip(arg),
        _ => expr,
    }
}

/// What an index scan is to read.
#[derive(Debug, Clone, Copy)]
enum Reads {
    Heap,
    /// The index alone, as long as its leaves are older than every snapshot.
    Index,
}

/// The order wanted, how many rows will do, and what is read.
type Purpose<'a> = (Option<&'a WantedOrder>, Option<f64>, Reads);

fn index_path(
    index: &Arc<Index>,
    range: u16,
    conditions: &[Expr],
    size: &Size,
    purpose: Purpose<'_>,
) -> Option<IndexPath> {
    let (partial, proved) = partial_index(index, range, conditions)?;
    let mut path = IndexPath {
        index: Arc::clone(index),
        range: IndexRange {
            equal: Vec::new(),
            any: None,
            lower: None,
            upper: None,
            condition: None,
        },
        used: Vec::new(),
        partial,
        proved,
        rows: size.rows,
        rows_passed: size.rows,
        cost: 0.0,
        ordered: None,
    };
    for column in &index.columns[..index.key_count] {
        let target = match &column.target {
            IndexTarget::Column(number) => Expr::new(
                ExprKind::Column(ColumnRef { level: 0, range, column: *number }),
                column.type_id,
                column.collation,
            ),
            IndexTarget::Expression(tree) => rebase(expression::decode(tree).ok()?, range).ok()?,
        };
        let is_key = |expr: &Expr| same_value(expr, &target);
        let mut equal = None;
        let mut bounds = Vec::new();
        for (place, condition) in conditions.iter().enumerate() {
            let Some((strategy, value)) = comparison(condition, &is_key) else { continue };
            let Some(value) = key_value(value, column.type_id) else { continue };
            if strategy == 3 {
                equal = Some((place, value));
                break;
            }
            let bound = IndexBound { value, inclusive: matches!(strategy, 2 | 4) };
            // In a descending column the greater values come first.
            let lower = matches!(strategy, 4 | 5) != column.descending;
            let end = if lower { &mut path.range.lower } else { &mut path.range.upper };
            if end.is_none() && equal.is_none() {
                *end = Some(bound);
                bounds.push(place);
            }
        }
        if equal.is_none() && path.range.any.is_none() {
            equal = conditions.iter().enumerate().find_map(|(place, condition)| {
                let (array, element) = any_of(condition, &is_key, column.type_id)?;
                path.range.any = Some((path.range.equal.len(), element));
                Some((place, array))
            });
        }
        match equal {
            Some((place, value)) => {
                // Bounds of this column are checked as conditions.
                (path.range.lower, path.range.upper) = (None, None);
                path.range.equal.push(value);
                path.used.push(place);
            }
            None => {
                path.used.extend(bounds);
                break;
            }
        }
    }
    finish_path(path, conditions, size, purpose)
}

/// A condition `key = ANY (array)`: the array and its elements' type, whose keys are the column's after widening.
fn any_of(condition: &Expr, is_key: &dyn Fn(&Expr) -> bool, type_id: Oid) -> Option<(Expr, Oid)> {
    let ExprKind::QuantifiedArray { comparison: call, array, all: false } = &condition.kind else {
        return None;
    };
    let (3, element) = comparison(call, is_key)? else { return None };
    if !matches!(strip(element).kind, ExprKind::CaseOperand) || !is_search_value(array) {
        return None;
    }
    let element = types::element_of(array.type_id)?;
    let whole = |t: Oid| matches!(t, type_oid::INT2 | type_oid::INT4 | type_oid::INT8);
    let fits =
        element == type_id || string_like(element, type_id) || whole(element) && whole(type_id);
    fits.then(|| ((**array).clone(), element))
}

/// A partial index's share of the rows, and which conditions its predicate implies; `None` where the conditions do not imply
/// the predicate.
fn partial_index(
    index: &Index,
    range: u16,
    conditions: &[Expr],
) -> Option<(Option<f64>, Vec<usize>)> {
    let Some(tree) = &index.predicate else { return Some((None, Vec::new())) };
    let predicate = rebase(expression::decode(tree).ok()?, range).ok()?;
    let all = Expr::conjunction(conditions.to_vec())?;
    if !implies(&all, &predicate) {
        return None;
    }
    let is_proved = |place: &usize| implies(&predicate, &conditions[*place]);
    let proved = (0..conditions.len()).filter(is_proved).collect();
    Some((Some(selectivity(&predicate)), proved))
}

/// Whether a value is known before the table is read.
fn is_search_value(value: &Expr) -> bool {
    ranges_of(value).is_empty()
        && !value.is_volatile()
        && !value.any(&mut |e| matches!(e.kind, ExprKind::Subplan { .. } | ExprKind::CaseOperand))
}

fn finish_path(
    mut path: IndexPath,
    conditions: &[Expr],
    size: &Size,
    (wanted, limit, reads): Purpose<'_>,
) -> Option<IndexPath> {
    let index = &path.index;
    path.ordered = wanted.and_then(|wanted| order_of(index, &path.range, wanted));
    if path.used.is_empty() && path.ordered.is_none() && path.partial.is_none() {
        return None;
    }
    // What a partial index's predicate tells is not counted twice.
    let counts = |place: &usize| !path.proved.contains(place);
    let share = |place: usize| selectivity(&conditions[place]);
    let whole_key = index.unique && path.range.equal.len() == index.key_count;
    let alternatives =
        path.range.any.map_or(1.0, |(place, _)| element_count(&path.range.equal[place]).max(1.0));
    path.rows = if whole_key {
        alternatives.min(size.rows)
    } else {
        let used = path.used.iter().copied().filter(counts);
        (size.rows * path.partial.unwrap_or(1.0) * used.map(share).product::<f64>()).max(1.0)
    };
    path.range.condition =
        Expr::conjunction(path.used.iter().map(|place| conditions[*place].clone()).collect());
    let rest: f64 = (0..conditions.len())
        .filter(|place| !path.used.contains(place))
        .filter(counts)
        .map(share)
        .product();
    path.rows_passed = (path.rows * rest).max(1.0);
    let visited = match (limit, path.ordered) {
        (Some(limit), Some(_)) => (limit / rest.max(1e-9)).min(path.rows),
        _ => path.rows,
    };
    // Each row is somewhere in the table, but pages are in memory more often than not.
    let heap = match reads {
        Reads::Heap => visited.min(size.pages) * RANDOM_PAGE * 0.5 + visited * ROW,
        Reads::Index => 0.0,
    };
    path.cost = 0.05 * alternatives + visited * INDEX_ROW + heap;
    Some(path)
}

/// Whether an index gives the order wanted within a range, and whether backward.
fn order_of(index: &Index, range: &IndexRange, wanted: &WantedOrder) -> Option<bool> {
    // The alternatives of a list come in the index's order too.
    let is_fixed =
        |place: usize| place < range.equal.len() && range.any.is_none_or(|(any, _)| any != place);
    let keys = index.columns[..index.key_count].iter().enumerate();
    let fixed: Vec<i16> = keys
        .clone()
        .filter(|(place, _)| is_fixed(*place))
        .filter_map(|(_, column)| number_of(column))
        .collect();
    let mut rest = keys.filter(|(place, _)| !is_fixed(*place)).map(|(_, column)| column);
    let mut backward: Option<bool> = None;
    for (column, descending, nulls_first) in
        wanted.iter().filter(|(column, ..)| !fixed.contains(column))
    {
        let key = rest.next()?;
        if number_of(key)? != *column {
            return None;
        }
        let turned = if (key.descending, key.nulls_first) == (*descending, *nulls_first) {
            false
        } else if (key.descending, key.nulls_first) == (!*descending, !*nulls_first) {
            true
        } else {
            return None;
        };
        if *backward.get_or_insert(turned) != turned {
            return None;
        }
    }
    Some(backward.unwrap_or(false))
}

fn number_of(column: &catalog::object::IndexColumn) -> Option<i16> {
    if let IndexTarget::Column(number) = column.target { Some(number) } else { None }
}

/// Whether two expressions are the same value, typmods and casts that change nothing apart.
fn same_value(a: &Expr, b: &Expr) -> bool {
    let (a, b) = (strip(a), strip(b));
    match (&a.kind, &b.kind) {
        (ExprKind::Column(x), ExprKind::Column(y)) => x == y,
        (x, y) => x == y,
    }
}

/// A stored expression over range entry 0 as one over another entry.
fn rebase(expr: Expr, range: u16) -> Result<Expr> {
    if let ExprKind::Column(column) = expr.kind {
        return Ok(Expr { kind: ExprKind::Column(ColumnRef { range, ..column }), ..expr });
    }
    expr.map_children(&mut |child| rebase(child, range))
}

/// A value to search an index column of this type for; `None` where it cannot be one.
#[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
fn key_value(value: &Expr, type_id: Oid) -> Option<Expr> {
    if !is_search_value(value) {
        return None;
    }
    if value.type_id == type_id || string_like(value.type_id, type_id) {
        return Some(value.clone());
    }
    // An integer constant of another width.
    if let ExprKind::Constant(datum) = &value.kind {
        let number = match datum {
            Datum::I16(v) => i64::from(*v),
            Datum::I32(v) => i64::from(*v),
            Datum::I64(v) if value.type_id == type_oid::INT8 => *v,
            _ => return None,
        };
        let datum = match type_id {
            type_oid::INT2 => Datum::I16(i16::try_from(number).ok()?),
            type_oid::INT4 => Datum::I32(i32::try_from(number).ok()?),
            type_oid::INT8 => Datum::I64(number),
            _ => return None,
        };
        return Some(Expr::constant(datum, type_id, -1));
    }
    // A widening cast keeps the order.
    let widens = matches!(
        (value.type_id, type_id),
        (type_oid::INT2, type_oid::INT4 | type_oid::INT8) | (type_oid::INT4, type_oid::INT8)
    );
    let cast = facts()
        .cast(value.type_id, type_id)
        .filter(|cast| cast.context == CastContext::Implicit && widens)?;
    let CastMethod::Function(function) = cast.method else { return None };
    let call = Call {
        function,
        arguments: vec![value.clone()],
        input_collation: Oid::INVALID,
        form: CallForm::ImplicitCast,
        variadic: false,
        user: None,
    };
    Some(Expr::new(ExprKind::Call(Box::new(call)), type_id, Oid::INVALID))
}

/// Types whose keys are the same bytes.
fn string_like(a: Oid, b: Oid) -> bool {
    let text = |t: Oid| matches!(t, type_oid::TEXT | type_oid::VARCHAR);
    text(a) && text(b)
}
