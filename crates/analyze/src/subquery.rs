//! Subqueries within expressions.

use crate::Analyzer;
use crate::expr::equals;
use error::{Error, Result, SqlState};
use expression::{Expr, ExprKind, Query, Subquery, SubqueryKind};
use syntax::ast::{self, ExprKind as Ast, Location, OperatorName, Quantifier};
use types::{Oid, array_of, type_oid};

impl Analyzer<'_> {
    pub(crate) fn subquery(&mut self, node: &ast::Subquery, location: Location) -> Result<Expr> {
        let position = self.position(location);
        match &node.kind {
            ast::SubqueryKind::Scalar => {
                let query = self.typed(&node.query)?;
                let [output] = outputs(&query)[..] else { return Err(one_column(position)) };
                let (type_id, typmod, collation) =
                    (output.type_id, output.typmod, output.collation);
                let kind = subquery(SubqueryKind::Scalar, query);
                Ok(Expr { kind, type_id, typmod, collation })
            }
            ast::SubqueryKind::Exists => {
                let query = self.typed(&node.query)?;
                Ok(Expr::boolean(subquery(SubqueryKind::Exists, query)))
            }
            ast::SubqueryKind::Array => {
                let query = self.typed(&node.query)?;
                let [output] = outputs(&query)[..] else { return Err(one_column(position)) };
                let element = output.type_id;
                let type_id = array_of(element).unwrap_or(element);
                let collation = output.collation;
                Ok(Expr::new(subquery(SubqueryKind::Array, query), type_id, collation))
            }
            ast::SubqueryKind::In { left } => {
                self.any(left, &equals(), Quantifier::Any, &node.query, location)
            }
            ast::SubqueryKind::Quantified { left, operator, quantifier, .. } => {
                self.any(left, operator, *quantifier, &node.query, location)
            }
        }
    }

    fn typed(&mut self, select: &ast::Select) -> Result<Query> {
        let mut query = self.select(select)?;
        for target in query.targets.iter_mut().filter(|target| !target.junk) {
            let expr = std::mem::replace(&mut target.expr, Expr::null(type_oid::TEXT));
            target.expr = self.unknown_to_text(expr)?;
        }
        Ok(query)
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
    fn any(
        &mut self,
        left: &ast::Expr,
        operator: &OperatorName,
        quantifier: Quantifier,
        select: &ast::Select,
        location: Location,
    ) -> Result<Expr> {
        let lefts = match &left.kind {
            Ast::Row(row) => {
                let mut list = Vec::with_capacity(row.fields.len());
                for field in &row.fields {
                    list.push(self.expr(field)?);
                }
                list
            }
            _ => vec![self.expr(left)?],
        };
        let query = self.typed(select)?;
        let columns: Vec<(Oid, i32, Oid)> =
            outputs(&query).iter().map(|e| (e.type_id, e.typmod, e.collation)).collect();
        if columns.len() != lefts.len() {
            let text = if columns.len() < lefts.len() {
                "subquery has too few columns"
            } else {
                "subquery has too many columns"
            };
            return Err(Error::new(SqlState::SYNTAX_ERROR, text).at(self.position(location)));
        }
        if lefts.len() > 1 && !matches!(&*operator.name, "=" | "<>" | "!=") {
            return Err(
                Error::unsupported("ordering rows of a subquery").at(self.position(location))
            );
        }
        let mut comparisons = Vec::with_capacity(lefts.len());
        for (index, (left, (type_id, typmod, collation))) in
            lefts.into_iter().zip(columns).enumerate()
        {
            let slot = ExprKind::Slot(u32::try_from(index).unwrap_or(u32::MAX));
            let right = Expr { kind: slot, type_id, typmod, collation };
            let comparison = self.operator(operator, Some(left), right, location)?;
            if comparison.type_id != type_oid::BOOL {
                let text = format!("operator {} must return type boolean", operator.name);
                return Err(
                    Error::new(SqlState::DATATYPE_MISMATCH, text).at(self.position(location))
                );
            }
            comparisons.push(comparison);
        }
        let kind = match quantifier {
            Quantifier::Any => SubqueryKind::Any(comparisons),
            Quantifier::All => SubqueryKind::All(comparisons),
        };
        Ok(Expr::boolean(subquery(kind, query)))
    }
}

fn subquery(kind: SubqueryKind, query: Query) -> ExprKind {
    ExprKind::Subquery(Box::new(Subquery { kind, query }))
}

fn outputs(query: &Query) -> Vec<&Expr> {
    query.targets.iter().filter(|target| !target.junk).map(|target| &target.expr).collect()
}

fn one_column(position: u32) -> Error {
    Error::new(SqlState::SYNTAX_ERROR, "subquery must return only one column").at(position)
}
