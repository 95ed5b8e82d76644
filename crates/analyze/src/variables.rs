//! What names mean beside columns: parameters of functions and variables of their bodies.

use crate::Analyzer;
use error::{Error, Result, SqlState};
use expression::{Expr, ExprKind};
use syntax::ast::{Location, Name};
use types::{Oid, type_oid};

/// Which of the two a name means that is a column as well as a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VariableConflict {
    /// 42702.
    Error,
    /// The column.
    Column,
    /// The variable.
    Variable,
}

/// A column of a composite value: name, type, typmod, collation.
pub type RowColumn = (String, Oid, i32, Oid);

/// What names mean beside columns.
pub trait Variables {
    /// The value of a name, or of a qualified one; `None` where it is no variable.
    fn find(&self, names: &[Name]) -> Result<Option<Expr>>;
    /// The type of `$number`; `None` where there is none.
    fn parameter(&self, number: u32) -> Option<Oid>;
    /// The columns of the record that `$number` is now. 55000 where it was not assigned yet.
    fn record(&self, number: u32) -> Result<Option<Vec<RowColumn>>>;
    /// What a name means that is a column too.
    fn conflict(&self) -> VariableConflict;
}

impl Analyzer<'_> {
    /// The variable of a name.
    pub(crate) fn variable(&self, names: &[Name], location: Location) -> Result<Option<Expr>> {
        let Some(variables) = self.variables else { return Ok(None) };
        variables.find(names).map_err(|error| match error.code() {
            SqlState::UNDEFINED_COLUMN => error.at_default(self.position(location)),
            _ => error,
        })
    }

    /// A column or a variable.
    pub(crate) fn column_or_variable(
        &mut self,
        names: &[Name],
        location: Location,
    ) -> Result<Expr> {
        let Some(variables) = self.variables else { return self.column(names, location) };
        let conflict = variables.conflict();
        let variable = self.variable(names, location)?;
        if conflict == VariableConflict::Variable
            && let Some(variable) = variable
        {
            return Ok(variable);
        }
        match (self.column(names, location), variable) {
            (Err(error), Some(variable)) if is_missing(&error) => Ok(variable),
            (Ok(_), Some(_)) if conflict == VariableConflict::Error => {
                let text = format!("column reference \"{}\" is ambiguous", names.join("."));
                let detail = "It could refer to either a PL/pgSQL variable or a table column.";
                Err(Error::new(SqlState::AMBIGUOUS_COLUMN, text)
                    .detail(detail)
                    .at(self.position(location)))
            }
            (column, _) => column,
        }
    }

    /// The columns of a composite expression: of its type, or of what a record is known to be.
    #[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
    pub(crate) fn columns_of(&self, expr: &Expr) -> Result<Option<Vec<RowColumn>>> {
        if expr.type_id != type_oid::RECORD {
            return Ok(self.row_columns(expr.type_id));
        }
        Ok(match &expr.kind {
            ExprKind::Parameter(number) => match self.variables {
                Some(variables) => variables.record(*number)?,
                None => None,
            },
            ExprKind::Call(call) => {
                call.user.as_ref().filter(|u| !u.outputs.is_empty()).map(|user| {
                    let column = |(name, type_id, typmod): &(String, Oid, i32)| {
                        (name.clone(), *type_id, *typmod, expression::default_collation(*type_id))
                    };
                    user.outputs.iter().map(column).collect()
                })
            }
            _ => None,
        })
    }
}

fn is_missing(error: &Error) -> bool {
    matches!(error.code(), SqlState::UNDEFINED_COLUMN | SqlState::UNDEFINED_TABLE)
}
