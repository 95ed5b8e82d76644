//! RAISE, ASSERT and GET DIAGNOSTICS.

use crate::frame::{Frame, Value};
use crate::tree::{Expression, Raise, RaiseOption, Target};
use error::{Error, Result, Severity, SqlState};
use types::{Datum, type_oid};

impl Frame<'_> {
    pub(crate) fn raise(&mut self, raise: &Raise) -> Result<()> {
        if raise.message.is_none() && raise.condition.is_none() && raise.options.is_empty() {
            self.rethrown = !self.handled.is_empty();
            return Err(self.handled.last().cloned().unwrap_or_else(|| {
                let text = "RAISE without parameters cannot be used outside an exception handler";
                Error::new(SqlState::STACKED_DIAGNOSTICS_ACCESSED_WITHOUT_ACTIVE_HANDLER, text)
            }));
        }
        let mut code = raise.condition.as_ref().map(|(code, _)| *code);
        let mut message = match &raise.message {
            Some(format) => Some(self.message(format, &raise.parameters)?),
            None => None,
        };
        let options = self.raise_options(raise, &mut code, &mut message)?;
        let message = message.unwrap_or_else(|| match (&raise.condition, code) {
            (Some((_, name)), _) => name.clone(),
            (None, Some(code)) => code.as_str().to_owned(),
            (None, None) => String::new(),
        });
        let code = code.unwrap_or(match raise.severity {
            Severity::Error => SqlState::RAISE_EXCEPTION,
            Severity::Warning => SqlState::WARNING,
            Severity::Debug
            | Severity::Info
            | Severity::Notice
            | Severity::Fatal
            | Severity::Panic => SqlState::SUCCESSFUL_COMPLETION,
        });
        let mut error = Error::new(code, message).severity(raise.severity);
        for (option, text) in options {
            error = match option {
                RaiseOption::Detail => error.detail(text),
                RaiseOption::Hint => error.hint(text),
                RaiseOption::Column => error.column(text),
                RaiseOption::Constraint => error.constraint(text),
                RaiseOption::Datatype => error.data_type(text),
                RaiseOption::Table => error.table_name(text),
                RaiseOption::Schema => error.schema_name(text),
                RaiseOption::Errcode | RaiseOption::Message => error,
            };
        }
        if raise.severity == Severity::Error {
            return Err(error);
        }
        if !raise.log {
            self.statements.parts().0.notice(error);
        }
        Ok(())
    }

    /// The values of USING; those of the code and the message go to their places.
    fn raise_options(
        &mut self,
        raise: &Raise,
        code: &mut Option<SqlState>,
        message: &mut Option<String>,
    ) -> Result<Vec<(RaiseOption, String)>> {
        let mut options = Vec::new();
        for (option, expression) in &raise.options {
            let value = self.eval(expression)?;
            let Some(text) = self.text(&value)? else {
                let text = "RAISE statement option cannot be null";
                return Err(Error::new(SqlState::NULL_VALUE_NOT_ALLOWED, text));
            };
            let twice = options.iter().any(|(known, _): &(RaiseOption, String)| known == option)
                || *option == RaiseOption::Errcode && raise.condition.is_some()
                || *option == RaiseOption::Message && message.is_some();
            if twice {
                let name = format!("{option:?}").to_uppercase();
                let text = format!("RAISE option already specified: {name}");
                return Err(Error::new(SqlState::SYNTAX_ERROR, text));
            }
            match option {
                RaiseOption::Errcode => *code = Some(code_of(&text)?),
                RaiseOption::Message => *message = Some(text),
                RaiseOption::Detail
                | RaiseOption::Hint
                | RaiseOption::Column
                | RaiseOption::Constraint
                | RaiseOption::Datatype
                | RaiseOption::Table
                | RaiseOption::Schema => options.push((*option, text)),
            }
        }
        Ok(options)
    }

    /// A message with its parameters.
    fn message(&mut self, format: &str, parameters: &[Expression]) -> Result<String> {
        let mut out = String::new();
        let mut parameters = parameters.iter();
        let mut chars = format.chars().peekable();
        while let Some(c) = chars.next() {
            if c != '%' {
                out.push(c);
            } else if chars.next_if_eq(&'%').is_some() {
                out.push('%');
            } else if let Some(parameter) = parameters.next() {
                let value = self.eval(parameter)?;
                out.push_str(self.text(&value)?.as_deref().unwrap_or("<NULL>"));
            }
        }
        Ok(out)
    }

    pub(crate) fn assert(
        &mut self,
        condition: &Expression,
        message: Option<&Expression>,
    ) -> Result<()> {
        let checks = self.statements.parts().0.setting("plpgsql.check_asserts");
        if checks.is_some_and(|value| value == "off") || self.is_true(condition)? {
            return Ok(());
        }
        let text = match message {
            Some(message) => {
                let value = self.eval(message)?;
                self.text(&value)?
            }
            None => None,
        };
        let text = text.unwrap_or_else(|| "assertion failed".to_owned());
        Err(Error::new(SqlState::ASSERT_FAILURE, text))
    }

    pub(crate) fn diagnostics(&mut self, stacked: bool, items: &[(Target, String)]) -> Result<()> {
        let error = self.handled.last().cloned();
        if stacked && error.is_none() {
            let text = "GET STACKED DIAGNOSTICS cannot be used outside an exception handler";
            return Err(Error::new(
                SqlState::STACKED_DIAGNOSTICS_ACCESSED_WITHOUT_ACTIVE_HANDLER,
                text,
            ));
        }
        for (target, item) in items {
            let value = self.diagnostic(item, error.as_ref());
            self.assign(target, value)?;
        }
        Ok(())
    }

    fn diagnostic(&self, item: &str, error: Option<&Error>) -> Value {
        if item == "row_count" {
            let count = i64::try_from(self.row_count).unwrap_or(i64::MAX);
            return Value { datum: Datum::I64(count), type_id: type_oid::INT8, typmod: -1 };
        }
        if item == "pg_routine_oid" {
            let datum = Datum::I64(i64::from(self.function.oid.0));
            return Value { datum, type_id: type_oid::OID, typmod: -1 };
        }
        let fields = error.map(Error::fields);
        let text = match item {
            "pg_context" => Some(self.function.context(Some("at GET DIAGNOSTICS"))),
            "returned_sqlstate" => fields.map(|f| f.code.as_str().to_owned()),
            "message_text" => fields.map(|f| f.message.clone()),
            "pg_exception_detail" => fields.and_then(|f| f.detail.clone()),
            "pg_exception_hint" => fields.and_then(|f| f.hint.clone()),
            "pg_exception_context" => fields.and_then(|f| f.context.clone()),
            "column_name" => fields.and_then(|f| f.column.clone()),
            "constraint_name" => fields.and_then(|f| f.constraint.clone()),
            "pg_datatype_name" => fields.and_then(|f| f.data_type.clone()),
            "table_name" => fields.and_then(|f| f.table.clone()),
            "schema_name" => fields.and_then(|f| f.schema.clone()),
            _ => None,
        };
        let datum = Datum::text(&text.unwrap_or_default());
        Value { datum, type_id: type_oid::TEXT, typmod: -1 }
    }
}

/// The code that ERRCODE says: itself, or a condition's name. 42704.
fn code_of(text: &str) -> Result<SqlState> {
    SqlState::parse(text).or_else(|| SqlState::conditions_named(text).next()).ok_or_else(|| {
        let text = format!("unrecognized exception condition \"{text}\"");
        Error::new(SqlState::UNDEFINED_OBJECT, text)
    })
}
