//! UNION, INTERSECT and EXCEPT.

use crate::Analyzer;
use crate::from::subquery_entry;
use crate::target::slot;
use error::{Error, Result, SqlState};
use expression::{
    ColumnRef, Expr, ExprKind, Query, SetOperation, SetOperator, SetTree, Sort, Target,
    default_collation,
};
use syntax::ast::{self, Location, SelectBody, SetOperator as AstOperator};
use types::type_oid;

/// A side of a set operation: the tree and its columns.
struct Side {
    tree: SetTree,
    names: Vec<String>,
    /// Over slots of the side's own columns.
    columns: Vec<Expr>,
}

impl Analyzer<'_> {
    /// Fills in the query of a set operation: its targets are columns by number, as slots of the operation's output.
    pub(crate) fn set_operation(
        &mut self,
        operation: &ast::SetOperation,
        query: &mut Query,
    ) -> Result<()> {
        let side = self.operation(operation)?;
        let first = leftmost(&side.tree);
        query.targets = side
            .names
            .into_iter()
            .zip(side.columns)
            .zip(1..)
            .map(|((name, column), number)| {
                let kind = ExprKind::Column(ColumnRef { level: 0, range: first, column: number });
                let expr = Expr { kind, ..column };
                Target { expr, name, junk: false, origin: None }
            })
            .collect();
        query.set_operation = Some(side.tree);
        Ok(())
    }

    fn operation(&mut self, operation: &ast::SetOperation) -> Result<Side> {
        error::stack_check()?;
        let left = self.side(&operation.left)?;
        let right = self.side(&operation.right)?;
        let (operator, word) = match operation.operator {
            AstOperator::Union => (SetOperator::Union, "UNION"),
            AstOperator::Intersect => (SetOperator::Intersect, "INTERSECT"),
            AstOperator::Except => (SetOperator::Except, "EXCEPT"),
        };
        if left.columns.len() != right.columns.len() {
            let text = format!("each {word} query must have the same number of columns");
            let place = first_place(&operation.right);
            return Err(Error::new(SqlState::SYNTAX_ERROR, text).at(self.position(place)));
        }
        let (mut types, mut left_columns, mut right_columns) = (Vec::new(), Vec::new(), Vec::new());
        let (left_place, right_place) =
            (first_place(&operation.left), first_place(&operation.right));
        for (a, b) in left.columns.into_iter().zip(right.columns) {
            let list = [(a.type_id, left_place), (b.type_id, right_place)];
            let common = self.common_type(&list, word)?;
            let typmod = if a.typmod == b.typmod && a.type_id == b.type_id { a.typmod } else { -1 };
            types.push((common, typmod, default_collation(common)));
            left_columns.push(self.to_common(a, common, word, left_place)?);
            right_columns.push(self.to_common(b, common, word, right_place)?);
        }
        let columns = types
            .iter()
            .enumerate()
            .map(|(index, (type_id, typmod, collation))| {
                let model = Expr {
                    kind: ExprKind::CaseOperand,
                    type_id: *type_id,
                    typmod: *typmod,
                    collation: *collation,
                };
                slot(index, &model)
            })
            .collect();
        let tree = SetTree::Operation(Box::new(SetOperation {
            operator,
            all: operation.all,
            left: left.tree,
            right: right.tree,
            types,
            left_columns,
            right_columns,
        }));
        Ok(Side { tree, names: left.names, columns })
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
    fn side(&mut self, select: &ast::Select) -> Result<Side> {
        let bare = select.with.is_none()
            && select.order_by.is_empty()
            && select.limit.is_none()
            && select.offset.is_none()
            && select.locking.is_empty();
        if let SelectBody::SetOperation(operation) = &select.body
            && bare
        {
            return self.operation(operation);
        }
        let before = self.scope().hidden;
        self.scope().hidden = true;
        let query = self.select(select);
        self.scope().hidden = before;
        let mut query = query?;
        // A column that is NULL or a literal in one side takes its type from the other: so literals stay until then,
        // and what stays unknown is text inside.
        for target in query.targets.iter_mut().filter(|target| !target.junk) {
            if target.expr.type_id == type_oid::UNKNOWN
                && !matches!(target.expr.kind, ExprKind::Constant(_))
            {
                let expr = std::mem::replace(&mut target.expr, Expr::null(type_oid::TEXT));
                target.expr = self.unknown_to_text(expr)?;
            }
        }
        let visible: Vec<&Target> = query.targets.iter().filter(|target| !target.junk).collect();
        let names = visible.iter().map(|target| target.name.clone()).collect();
        let columns = visible
            .iter()
            .enumerate()
            .map(|(index, target)| match &target.expr.kind {
                ExprKind::Constant(_) if target.expr.type_id == type_oid::UNKNOWN => {
                    target.expr.clone()
                }
                _ => slot(index, &target.expr),
            })
            .collect();
        for target in query.targets.iter_mut().filter(|target| !target.junk) {
            let expr = std::mem::replace(&mut target.expr, Expr::null(type_oid::TEXT));
            target.expr = self.unknown_to_text(expr)?;
        }
        let entry = subquery_entry(query, "*SELECT*", false);
        let range = self.scope().add_range(entry);
        Ok(Side { tree: SetTree::Leaf(range), names, columns })
    }

    /// ORDER BY of a set operation: output columns by name or number.
    pub(crate) fn set_order_by(
        &mut self,
        list: &[ast::SortBy],
        query: &Query,
    ) -> Result<Vec<Sort>> {
        let mut targets = query.targets.clone();
        let count = targets.len();
        let mut sorts = Vec::with_capacity(list.len());
        for item in list {
            let found = self.find_target(&item.value, &mut targets, crate::scope::Clause::OrderBy);
            let index = match found {
                Ok(index) if index < count => index,
                Ok(_) | Err(_) => {
                    let text = "invalid UNION/INTERSECT/EXCEPT ORDER BY clause";
                    let simple = matches!(
                        item.value.kind,
                        ast::ExprKind::Column(_) | ast::ExprKind::Constant(_)
                    );
                    if simple && let Err(error) = found {
                        return Err(error);
                    }
                    return Err(Error::new(SqlState::FEATURE_NOT_SUPPORTED, text)
                        .detail("Only result column names can be used, not expressions or functions.")
                        .hint("Add the expression/function to every SELECT, or move the UNION into a FROM clause.")
                        .at(self.position(item.value.start())));
                }
            };
            let expr = slot(index, &targets[index].expr);
            self.check_orderable(expr.type_id, item.value.start())?;
            let (descending, nulls_first) = self.direction(item)?;
            sorts.push(Sort { expr, descending, nulls_first });
        }
        Ok(sorts)
    }
}

fn leftmost(tree: &SetTree) -> u16 {
    match tree {
        SetTree::Leaf(range) => *range,
        SetTree::Operation(operation) => leftmost(&operation.left),
    }
}

fn first_place(select: &ast::Select) -> Location {
    match &select.body {
        SelectBody::Select(core) => {
            core.targets.first().map_or(select.location, |target| target.value.start())
        }
        SelectBody::Values(rows) => {
            rows.first().and_then(|row| row.first()).map_or(select.location, ast::Expr::start)
        }
        SelectBody::SetOperation(operation) => first_place(&operation.left),
    }
}
