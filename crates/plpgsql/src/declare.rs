//! DECLARE.

use crate::parser::Parser;
use crate::tree::{Cursor, Expression, VariableKind};
use error::{Error, Result, SqlState};
use types::type_oid;

impl Parser<'_> {
    /// The declarations up to BEGIN; gives the variables declared.
    pub(crate) fn declarations(&mut self) -> Result<Vec<usize>> {
        let mut list = Vec::new();
        let first = self.names.len();
        while !self.is("begin") {
            if self.accept("declare") {
                continue;
            }
            if self.is("<<") {
                let text = "block label must be placed before DECLARE, not after";
                return Err(self.error(SqlState::SYNTAX_ERROR, text));
            }
            let duplicate = self.error(SqlState::SYNTAX_ERROR, "duplicate declaration");
            let before = self.at;
            let name = self.identifier()?;
            if self.names[first..].iter().any(|known| known.text == name) {
                self.at = before;
                let error = Error::new(
                    SqlState::SYNTAX_ERROR,
                    format!("duplicate declaration at or near \"{}\"", self.text(0)),
                );
                return Err(error.at(duplicate.fields().position.unwrap_or(0)));
            }
            if self.accept("alias") {
                self.expect("for")?;
                self.alias(&name)?;
                continue;
            }
            list.push(self.declaration(&name)?);
        }
        Ok(list)
    }

    fn alias(&mut self, name: &str) -> Result<()> {
        let of = if self.is_identifier() {
            let mut names = vec![self.identifier()?];
            while self.accept(".") {
                names.push(self.identifier()?);
            }
            names
        } else {
            let text = self.text(0).to_owned();
            self.at += 1;
            vec![text]
        };
        let Some((variable, _)) = self.find(&of) else {
            let text = format!("variable \"{}\" does not exist", of.join("."));
            return Err(self.error(SqlState::UNDEFINED_COLUMN, text));
        };
        self.push_name(name, Some(variable));
        self.expect(";")
    }

    fn declaration(&mut self, name: &str) -> Result<usize> {
        if self.is("cursor") || self.is("no") || self.is("scroll") {
            return self.cursor(name);
        }
        let constant = self.accept("constant");
        let (start, end) = self.until(&["not", "collate", "default", ":=", "=", ";"])?;
        if start >= end {
            return Err(self
                .error(SqlState::SYNTAX_ERROR, "missing data type declaration at or near \";\""));
        }
        let kind = self.type_of(start, end)?;
        let variable = self.add_variable(name, kind);
        if self.accept("collate") {
            self.until(&["not", "default", ":=", "=", ";"])?;
        }
        let not_null = self.accept("not");
        if not_null {
            self.expect("null")?;
        }
        self.variables[variable].constant = constant;
        self.variables[variable].not_null = not_null;
        if self.accept("default") || self.accept(":=") || self.accept("=") {
            let want = self.want_of(variable);
            let default = self.expression(&[";"], want)?;
            self.variables[variable].default = Some(default);
        } else if not_null {
            let text = format!(
                "variable \"{name}\" must have a default value, since it's declared NOT NULL"
            );
            return Err(self.error(SqlState::NULL_VALUE_NOT_ALLOWED, text));
        }
        self.expect(";")?;
        self.push_name(name, Some(variable));
        Ok(variable)
    }

    /// The type that a value assigned to a variable is to have; none for records, whose values are taken as they are.
    pub(crate) fn want_of(&self, variable: usize) -> Option<(types::Oid, i32)> {
        match &self.variables[variable].kind {
            VariableKind::Scalar(type_id, typmod) => Some((*type_id, *typmod)),
            VariableKind::Cursor(_) => Some((type_oid::REFCURSOR, -1)),
            VariableKind::Row(..) | VariableKind::Record => None,
        }
    }

    fn cursor(&mut self, name: &str) -> Result<usize> {
        if self.accept("no") {
            self.expect("scroll")?;
        } else {
            self.accept("scroll");
        }
        self.expect("cursor")?;
        let outer = self.scope;
        let mut parameters = Vec::new();
        if self.accept("(") {
            loop {
                let parameter = self.identifier()?;
                let (start, end) = self.until(&[",", ")"])?;
                let kind = self.type_of(start, end)?;
                let variable = self.add_variable(&parameter, kind);
                self.push_name(&parameter, Some(variable));
                parameters.push(variable);
                if !self.accept(",") {
                    break;
                }
            }
            self.expect(")")?;
        }
        if !self.accept("is") {
            self.expect("for")?;
        }
        let query = self.query(&[";"])?;
        self.expect(";")?;
        self.scope = outer;
        let cursor = Cursor { query, parameters };
        let variable = self.add_variable(name, VariableKind::Cursor(Some(Box::new(cursor))));
        self.push_name(name, Some(variable));
        Ok(variable)
    }

    /// A query up to one of the words.
    pub(crate) fn query(&mut self, ends: &[&str]) -> Result<Expression> {
        let (start, end) = self.until(ends)?;
        self.statement_of(self.source[start..end].to_owned(), start)
    }
}
