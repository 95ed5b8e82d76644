//! The parts of queries and of the statements that change rows.

use super::{Visitor, VisitorMut, Walk, WalkParts};
use crate::ast::*;

walked_below! {
    struct Select { with, body, order_by, limit, offset, locking }
    enum FromItem {
        Self::Table(node) => (node),
        Self::Subquery(node) => (node),
        Self::Function(node) => (node),
        Self::Join(node) => (node),
        Self::JsonTable(node) => (node),
        Self::XmlTable(node) => (node),
    }
}

walked! {
    enum SelectBody {
        Self::Select(core) => (core),
        Self::Values(rows) => (rows),
        Self::SetOperation(node) => (node),
    }
    struct SetOperation { left, right }
    struct SelectCore { distinct, targets, into, from, where_clause, group_by, having, windows }
    enum Distinct {
        Self::On(list) => (list),
        Self::All | Self::Distinct => (),
    }
    struct Target { value }
    struct IntoClause { relation }
    struct With { tables }
    struct CommonTable { query, cycle }
    struct CycleClause { mark_values }
    struct FromTable { relation, sample }
    struct TableSample { args, repeatable }
    struct FromSubquery { query }
    struct FromFunction { functions, columns }
    struct FunctionColumn { type_name }
    enum JoinCondition {
        Self::On(condition) => (condition),
        Self::None | Self::Using { .. } | Self::Natural => (),
    }
    struct Join { left, right, condition }
    enum GroupItem {
        Self::Expr(expr) => (expr),
        Self::Rollup(list, _) | Self::Cube(list, _) => (list),
        Self::GroupingSets(items, _) => (items),
        Self::Empty(_) => (),
    }
    struct SortBy { value }
    struct WindowSpec { partition_by, order_by, frame }
    enum FrameBound {
        Self::Preceding(offset) | Self::Following(offset) => (offset),
        Self::UnboundedPreceding | Self::CurrentRow | Self::UnboundedFollowing => (),
    }
    struct Frame { start, end }
    struct LockingClause { tables }
    struct Returning { targets }
    struct ColumnTarget { path }
    struct Insert { with, relation, columns, source, on_conflict, returning }
    enum InsertSource {
        Self::Select(query) => (query),
        Self::DefaultValues => (),
    }
    struct OnConflict { target, action }
    enum ConflictTarget {
        Self::Index { elements, where_clause, .. } => (elements, where_clause),
        Self::Constraint(..) => (),
    }
    enum ConflictAction {
        Self::Update { assignments, where_clause } => (assignments, where_clause),
        Self::Nothing => (),
    }
    struct IndexElement { key, operator_class_options }
    enum IndexKey {
        Self::Expr(expr) => (expr),
        Self::Column(_) => (),
    }
    enum Assignment {
        Self::Single { target, value } => (target, value),
        Self::Multiple { targets, source } => (targets, source),
    }
    struct Update { with, relation, assignments, from, where_clause, returning }
    struct Delete { with, relation, using, where_clause, returning }
    struct Merge { with, relation, source, condition, whens, returning }
    struct MergeWhen { condition, action }
    enum MergeAction {
        Self::Update(assignments) => (assignments),
        Self::Insert { columns, values, .. } => (columns, values),
        Self::DoNothing | Self::Delete => (),
    }
}
