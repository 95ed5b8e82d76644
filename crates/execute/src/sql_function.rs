//! Functions in SQL: statements one after the other, the last of which gives the result.

use crate::context::{Context, FunctionCall, FunctionRows, RunState};
use crate::statements::{BodyStatement, Statements};
use analyze::{Analyzer, Context as CastContext, Resolver, RowColumn, VariableConflict, Variables};
use batch::{Batch, ROWS_MAX};
use catalog::facts::{FunctionKind, Volatility};
use catalog::object::Function;
use error::{Error, Result, SqlState, stack_check};
use expression::{Expr, ExprKind, Program, Query, default_collation};
use parking_lot::Mutex;
use std::sync::Arc;
use storage::Snapshot;
use syntax::ast::{Location, Name, Statement};
use types::{Datum, Oid, ValueRef, type_oid};

/// A function in SQL, made ready for the types of one call's arguments.
pub struct SqlFunction {
    definition: Arc<Function>,
    /// The type of the result, where it is polymorphic that of this call.
    result: Oid,
    statements: Vec<BodyStatement>,
    parameters: Parameters,
    shape: Shape,
    /// What makes the last statement's columns those of the result; made with the plan, not kept where each call says
    /// what the columns are.
    casts: Mutex<Option<(u64, Vec<Option<Program>>)>>,
}

/// Rows as lists of values.
type DatumRows = Vec<Vec<Datum>>;
/// The names and types of a record's columns.
type Names = Vec<(String, Oid)>;

/// What a function gives.
enum Shape {
    Void,
    /// One value of a type.
    Value(Oid),
    /// Columns with their names and types.
    Row(Vec<(String, Oid, i32)>),
    /// Columns as they come.
    Record,
}

/// The parameters as names in the body.
struct Parameters {
    function: String,
    names: Vec<String>,
    types: Vec<Oid>,
    /// The fields of those of composite types.
    fields: Vec<Option<Vec<RowColumn>>>,
}

impl Variables for Parameters {
    fn find(&self, names: &[Name]) -> Result<Option<Expr>> {
        let place = |name: &Name| {
            self.names.iter().position(|known| !known.is_empty() && **known == **name)
        };
        let own = |name: &Name| **name == *self.function;
        Ok(match names {
            [name] => place(name).map(|index| self.value(index)),
            [function, name] if own(function) && place(name).is_some() => {
                place(name).map(|index| self.value(index))
            }
            [name, field] => place(name).and_then(|index| self.field(index, field)),
            [function, name, field] if own(function) => {
                place(name).and_then(|index| self.field(index, field))
            }
            _ => None,
        })
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

impl Parameters {
    fn value(&self, index: usize) -> Expr {
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let type_id = self.types[index];
        Expr::new(ExprKind::Parameter(number), type_id, default_collation(type_id))
    }

    fn field(&self, index: usize, name: &str) -> Option<Expr> {
        let fields = self.fields[index].as_ref()?;
        let place = fields.iter().position(|field| field.0 == name)?;
        let (_, type_id, typmod, collation) = fields[place].clone();
        let number = i16::try_from(place + 1).ok()?;
        let kind = ExprKind::Field { record: Box::new(self.value(index)), number };
        Some(Expr { kind, type_id, typmod, collation })
    }
}

/// The statements of a function's body.
fn body(function: &Function) -> Result<(Arc<str>, Vec<Statement>)> {
    let Some(stored) = &function.sql_body else {
        let sql: Arc<str> = function.source.as_str().into();
        let statements = syntax::parse(&sql)?;
        return Ok((sql, statements));
    };
    let sql = match stored.strip_prefix("RETURN ") {
        Some(value) => format!("SELECT {value}"),
        None => {
            let inner = stored.strip_prefix("BEGIN ATOMIC").unwrap_or(stored);
            inner.strip_suffix("END").unwrap_or(inner).to_owned()
        }
    };
    let statements = syntax::parse(&sql)?;
    Ok((sql.into(), statements))
}

/// The columns of a composite type.
fn composite(resolver: &dyn Resolver, type_id: Oid) -> Option<Vec<(String, Oid, i32)>> {
    resolver.text_context().names.fields(type_id)
}

impl SqlFunction {
    /// Makes a function ready for arguments of these types and a result of that one. 42601 and what analysis fails with.
    pub fn new(
        resolver: &mut dyn Resolver,
        definition: &Arc<Function>,
        argument_types: &[Oid],
        result: Oid,
    ) -> Result<Self> {
        let (sql, statements) = body(definition)?;
        let statements =
            statements.into_iter().map(|s| BodyStatement::new(Arc::clone(&sql), s)).collect();
        let outputs = definition
            .outputs()
            .map(|parameter| {
                let declared = &definition.arguments;
                let actual = &argument_types[..declared.len().min(argument_types.len())];
                let type_id =
                    analyze::resolve_type(declared, actual, parameter.type_id, resolver.catalog())?;
                Ok((parameter.name.clone(), type_id, -1))
            })
            .collect::<Result<Vec<_>>>()?;
        let procedure = definition.kind == FunctionKind::Procedure;
        let shape = if result == type_oid::VOID || procedure && outputs.is_empty() {
            Shape::Void
        } else if procedure || result == type_oid::RECORD && !outputs.is_empty() {
            Shape::Row(outputs)
        } else if result == type_oid::RECORD {
            Shape::Record
        } else {
            match composite(resolver, result) {
                Some(columns) => Shape::Row(columns),
                None => Shape::Value(result),
            }
        };
        let fields = argument_types
            .iter()
            .map(|type_id| {
                let fields = composite(resolver, *type_id)?;
                let column = |(name, type_id, typmod): (String, Oid, i32)| {
                    (name, type_id, typmod, default_collation(type_id))
                };
                Some(fields.into_iter().map(column).collect())
            })
            .collect();
        let parameters = Parameters {
            function: definition.name.clone(),
            names: definition.inputs().map(|parameter| parameter.name.clone()).collect(),
            types: argument_types.to_vec(),
            fields,
        };
        Ok(Self {
            definition: Arc::clone(definition),
            result,
            statements,
            parameters,
            shape,
            casts: Mutex::new(None),
        })
    }

    /// The one value, or row as a record, that the function gives.
    pub fn call(&self, statements: &mut dyn Statements, call: &FunctionCall<'_>) -> Result<Datum> {
        let (mut rows, given) = self.run(statements, call, true)?;
        let Some(row) = rows.pop() else { return Ok(Datum::Null) };
        Ok(match &self.shape {
            Shape::Void => Datum::Null,
            Shape::Value(_) => row.into_iter().next().unwrap_or_default(),
            Shape::Row(columns) => record(columns.iter().map(|c| (&*c.0, c.1)), &row),
            Shape::Record if self.is_one_record(&given, call) => {
                row.into_iter().next().unwrap_or_default()
            }
            Shape::Record => record(given.iter().map(|c| (&*c.0, c.1)), &row),
        })
    }

    /// All rows that the function gives.
    pub fn call_set(
        &self,
        statements: &mut dyn Statements,
        call: &FunctionCall<'_>,
    ) -> Result<FunctionRows> {
        let (mut rows, given) = self.run(statements, call, false)?;
        if !call.info.fields.is_empty() && self.is_one_record(&given, call) {
            for row in &mut rows {
                *row = match row.first() {
                    Some(Datum::Bytes(bytes)) => {
                        let record = types::record::Record::parse(bytes)?;
                        record.iter().map(|(_, value)| value.to_datum()).collect()
                    }
                    _ => Vec::new(),
                };
                row.resize(call.info.fields.len(), Datum::Null);
            }
        }
        let columns = match &self.shape {
            Shape::Row(columns) => columns.iter().map(|c| (c.0.clone(), c.1)).collect(),
            Shape::Record => {
                call.info.fields.iter().map(|field| (field.0.clone(), field.1)).collect()
            }
            Shape::Value(type_id) => vec![(String::new(), *type_id)],
            Shape::Void => Vec::new(),
        };
        let composite = matches!(self.shape, Shape::Row(_) | Shape::Record);
        Ok(FunctionRows { columns, composite, rows })
    }

    fn run(
        &self,
        statements: &mut dyn Statements,
        call: &FunctionCall<'_>,
        one: bool,
    ) -> Result<(DatumRows, Names)> {
        stack_check()?;
        let mut rows = Vec::new();
        let mut given = Vec::new();
        let last = self.statements.len().saturating_sub(1);
        for (index, statement) in self.statements.iter().enumerate() {
            let result = if statement.is_query() {
                let wanted = (index == last).then_some((&mut rows, &mut given));
                self.query(statements, statement, call, wanted, one)
            } else {
                self.command(statements, statement)
            };
            result.map_err(|error| {
                let line =
                    format!("SQL function \"{}\" statement {}", self.definition.name, index + 1);
                internal_position(error, &statement.sql).context(line)
            })?;
        }
        Ok((rows, given))
    }

    /// Whether the one column that the last statement gives is the record to return.
    fn is_one_record(&self, given: &[(String, Oid)], call: &FunctionCall<'_>) -> bool {
        matches!((&self.shape, given), (Shape::Record, [(_, type_id)])
            if *type_id == type_oid::RECORD && call.info.fields.len() != 1)
    }

    fn command(&self, statements: &mut dyn Statements, statement: &BodyStatement) -> Result<()> {
        if self.definition.volatility != Volatility::Volatile {
            let text = format!(
                "{} is not allowed in a non-volatile function",
                statement.statement.kind.tag()
            );
            return Err(Error::new(SqlState::FEATURE_NOT_SUPPORTED, text));
        }
        statements.command(&statement.sql, &statement.statement).map(|_| ())
    }

    fn query(
        &self,
        statements: &mut dyn Statements,
        statement: &BodyStatement,
        call: &FunctionCall<'_>,
        wanted: Option<(&mut DatumRows, &mut Names)>,
        one: bool,
    ) -> Result<()> {
        let mut ready = match statement.known(statements)? {
            Some(ready) => ready,
            None => statement.prepare(statements, &self.parameters)?,
        };
        if self.definition.volatility != Volatility::Volatile && ready.plan.modifies.is_some() {
            let text = format!(
                "{} is not allowed in a non-volatile function",
                statement.statement.kind.tag()
            );
            return Err(Error::new(SqlState::FEATURE_NOT_SUPPORTED, text));
        }
        let snapshot = body_snapshot(statements, self.definition.volatility, call.snapshot)?;
        ready.begin(call.arguments.to_vec(), snapshot);
        match wanted {
            Some((rows, given)) if !matches!(self.shape, Shape::Void) => {
                *given = self.columns_given(&ready.plan, call);
                let mut casts = self.casts(statements, &ready.plan, call)?;
                let limit = if one { 1 } else { ROWS_MAX };
                let read_on = ready.plan.modifies.is_some();
                let mut batches: Vec<Batch> = Vec::new();
                let finished = ready.run(statements, limit, &mut |batch| {
                    if !one || batches.is_empty() {
                        batches.push(batch.clone());
                    }
                    Ok(!one || read_on)
                })?;
                debug_assert!(finished < u64::MAX, "rows are counted");
                let whole = matches!(ready.plan.output.as_slice(), [only]
                    if only.type_id == self.result);
                self.convert(statements, &batches, &mut casts, rows, whole)?;
                if one {
                    rows.truncate(1);
                }
                if !matches!(self.shape, Shape::Record) {
                    *self.casts.lock() = Some((statements.generation(), casts));
                }
            }
            Some(_) | None => {
                ready.run(statements, ROWS_MAX, &mut |_| Ok(true))?;
            }
        }
        statement.give_back(ready);
        Ok(())
    }

    /// The names and types of the record's columns: as the call has them, else as the statement gives them.
    fn columns_given(&self, plan: &plan::Plan, call: &FunctionCall<'_>) -> Vec<(String, Oid)> {
        match (&self.shape, call.info.fields.as_slice()) {
            (Shape::Record, []) => {
                plan.output.iter().map(|column| (column.name.clone(), column.type_id)).collect()
            }
            (Shape::Record, fields) => match plan.output.as_slice() {
                [only] if only.type_id == type_oid::RECORD && fields.len() != 1 => {
                    vec![(String::new(), type_oid::RECORD)]
                }
                _ => fields.iter().map(|(name, type_id, _)| (name.clone(), *type_id)).collect(),
            },
            (Shape::Void | Shape::Value(_) | Shape::Row(_), _) => Vec::new(),
        }
    }

    /// What makes the columns of a plan those of the result. 42P13.
    fn casts(
        &self,
        statements: &mut dyn Statements,
        plan: &plan::Plan,
        call: &FunctionCall<'_>,
    ) -> Result<Vec<Option<Program>>> {
        if let Some((generation, casts)) = self.casts.lock().take()
            && generation == statements.generation()
        {
            return Ok(casts);
        }
        let given: Vec<(Oid, i32)> = plan.output.iter().map(|c| (c.type_id, c.typmod)).collect();
        let targets = self.targets(statements.resolver(), &given, &call.info.fields)?;
        let find = statements.parts().0.find_function();
        let mut casts = Vec::with_capacity(targets.len());
        for (slot, ((source, typmod), (target, target_typmod))) in
            (0..).zip(given.iter().zip(&targets))
        {
            if source == target && (*target_typmod < 0 || typmod == target_typmod) {
                casts.push(None);
                continue;
            }
            let value = Expr {
                kind: ExprKind::Slot(slot),
                type_id: *source,
                typmod: *typmod,
                collation: default_collation(*source),
            };
            let cast = Analyzer::new("", statements.resolver()).cast(
                value,
                *target,
                *target_typmod,
                CastContext::Assignment,
                Location::NONE,
            )?;
            casts.push(Some(Program::compile(&cast, find)?));
        }
        Ok(casts)
    }

    /// The types that the result's columns must have. 42P13 where they cannot.
    fn targets(
        &self,
        resolver: &mut dyn Resolver,
        given: &[(Oid, i32)],
        expected: &[(String, Oid, i32)],
    ) -> Result<Vec<(Oid, i32)>> {
        match &self.shape {
            Shape::Void => Ok(Vec::new()),
            Shape::Value(target) => {
                let [(source, typmod)] = given else {
                    return Err(
                        self.mismatch(resolver, "Final statement must return exactly one column.")
                    );
                };
                if !assignable(resolver, *source, *typmod, *target) {
                    let actual = shown(resolver, *source);
                    return Err(
                        self.mismatch(resolver, &format!("Actual return type is {actual}."))
                    );
                }
                Ok(vec![(*target, -1)])
            }
            Shape::Record if expected.is_empty() => Ok(given.to_vec()),
            Shape::Record if expected.len() != 1 && matches!(given, [(type_oid::RECORD, _)]) => {
                Ok(given.to_vec())
            }
            Shape::Record => self.row_targets(resolver, given, expected),
            Shape::Row(columns) => {
                if let [(only, _)] = given
                    && *only == self.result
                {
                    return Ok(vec![(*only, -1)]);
                }
                self.row_targets(resolver, given, columns)
            }
        }
    }

    fn row_targets(
        &self,
        resolver: &mut dyn Resolver,
        given: &[(Oid, i32)],
        columns: &[(String, Oid, i32)],
    ) -> Result<Vec<(Oid, i32)>> {
        for (number, ((source, typmod), (_, target, _))) in (1..).zip(given.iter().zip(columns)) {
            if !assignable(resolver, *source, *typmod, *target) {
                let detail = format!(
                    "Final statement returns {} instead of {} at column {number}.",
                    shown(resolver, *source),
                    shown(resolver, *target)
                );
                return Err(self.mismatch(resolver, &detail));
            }
        }
        if given.len() < columns.len() {
            return Err(self.mismatch(resolver, "Final statement returns too few columns."));
        }
        if given.len() > columns.len() {
            return Err(self.mismatch(resolver, "Final statement returns too many columns."));
        }
        Ok(columns.iter().map(|(_, target, typmod)| (*target, *typmod)).collect())
    }

    fn mismatch(&self, resolver: &dyn Resolver, detail: &str) -> Error {
        let text = format!(
            "return type mismatch in function declared to return {}",
            shown(resolver, self.definition.result)
        );
        Error::new(SqlState::INVALID_FUNCTION_DEFINITION, text).detail(detail)
    }

    /// The rows of batches, cast.
    fn convert(
        &self,
        statements: &mut dyn Statements,
        batches: &[Batch],
        casts: &mut [Option<Program>],
        rows: &mut Vec<Vec<Datum>>,
        whole: bool,
    ) -> Result<()> {
        for batch in batches {
            let first = rows.len();
            rows.extend(batch.rows().iter().map(|_| Vec::with_capacity(casts.len())));
            let (host, transaction) = statements.parts();
            let mut run = RunState::default();
            let mut context = Context { run: &mut run, host, transaction };
            for (slot, cast) in casts.iter_mut().enumerate() {
                let values = match cast {
                    None => &batch.columns[slot],
                    Some(program) => program.run(&batch.columns, batch.rows(), &mut context)?,
                };
                for (place, row) in batch.rows().iter().enumerate() {
                    rows[first + place].push(values.get(row).to_datum());
                }
            }
            self.take_apart(&mut rows[first..], whole)?;
            context.host.check_cancel()?;
        }
        Ok(())
    }

    /// Makes columns of what is one composite value; `whole` where it is known to be one.
    fn take_apart(&self, list: &mut [Vec<Datum>], whole: bool) -> Result<()> {
        let Shape::Row(columns) = &self.shape else {
            return Ok(());
        };
        for row in list {
            if row.len() == columns.len() && columns.len() != 1 && !whole {
                continue;
            }
            let fields: Option<Vec<Datum>> = match row.as_slice() {
                [Datum::Bytes(bytes)]
                    if whole || columns.len() != 1 || columns[0].1 == type_oid::RECORD =>
                {
                    let record = types::record::Record::parse(bytes)?;
                    Some(record.iter().map(|(_, value)| value.to_datum()).collect())
                }
                [Datum::Null] if whole || columns.len() != 1 => {
                    Some(vec![Datum::Null; columns.len()])
                }
                _ => None,
            };
            if let Some(mut fields) = fields {
                fields.resize(columns.len(), Datum::Null);
                *row = fields;
            }
        }
        Ok(())
    }
}

/// What a statement of a function sees: a volatile one all that was done before it, another what its caller sees.
pub(crate) fn body_snapshot(
    statements: &mut dyn Statements,
    volatility: Volatility,
    callers: Option<&Snapshot>,
) -> Result<Snapshot> {
    match callers {
        Some(snapshot) if volatility != Volatility::Volatile => Ok(snapshot.clone()),
        Some(_) | None => statements.next_snapshot(),
    }
}

/// A row as a record.
fn record<'a>(columns: impl Iterator<Item = (&'a str, Oid)>, row: &[Datum]) -> Datum {
    let (names, types): (Vec<&str>, Vec<Oid>) = columns.unzip();
    let fields = types.into_iter().zip(row.iter().map(Datum::as_ref));
    let fields: Vec<(Oid, ValueRef<'_>)> = fields.collect();
    Datum::Bytes(types::record::build_named_record(&names, fields).into())
}

/// An error's position becomes one in the body.
pub(crate) fn internal_position(error: Error, sql: &str) -> Error {
    if error.fields().position.is_some() { error.in_query(sql) } else { error }
}

fn shown(resolver: &dyn Resolver, type_id: Oid) -> String {
    let own = resolver.text_context().names.type_name(type_id);
    own.unwrap_or_else(|| types::format_type(type_id, None))
}

fn assignable(resolver: &mut dyn Resolver, source: Oid, typmod: i32, target: Oid) -> bool {
    if source == target {
        return true;
    }
    let value = Expr { typmod, ..Expr::null(source) };
    let value = Expr { kind: ExprKind::Slot(0), ..value };
    let cast = Analyzer::new("", resolver).coerce(
        value,
        target,
        -1,
        CastContext::Assignment,
        Location::NONE,
    );
    matches!(cast, Ok(Some(_)))
}

/// Checks the body of a function that is being made. 42601, 42P13 and what analysis fails with.
pub fn check_sql_function(resolver: &mut dyn Resolver, definition: &Arc<Function>) -> Result<()> {
    let polymorphic = |type_id: &Oid| {
        types::builtin_type(*type_id).is_some_and(|row| row.kind == 'p')
            && !matches!(*type_id, type_oid::VOID | type_oid::RECORD)
    };
    let name = &definition.name;
    let located = |error: Error, sql: &str| {
        internal_position(error, sql).context(format!("SQL function \"{name}\""))
    };
    let (sql, statements) = body(definition).map_err(|error| located(error, &definition.source))?;
    let arguments = &definition.arguments;
    if arguments.iter().chain(definition.outputs().map(|p| &p.type_id)).any(polymorphic)
        || polymorphic(&definition.result)
    {
        return Ok(());
    }
    let function = SqlFunction::new(resolver, definition, arguments, definition.result)?;
    let mut last: Option<Vec<(Oid, i32)>> = None;
    for statement in &statements {
        last = None;
        let body = BodyStatement::new(Arc::clone(&sql), statement.clone());
        if !body.is_query() {
            continue;
        }
        let mut analyzer = Analyzer::new(&sql, resolver);
        analyzer.variables = Some(&function.parameters);
        let query = analyzer.query(&statement.kind).map_err(|error| located(error, &sql))?;
        last = Some(columns(&query));
    }
    if matches!(function.shape, Shape::Void) {
        return Ok(());
    }
    let given = last.filter(|columns| !columns.is_empty());
    let checked = match given {
        None => Err(function.mismatch(
            resolver,
            "Function's final statement must be SELECT or INSERT/UPDATE/DELETE/MERGE RETURNING.",
        )),
        Some(given) => function.targets(resolver, &given, &[]).map(|_| ()),
    };
    checked.map_err(|error| error.context(format!("SQL function \"{name}\"")))
}

/// The types and typmods of a query's columns; none where it gives no rows.
fn columns(query: &Query) -> Vec<(Oid, i32)> {
    if query.modify.as_ref().is_some_and(|modify| !modify.returning) {
        return Vec::new();
    }
    let visible = query.targets.iter().filter(|target| !target.junk);
    visible.map(|target| (target.expr.type_id, target.expr.typmod)).collect()
}
