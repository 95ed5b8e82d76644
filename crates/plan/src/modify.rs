//! INSERT, UPDATE and DELETE.

use crate::estimate::ROW;
use crate::layout::{ADDRESS, Layout, RangeColumn, VERSION, add_columns};
use crate::node::{
    ConflictPlan, ConflictUpdate, IndexPlan, ModifyAction, ModifyPlan, ModifyTable, Node, NodeKind,
    TriggerPlan,
};
use crate::planner::{Planned, Planner};
use crate::select::{table_columns, take};
use catalog::Catalog;
use catalog::object::{IndexTarget, Table, Trigger};
use error::{Error, Result};
use expression::{
    Assignment, ColumnRef, Conflict, ConflictAction, Expr, ExprKind, Modify, ModifyKind, Query,
    RangeKind,
};
use std::sync::Arc;
use types::{Kind, Oid};

impl Planner<'_> {
    /// Plans a modification; the node's columns are those of RETURNING.
    pub(crate) fn modify(&mut self, mut query: Query) -> Result<Node> {
        self.common_tables(&mut query)?;
        self.writes = true;
        for entry in &query.range {
            self.require(entry);
        }
        let mut modify = *query.modify.take().ok_or_else(|| Error::internal("no modification"))?;
        let RangeKind::Table(oid) = query.range[usize::from(modify.range)].kind else {
            return Err(Error::internal("a modification is of a table"));
        };
        let target = modify_target(self.catalog, oid)?;
        self.prepare_query(&mut query)?;
        self.prepare_assignments(&mut modify)?;
        match modify.kind {
            ModifyKind::Insert { source, columns, conflict } => {
                self.insert(query, target, source, columns, conflict, modify.returning)
            }
            ModifyKind::Update(_) | ModifyKind::Delete => self.change(query, modify, target),
        }
    }

    fn prepare_assignments(&mut self, modify: &mut Modify) -> Result<()> {
        let prepare = |planner: &mut Self, list: &mut Vec<Assignment>| -> Result<()> {
            for assignment in list {
                assignment.value = planner.prepare(take(&mut assignment.value))?;
            }
            Ok(())
        };
        match &mut modify.kind {
            ModifyKind::Insert { columns, conflict, .. } => {
                prepare(self, columns)?;
                if let Some(Conflict {
                    action: ConflictAction::Update { assignments, filter, .. },
                    ..
                }) = conflict
                {
                    prepare(self, assignments)?;
                    if let Some(expr) = filter.take() {
                        *filter = Some(self.prepare(expr)?);
                    }
                }
                Ok(())
            }
            ModifyKind::Update(assignments) => prepare(self, assignments),
            ModifyKind::Delete => Ok(()),
        }
    }

    fn insert(
        &mut self,
        mut query: Query,
        target: ModifyTable,
        source: Option<u16>,
        columns: Vec<Assignment>,
        conflict: Option<Conflict>,
        returning: bool,
    ) -> Result<Node> {
        let planned = match source {
            None => {
                let node = Node::new(NodeKind::One, Vec::new(), 1.0, (0.0, ROW));
                Planned { node, layout: Layout::default() }
            }
            Some(range) => {
                let source = self
                    .source(range, &mut query.range[usize::from(range)])?
                    .ok_or_else(|| Error::internal("INSERT without a source"))?;
                source.planned
            }
        };
        // All columns of the table in order, dropped ones NULL.
        let mut exprs = Vec::with_capacity(target.table.columns.len());
        for (number, column) in (1..).zip(&target.table.columns) {
            let value = columns.iter().find(|assignment| assignment.column == number);
            exprs.push(match value {
                Some(assignment) => planned.layout.bind(assignment.value.clone())?,
                None => Expr::null(column.type_id),
            });
        }
        let kinds: Vec<Kind> = exprs.iter().map(|expr| Kind::of(expr.type_id)).collect();
        let (rows, cost) = (planned.node.rows, planned.node.cost);
        let kind = NodeKind::Project { input: Box::new(planned.node), exprs };
        let input = Node::new(kind, kinds, rows, cost);
        let conflict =
            conflict.map(|conflict| conflict_plan(conflict, &target.table)).transpose()?;
        let layout = table_layout(&target.table, 0);
        let returning = bind_returning(&mut query, &layout, returning)?;
        let output = returning_kinds(returning.as_deref());
        let plan = ModifyPlan {
            input,
            target,
            action: ModifyAction::Insert(conflict),
            address: 0,
            columns: Vec::new(),
            recheck: None,
            returning,
        };
        Ok(Node::new(NodeKind::Modify(Box::new(plan)), output, rows, (0.0, cost.1 + rows)))
    }

    fn change(&mut self, mut query: Query, modify: Modify, target: ModifyTable) -> Result<Node> {
        let range = modify.range;
        query.modify = Some(Box::new(modify));
        let (planned, _, recheck) = self.plan_from(&mut query, None, None)?;
        let modify = *query.modify.take().ok_or_else(|| Error::internal("no modification"))?;
        let layout = planned.layout;
        let address = layout
            .slot((range, ADDRESS))
            .ok_or_else(|| Error::internal("a changed table's rows have no address"))?;
        let action = match modify.kind {
            ModifyKind::Update(assignments) => {
                let mut bound = Vec::with_capacity(assignments.len());
                for assignment in assignments {
                    bound.push((assignment.column, layout.bind(assignment.value)?));
                }
                ModifyAction::Update(bound)
            }
            ModifyKind::Delete => ModifyAction::Delete,
            ModifyKind::Insert { .. } => return Err(Error::internal("INSERT changes no row")),
        };
        let recheck = recheck.map(|expr| layout.bind(expr)).transpose()?;
        // RETURNING sees the changed row whole, then the input.
        let own = table_layout(&target.table, range);
        let mut others = layout.clone();
        for column in others.columns.iter_mut().filter(|(r, number)| *r == range && *number > 0) {
            // The row's own columns are the new ones.
            *column = (u16::MAX, column.1);
        }
        let returning = bind_returning(&mut query, &own.joined(&others), modify.returning)?;
        let output = returning_kinds(returning.as_deref());
        let (rows, cost) = (planned.node.rows, planned.node.cost);
        let plan = ModifyPlan {
            input: planned.node,
            columns: table_columns(&layout, range),
            target,
            action,
            address,
            recheck,
            returning,
        };
        Ok(Node::new(NodeKind::Modify(Box::new(plan)), output, rows, (0.0, cost.1 + rows)))
    }
}

/// The table with what keeps it right: indexes, checks, generated columns.
pub fn modify_target(catalog: &Catalog, oid: Oid) -> Result<ModifyTable> {
    let table =
        catalog.table(oid).ok_or_else(|| Error::internal("a table vanished while planning"))?;
    let table = Arc::clone(table);
    let layout = table_layout(&table, 0);
    let mut indexes = Vec::new();
    for index in catalog.indexes_of(oid).filter(|index| index.is_live) {
        let mut columns = Vec::with_capacity(index.columns.len());
        for column in &index.columns {
            let expr = match &column.target {
                IndexTarget::Column(number) => Expr {
                    kind: ExprKind::Column(ColumnRef { level: 0, range: 0, column: *number }),
                    type_id: column.type_id,
                    typmod: column.typmod,
                    collation: column.collation,
                },
                IndexTarget::Expression(tree) => expression::decode(tree)?,
            };
            columns.push(layout.bind(expr)?);
        }
        let predicate = match &index.predicate {
            None => None,
            Some(tree) => Some(layout.bind(expression::decode(tree)?)?),
        };
        indexes.push(IndexPlan { index: Arc::clone(index), columns, predicate });
    }
    let mut checks = Vec::with_capacity(table.checks.len());
    for check in table.checks.iter().filter(|check| check.enforced) {
        checks.push((check.name.clone(), layout.bind(expression::decode(&check.expression)?)?));
    }
    // PostgreSQL checks them in the order of their names.
    checks.sort_by(|a, b| a.0.cmp(&b.0));
    let mut generated = Vec::new();
    for (number, column) in (1..).zip(&table.columns) {
        if let Some(default) = column.default.as_ref().filter(|default| default.generated) {
            generated.push((number, layout.bind(expression::decode(&default.expression)?)?));
        }
    }
    let referenced_by = catalog
        .foreign_keys_to(oid)
        .filter(|(_, key)| key.enforced)
        .map(|(other, key)| (other.oid, key.clone()))
        .collect();
    let triggers = triggers(&table)?;
    Ok(ModifyTable { table, indexes, checks, generated, referenced_by, triggers })
}

/// The triggers of a table in the order of their names.
fn triggers(table: &Table) -> Result<Vec<TriggerPlan>> {
    let layout = table_layout(table, 0).joined(&table_layout(table, 1));
    let mut list = Vec::with_capacity(table.triggers.len());
    for trigger in &table.triggers {
        let condition = match &trigger.condition {
            None => None,
            Some(tree) => Some(layout.bind(expression::decode(tree)?)?),
        };
        list.push(TriggerPlan { trigger: Arc::new(trigger.clone()), condition });
    }
    list.sort_by(|a, b| a.trigger.name.cmp(&b.trigger.name));
    Ok(list)
}

impl Planner<'_> {
    /// Adds the columns that a modification uses beside those of FROM, WHERE and RETURNING. Returns those that are used for
    /// nothing but writing the row whole.
    pub(crate) fn add_modify_columns(
        &self,
        modify: &Modify,
        query: &Query,
        columns: &mut Vec<RangeColumn>,
    ) -> Result<Vec<RangeColumn>> {
        let range = modify.range;
        columns.extend([(range, ADDRESS), (range, VERSION)]);
        if let ModifyKind::Update(assignments) = &modify.kind {
            assignments.iter().for_each(|assignment| add_columns(&assignment.value, columns));
        }
        // Indexes, checks and generated columns see the old or the new row.
        let RangeKind::Table(oid) = query.range[usize::from(range)].kind else {
            return Err(Error::internal("a modification is of a table"));
        };
        let target = modify_target(self.catalog, oid)?;
        let indexes = target.indexes.iter().flat_map(|index| {
            index.columns.iter().take(index.index.key_count).chain(&index.predicate)
        });
        let checks = target.checks.iter().map(|(_, expr)| expr);
        let generated = target.generated.iter().map(|(_, expr)| expr);
        let mut used = Vec::new();
        for expr in indexes.chain(checks).chain(generated) {
            expr.any(&mut |e| {
                if let ExprKind::Slot(slot) = e.kind {
                    used.push(i16::try_from(slot + 1).unwrap_or(i16::MAX));
                }
                false
            });
        }
        // Triggers see all of the row.
        let all = target.triggers.iter().any(|t| t.trigger.is(Trigger::ROW));
        let mut carried = Vec::new();
        let count = query.range[usize::from(range)].types.len();
        for column in (1..).take(count).map(|number| (range, number)) {
            if !columns.contains(&column) {
                columns.push(column);
                if !all && !used.contains(&column.1) {
                    carried.push(column);
                }
            }
        }
        Ok(carried)
    }
}

/// All columns of a table in their order.
pub(crate) fn table_layout(table: &Table, range: u16) -> Layout {
    Layout { columns: (1..).take(table.columns.len()).map(|number| (range, number)).collect() }
}

fn bind_returning(
    query: &mut Query,
    layout: &Layout,
    returning: bool,
) -> Result<Option<Vec<Expr>>> {
    if !returning {
        return Ok(None);
    }
    let targets = std::mem::take(&mut query.targets);
    targets.into_iter().map(|target| layout.bind(target.expr)).collect::<Result<Vec<_>>>().map(Some)
}

fn returning_kinds(returning: Option<&[Expr]>) -> Vec<Kind> {
    returning.unwrap_or_default().iter().map(|expr| Kind::of(expr.type_id)).collect()
}

fn conflict_plan(conflict: Conflict, table: &Table) -> Result<ConflictPlan> {
    let update = match conflict.action {
        ConflictAction::Nothing => None,
        ConflictAction::Update { excluded, assignments, filter } => {
            let layout = table_layout(table, 0).joined(&table_layout(table, excluded));
            let mut bound = Vec::with_capacity(assignments.len());
            for assignment in assignments {
                bound.push((assignment.column, layout.bind(assignment.value)?));
            }
            Some(ConflictUpdate {
                assignments: bound,
                filter: filter.map(|e| layout.bind(e)).transpose()?,
            })
        }
    };
    Ok(ConflictPlan { indexes: conflict.indexes, update })
}
