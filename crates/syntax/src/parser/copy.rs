//! COPY, with the options of its new and its old syntax.

use super::Parser;
use super::definition::option;
use crate::ast::{
    CopyEndpoint, CopySource, CopyStatement, DefinitionOption, OptionValue, Statement,
};
use crate::kind::Kind;
use error::Result;

impl Parser<'_> {
    pub(super) fn copy(&mut self) -> Result<CopyStatement> {
        self.bump();
        let mut options = Vec::new();
        if self.is(Kind::LEFT_PAREN) {
            return self.copy_query();
        }
        let place = self.location();
        if self.is(Kind::BINARY) {
            self.bump();
            options.push(option("format", Some(OptionValue::String("binary".into())), place));
        }
        let relation = self.relation_name()?;
        let columns = self.optional_parenthesised(Self::located_name)?;
        let is_from = self.accept(Kind::FROM);
        if !is_from {
            self.expect(Kind::TO)?;
        }
        let endpoint = self.copy_endpoint()?;
        let at = self.location();
        if matches!(self.kind(), Kind::USING | Kind::DELIMITERS) {
            self.accept(Kind::USING);
            self.expect(Kind::DELIMITERS)?;
            options.push(option("delimiter", Some(OptionValue::String(self.string()?)), at));
        }
        options.extend(self.copy_options()?);
        let place = self.location();
        let where_clause = self.where_clause()?;
        if !is_from && where_clause.is_some() {
            return Err(self.syntax_error("WHERE clause not allowed with COPY TO", place));
        }
        let source = CopySource::Table { relation, columns };
        Ok(CopyStatement { source, is_from, endpoint, options, where_clause })
    }

    fn copy_query(&mut self) -> Result<CopyStatement> {
        self.expect(Kind::LEFT_PAREN)?;
        let start = self.location();
        let kind = self.preparable_statement()?;
        let length = self.end_of_previous() - start.0;
        self.expect(Kind::RIGHT_PAREN)?;
        let source = CopySource::Query(Box::new(Statement { kind, location: start, length }));
        self.expect(Kind::TO)?;
        let endpoint = self.copy_endpoint()?;
        let options = self.copy_options()?;
        Ok(CopyStatement { source, is_from: false, endpoint, options, where_clause: None })
    }

    /// STDIN and STDOUT mean the same, as for PostgreSQL.
    fn copy_endpoint(&mut self) -> Result<CopyEndpoint> {
        if self.accept(Kind::PROGRAM) {
            if matches!(self.kind(), Kind::STDIN | Kind::STDOUT) {
                let message = "STDIN/STDOUT not allowed with PROGRAM";
                return Err(self.syntax_error(message, self.location()));
            }
            return Ok(CopyEndpoint::Program(self.string()?));
        }
        if self.accept(Kind::STDIN) || self.accept(Kind::STDOUT) {
            return Ok(CopyEndpoint::Client);
        }
        Ok(CopyEndpoint::File(self.string()?))
    }

    fn copy_options(&mut self) -> Result<Vec<DefinitionOption>> {
        self.accept(Kind::WITH);
        if self.is(Kind::LEFT_PAREN) {
            return self.parenthesised(Self::copy_option);
        }
        let mut options = Vec::new();
        while let Some(found) = self.old_copy_option()? {
            options.push(found);
        }
        Ok(options)
    }

    /// copy_generic_opt_elem.
    fn copy_option(&mut self) -> Result<DefinitionOption> {
        let location = self.location();
        let name = self.label()?;
        let value = match self.kind() {
            Kind::COMMA | Kind::RIGHT_PAREN => None,
            Kind::STAR => {
                self.bump();
                Some(OptionValue::Star)
            }
            Kind::DEFAULT => {
                self.bump();
                Some(OptionValue::String("default".into()))
            }
            Kind::LEFT_PAREN => {
                let list = self.parenthesised(Self::boolean_or_string)?;
                Some(OptionValue::List(list.into_iter().map(OptionValue::String).collect()))
            }
            _ if self.at_number() || matches!(self.kind(), Kind::PLUS | Kind::MINUS) => {
                Some(self.number_option()?)
            }
            _ => Some(OptionValue::String(self.boolean_or_string()?)),
        };
        Ok(option(&name, value, location))
    }

    /// One option of the old syntax, or nothing.
    fn old_copy_option(&mut self) -> Result<Option<DefinitionOption>> {
        let location = self.location();
        let word = self.kind();
        let (name, value) = match word {
            Kind::BINARY | Kind::CSV => {
                let format = self.label()?;
                ("format", OptionValue::String(format))
            }
            Kind::FREEZE | Kind::HEADER => {
                let name = if word == Kind::FREEZE { "freeze" } else { "header" };
                self.bump();
                (name, OptionValue::Boolean(true))
            }
            Kind::DELIMITER | Kind::NULL | Kind::QUOTE | Kind::ESCAPE => {
                let name = match word {
                    Kind::DELIMITER => "delimiter",
                    Kind::NULL => "null",
                    Kind::QUOTE => "quote",
                    _ => "escape",
                };
                self.bump();
                self.accept(Kind::AS);
                (name, OptionValue::String(self.string()?))
            }
            Kind::ENCODING => {
                self.bump();
                ("encoding", OptionValue::String(self.string()?))
            }
            Kind::FORCE => self.force_option()?,
            _ => return Ok(None),
        };
        Ok(Some(option(name, Some(value), location)))
    }

    fn force_option(&mut self) -> Result<(&'static str, OptionValue)> {
        self.bump();
        let name = if self.accept(Kind::QUOTE) {
            "force_quote"
        } else if self.accept(Kind::NULL) {
            "force_null"
        } else {
            self.expect_all(&[Kind::NOT, Kind::NULL])?;
            "force_not_null"
        };
        if self.accept(Kind::STAR) {
            return Ok((name, OptionValue::Star));
        }
        let columns = self.list(Self::column_name)?;
        Ok((name, OptionValue::List(columns.into_iter().map(OptionValue::String).collect())))
    }
}
