//! FROM: units that are joined in an order chosen greedily, each condition as low as it can be.

use crate::estimate::{OPERATOR, ROW, selectivity};
use crate::layout::{Layout, RangeColumn, add_columns, ranges_of};
use crate::node::{JoinType, Node, NodeKind};
use crate::planner::{Planned, Planner};
use crate::scan::{WantedOrder, equality};
use crate::source::{Source, table_of};
use error::{Error, Result, stack_check};
use expression::{ColumnRef, Expr, ExprKind, JoinKind, JoinTree, RangeEntry, RangeKind};
use types::{Kind, Oid};

/// A query's FROM while it is planned.
pub(crate) struct From<'q> {
    pub(crate) range: &'q [RangeEntry],
    /// Entries that are planned already, by index; tables wait.
    pub(crate) sources: Vec<Option<Source>>,
    /// The columns that anything above scans uses.
    pub(crate) needed: Vec<RangeColumn>,
    /// The order wanted of a single table, and how many rows of it.
    pub(crate) wanted: Option<WantedOrder>,
    pub(crate) limit: Option<f64>,
    /// Whether it was given.
    pub(crate) ordered: bool,
}

/// Something that is joined as a whole.
enum Unit<'t> {
    Range(u16),
    Outer { kind: JoinKind, left: &'t JoinTree, right: &'t JoinTree, condition: Option<&'t Expr> },
}

/// A unit that is planned.
struct Ready {
    planned: Planned,
    /// `Outer` values that it needs of units before it.
    parameters: Vec<(u32, Expr)>,
    /// The table, where it is a plain scan of one.
    table: Option<(u16, Oid)>,
    /// The conditions that the scan fulfils, to be planned again with more.
    own: Vec<Expr>,
}

impl Planner<'_> {
    /// Plans trees that are joined with each other, with the conditions over their columns.
    pub(crate) fn from(
        &mut self,
        from: &mut From<'_>,
        trees: &[&JoinTree],
        conditions: Vec<Expr>,
    ) -> Result<Planned> {
        stack_check()?;
        let (mut units, mut conditions) = (Vec::new(), conditions);
        for tree in trees {
            flatten(tree, &mut units, &mut conditions);
        }
        if units.is_empty() {
            let node = Node::new(NodeKind::One, Vec::new(), 1.0, (0.0, ROW));
            let planned = Planned { node, layout: Layout::default() };
            return filtered(planned, conditions);
        }
        let single = units.len() == 1;
        let mut ready = Vec::with_capacity(units.len());
        for unit in units {
            let ranges = unit_ranges(&unit);
            let (own, rest): (Vec<Expr>, Vec<Expr>) =
                conditions.into_iter().partition(|condition| {
                    let used = ranges_of(condition);
                    (single || !used.is_empty())
                        && used.iter().all(|r| ranges.contains(r))
                        && (single || !condition.is_volatile())
                });
            conditions = rest;
            ready.push(self.unit(from, unit, own, single)?);
        }
        self.order(from, ready, conditions)
    }

    fn unit(
        &mut self,
        from: &mut From<'_>,
        unit: Unit<'_>,
        own: Vec<Expr>,
        single: bool,
    ) -> Result<Ready> {
        match unit {
            Unit::Range(range) => {
                let entry = &from.range[usize::from(range)];
                if let Some(source) = from.sources[usize::from(range)].take() {
                    let planned = filtered(source.planned, own)?;
                    return Ok(Ready {
                        planned,
                        parameters: source.parameters,
                        table: None,
                        own: Vec::new(),
                    });
                }
                let wanted = if single { from.wanted.clone() } else { None };
                let limit = if single { from.limit } else { None };
                let (planned, ordered) =
                    self.scan(range, entry, &from.needed, own.clone(), wanted.as_ref(), limit)?;
                from.ordered = from.ordered || ordered;
                let table = table_of(entry).map(|oid| (range, oid));
                Ok(Ready { planned, parameters: Vec::new(), table, own })
            }
            Unit::Outer { kind, left, right, condition } => {
                let planned = self.outer_join(from, kind, left, right, condition, own)?;
                Ok(Ready { planned, parameters: Vec::new(), table: None, own: Vec::new() })
            }
        }
    }

    /// LEFT, RIGHT and FULL joins. `own` are the conditions of WHERE over the join's columns.
    fn outer_join(
        &mut self,
        from: &mut From<'_>,
        kind: JoinKind,
        left: &JoinTree,
        right: &JoinTree,
        condition: Option<&Expr>,
        own: Vec<Expr>,
    ) -> Result<Planned> {
        let (left, right, join) = match kind {
            JoinKind::Right => (right, left, JoinType::Left),
            JoinKind::Left => (left, right, JoinType::Left),
            JoinKind::Full => (left, right, JoinType::Full),
            JoinKind::Inner => (left, right, JoinType::Inner),
        };
        let (left_ranges, right_ranges) = (tree_ranges(left), tree_ranges(right));
        let within = |expr: &Expr, ranges: &[u16]| {
            let used = ranges_of(expr);
            !used.is_empty() && used.iter().all(|r| ranges.contains(r)) && !expr.is_volatile()
        };
        let on: Vec<Expr> = condition.cloned().map(Expr::into_conjuncts).unwrap_or_default();
        let (mut left_own, mut right_own) = (Vec::new(), Vec::new());
        let (mut joining, mut above) = (Vec::new(), Vec::new());
        for expr in own {
            if join == JoinType::Left && within(&expr, &left_ranges) {
                left_own.push(expr)
            } else {
                above.push(expr)
            }
        }
        for expr in on {
            if join == JoinType::Left && within(&expr, &right_ranges) {
                right_own.push(expr)
            } else {
                joining.push(expr)
            }
        }
        let left = self.from(from, &[left], left_own)?;
        // A look-up of the right side for each left row, where that is less work than reading it whole.
        if join == JoinType::Left
            && let JoinTree::Range(range) = right
            && from.sources[usize::from(*range)].is_none()
            && let Some(planned) =
                self.lookup_join(from, &left, *range, &joining, &right_own, join)?
        {
            return filtered(planned, above);
        }
        let lateral = match right {
            JoinTree::Range(range) => from.sources[usize::from(*range)]
                .as_ref()
                .map(|s| s.parameters.clone())
                .unwrap_or_default(),
            JoinTree::Join { .. } => Vec::new(),
        };
        let right = self.from_or_lateral(from, right, right_own)?;
        let planned = join_nodes(left, right, join, joining, lateral)?;
        filtered(planned, above)
    }

    #[expect(clippy::wrong_self_convention, reason = "FROM is the clause that it is about")]
    fn from_or_lateral(
        &mut self,
        from: &mut From<'_>,
        tree: &JoinTree,
        own: Vec<Expr>,
    ) -> Result<Planned> {
        if let JoinTree::Range(range) = tree
            && let Some(source) = from.sources[usize::from(*range)].take()
        {
            return filtered(source.planned, own);
        }
        self.from(from, &[tree], own)
    }

    /// Joins units in an order: the smallest first, then whatever makes the smallest result.
    fn order(
        &mut self,
        from: &mut From<'_>,
        mut ready: Vec<Ready>,
        mut conditions: Vec<Expr>,
    ) -> Result<Planned> {
        let start = ready
            .iter()
            .enumerate()
            .filter(|(_, unit)| unit.parameters.is_empty())
            .min_by(|a, b| a.1.planned.node.rows.total_cmp(&b.1.planned.node.rows))
            .map(|(index, _)| index)
            .ok_or_else(|| Error::internal("FROM items refer to each other"))?;
        let mut joined = ready.remove(start).planned;
        while !ready.is_empty() {
            let next = next_unit(&joined, &ready, &conditions)
                .ok_or_else(|| Error::internal("FROM items refer to each other"))?;
            let unit = ready.remove(next);
            let ranges: Vec<u16> = unit.planned.layout.columns.iter().map(|(r, _)| *r).collect();
            let table_range = unit.table.map(|(range, _)| range);
            let (now, later): (Vec<Expr>, Vec<Expr>) =
                conditions.into_iter().partition(|condition| {
                    ranges_of(condition).iter().all(|r| {
                        joined.layout.has_range(*r) || ranges.contains(r) || table_range == Some(*r)
                    })
                });
            conditions = later;
            if let Some((range, _)) = unit.table
                && let Some(planned) =
                    self.lookup_join(from, &joined, range, &now, &unit.own, JoinType::Inner)?
            {
                joined = planned;
                continue;
            }
            joined = join_nodes(joined, unit.planned, JoinType::Inner, now, unit.parameters)?;
        }
        filtered(joined, conditions)
    }

    /// For each left row a look-up in the table through an index, where that is less work than hashing the table.
    fn lookup_join(
        &mut self,
        from: &From<'_>,
        left: &Planned,
        range: u16,
        joining: &[Expr],
        own: &[Expr],
        join: JoinType,
    ) -> Result<Option<Planned>> {
        let entry = &from.range[usize::from(range)];
        let RangeKind::Table(oid) = entry.kind else { return Ok(None) };
        let mut parameters: Vec<(u32, Expr)> = Vec::new();
        let mut conditions = own.to_vec();
        let before = self.outer_count;
        for condition in joining {
            conditions.push(self.outer_columns(condition.clone(), range, &mut parameters)?);
        }
        let Some((rows, cost)) = self.lookup_cost(oid, range, &conditions) else {
            self.outer_count = before;
            return Ok(None);
        };
        let (whole, _) = self.scan(range, entry, &from.needed, own.to_vec(), None, None)?;
        let lookups = left.node.rows * (cost + ROW);
        let hashing = whole.node.cost.1 + (whole.node.rows + left.node.rows) * ROW * 2.0;
        if lookups > hashing {
            self.outer_count = before;
            return Ok(None);
        }
        let (right, _) = self.scan(range, entry, &from.needed, conditions, None, None)?;
        let mut bound = Vec::with_capacity(parameters.len());
        for (number, expr) in parameters {
            bound.push((number, left.layout.bind(expr)?));
        }
        let layout = left.layout.joined(&right.layout);
        let columns = [left.node.columns.as_slice(), &right.node.columns].concat();
        let total = (left.node.rows * rows).max(1.0);
        let cost = (left.node.cost.0, left.node.cost.1 + lookups);
        let kind = NodeKind::NestedLoop {
            join,
            left: Box::new(left.node.clone()),
            right: Box::new(right.node),
            parameters: bound,
            condition: None,
        };
        Ok(Some(Planned { node: Node::new(kind, columns, total, cost), layout }))
    }

    /// The expression with columns of other entries than `range` as `Outer` values.
    fn outer_columns(
        &mut self,
        expr: Expr,
        range: u16,
        parameters: &mut Vec<(u32, Expr)>,
    ) -> Result<Expr> {
        if let ExprKind::Column(ColumnRef { level: 0, range: other, .. }) = expr.kind
            && other != range
        {
            let known = parameters.iter().find(|(_, e)| *e == expr).map(|(number, _)| *number);
            let number = known.unwrap_or_else(|| {
                let number = self.new_outer();
                parameters.push((number, expr.clone()));
                number
            });
            return Ok(Expr { kind: ExprKind::Outer(number), ..expr });
        }
        expr.map_children(&mut |child| self.outer_columns(child, range, parameters))
    }
}

/// The unit to join next: one that is connected, then the one with the smallest result.
fn next_unit(joined: &Planned, ready: &[Ready], conditions: &[Expr]) -> Option<usize> {
    let mut best: Option<(bool, f64, usize)> = None;
    for (index, unit) in ready.iter().enumerate() {
        let available = unit
            .parameters
            .iter()
            .all(|(_, expr)| ranges_of(expr).iter().all(|range| joined.layout.has_range(*range)));
        if !available {
            continue;
        }
        let of_unit = |range: u16| {
            unit.planned.layout.has_range(range) || unit.table.is_some_and(|(own, _)| own == range)
        };
        let (mut connected, mut share) = (!unit.parameters.is_empty(), 1.0);
        for condition in conditions {
            let used = ranges_of(condition);
            if used.iter().any(|r| of_unit(*r))
                && used.iter().all(|r| of_unit(*r) || joined.layout.has_range(*r))
            {
                connected = true;
                share *= if equality(condition).is_some() {
                    1.0 / joined.node.rows.max(unit.planned.node.rows).max(1.0)
                } else {
                    selectivity(condition)
                };
            }
        }
        let rows = joined.node.rows * unit.planned.node.rows * share;
        let candidate = (!connected, rows, index);
        if best.is_none_or(|b| (candidate.0, candidate.1) < (b.0, b.1)) {
            best = Some(candidate);
        }
    }
    best.map(|(_, _, index)| index)
}

/// Joins two nodes: by hashing where conditions are equalities of both sides.
pub(crate) fn join_nodes(
    left: Planned,
    right: Planned,
    join: JoinType,
    conditions: Vec<Expr>,
    parameters: Vec<(u32, Expr)>,
) -> Result<Planned> {
    let layout = left.layout.joined(&right.layout);
    let columns: Vec<Kind> = match join {
        JoinType::Semi | JoinType::Anti => left.node.columns.clone(),
        JoinType::Inner | JoinType::Left | JoinType::Right | JoinType::Full => {
            [left.node.columns.as_slice(), &right.node.columns].concat()
        }
    };
    let (mut left_keys, mut right_keys, mut rest) = (Vec::new(), Vec::new(), Vec::new());
    for condition in conditions {
        match hash_keys(&condition, &left.layout, &right.layout) {
            Some((a, b)) if parameters.is_empty() => {
                left_keys.push(left.layout.bind(a)?);
                right_keys.push(right.layout.bind(b)?);
            }
            _ => rest.push(condition),
        }
    }
    let share: f64 = rest.iter().map(selectivity).product();
    let condition = Expr::conjunction(rest).map(|e| layout.bind(e)).transpose()?;
    let (l, r) = (left.node.rows, right.node.rows);
    let (kind, rows, cost);
    if left_keys.is_empty() {
        if join == JoinType::Full && condition.is_some() {
            return Err(Error::new(
                error::SqlState::FEATURE_NOT_SUPPORTED,
                "FULL JOIN is only supported with merge-joinable or hash-joinable join conditions",
            ));
        }
        let mut bound = Vec::with_capacity(parameters.len());
        for (number, expr) in parameters {
            bound.push((number, left.layout.bind(expr)?));
        }
        rows = l * r * share;
        cost = left.node.cost.1 + right.node.cost.1 + l * r * (OPERATOR + ROW);
        kind = NodeKind::NestedLoop {
            join,
            left: Box::new(left.node),
            right: Box::new(right.node),
            parameters: bound,
            condition,
        };
    } else {
        rows = l * r * share / l.max(r).max(1.0);
        cost = left.node.cost.1 + right.node.cost.1 + (l + r) * ROW * 2.0;
        kind = NodeKind::HashJoin {
            join,
            left: Box::new(left.node),
            right: Box::new(right.node),
            left_keys,
            right_keys,
            condition,
        };
    }
    let rows = if matches!(join, JoinType::Left | JoinType::Full) { rows.max(l) } else { rows };
    Ok(Planned { node: Node::new(kind, columns, rows, (0.0, cost)), layout })
}

/// The keys of an equality whose sides belong to one input each and are of one type.
fn hash_keys(condition: &Expr, left: &Layout, right: &Layout) -> Option<(Expr, Expr)> {
    let (a, b) = equality(condition)?;
    let (a, b) = comparable(a, b)?;
    let belongs = |expr: &Expr, layout: &Layout| {
        let used = ranges_of(expr);
        !used.is_empty() && used.iter().all(|range| layout.has_range(*range))
    };
    if a.is_volatile() || b.is_volatile() {
        return None;
    }
    if belongs(&a, left) && belongs(&b, right) {
        return Some((a, b));
    }
    (belongs(&b, left) && belongs(&a, right)).then_some((b, a))
}

/// Both sides as one type, by which equal values hash alike.
fn comparable(a: &Expr, b: &Expr) -> Option<(Expr, Expr)> {
    if Kind::of(a.type_id) == Kind::of(b.type_id) && same_family(a.type_id, b.type_id) {
        return Some((a.clone(), b.clone()));
    }
    let widen = |narrow: &Expr, wide: &Expr| -> Option<Expr> {
        let integer = |t: Oid| {
            matches!(t, types::type_oid::INT2 | types::type_oid::INT4 | types::type_oid::INT8)
        };
        if !integer(narrow.type_id) || !integer(wide.type_id) {
            return None;
        }
        let cast = catalog::facts().cast(narrow.type_id, wide.type_id)?;
        let catalog::facts::CastMethod::Function(function) = cast.method else { return None };
        let call = expression::Call {
            function,
            arguments: vec![narrow.clone()],
            input_collation: Oid::INVALID,
            form: expression::CallForm::ImplicitCast,
            variadic: false,
            user: None,
        };
        Some(Expr::new(ExprKind::Call(Box::new(call)), wide.type_id, Oid::INVALID))
    };
    let rank = |t: Oid| Kind::of(t).width_bytes().unwrap_or(0);
    if rank(a.type_id) < rank(b.type_id) {
        Some((widen(a, b)?, b.clone()))
    } else {
        Some((a.clone(), widen(b, a)?))
    }
}

fn same_family(a: Oid, b: Oid) -> bool {
    use types::type_oid::{NAME, TEXT, VARCHAR};
    let string = |t: Oid| matches!(t, NAME | TEXT | VARCHAR);
    let oid =
        |t: Oid| Kind::of(t) == Kind::I64 && types::builtin_type(t).is_some_and(|t| t.length == 4);
    a == b || string(a) && string(b) || oid(a) && oid(b)
}

/// The node with conditions above it.
pub(crate) fn filtered(planned: Planned, conditions: Vec<Expr>) -> Result<Planned> {
    let Some(condition) = Expr::conjunction(conditions) else { return Ok(planned) };
    let rows = planned.node.rows * selectivity(&condition);
    let condition = planned.layout.bind(condition)?;
    let (columns, cost) = (planned.node.columns.clone(), planned.node.cost);
    let kind = NodeKind::Filter { input: Box::new(planned.node), condition };
    Ok(Planned { node: Node::new(kind, columns, rows, cost), layout: planned.layout })
}

fn flatten<'t>(tree: &'t JoinTree, units: &mut Vec<Unit<'t>>, conditions: &mut Vec<Expr>) {
    match tree {
        JoinTree::Range(range) => units.push(Unit::Range(*range)),
        JoinTree::Join { kind: JoinKind::Inner, left, right, condition } => {
            flatten(left, units, conditions);
            flatten(right, units, conditions);
            conditions.extend(condition.clone().map(Expr::into_conjuncts).unwrap_or_default());
        }
        JoinTree::Join { kind, left, right, condition } => {
            units.push(Unit::Outer { kind: *kind, left, right, condition: condition.as_ref() });
        }
    }
}

fn unit_ranges(unit: &Unit<'_>) -> Vec<u16> {
    match unit {
        Unit::Range(range) => vec![*range],
        Unit::Outer { left, right, .. } => [tree_ranges(left), tree_ranges(right)].concat(),
    }
}

/// The range entries of a tree.
pub(crate) fn tree_ranges(tree: &JoinTree) -> Vec<u16> {
    match tree {
        JoinTree::Range(range) => vec![*range],
        JoinTree::Join { left, right, .. } => [tree_ranges(left), tree_ranges(right)].concat(),
    }
}

/// Adds the columns that a tree's conditions use.
pub(crate) fn add_tree_columns(tree: &JoinTree, columns: &mut Vec<RangeColumn>) {
    if let JoinTree::Join { left, right, condition, .. } = tree {
        condition.iter().for_each(|expr| add_columns(expr, columns));
        add_tree_columns(left, columns);
        add_tree_columns(right, columns);
    }
}
