//! The planner's state: the levels of queries, subplans, common tables.

use crate::layout::{Layout, RangeColumn};
use crate::node::{CommonPlan, ModifyKindTag, Node, OutputColumn, Plan, Required, SubplanPlan};
use catalog::Catalog;
use error::{Error, Result, stack_check};
use expression::{
    ColumnRef, Expr, ExprKind, ModifyKind, Query, SubplanKind, Subquery, SubqueryKind,
};
use types::Oid;

/// What the planner asks of storage.
pub trait Statistics {
    /// How many pages a table's file has now.
    fn pages(&self, table: Oid) -> u32;
    /// The newest commit that the statement sees, where its snapshot is older than the statement.
    fn snapshot_csn(&self) -> Option<u64> {
        None
    }
}

/// The plan of a query.
pub fn plan(query: Query, catalog: &Catalog, statistics: &dyn Statistics) -> Result<Plan> {
    let mut planner = Planner {
        catalog,
        statistics,
        subplans: Vec::new(),
        common: Vec::new(),
        required: Vec::new(),
        levels: vec![Level::default()],
        work_tables: 0,
        outer_count: 0,
        writes: false,
        carried: Vec::new(),
    };
    let output = output_columns(&query);
    let modifies = query.modify.as_ref().map(|modify| match modify.kind {
        ModifyKind::Insert { .. } => ModifyKindTag::Insert,
        ModifyKind::Update(_) => ModifyKindTag::Update,
        ModifyKind::Delete => ModifyKindTag::Delete,
    });
    let root = planner.query(query)?;
    Ok(Plan {
        root,
        subplans: planner.subplans,
        common: planner.common,
        output,
        outer_count: planner.outer_count as usize,
        work_tables: planner.work_tables,
        required: planner.required,
        modifies,
        writes: planner.writes || modifies.is_some(),
    })
}

fn output_columns(query: &Query) -> Vec<OutputColumn> {
    query
        .targets
        .iter()
        .filter(|target| !target.junk)
        .map(|target| OutputColumn {
            name: target.name.clone(),
            type_id: target.expr.type_id,
            typmod: target.expr.typmod,
            origin: target.origin,
        })
        .collect()
}

pub(crate) struct Planner<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) statistics: &'a dyn Statistics,
    pub(crate) subplans: Vec<SubplanPlan>,
    pub(crate) common: Vec<CommonPlan>,
    pub(crate) required: Vec<Required>,
    /// The queries around, the outermost first.
    pub(crate) levels: Vec<Level>,
    pub(crate) work_tables: usize,
    /// `Outer` values are numbered through the whole plan.
    pub(crate) outer_count: u32,
    pub(crate) writes: bool,
    /// Columns that are read only because the row is written whole.
    pub(crate) carried: Vec<RangeColumn>,
}

/// A query that is being planned.
#[derive(Default)]
pub(crate) struct Level {
    /// What the query uses of the one around: `Outer` numbers and expressions whose columns are of that level.
    pub(crate) arguments: Vec<(u32, Expr)>,
    /// The query's common tables as planned, by index.
    pub(crate) common: Vec<CommonState>,
}

/// How a common table is used.
#[derive(Clone)]
pub(crate) enum CommonState {
    /// Put into its one place.
    Inline(Box<Query>),
    /// Computed once.
    Planned(usize),
    /// Being planned: its own work table.
    Work(usize),
}

impl Planner<'_> {
    /// A number for a new `Outer` value.
    pub(crate) fn new_outer(&mut self) -> u32 {
        self.outer_count += 1;
        self.outer_count - 1
    }

    pub(crate) fn level(&mut self) -> &mut Level {
        self.levels.last_mut().expect("a query is being planned")
    }

    /// Plans a query; the node's columns are its visible targets.
    pub(crate) fn query(&mut self, query: Query) -> Result<Node> {
        stack_check()?;
        if query.modify.is_some() { self.modify(query) } else { self.select(query) }
    }

    /// Prepares an expression of the current query: subqueries become subplans, columns of queries around become
    /// `Outer`. Its own columns stay, to be bound to a layout.
    #[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
    pub(crate) fn prepare(&mut self, expr: Expr) -> Result<Expr> {
        stack_check()?;
        match expr.kind {
            ExprKind::Column(column) if column.level > 0 => {
                let kind = ExprKind::Column(ColumnRef { level: column.level - 1, ..column });
                let argument = Expr { kind, ..expr };
                let (type_id, typmod, collation) =
                    (argument.type_id, argument.typmod, argument.collation);
                let known = self
                    .level()
                    .arguments
                    .iter()
                    .find(|(_, a)| *a == argument)
                    .map(|(number, _)| *number);
                let number = match known {
                    Some(number) => number,
                    None => {
                        let number = self.new_outer();
                        self.level().arguments.push((number, argument));
                        number
                    }
                };
                Ok(Expr { kind: ExprKind::Outer(number), type_id, typmod, collation })
            }
            ExprKind::Aggregate(ref aggregate) if aggregate.level > 0 => {
                Err(Error::unsupported("an aggregate of an outer query"))
            }
            ExprKind::Subquery(subquery) => {
                let (type_id, typmod, collation) = (expr.type_id, expr.typmod, expr.collation);
                let kind = self.subplan(*subquery, type_id)?;
                Ok(Expr { kind, type_id, typmod, collation })
            }
            kind => Expr { kind, ..expr }.map_children(&mut |child| self.prepare(child)),
        }
    }

    fn subplan(&mut self, subquery: Subquery, type_id: Oid) -> Result<ExprKind> {
        let common_before = self.common.len();
        self.levels.push(Level::default());
        let root = self.query(subquery.query);
        let level = self.levels.pop().unwrap_or_default();
        let root = root?;
        // What the subquery uses of this level may itself be of a level further out.
        let mut arguments = Vec::with_capacity(level.arguments.len());
        let mut argument_numbers = Vec::with_capacity(level.arguments.len());
        for (number, argument) in level.arguments {
            argument_numbers.push(number);
            arguments.push(self.prepare(argument)?);
        }
        let (kind, comparisons) = match subquery.kind {
            SubqueryKind::Scalar => (SubplanKind::Scalar, Vec::new()),
            SubqueryKind::Exists => (SubplanKind::Exists, Vec::new()),
            SubqueryKind::Array => (SubplanKind::Array, Vec::new()),
            SubqueryKind::Any(list) => (SubplanKind::Any, list),
            SubqueryKind::All(list) => (SubplanKind::All, list),
        };
        let mut lefts = Vec::with_capacity(comparisons.len());
        let mut left_numbers = Vec::with_capacity(comparisons.len());
        let mut bound = Vec::with_capacity(comparisons.len());
        for comparison in comparisons {
            let number = self.new_outer();
            left_numbers.push(number);
            let (comparison, left) = split_comparison(comparison, number)?;
            lefts.push(self.prepare(left)?);
            bound.push(comparison);
        }
        let negated = bound.iter().any(is_inequality);
        let comparison = if negated && bound.len() > 1 {
            Some(Expr::boolean(ExprKind::Or(bound)))
        } else {
            Expr::conjunction(bound)
        };
        let index = self.subplans.len();
        self.subplans.push(SubplanPlan {
            root,
            kind,
            comparison,
            arguments: argument_numbers,
            lefts: left_numbers,
            type_id,
            common: (common_before..self.common.len()).collect(),
        });
        Ok(ExprKind::Subplan { index, arguments, lefts })
    }
}

fn is_inequality(expr: &Expr) -> bool {
    let ExprKind::Call(call) = &expr.kind else { return false };
    catalog::facts().functions.get(&call.function).is_some_and(|f| f.source.ends_with("ne"))
}

/// Splits `left op slot`: the comparison that sees the left side as `Outer`, and the left side itself.
fn split_comparison(expr: Expr, number: u32) -> Result<(Expr, Expr)> {
    let wrong = || Error::internal("a subquery comparison is a call of two sides");
    let ExprKind::Call(mut call) = expr.kind else { return Err(wrong()) };
    let [left, _] = call.arguments.as_mut_slice() else { return Err(wrong()) };
    let outer = Expr {
        kind: ExprKind::Outer(number),
        type_id: left.type_id,
        typmod: left.typmod,
        collation: left.collation,
    };
    let left = std::mem::replace(left, outer);
    Ok((Expr { kind: ExprKind::Call(call), ..expr }, left))
}

/// A node with its layout.
pub(crate) struct Planned {
    pub(crate) node: Node,
    pub(crate) layout: Layout,
}
