//! Statements of SQL within a body, EXECUTE, cursors, and what a function returns.

use crate::frame::{Frame, OpenCursor, Value};
use crate::run::{Flow, rows_of};
use crate::tree::{
    CallStatement, Direction, Dynamic, Expression, Into, Loop, OpenQuery, Target, VariableKind,
};
use analyze::{RowColumn, VariableConflict, Variables};
use error::{Error, Result, SqlState};
use execute::{BodyStatement, Ready};
use expression::Expr;
use plan::OutputColumn;
use syntax::ast::{Name, StatementKind};
use types::{Datum, Oid, type_oid};

/// The parameters of EXECUTE ... USING.
struct Using {
    types: Vec<Oid>,
}

impl Variables for Using {
    fn find(&self, _names: &[Name]) -> Result<Option<Expr>> {
        Ok(None)
    }
    fn parameter(&self, number: u32) -> Option<Oid> {
        self.types.get((number as usize).checked_sub(1)?).copied()
    }
    fn record(&self, _number: u32) -> Result<Option<Vec<RowColumn>>> {
        Ok(None)
    }
    fn conflict(&self) -> VariableConflict {
        VariableConflict::Column
    }
}

/// A function's result as it must not be.
pub(crate) fn mismatch(detail: String) -> Error {
    let text = "structure of query does not match function result type";
    Error::new(SqlState::DATATYPE_MISMATCH, text).detail(detail)
}

impl Frame<'_> {
    /// A statement of SQL.
    pub(crate) fn sql(&mut self, statement: &Expression, into: Option<&Into>) -> Result<()> {
        if !statement.statement.is_query() {
            if into.is_some() {
                let text = "INTO used with a command that cannot return data";
                return Err(Error::new(SqlState::SYNTAX_ERROR, text));
            }
            return self
                .command(&statement.statement)
                .map_err(|error| self.located(error, statement));
        }
        let ready = self.ready(statement).map_err(|error| self.located(error, statement))?;
        if into.is_none() && ready.plan.modifies.is_none() {
            return Err(Error::new(
                SqlState::SYNTAX_ERROR,
                "query has no destination for result data",
            )
            .hint("If you want to discard the results of a SELECT, use PERFORM instead."));
        }
        if into.is_none() && !ready.plan.output.is_empty() {
            return Err(Error::new(
                SqlState::SYNTAX_ERROR,
                "query has no destination for result data",
            ));
        }
        let ready = self.run_into(ready, into).map_err(|error| {
            // What INTO itself refuses has no statement around it.
            match error.code() {
                SqlState::NO_DATA_FOUND | SqlState::TOO_MANY_ROWS => error,
                _ => self.located(error, statement),
            }
        })?;
        statement.statement.give_back(ready);
        Ok(())
    }

    fn command(&mut self, statement: &BodyStatement) -> Result<()> {
        if self.function.is_read_only() {
            let text = format!(
                "{} is not allowed in a non-volatile function",
                statement.statement.kind.tag()
            );
            return Err(Error::new(SqlState::FEATURE_NOT_SUPPORTED, text));
        }
        if let StatementKind::Transaction(_) = statement.statement.kind {
            let text = "unsupported transaction command in PL/pgSQL";
            return Err(Error::new(SqlState::FEATURE_NOT_SUPPORTED, text));
        }
        self.row_count = 0;
        self.statements.command(&statement.sql, &statement.statement).map(|_| ())
    }

    /// Runs a statement to its end and assigns its first row.
    fn run_into(&mut self, mut ready: Ready, into: Option<&Into>) -> Result<Ready> {
        let modifies = ready.plan.modifies.is_some();
        let strict = into.is_some_and(|into| into.strict);
        // One row more tells whether there is another.
        let limit = if into.is_none() {
            batch::ROWS_MAX
        } else if strict || modifies {
            2
        } else {
            1
        };
        let mut rows: Vec<Vec<Datum>> = Vec::new();
        let keeps = into.is_some();
        let count = ready.run(self.statements, limit, &mut |batch| {
            if keeps && rows.len() < 2 {
                rows.extend(rows_of(batch));
            }
            Ok(modifies || !keeps || rows.len() < limit)
        })?;
        self.row_count = count;
        let Some(into) = into else {
            self.set_found(count > 0);
            return Ok(ready);
        };
        if rows.len() > 1 && (strict || modifies) {
            let text = "query returned more than one row";
            return Err(Error::new(SqlState::TOO_MANY_ROWS, text)
                .hint("Make sure the query returns a single row, or use LIMIT 1."));
        }
        if rows.is_empty() && strict {
            return Err(Error::new(SqlState::NO_DATA_FOUND, "query returned no rows"));
        }
        self.set_found(!rows.is_empty());
        let first = rows.into_iter().next();
        self.row_count = u64::from(first.is_some());
        let columns = ready.plan.output.clone();
        self.assign_row(into, &columns, first)?;
        Ok(ready)
    }

    /// PERFORM.
    pub(crate) fn perform(&mut self, query: &Expression) -> Result<()> {
        if let Some(count) = self.perform_simple(query)? {
            self.row_count = count;
            self.set_found(true);
            return Ok(());
        }
        let mut ready = self.ready(query).map_err(|error| self.located(error, query))?;
        let count = ready
            .run(self.statements, batch::ROWS_MAX, &mut |_| Ok(true))
            .map_err(|error| self.located(error, query))?;
        self.row_count = count;
        self.set_found(count > 0);
        query.statement.give_back(ready);
        Ok(())
    }

    /// PERFORM of what needs no query: one row.
    fn perform_simple(&mut self, query: &Expression) -> Result<Option<u64>> {
        let Some((program, expr)) = self.simple(query)? else { return Ok(None) };
        self.put_back(query, program, &expr);
        let result = self.eval(query);
        result.map(|_| Some(1)).map_err(|error| {
            if error.fields().internal_position.is_some() {
                return error;
            }
            error.context(format!("SQL statement \"{}\"", query.text))
        })
    }

    // EXECUTE.

    /// The statement of a text made at run time, ready to run where it is a query.
    pub(crate) fn dynamic(&mut self, query: &Dynamic) -> Result<(BodyStatement, Option<Ready>)> {
        let value = self.eval(&query.text)?;
        let Some(text) = self.text(&value)? else {
            let text = "query string argument of EXECUTE is null";
            return Err(Error::new(SqlState::NULL_VALUE_NOT_ALLOWED, text));
        };
        let mut types = Vec::with_capacity(query.using.len());
        let mut values = Vec::with_capacity(query.using.len());
        for expression in &query.using {
            let value = self.eval(expression)?;
            types.push(value.type_id);
            values.push(value.datum);
        }
        self.prepare_text(&text, types, values).map_err(|error| in_statement(error, &text))
    }

    fn prepare_text(
        &mut self,
        text: &str,
        types: Vec<Oid>,
        values: Vec<Datum>,
    ) -> Result<(BodyStatement, Option<Ready>)> {
        let mut list = syntax::parse(text)?;
        let Some(statement) = list.pop() else {
            let text = "EXECUTE of an empty statement";
            return Err(Error::unsupported(text));
        };
        let statement = BodyStatement::new(text.into(), statement);
        for earlier in list {
            let earlier = BodyStatement::new(text.into(), earlier);
            if earlier.is_query() {
                let mut ready =
                    earlier.prepare(self.statements, &Using { types: types.clone() })?;
                let snapshot = self.next_snapshot()?;
                ready.begin(values.clone(), snapshot);
                ready.run(self.statements, batch::ROWS_MAX, &mut |_| Ok(true))?;
            } else {
                self.command(&earlier)?;
            }
        }
        if !statement.is_query() {
            return Ok((statement, None));
        }
        let mut ready = statement.prepare(self.statements, &Using { types })?;
        if self.function.is_read_only() && ready.plan.modifies.is_some() {
            let text = format!(
                "{} is not allowed in a non-volatile function",
                statement.statement.kind.tag()
            );
            return Err(Error::new(SqlState::FEATURE_NOT_SUPPORTED, text));
        }
        let snapshot = self.next_snapshot()?;
        ready.begin(values, snapshot);
        Ok((statement, Some(ready)))
    }

    /// EXECUTE.
    pub(crate) fn execute(&mut self, query: &Dynamic, into: Option<&Into>) -> Result<()> {
        let (statement, ready) = self.dynamic(query)?;
        let sql = std::sync::Arc::clone(&statement.sql);
        let Some(ready) = ready else {
            if let StatementKind::Select(_) = statement.statement.kind {
                return Err(Error::new(
                    SqlState::FEATURE_NOT_SUPPORTED,
                    "EXECUTE of SELECT ... INTO is not implemented",
                )
                .hint("You might want to use EXECUTE ... INTO or EXECUTE CREATE TABLE ... AS instead."));
            }
            return self.command(&statement).map_err(|error| in_statement(error, &sql));
        };
        if into.is_some() && ready.plan.output.is_empty() {
            let text = "INTO used with a command that cannot return data";
            return Err(Error::new(SqlState::SYNTAX_ERROR, text));
        }
        let found = self.run.parameters[self.function.found].clone();
        let result = self.run_into(ready, into);
        // EXECUTE leaves FOUND as it is.
        self.run.parameters[self.function.found] = found;
        result.map(|_| ()).map_err(|error| match error.code() {
            SqlState::NO_DATA_FOUND | SqlState::TOO_MANY_ROWS => error,
            _ => in_statement(error, &sql),
        })
    }

    /// CALL and DO.
    pub(crate) fn call(&mut self, call: &CallStatement) -> Result<()> {
        let kind = &call.statement.statement.statement.kind;
        let result = if let StatementKind::Call(called) = kind {
            self.call_procedure(call, called)
        } else {
            self.command(&call.statement.statement)
        };
        result.map_err(|error| self.located(error, &call.statement))
    }

    fn call_procedure(&mut self, call: &CallStatement, called: &syntax::ast::Call) -> Result<()> {
        let sql = std::sync::Arc::clone(&call.statement.statement.sql);
        let (own, expr) = self.analyze_call(&sql, called, call.statement.scope)?;
        let expression::ExprKind::Call(inner) = expr.kind else {
            return Err(Error::internal("a call is a call"));
        };
        let mut arguments = Vec::with_capacity(inner.arguments.len());
        for argument in &inner.arguments {
            let find = self.statements.parts().0.find_function();
            let mut program = expression::Program::compile(argument, find)?;
            let (host, transaction) = self.statements.parts();
            let mut context = execute::Context { run: &mut self.run, host, transaction };
            arguments.push(program.value(&mut context)?);
        }
        let info = functions::CallInfo {
            argument_types: inner.arguments.iter().map(|argument| argument.type_id).collect(),
            result_type: expr.type_id,
            collation: inner.input_collation,
            fields: Vec::new(),
        };
        let rows = self.statements.run_procedure(&execute::FunctionCall {
            function: own.oid,
            arguments: &arguments,
            info: &info,
            snapshot: None,
        })?;
        let Some(row) = rows.rows.into_iter().next() else { return Ok(()) };
        let mut outputs = row.into_iter().zip(rows.columns);
        for (index, parameter) in own.parameters.iter().enumerate() {
            if !parameter.mode.is_output() {
                continue;
            }
            let Some((datum, (name, type_id))) = outputs.next() else { break };
            let Some(Some(target)) = call.targets.get(index) else {
                let text = format!(
                    "procedure parameter \"{name}\" is an output parameter but corresponding argument is not writable"
                );
                return Err(Error::new(SqlState::SYNTAX_ERROR, text));
            };
            self.assign(target, Value { datum, type_id, typmod: -1 })?;
        }
        Ok(())
    }

    // What is returned.

    pub(crate) fn return_value(&mut self, value: Option<&Expression>) -> Result<()> {
        let Some(value) = value else { return Ok(()) };
        let value = self.eval(value)?;
        self.result = self.as_result(value)?;
        Ok(())
    }

    /// A value as what the function returns.
    fn as_result(&mut self, value: Value) -> Result<Value> {
        let returns = self.function.returns;
        if returns.trigger || value.datum.is_null() {
            return Ok(value);
        }
        let Some(shape) = self.function.shape.clone() else {
            if returns.result == type_oid::RECORD {
                return Ok(value);
            }
            return self.cast(value, returns.result, -1);
        };
        if value.type_id == returns.result && returns.result != type_oid::RECORD {
            return Ok(value);
        }
        let composite =
            value.type_id == type_oid::RECORD || self.fields_of_type(value.type_id).is_some();
        if !composite {
            let text = "cannot return non-composite value from function returning composite type";
            return Err(Error::new(SqlState::DATATYPE_MISMATCH, text));
        }
        let fields = self.fields(&value, "row")?;
        if fields.len() != shape.len() {
            let text = "returned record type does not match expected record type";
            let detail = format!(
                "Number of returned columns ({}) does not match expected column count ({}).",
                fields.len(),
                shape.len()
            );
            return Err(Error::new(SqlState::DATATYPE_MISMATCH, text).detail(detail));
        }
        let datum = self.row_of(fields, &shape)?;
        Ok(Value { datum, type_id: returns.result, typmod: -1 })
    }

    /// The values of the OUT parameters.
    pub(crate) fn outputs(&self) -> Vec<Datum> {
        let outputs = &self.function.outputs;
        outputs.iter().map(|variable| self.run.parameters[*variable].clone()).collect()
    }

    pub(crate) fn return_next(&mut self, value: Option<&Expression>) -> Result<()> {
        let row = match value {
            None => self.outputs(),
            Some(value) => {
                let value = self.eval(value)?;
                match self.function.shape.clone() {
                    None if self.function.returns.result == type_oid::RECORD => {
                        self.fields(&value, "row")?.into_iter().map(|v| v.datum).collect()
                    }
                    None => {
                        vec![self.cast(value, self.function.returns.result, -1)?.datum]
                    }
                    Some(shape) if value.datum.is_null() => vec![Datum::Null; shape.len()],
                    Some(shape) => {
                        let fields = self.fields(&value, "row")?;
                        let mut row = Vec::with_capacity(shape.len());
                        let mut fields = fields.into_iter();
                        for (_, type_id, typmod, _) in shape.iter() {
                            row.push(match fields.next() {
                                Some(field) => self.cast(field, *type_id, *typmod)?.datum,
                                None => Datum::Null,
                            });
                        }
                        row
                    }
                }
            }
        };
        self.charge(&row)?;
        self.rows.push(row);
        Ok(())
    }

    fn charge(&mut self, row: &[Datum]) -> Result<()> {
        let bytes: usize = row
            .iter()
            .map(|datum| size_of::<Datum>() + datum.as_ref().bytes().map_or(0, <[u8]>::len))
            .sum();
        self.statements.parts().0.charge(bytes)
    }

    pub(crate) fn return_query(&mut self, query: &Expression) -> Result<()> {
        let ready = self.ready(query).map_err(|error| self.located(error, query))?;
        let ready = self.take_rows(ready).map_err(|error| {
            if error.code() == SqlState::DATATYPE_MISMATCH {
                error
            } else {
                self.located(error, query)
            }
        })?;
        query.statement.give_back(ready);
        Ok(())
    }

    pub(crate) fn return_execute(&mut self, query: &Dynamic) -> Result<()> {
        let (statement, ready) = self.dynamic(query)?;
        let Some(ready) = ready else {
            let text = format!("cannot open {} query as cursor", statement.statement.kind.tag());
            return Err(Error::new(SqlState::INVALID_CURSOR_DEFINITION, text));
        };
        self.take_rows(ready).map(|_| ())
    }

    /// Adds the rows of a statement to those that the function returns.
    fn take_rows(&mut self, mut ready: Ready) -> Result<Ready> {
        let columns = ready.plan.output.clone();
        let targets = self.check_columns(&columns)?;
        let mut batches = Vec::new();
        ready.run(self.statements, batch::ROWS_MAX, &mut |batch| {
            batches.push(rows_of(batch));
            Ok(true)
        })?;
        let mut count = 0;
        for row in batches.into_iter().flatten() {
            count += 1;
            let mut cast = Vec::with_capacity(row.len());
            for ((datum, column), (type_id, typmod)) in row.into_iter().zip(&columns).zip(&targets)
            {
                let value = Value { datum, type_id: column.type_id, typmod: column.typmod };
                cast.push(self.cast(value, *type_id, *typmod)?.datum);
            }
            self.charge(&cast)?;
            self.rows.push(cast);
        }
        self.row_count = count;
        self.set_found(count > 0);
        Ok(ready)
    }

    /// The types that a query's columns become. 42804 where they are not those of the result.
    fn check_columns(&mut self, columns: &[OutputColumn]) -> Result<Vec<(Oid, i32)>> {
        let expected: Vec<(String, Oid, i32)> = match &self.function.shape {
            Some(shape) => shape.iter().map(|c| (c.0.clone(), c.1, c.2)).collect(),
            None if self.function.returns.result == type_oid::RECORD => {
                if self.function.expected.lock().is_empty() {
                    return Ok(columns.iter().map(|c| (c.type_id, c.typmod)).collect());
                }
                self.function.expected.lock().clone()
            }
            None => vec![(String::new(), self.function.returns.result, -1)],
        };
        if expected.len() != columns.len() {
            return Err(mismatch(format!(
                "Number of returned columns ({}) does not match expected column count ({}).",
                columns.len(),
                expected.len()
            )));
        }
        for (number, (column, (_, type_id, _))) in (1..).zip(columns.iter().zip(&expected)) {
            if column.type_id != *type_id {
                let names = self.statements.resolver().text_context().names;
                let shown = |oid: Oid| {
                    names.type_name(oid).unwrap_or_else(|| types::format_type(oid, None))
                };
                return Err(mismatch(format!(
                    "Returned type {} does not match expected type {} in column \"{}\" (position {number}).",
                    shown(column.type_id),
                    shown(*type_id),
                    column.name
                )));
            }
        }
        Ok(expected.into_iter().map(|(_, type_id, typmod)| (type_id, typmod)).collect())
    }

    // Cursors.

    pub(crate) fn open(&mut self, cursor: usize, query: &OpenQuery) -> Result<()> {
        let name = &self.function.body.variables[cursor].name;
        if self.cursors.contains_key(&cursor) {
            let text = format!("cursor \"{name}\" already in use");
            return Err(Error::new(SqlState::DUPLICATE_CURSOR, text));
        }
        if self.run.parameters[cursor].is_null() {
            self.run.parameters[cursor] = Datum::text(&format!("<unnamed portal {}>", cursor + 1));
        }
        let (columns, rows) = match query {
            OpenQuery::Bound(arguments) => self.bound_rows(cursor, arguments)?,
            OpenQuery::Query(query) => self.query_rows(query)?,
            OpenQuery::Execute(query) => {
                let (statement, ready) = self.dynamic(query)?;
                let Some(mut ready) = ready else {
                    let tag = statement.statement.kind.tag();
                    let text = format!("cannot open {tag} query as cursor");
                    return Err(Error::new(SqlState::INVALID_CURSOR_DEFINITION, text));
                };
                (ready.plan.output.clone(), self.all_rows(&mut ready)?)
            }
        };
        self.cursors.insert(cursor, OpenCursor { columns, rows: rows.into_iter() });
        Ok(())
    }

    fn all_rows(&mut self, ready: &mut Ready) -> Result<Vec<Vec<Datum>>> {
        let mut rows = Vec::new();
        ready.run(self.statements, batch::ROWS_MAX, &mut |batch| {
            rows.extend(rows_of(batch));
            Ok(true)
        })?;
        Ok(rows)
    }

    fn query_rows(&mut self, query: &Expression) -> Result<(Vec<OutputColumn>, Vec<Vec<Datum>>)> {
        let mut ready = self.ready(query).map_err(|error| self.located(error, query))?;
        let rows = self.all_rows(&mut ready).map_err(|error| self.located(error, query))?;
        let columns = ready.plan.output.clone();
        query.statement.give_back(ready);
        Ok((columns, rows))
    }

    fn bound_rows(
        &mut self,
        cursor: usize,
        arguments: &[Expression],
    ) -> Result<(Vec<OutputColumn>, Vec<Vec<Datum>>)> {
        let VariableKind::Cursor(Some(bound)) = &self.function.body.variables[cursor].kind else {
            return Err(Error::internal("a bound cursor has a query"));
        };
        for (parameter, argument) in bound.parameters.iter().zip(arguments) {
            let value = self.eval(argument)?;
            self.set(*parameter, value)?;
        }
        self.query_rows(&bound.query)
    }

    pub(crate) fn fetch(
        &mut self,
        cursor: usize,
        into: Option<&Into>,
        direction: &Direction,
        moves: bool,
    ) -> Result<()> {
        let count = match direction {
            Direction::Next => Some(1),
            Direction::All => None,
            Direction::Forward(count) => {
                let Datum::I32(count) = self.eval(count)?.datum else {
                    let text = "relative or absolute cursor position is null";
                    return Err(Error::new(SqlState::NULL_VALUE_NOT_ALLOWED, text));
                };
                Some(usize::try_from(count).unwrap_or(0))
            }
        };
        let open = self.open_cursor(cursor)?;
        let (mut last, mut moved) = (None, 0u64);
        while count.is_none_or(|count| moved < count as u64) {
            let Some(row) = open.rows.next() else {
                last = None;
                break;
            };
            last = Some(row);
            moved += 1;
        }
        let columns = open.columns.clone();
        self.row_count = moved;
        self.set_found(if moves { moved > 0 } else { last.is_some() });
        match into {
            Some(into) => self.assign_row(into, &columns, last),
            None => Ok(()),
        }
    }

    fn open_cursor(&mut self, cursor: usize) -> Result<&mut OpenCursor> {
        let is_null = self.run.parameters[cursor].is_null();
        let name = self.function.body.variables[cursor].name.clone();
        self.cursors.get_mut(&cursor).ok_or_else(|| {
            if is_null {
                let text = format!("cursor variable \"{name}\" is null");
                return Error::new(SqlState::NULL_VALUE_NOT_ALLOWED, text);
            }
            Error::new(SqlState::UNDEFINED_CURSOR, format!("cursor \"{name}\" does not exist"))
        })
    }

    pub(crate) fn close(&mut self, cursor: usize) -> Result<()> {
        self.open_cursor(cursor)?;
        self.cursors.remove(&cursor);
        Ok(())
    }

    pub(crate) fn for_cursor(
        &mut self,
        record: usize,
        cursor: usize,
        arguments: &[Expression],
        body: &Loop,
    ) -> Result<Flow> {
        let (columns, rows) = self.bound_rows(cursor, arguments)?;
        let target = Into {
            targets: vec![Target { variable: record, path: Vec::new(), text: String::new() }],
            strict: false,
        };
        let found = !rows.is_empty();
        let mut flow = Flow::Normal;
        for row in rows {
            self.check()?;
            self.assign_row(&target, &columns, Some(row))?;
            if let Some(ended) = self.round(body)? {
                flow = ended;
                break;
            }
        }
        self.set_found(found);
        Ok(flow)
    }
}

/// An error of a statement made at run time.
fn in_statement(error: Error, sql: &str) -> Error {
    if error.fields().position.is_some() {
        return error.in_query(sql);
    }
    error.context(format!("SQL statement \"{sql}\""))
}
