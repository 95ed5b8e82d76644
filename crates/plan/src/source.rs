//! What a range entry becomes: a scan, a subquery's plan, functions, a common table.

use crate::estimate::ROW;
use crate::layout::{Layout, RangeColumn};
use crate::node::{Node, NodeKind, Required};
use crate::planner::{CommonState, Level, Planned, Planner};
use error::{Error, Result};
use expression::{ColumnRef, Expr, ExprKind, Query, RangeEntry, RangeKind};
use types::{Kind, Oid};

/// An entry that is planned apart from tables, with what it needs of entries before it.
pub(crate) struct Source {
    pub(crate) planned: Planned,
    /// `Outer` numbers and expressions over other entries of the same query.
    pub(crate) parameters: Vec<(u32, Expr)>,
}

impl Planner<'_> {
    /// Notes the privileges that an entry needs.
    pub(crate) fn require(&mut self, entry: &RangeEntry) {
        let relation = match &entry.kind {
            RangeKind::Table(oid) | RangeKind::System(oid) | RangeKind::Sequence(oid) => *oid,
            RangeKind::Subquery(_)
            | RangeKind::Values(_)
            | RangeKind::Functions { .. }
            | RangeKind::Common { .. }
            | RangeKind::Row => return,
        };
        if entry.required != 0 {
            self.required.push(Required { relation, privileges: entry.required });
        }
    }

    /// Plans an entry that is neither a table nor a system relation, which wait until the columns needed are known.
    pub(crate) fn source(&mut self, range: u16, entry: &mut RangeEntry) -> Result<Option<Source>> {
        let layout = Layout {
            columns: (1..).take(entry.types.len()).map(|number| (range, number)).collect(),
        };
        let kinds = kinds(entry);
        let node = match &mut entry.kind {
            RangeKind::Table(_) | RangeKind::System(_) | RangeKind::Row => return Ok(None),
            RangeKind::Sequence(sequence) => {
                Node::new(NodeKind::SequenceScan { sequence: *sequence }, kinds, 1.0, (0.0, ROW))
            }
            RangeKind::Values(rows) => {
                let mut prepared = Vec::with_capacity(rows.len());
                let mut parameters = Vec::new();
                for mut row in std::mem::take(rows) {
                    // Rows of a long VALUES are constants, nearly always.
                    for value in row.iter_mut().filter(|value| value.as_constant().is_none()) {
                        let prepared =
                            self.prepare(std::mem::replace(value, Expr::null(Oid(0))))?;
                        *value = self.parameterize(prepared, &mut parameters)?;
                    }
                    prepared.push(row);
                }
                #[expect(clippy::cast_precision_loss, reason = "an estimate")]
                let rows = prepared.len() as f64;
                let node = Node::new(NodeKind::Values(prepared), kinds, rows, (0.0, rows * ROW));
                return Ok(Some(Source { planned: Planned { node, layout }, parameters }));
            }
            RangeKind::Functions { list, ordinality } => {
                let mut functions = Vec::with_capacity(list.len());
                let mut parameters = Vec::new();
                for function in list {
                    let call = self.prepare(function.call.clone())?;
                    functions.push((
                        self.parameterize(call, &mut parameters)?,
                        function.columns.clone(),
                    ));
                }
                let kind = NodeKind::FunctionScan { functions, ordinality: *ordinality };
                let node = Node::new(kind, kinds, 1000.0, (0.0, 1000.0 * ROW));
                return Ok(Some(Source { planned: Planned { node, layout }, parameters }));
            }
            RangeKind::Subquery(query) => {
                let (node, parameters) = self.nested((**query).clone())?;
                return Ok(Some(Source { planned: Planned { node, layout }, parameters }));
            }
            RangeKind::Common { level, index, recursive } => {
                let (node, parameters) = self.common_source(*level, *index, *recursive, &kinds)?;
                return Ok(Some(Source { planned: Planned { node, layout }, parameters }));
            }
        };
        Ok(Some(Source { planned: Planned { node, layout }, parameters: Vec::new() }))
    }

    /// Plans a query in FROM; what it uses of this level comes back as parameters.
    fn nested(&mut self, query: Query) -> Result<(Node, Vec<(u32, Expr)>)> {
        self.levels.push(Level::default());
        let node = self.query(query);
        let level = self.levels.pop().unwrap_or_default();
        let mut parameters = Vec::with_capacity(level.arguments.len());
        for (number, argument) in level.arguments {
            parameters.push((number, self.prepare(argument)?));
        }
        Ok((node?, parameters))
    }

    /// Replaces columns of this query by `Outer` values: what is left of the entry they come from gives them.
    fn parameterize(&mut self, expr: Expr, parameters: &mut Vec<(u32, Expr)>) -> Result<Expr> {
        if let ExprKind::Column(ColumnRef { level: 0, .. }) = expr.kind {
            let known = parameters.iter().find(|(_, e)| *e == expr).map(|(number, _)| *number);
            let number = match known {
                Some(number) => number,
                None => {
                    let number = self.new_outer();
                    parameters.push((number, expr.clone()));
                    number
                }
            };
            return Ok(Expr { kind: ExprKind::Outer(number), ..expr });
        }
        expr.map_children(&mut |child| self.parameterize(child, parameters))
    }

    fn common_source(
        &mut self,
        level: u16,
        index: usize,
        recursive: bool,
        kinds: &[Kind],
    ) -> Result<(Node, Vec<(u32, Expr)>)> {
        let place = self.levels.len() - 1 - usize::from(level);
        let state = self.levels[place].common.get(index).cloned();
        match state.ok_or_else(|| Error::internal("a common table is not planned"))? {
            CommonState::Inline(query) => self.nested(*query),
            CommonState::Planned(index) => {
                let rows = self.common[index].root.rows;
                let kind = NodeKind::Common { index };
                Ok((Node::new(kind, kinds.to_vec(), rows, (0.0, rows * ROW)), Vec::new()))
            }
            CommonState::Work(index) => {
                debug_assert!(recursive, "a work table is read within its own definition");
                let kind = NodeKind::WorkTable { index };
                Ok((Node::new(kind, kinds.to_vec(), 100.0, (0.0, 1.0)), Vec::new()))
            }
        }
    }
}

/// The physical kinds of an entry's columns.
pub(crate) fn kinds(entry: &RangeEntry) -> Vec<Kind> {
    entry.types.iter().map(|(type_id, ..)| Kind::of(*type_id)).collect()
}

/// The type of a column of an entry, or of what scans give beside columns.
pub(crate) fn kind_of(entry: &RangeEntry, column: RangeColumn) -> Kind {
    use crate::layout::{ADDRESS, VERSION};
    match column.1 {
        ADDRESS | VERSION => Kind::I64,
        -1 => Kind::of(types::type_oid::TID),
        number if number < 0 => Kind::of(types::type_oid::OID),
        number => usize::try_from(number - 1)
            .ok()
            .and_then(|index| entry.types.get(index))
            .map_or(Kind::Bytes, |(type_id, ..)| Kind::of(*type_id)),
    }
}

/// The OID that an entry's table has.
pub(crate) fn table_of(entry: &RangeEntry) -> Option<Oid> {
    if let RangeKind::Table(oid) = entry.kind { Some(oid) } else { None }
}
