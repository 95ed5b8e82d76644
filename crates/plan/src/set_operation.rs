//! UNION, INTERSECT and EXCEPT.

use crate::estimate::ROW;
use crate::node::{Node, NodeKind};
use crate::planner::Planner;
use crate::select::{limit_rows, sort};
use error::{Error, Result, stack_check};
use expression::{
    Expr, ExprKind, Query, RangeEntry, RangeKind, SetOperation, SetOperator, SetTree,
};
use types::Kind;

impl Planner<'_> {
    /// Plans a query that is a set operation.
    pub(crate) fn set_query(&mut self, mut query: Query) -> Result<Node> {
        let tree = query.set_operation.take().ok_or_else(|| Error::internal("no set operation"))?;
        let node = self.set_tree(&tree, &query.range)?;
        let node = sort(node, &query.order_by, None);
        let limit = query.limit.map(|e| self.prepare(e)).transpose()?;
        let offset = query.offset.map(|e| self.prepare(e)).transpose()?;
        Ok(limit_rows(node, limit, offset, query.with_ties.then_some(query.order_by)))
    }

    fn set_tree(&mut self, tree: &SetTree, range: &[RangeEntry]) -> Result<Node> {
        stack_check()?;
        match tree {
            SetTree::Leaf(index) => {
                let RangeKind::Subquery(query) = &range[usize::from(*index)].kind else {
                    return Err(Error::internal("a set operation's side is a subquery"));
                };
                self.levels.push(crate::planner::Level::default());
                let node = self.query((**query).clone());
                let level = self.levels.pop().unwrap_or_default();
                // The side stands one level below the operation, which has no columns of its own: what it uses is
                // of the query around the operation.
                for (number, argument) in level.arguments {
                    let ExprKind::Column(mut column) = argument.kind else {
                        return Err(Error::internal("an outer value is a column"));
                    };
                    column.level = column
                        .level
                        .checked_sub(1)
                        .ok_or_else(|| Error::internal("a set operation has no columns"))?;
                    let kind = ExprKind::Column(column);
                    self.level().arguments.push((number, Expr { kind, ..argument }));
                }
                node
            }
            SetTree::Operation(operation) => self.set_node(operation, range),
        }
    }

    /// Both sides, made to have the operation's types.
    pub(crate) fn set_sides(
        &mut self,
        operation: &SetOperation,
        range: &[RangeEntry],
    ) -> Result<(Node, Node)> {
        let left = self.set_tree(&operation.left, range)?;
        let left = self.side(left, &operation.left_columns)?;
        let right = self.set_tree(&operation.right, range)?;
        Ok((left, self.side(right, &operation.right_columns)?))
    }

    fn side(&mut self, node: Node, columns: &[Expr]) -> Result<Node> {
        let plain = columns.len() == node.columns.len()
            && (0u32..)
                .zip(columns)
                .all(|(index, expr)| matches!(expr.kind, ExprKind::Slot(s) if s == index));
        if plain {
            return Ok(node);
        }
        let exprs =
            columns.iter().map(|expr| self.prepare(expr.clone())).collect::<Result<Vec<_>>>()?;
        let kinds = columns.iter().map(|expr| Kind::of(expr.type_id)).collect();
        let (rows, cost) = (node.rows, node.cost);
        Ok(Node::new(NodeKind::Project { input: Box::new(node), exprs }, kinds, rows, cost))
    }

    fn set_node(&mut self, operation: &SetOperation, range: &[RangeEntry]) -> Result<Node> {
        let (left, right) = self.set_sides(operation, range)?;
        let keys: Vec<Expr> = (0u32..)
            .zip(&operation.types)
            .map(|(index, (type_id, typmod, collation))| Expr {
                kind: ExprKind::Slot(index),
                type_id: *type_id,
                typmod: *typmod,
                collation: *collation,
            })
            .collect();
        let columns = left.columns.clone();
        let (rows, cost) = (left.rows + right.rows, left.cost.1 + right.cost.1);
        if operation.operator != SetOperator::Union {
            let kind = NodeKind::SetOperation {
                operator: operation.operator,
                all: operation.all,
                left: Box::new(left),
                right: Box::new(right),
                keys,
            };
            return Ok(Node::new(kind, columns, rows / 2.0, (cost, cost + rows * ROW)));
        }
        let append =
            Node::new(NodeKind::Append(vec![left, right]), columns.clone(), rows, (0.0, cost));
        if operation.all {
            return Ok(append);
        }
        let kind = NodeKind::Distinct { input: Box::new(append), keys };
        Ok(Node::new(kind, columns, rows, (cost, cost + rows * ROW)))
    }
}
