//! Functions in FROM.

use crate::context::{Context, FunctionRows};
use crate::operator::{Builder, Operator};
use crate::store::shape;
use batch::{Batch, Rows, Vector};
use catalog::facts::facts;
use error::{Error, Result, SqlState};
use expression::{Evaluation, Expr, ExprKind, Program};
use functions::{CallInfo, RowSource, SetReturning};
use types::{Datum, Kind, Oid, ValueRef, record::Record, type_oid};

/// Functions side by side: each until it ends, NULLs after that.
pub(crate) struct FunctionScan {
    functions: Vec<Function>,
    kinds: Vec<Kind>,
    ordinality: bool,
    number: i64,
}

struct Function {
    call: SetCall,
    column_count: usize,
    ended: bool,
    /// Where a function gives composite values whose fields are the columns.
    record: Option<Vector>,
}

/// A call of a function, set-returning or not.
pub(crate) enum SetCall {
    Set {
        function: SetFunction,
        arguments: Vec<Program>,
        info: CallInfo,
        strict: bool,
        rows: Option<Box<dyn RowSource>>,
        /// The OUT columns, where a row is to be one record.
        outputs: Vec<(&'static str, Oid)>,
    },
    One {
        program: Program,
        given: bool,
    },
    /// A set-returning function that a user made.
    User(Box<UserSet>),
}

/// A call of a set-returning function that a user made, and its rows.
pub(crate) struct UserSet {
    function: Oid,
    arguments: Vec<Program>,
    info: CallInfo,
    strict: bool,
    rows: FunctionRows,
    next: usize,
    /// Each row is one value, composite or not.
    whole: bool,
    /// It returns one record, whose columns only the call tells.
    one_record: bool,
}

impl UserSet {
    fn open(&mut self, context: &mut Context<'_>, values: &[Datum]) -> Result<()> {
        self.next = 0;
        self.rows = FunctionRows::default();
        let skipped = self.strict && values.iter().any(Datum::is_null);
        if self.one_record {
            let record = if skipped {
                Datum::Null
            } else {
                context.call_function(self.function, values, &self.info)?
            };
            self.rows.rows.push(self.taken_apart(&record)?);
        } else if !skipped {
            self.rows = context.call_set_function(self.function, values, &self.info)?;
        }
        Ok(())
    }

    /// The fields of the record that the function returned. 42804 where they are not the columns asked for.
    fn taken_apart(&self, record: &Datum) -> Result<Vec<Datum>> {
        let wanted = &self.info.fields;
        let Datum::Bytes(bytes) = record else { return Ok(vec![Datum::Null; wanted.len()]) };
        let record = Record::parse(bytes)?;
        let mismatch = |detail: String| {
            let text = "function return row and query-specified return row do not match";
            Error::new(SqlState::DATATYPE_MISMATCH, text).detail(detail)
        };
        if record.len() != wanted.len() {
            let plural = if record.len() == 1 { "" } else { "s" };
            return Err(mismatch(format!(
                "Returned row contains {} attribute{plural}, but query expects {}.",
                record.len(),
                wanted.len()
            )));
        }
        for (number, ((given, _), (_, type_id, _))) in (1..).zip(record.iter().zip(wanted)) {
            if types::lies_as(given) != types::lies_as(*type_id) {
                return Err(mismatch(format!(
                    "Returned type {} at ordinal position {number}, but query expects {}.",
                    types::format_type(given, None),
                    types::format_type(*type_id, None)
                )));
            }
        }
        Ok(record.iter().map(|(_, value)| value.to_datum()).collect())
    }

    fn next(&mut self, columns: &mut [Vector], rows_max: usize) -> Result<usize> {
        let end = self.rows.rows.len().min(self.next.saturating_add(rows_max));
        let rows = &self.rows.rows[self.next..end];
        if self.rows.composite && self.whole {
            let names: Vec<&str> = self.rows.columns.iter().map(|(name, _)| &**name).collect();
            for row in rows {
                let types = self.rows.columns.iter().map(|(_, type_id)| *type_id);
                let fields = types.zip(row.iter().map(Datum::as_ref));
                let record = types::record::build_named_record(&names, fields);
                columns[0].push(ValueRef::Bytes(&record));
            }
        } else {
            for row in rows {
                for (column, value) in columns.iter_mut().zip(row) {
                    if !fits(column.kind(), value) {
                        let text =
                            "function return row and query-specified return row do not match";
                        return Err(Error::new(SqlState::DATATYPE_MISMATCH, text));
                    }
                    column.push(value.as_ref());
                }
            }
        }
        let count = end - self.next;
        self.next = end;
        Ok(count)
    }
}

/// Whether a value is of a kind.
fn fits(kind: Kind, value: &Datum) -> bool {
    match value {
        Datum::Null => true,
        Datum::Bool(_) => kind == Kind::Bool,
        Datum::I16(_) => kind == Kind::I16,
        Datum::I32(_) => kind == Kind::I32,
        Datum::I64(_) => kind == Kind::I64,
        Datum::F32(_) => kind == Kind::F32,
        Datum::F64(_) => kind == Kind::F64,
        Datum::Fixed16(_) => kind == Kind::Fixed16,
        Datum::Bytes(_) => kind == Kind::Bytes,
    }
}

/// A set-returning function, found when it is first opened.
pub(crate) struct SetFunction {
    source: &'static str,
    found: Option<SetReturning>,
}

impl SetCall {
    pub(crate) fn new(
        builder: &Builder,
        expr: &Expr,
        columns: &[(String, Oid, i32)],
    ) -> Result<Self> {
        builder.note_effects_of(expr);
        let one_record = matches!(&expr.kind, ExprKind::Call(call)
            if call.user.as_ref().is_some_and(|user| !user.returns_set && user.outputs.is_empty()))
            && expr.type_id == type_oid::RECORD
            && !columns.is_empty();
        if let ExprKind::Call(call) = &expr.kind
            && let Some(user) = &call.user
            && (user.returns_set || one_record)
        {
            return Ok(Self::User(Box::new(UserSet {
                function: call.function,
                arguments: builder.programs(&call.arguments)?,
                info: CallInfo {
                    argument_types: call.arguments.iter().map(|a| a.type_id).collect(),
                    result_type: expr.type_id,
                    collation: call.input_collation,
                    fields: columns.to_vec(),
                },
                strict: user.strict,
                rows: FunctionRows::default(),
                next: 0,
                whole: columns.is_empty(),
                one_record,
            })));
        }
        if let ExprKind::Call(call) = &expr.kind
            && let Some(fact) = facts().functions.get(&call.function)
            && (fact.returns_set || gives_record(fact.source, columns))
        {
            return Ok(Self::Set {
                function: SetFunction { source: fact.source, found: None },
                arguments: builder.programs(&call.arguments)?,
                info: CallInfo {
                    argument_types: call.arguments.iter().map(|a| a.type_id).collect(),
                    result_type: expr.type_id,
                    collation: call.input_collation,
                    fields: columns.to_vec(),
                },
                strict: fact.strict,
                rows: None,
                outputs: if columns.is_empty() { outputs(fact) } else { Vec::new() },
            });
        }
        Ok(Self::One { program: builder.program(expr)?, given: false })
    }

    /// Starts the call with the input's row.
    pub(crate) fn open(
        &mut self,
        context: &mut Context<'_>,
        input: &[Vector],
        row: usize,
    ) -> Result<()> {
        let selected =
            [u16::try_from(row).map_err(|_| Error::internal("a batch has at most 1024 rows"))?];
        match self {
            Self::One { given, .. } => {
                *given = false;
                Ok(())
            }
            Self::User(user) => {
                let mut values: Vec<Datum> = Vec::with_capacity(user.arguments.len());
                for program in &mut user.arguments {
                    values.push(
                        program.run(input, Rows::Some(&selected), context)?.get(row).to_datum(),
                    );
                }
                user.open(context, &values)
            }
            Self::Set { function, arguments, info, strict, rows, .. } => {
                let mut values: Vec<Datum> = Vec::with_capacity(arguments.len());
                for program in arguments {
                    values.push(
                        program.run(input, Rows::Some(&selected), context)?.get(row).to_datum(),
                    );
                }
                if *strict && values.iter().any(Datum::is_null) {
                    *rows = None;
                    return Ok(());
                }
                if function.found.is_none() {
                    function.found = context.host.find_set_returning(function.source);
                }
                let found = function.found.ok_or_else(|| {
                    let text = format!(
                        "set-returning function {} is not supported by surus yet",
                        function.source
                    );
                    Error::new(SqlState::FEATURE_NOT_SUPPORTED, text)
                })?;
                *rows = Some((found.start)(&values, info, context)?);
                Ok(())
            }
        }
    }

    /// Appends up to `rows_max` rows.
    pub(crate) fn next(
        &mut self,
        context: &mut Context<'_>,
        input: &[Vector],
        row: usize,
        columns: &mut [Vector],
        rows_max: usize,
    ) -> Result<usize> {
        match self {
            Self::Set { rows: None, .. } => Ok(0),
            Self::Set { rows: Some(rows), outputs, .. } if columns.len() < outputs.len() => {
                let mut inner: Vec<Vector> =
                    outputs.iter().map(|(_, type_id)| Vector::new(Kind::of(*type_id))).collect();
                let count = rows.next(&mut inner, rows_max, context)?;
                let names: Vec<&str> = outputs.iter().map(|(name, _)| *name).collect();
                for row in 0..count {
                    let fields = outputs
                        .iter()
                        .zip(&inner)
                        .map(|((_, type_id), column)| (*type_id, column.get(row)));
                    let record = types::record::build_named_record(&names, fields);
                    columns[0].push(ValueRef::Bytes(&record));
                }
                Ok(count)
            }
            Self::Set { rows: Some(rows), .. } => rows.next(columns, rows_max, context),
            Self::User(user) => user.next(columns, rows_max),
            Self::One { given: true, .. } => Ok(0),
            Self::One { program, given } => {
                *given = true;
                let selected = [u16::try_from(row)
                    .map_err(|_| Error::internal("a batch has at most 1024 rows"))?];
                let value = program.run(input, Rows::Some(&selected), context)?.get(row);
                columns[0].push(value);
                Ok(1)
            }
        }
    }
}

/// The OUT columns of a function that has several.
fn outputs(fact: &'static catalog::facts::Function) -> Vec<(&'static str, Oid)> {
    let (Some(modes), Some(all), Some(names)) = (&fact.modes, &fact.all_arguments, &fact.names)
    else {
        return Vec::new();
    };
    let list: Vec<(&'static str, Oid)> = modes
        .iter()
        .zip(names)
        .zip(all)
        .filter(|((mode, _), _)| matches!(**mode, "o" | "b" | "t"))
        .map(|((_, name), type_id)| (*name, *type_id))
        .collect();
    if list.len() > 1 { list } else { Vec::new() }
}

/// Whether a function that returns one record gives its fields as columns by itself.
fn gives_record(source: &str, columns: &[(String, Oid, i32)]) -> bool {
    !columns.is_empty() && (source.ends_with("_to_record") || source.ends_with("_populate_record"))
}

impl SetCall {
    /// Whether each row is one composite value: of a plain call, or of an array of such values.
    fn gives_records(&self) -> bool {
        match self {
            Self::One { .. } => true,
            Self::User(_) => false,
            Self::Set { function, .. } => function.source == "array_unnest",
        }
    }
}

impl FunctionScan {
    pub(crate) fn new(
        builder: &Builder,
        functions: &[(Expr, Vec<plan::FunctionColumn>)],
        ordinality: bool,
        kinds: &[Kind],
    ) -> Result<Self> {
        let functions = functions
            .iter()
            .map(|(expr, columns)| {
                let call = SetCall::new(builder, expr, columns)?;
                let column_count = columns.len();
                // A plain call of a composite type, or a set of composite values, is taken apart.
                let composite = column_count > 1 || is_composite(expr.type_id);
                let record = (composite && call.gives_records()).then(|| Vector::new(Kind::Bytes));
                Ok(Function { call, column_count, ended: false, record })
            })
            .collect::<Result<_>>()?;
        Ok(Self { functions, kinds: kinds.to_vec(), ordinality, number: 0 })
    }
}

fn is_composite(type_id: Oid) -> bool {
    type_id == type_oid::RECORD
}

impl Operator for FunctionScan {
    fn open(&mut self, context: &mut Context<'_>) -> Result<()> {
        self.number = 0;
        for function in &mut self.functions {
            function.ended = false;
            function.call.open(context, &[], 0)?;
        }
        Ok(())
    }

    fn next(&mut self, context: &mut Context<'_>, rows_max: usize, out: &mut Batch) -> Result<()> {
        shape(out, &self.kinds);
        let (mut first, mut longest) = (0, 0);
        for function in &mut self.functions {
            let columns = &mut out.columns[first..first + function.column_count];
            let count =
                if function.ended { 0 } else { function.fill(context, columns, rows_max)? };
            function.ended = count < rows_max;
            longest = longest.max(count);
            first += function.column_count;
        }
        let data = out.columns.len() - usize::from(self.ordinality);
        for column in &mut out.columns[..data] {
            for row in column.len()..longest {
                column.set_null(row);
            }
        }
        if self.ordinality {
            for row in 0..longest {
                self.number += 1;
                out.columns[data].set_datum(row, &Datum::I64(self.number));
            }
        }
        out.row_count = longest;
        context.host.check_cancel()
    }
}

impl Function {
    fn fill(
        &mut self,
        context: &mut Context<'_>,
        columns: &mut [Vector],
        rows_max: usize,
    ) -> Result<usize> {
        let Some(record) = &mut self.record else {
            return self.call.next(context, &[], 0, columns, rows_max);
        };
        record.clear();
        let count = self.call.next(context, &[], 0, std::slice::from_mut(record), rows_max)?;
        for row in 0..count {
            match record.get(row).bytes() {
                None => columns.iter_mut().for_each(|column| column.set_null(row)),
                Some(bytes) => {
                    let fields = Record::parse(bytes)?;
                    for (index, column) in columns.iter_mut().enumerate() {
                        let (type_id, value) = if index < fields.len() {
                            fields.get(index)
                        } else {
                            (Oid::INVALID, ValueRef::Null)
                        };
                        if !value.is_null() && Kind::of(type_id) != column.kind() {
                            let text =
                                "function return row and query-specified return row do not match";
                            return Err(Error::new(SqlState::DATATYPE_MISMATCH, text));
                        }
                        column.set(row, value);
                    }
                }
            }
        }
        Ok(count)
    }
}
