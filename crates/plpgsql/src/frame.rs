//! One call of a function: its variables, and how expressions are evaluated over them.

use crate::function::Function;
use crate::parser::find_variable;
use crate::tree::{Cache, Expression, Form, Shape, Simple, VariableKind};
use analyze::{Analyzer, Context as CastContext, RowColumn, VariableConflict, Variables};
use batch::{Rows, Vector};
use error::{Error, Result, SqlState};
use execute::{Context, Ready, RunState, Statements};
use expression::{Conversion, Expr, ExprKind, Program, Query, default_collation};
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use storage::Snapshot;
use syntax::ast::{Location, Name};
use types::{Datum, Kind, Oid, ValueRef, record::Record, type_oid};

/// A value with its type.
#[derive(Debug, Clone)]
pub(crate) struct Value {
    pub(crate) datum: Datum,
    pub(crate) type_id: Oid,
    pub(crate) typmod: i32,
}

/// A cursor that is open.
pub(crate) struct OpenCursor {
    pub(crate) columns: Vec<plan::OutputColumn>,
    pub(crate) rows: std::vec::IntoIter<Vec<Datum>>,
}

/// One call.
pub(crate) struct Frame<'f> {
    pub(crate) function: &'f Function,
    pub(crate) statements: &'f mut dyn Statements,
    /// Its parameters are the variables.
    pub(crate) run: RunState,
    /// What records are now.
    pub(crate) shapes: Vec<Option<Shape>>,
    /// What a function that is not volatile sees.
    pub(crate) snapshot: Option<Snapshot>,
    pub(crate) result: Value,
    pub(crate) rows: Vec<Vec<Datum>>,
    /// The errors that handlers around handle, innermost last.
    pub(crate) handled: Vec<Error>,
    pub(crate) row_count: u64,
    pub(crate) cursors: HashMap<usize, OpenCursor>,
    /// The error that is on its way is one that was handled: its context is whole.
    pub(crate) rethrown: bool,
    /// Where the error that is on its way was raised.
    pub(crate) failed_at: Option<String>,
}

/// The names that a piece of SQL sees.
struct Scope<'a> {
    function: &'a Function,
    scope: Option<usize>,
    shapes: &'a [Option<Shape>],
    used: RefCell<Vec<usize>>,
    used_shapes: RefCell<Vec<usize>>,
}

impl Scope<'_> {
    fn value(&self, variable: usize) -> Expr {
        let mut used = self.used.borrow_mut();
        if !used.contains(&variable) {
            used.push(variable);
        }
        let number = u32::try_from(variable + 1).unwrap_or(u32::MAX);
        let (type_id, typmod) = match &self.function.body.variables[variable].kind {
            VariableKind::Scalar(type_id, typmod) => (*type_id, *typmod),
            VariableKind::Row(type_id, _) => (*type_id, -1),
            VariableKind::Record => return self.record_value(variable, number),
            VariableKind::Cursor(_) => (type_oid::REFCURSOR, -1),
        };
        Expr {
            kind: ExprKind::Parameter(number),
            type_id,
            typmod,
            collation: default_collation(type_id),
        }
    }

    /// A record; the operand of CASE is a value by itself.
    fn record_value(&self, variable: usize, number: u32) -> Expr {
        self.used_shapes.borrow_mut().push(variable);
        let scalar = self.shapes[variable]
            .as_ref()
            .filter(|shape| shape.len() == 1 && shape[0].0.is_empty());
        let (type_id, typmod, collation) = match scalar {
            Some(shape) => (shape[0].1, shape[0].2, shape[0].3),
            None => (type_oid::RECORD, -1, Oid::INVALID),
        };
        Expr { kind: ExprKind::Parameter(number), type_id, typmod, collation }
    }

    fn shape(&self, variable: usize) -> Result<Option<Shape>> {
        let variable_of = &self.function.body.variables[variable];
        match &variable_of.kind {
            VariableKind::Scalar(..) | VariableKind::Cursor(_) => Ok(None),
            VariableKind::Row(_, shape) => Ok(Some(Arc::clone(shape))),
            VariableKind::Record => {
                self.used_shapes.borrow_mut().push(variable);
                match &self.shapes[variable] {
                    Some(shape) => Ok(Some(Arc::clone(shape))),
                    None => Err(not_assigned(&variable_of.name)),
                }
            }
        }
    }

    fn field(&self, record: Expr, shape: &[RowColumn], name: &str, of: &str) -> Result<Expr> {
        let place = shape.iter().position(|column| column.0 == name).ok_or_else(|| {
            let text = format!("record \"{of}\" has no field \"{name}\"");
            Error::new(SqlState::UNDEFINED_COLUMN, text)
        })?;
        let (_, type_id, typmod, collation) = shape[place].clone();
        let number =
            i16::try_from(place + 1).map_err(|_| Error::internal("a record has many fields"))?;
        let kind = ExprKind::Field { record: Box::new(record), number };
        Ok(Expr { kind, type_id, typmod, collation })
    }
}

/// 55000.
pub(crate) fn not_assigned(name: &str) -> Error {
    let text = format!("record \"{name}\" is not assigned yet");
    Error::new(SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE, text)
        .detail("The tuple structure of a not-yet-assigned record is indeterminate.")
}

impl Variables for Scope<'_> {
    fn find(&self, names: &[Name]) -> Result<Option<Expr>> {
        let Some((variable, count)) = find_variable(&self.function.body.names, self.scope, names)
        else {
            return Ok(None);
        };
        let rest = &names[count..];
        let [field] = rest else {
            return Ok(rest.is_empty().then(|| self.value(variable)));
        };
        let Some(shape) = self.shape(variable)? else { return Ok(None) };
        let record = self.value(variable);
        let of = &self.function.body.variables[variable].name;
        self.field(record, &shape, field, of).map(Some)
    }

    fn parameter(&self, number: u32) -> Option<Oid> {
        let variable = (number as usize).checked_sub(1)?;
        (variable < self.function.argument_count).then(|| self.value(variable).type_id)
    }

    fn record(&self, number: u32) -> Result<Option<Vec<RowColumn>>> {
        let variable = (number as usize).saturating_sub(1);
        Ok(self.shape(variable)?.map(|shape| shape.to_vec()))
    }

    fn conflict(&self) -> VariableConflict {
        VariableConflict::Error
    }
}

/// Whether a query is one value that needs no rows.
fn is_simple(query: &Query) -> bool {
    let plain = query.common_tables.is_empty()
        && query.range.is_empty()
        && query.from.is_empty()
        && query.filter.is_none()
        && query.group_by.is_empty()
        && !query.grouped
        && query.having.is_none()
        && query.windows.is_empty()
        && query.distinct == expression::Distinct::No
        && query.order_by.is_empty()
        && query.limit.is_none()
        && query.offset.is_none()
        && query.set_operation.is_none()
        && query.locking.is_empty()
        && query.modify.is_none()
        && !query.has_set_returning;
    plain
        && query.targets.len() == 1
        && !query.targets[0].expr.any(&mut |e| {
            matches!(e.kind, ExprKind::Subquery(_) | ExprKind::Aggregate(_) | ExprKind::Window(_))
        })
}

fn same_shape(a: Option<&Shape>, b: Option<&Shape>) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => Arc::ptr_eq(a, b) || a == b,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

impl Frame<'_> {
    /// The value of an expression, of the type that it is to have.
    pub(crate) fn eval(&mut self, expression: &Expression) -> Result<Value> {
        match self.simple(expression)? {
            Some((mut program, expr)) => {
                let (host, transaction) = self.statements.parts();
                self.run.snapshot.clone_from(&self.snapshot);
                let mut context = Context { run: &mut self.run, host, transaction };
                let datum = program.value(&mut context)?;
                let value = Value { datum, type_id: expr.type_id, typmod: expr.typmod };
                self.put_back(expression, program, &expr);
                Ok(value)
            }
            None => self.eval_query(expression).map_err(|error| self.located(error, expression)),
        }
    }

    /// Keeps a program for the next time.
    pub(crate) fn put_back(&self, expression: &Expression, program: Program, expr: &Arc<Expr>) {
        if let Some(Cache { simple: Some(simple), .. }) = &mut *expression.cache.lock()
            && Arc::ptr_eq(&simple.expr, expr)
        {
            simple.programs.push(program);
        }
    }

    /// The program of an expression that needs no query.
    pub(crate) fn simple(
        &mut self,
        expression: &Expression,
    ) -> Result<Option<(Program, Arc<Expr>)>> {
        loop {
            if self.is_current(expression) {
                let mut cache = expression.cache.lock();
                let Some(Cache { simple: Some(simple), .. }) = &mut *cache else {
                    return Ok(None);
                };
                let expr = Arc::clone(&simple.expr);
                let program = match simple.programs.pop() {
                    Some(program) => program,
                    None => Program::compile(&expr, self.statements.parts().0.find_function())?,
                };
                return Ok(Some((program, expr)));
            }
            self.analyze(expression).map_err(|error| self.located(error, expression))?;
        }
    }

    /// Whether what an expression was made into is still good.
    fn is_current(&self, expression: &Expression) -> bool {
        let cache = expression.cache.lock();
        let Some(cache) = &*cache else { return false };
        cache.generation == self.statements.generation()
            && cache.shapes.iter().all(|(variable, shape)| {
                same_shape(shape.as_ref(), self.shapes[*variable].as_ref())
            })
    }

    /// Analyses a piece of SQL; plans it where it needs a query.
    fn analyze(&mut self, expression: &Expression) -> Result<()> {
        expression.statement.forget();
        let scope = Scope {
            function: self.function,
            scope: expression.scope,
            shapes: &self.shapes,
            used: RefCell::default(),
            used_shapes: RefCell::default(),
        };
        let mut analyzer = Analyzer::new(&expression.statement.sql, self.statements.resolver());
        analyzer.variables = Some(&scope);
        analyzer.inlines = true;
        let query = analyzer.query(&expression.statement.statement.kind)?;
        let used = scope.used.into_inner();
        let mut shapes = scope.used_shapes.into_inner();
        shapes.sort_unstable();
        shapes.dedup();
        let shapes = shapes.into_iter().map(|v| (v, self.shapes[v].clone())).collect();
        let mut simple = None;
        if expression.form != Form::Statement && is_simple(&query) {
            let mut query = query;
            let target = query.targets.pop().ok_or_else(|| Error::internal("no target"))?;
            let expr = match expression.want {
                Some((type_id, typmod)) => self.cast_expr(target.expr, type_id, typmod)?,
                None => target.expr,
            };
            simple = Some(Simple { expr: Arc::new(expr), programs: Vec::new() });
        } else {
            let ready = expression.statement.prepare_query(self.statements, query)?;
            expression.statement.give_back(ready);
        }
        let generation = self.statements.generation();
        *expression.cache.lock() = Some(Cache { generation, shapes, used, simple });
        Ok(())
    }

    /// The procedure of a CALL, and the call with its arguments over the variables.
    pub(crate) fn analyze_call(
        &mut self,
        sql: &str,
        call: &syntax::ast::Call,
        scope: Option<usize>,
    ) -> Result<(Arc<catalog::object::Function>, Expr)> {
        let scope = Scope {
            function: self.function,
            scope,
            shapes: &self.shapes,
            used: RefCell::default(),
            used_shapes: RefCell::default(),
        };
        let mut analyzer = Analyzer::new(sql, self.statements.resolver());
        analyzer.variables = Some(&scope);
        analyzer.procedure(call)
    }

    /// A piece of SQL ready to run, with its parameters.
    pub(crate) fn ready(&mut self, expression: &Expression) -> Result<Ready> {
        let mut ready = None;
        if self.is_current(expression) {
            ready = expression.statement.known(self.statements)?;
        }
        let mut ready = match ready {
            Some(ready) => ready,
            None => {
                self.analyze(expression)?;
                let known = expression.statement.known(self.statements)?;
                known.ok_or_else(|| Error::internal("a plan was not kept"))?
            }
        };
        let parameters = {
            let cache = expression.cache.lock();
            let used = cache.as_ref().map(|cache| cache.used.as_slice()).unwrap_or_default();
            let count = used.iter().max().map_or(0, |last| last + 1);
            let mut parameters = vec![Datum::Null; count];
            for variable in used {
                parameters[*variable] = self.run.parameters[*variable].clone();
            }
            parameters
        };
        if self.function.is_read_only() && ready.plan.modifies.is_some() {
            let text = format!(
                "{} is not allowed in a non-volatile function",
                expression.statement.statement.kind.tag()
            );
            return Err(Error::new(SqlState::FEATURE_NOT_SUPPORTED, text));
        }
        let snapshot = self.next_snapshot()?;
        ready.begin(parameters, snapshot);
        Ok(ready)
    }

    /// What the next statement sees.
    pub(crate) fn next_snapshot(&mut self) -> Result<Snapshot> {
        match &self.snapshot {
            Some(snapshot) => Ok(snapshot.clone()),
            None => self.statements.next_snapshot(),
        }
    }

    fn eval_query(&mut self, expression: &Expression) -> Result<Value> {
        let mut ready = self.ready(expression)?;
        let column_count = ready.plan.output.len();
        if column_count != 1 {
            let text = format!("query returned {column_count} columns");
            return Err(Error::new(SqlState::SYNTAX_ERROR, text));
        }
        let mut values: Vec<Datum> = Vec::new();
        ready.run(self.statements, 2, &mut |batch| {
            for row in batch.rows().iter() {
                values.push(batch.columns[0].get(row).to_datum());
            }
            Ok(values.len() < 2)
        })?;
        if values.len() > 1 {
            let text = "query returned more than one row";
            return Err(Error::new(SqlState::CARDINALITY_VIOLATION, text));
        }
        let column = &ready.plan.output[0];
        let (type_id, typmod) = (column.type_id, column.typmod);
        let value = Value { datum: values.pop().unwrap_or_default(), type_id, typmod };
        expression.statement.give_back(ready);
        match expression.want {
            Some((type_id, typmod)) => self.cast(value, type_id, typmod),
            None => Ok(value),
        }
    }

    /// An expression as another type: by an assignment's cast, or through text.
    fn cast_expr(&mut self, expr: Expr, type_id: Oid, typmod: i32) -> Result<Expr> {
        let mut analyzer = Analyzer::new("", self.statements.resolver());
        let cast = analyzer.coerce(
            expr.clone(),
            type_id,
            typmod,
            CastContext::Assignment,
            Location::NONE,
        )?;
        if let Some(cast) = cast {
            return Ok(cast);
        }
        let kind = ExprKind::Convert {
            arg: Box::new(expr),
            conversion: Conversion::InOut,
            explicit: false,
        };
        let text = Expr { kind, type_id, typmod: -1, collation: default_collation(type_id) };
        if typmod < 0 {
            return Ok(text);
        }
        let cast = analyzer.coerce(
            text.clone(),
            type_id,
            typmod,
            CastContext::Assignment,
            Location::NONE,
        )?;
        Ok(cast.unwrap_or(text))
    }

    /// A value as another type.
    pub(crate) fn cast(&mut self, value: Value, type_id: Oid, typmod: i32) -> Result<Value> {
        if value.type_id == type_id && (typmod < 0 || value.typmod == typmod) {
            return Ok(value);
        }
        if value.datum.is_null() {
            return Ok(Value { datum: Datum::Null, type_id, typmod });
        }
        let key = (value.type_id, value.typmod, type_id, typmod);
        let known = self.function.casts.lock().remove(&key);
        let mut program = match known {
            Some(program) => program,
            None => {
                let slot = Expr {
                    kind: ExprKind::Slot(0),
                    type_id: value.type_id,
                    typmod: value.typmod,
                    collation: default_collation(value.type_id),
                };
                let expr = self.cast_expr(slot, type_id, typmod)?;
                Program::compile(&expr, self.statements.parts().0.find_function())?
            }
        };
        let input = [Vector::constant(Kind::of(value.type_id), value.datum.as_ref())];
        let (host, transaction) = self.statements.parts();
        let mut context = Context { run: &mut self.run, host, transaction };
        let datum = program.run(&input, Rows::All(1), &mut context)?.get(0).to_datum();
        self.function.casts.lock().insert(key, program);
        Ok(Value { datum, type_id, typmod })
    }

    /// The truth of a condition.
    pub(crate) fn is_true(&mut self, expression: &Expression) -> Result<bool> {
        Ok(matches!(self.eval(expression)?.datum, Datum::Bool(true)))
    }

    /// An error of a piece of SQL: its position becomes one in what the user wrote there.
    pub(crate) fn located(&self, error: Error, expression: &Expression) -> Error {
        const PREFIX: i64 = 7;
        if let Some(position) = error.fields().position {
            let shift = if expression.statement.sql.starts_with("SELECT ")
                && expression.form == Form::Expression
            {
                expression.offset - PREFIX
            } else {
                expression.offset
            };
            let position = u32::try_from(i64::from(position) + shift).unwrap_or(1).max(1);
            return error.at(position).in_query(&expression.text);
        }
        let what = match expression.form {
            Form::Statement | Form::Perform => "SQL statement",
            Form::Expression if expression.offset > 0 => "PL/pgSQL assignment",
            Form::Expression => "PL/pgSQL expression",
        };
        error.context(format!("{what} \"{}\"", expression.text))
    }

    // Assignment.

    /// Assigns to a variable. 22004, 42804.
    pub(crate) fn set(&mut self, variable: usize, value: Value) -> Result<()> {
        let definition = &self.function.body.variables[variable];
        if definition.not_null && value.datum.is_null() {
            let text = format!(
                "null value cannot be assigned to variable \"{}\" declared NOT NULL",
                definition.name
            );
            return Err(Error::new(SqlState::NULL_VALUE_NOT_ALLOWED, text));
        }
        match &definition.kind {
            VariableKind::Scalar(type_id, typmod) => {
                let value = self.cast(value, *type_id, *typmod)?;
                self.run.parameters[variable] = value.datum;
            }
            VariableKind::Cursor(_) => {
                let value = self.cast(value, type_oid::REFCURSOR, -1)?;
                self.run.parameters[variable] = value.datum;
            }
            VariableKind::Row(type_id, shape) => {
                if value.type_id == *type_id || value.datum.is_null() {
                    self.run.parameters[variable] = value.datum;
                } else {
                    let fields = self.fields(&value, "row")?;
                    self.run.parameters[variable] = self.row_of(fields, shape)?;
                }
            }
            VariableKind::Record => self.set_record(variable, value)?,
        }
        Ok(())
    }

    fn set_record(&mut self, variable: usize, value: Value) -> Result<()> {
        if value.datum.is_null() {
            if let Some(fields) = self.fields_of_type(value.type_id) {
                self.shapes[variable] = Some(fields);
            }
            self.run.parameters[variable] = Datum::Null;
            return Ok(());
        }
        let Datum::Bytes(bytes) = &value.datum else {
            let text = "cannot assign non-composite value to a record variable";
            return Err(Error::new(SqlState::DATATYPE_MISMATCH, text));
        };
        let shape = match self.fields_of_type(value.type_id) {
            Some(shape) => shape,
            None if value.type_id == type_oid::RECORD => {
                let record = Record::parse(bytes)?;
                let column = |index: usize| {
                    let type_id = record.get(index).0;
                    (record.name(index), type_id, -1, default_collation(type_id))
                };
                Arc::new((0..record.len()).map(column).collect::<Vec<_>>())
            }
            None => {
                let text = "cannot assign non-composite value to a record variable";
                return Err(Error::new(SqlState::DATATYPE_MISMATCH, text));
            }
        };
        self.set_shape(variable, shape);
        self.run.parameters[variable] = value.datum;
        Ok(())
    }

    /// Notes what a record is now; one that stays the same keeps what was made for it.
    pub(crate) fn set_shape(&mut self, variable: usize, shape: Shape) {
        if !same_shape(self.shapes[variable].as_ref(), Some(&shape)) {
            self.shapes[variable] = Some(shape);
        }
    }

    /// The columns of a composite type.
    pub(crate) fn fields_of_type(&mut self, type_id: Oid) -> Option<Shape> {
        if type_id == type_oid::RECORD || types::builtin_type(type_id).is_some() {
            return None;
        }
        let fields = self.statements.resolver().text_context().names.fields(type_id)?;
        Some(crate::parser::shape_of(fields))
    }

    /// The fields of a composite value. 42804 for others.
    pub(crate) fn fields(&mut self, value: &Value, what: &str) -> Result<Vec<Value>> {
        let composite =
            value.type_id == type_oid::RECORD || self.fields_of_type(value.type_id).is_some();
        if value.datum.is_null() {
            return Ok(Vec::new());
        }
        if let Datum::Bytes(bytes) = &value.datum
            && composite
        {
            let record = Record::parse(bytes)?;
            let field = |(type_id, value): (Oid, ValueRef<'_>)| Value {
                datum: value.to_datum(),
                type_id,
                typmod: -1,
            };
            return Ok(record.iter().map(field).collect());
        }
        let text = format!("cannot assign non-composite value to a {what} variable");
        Err(Error::new(SqlState::DATATYPE_MISMATCH, text))
    }

    /// A row of a shape from values.
    pub(crate) fn row_of(&mut self, values: Vec<Value>, shape: &Shape) -> Result<Datum> {
        let mut fields = Vec::with_capacity(shape.len());
        let mut values = values.into_iter();
        for (_, type_id, typmod, _) in shape.iter() {
            fields.push(match values.next() {
                Some(value) => self.cast(value, *type_id, *typmod)?.datum,
                None => Datum::Null,
            });
        }
        Ok(build_row(shape, &fields))
    }

    /// The value of a variable.
    pub(crate) fn get(&self, variable: usize) -> Value {
        let datum = self.run.parameters[variable].clone();
        let (type_id, typmod) = match &self.function.body.variables[variable].kind {
            VariableKind::Scalar(type_id, typmod) => (*type_id, *typmod),
            VariableKind::Row(type_id, _) => (*type_id, -1),
            VariableKind::Record => (type_oid::RECORD, -1),
            VariableKind::Cursor(_) => (type_oid::REFCURSOR, -1),
        };
        Value { datum, type_id, typmod }
    }

    /// A value as text; `None` for NULL.
    pub(crate) fn text(&mut self, value: &Value) -> Result<Option<String>> {
        if value.datum.is_null() {
            return Ok(None);
        }
        let mut out = Vec::new();
        let (host, _) = self.statements.parts();
        types::output(value.type_id, value.datum.as_ref(), &host.text_context(), &mut out)?;
        Ok(Some(String::from_utf8_lossy(&out).into_owned()))
    }
}

/// The record of a shape's fields.
pub(crate) fn build_row(shape: &Shape, fields: &[Datum]) -> Datum {
    let names: Vec<&str> = shape.iter().map(|column| column.0.as_str()).collect();
    let values = shape.iter().map(|column| column.1).zip(fields.iter().map(Datum::as_ref));
    Datum::Bytes(types::record::build_named_record(&names, values).into())
}
