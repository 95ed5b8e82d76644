//! Functions made ready, and their calls.

use crate::frame::{Frame, Value, build_row};
use crate::parser::{Parser, Returns, shape_of};
use crate::run::Flow;
use crate::tree::{Body, Shape, VariableKind};
use analyze::Resolver;
use catalog::facts::{FunctionKind, Volatility};
use catalog::object::{self, Parameter, ParameterMode};
use error::{Error, Result, SqlState, stack_check};
use execute::{FunctionCall, FunctionRows, RunState, Statements};
use expression::Program;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use storage::Snapshot;
use types::{Datum, Oid, type_oid};

/// The programs that cast values, by source and target with their typmods.
type Casts = HashMap<(Oid, i32, Oid, i32), Program>;

/// A function in PL/pgSQL, made ready for the types of one call's arguments.
pub struct Function {
    pub(crate) body: Body,
    pub(crate) oid: Oid,
    /// As contexts of errors name it.
    signature: String,
    pub(crate) returns: Returns,
    /// The columns of a composite result.
    pub(crate) shape: Option<Shape>,
    /// The columns that the caller expects of a record.
    pub(crate) expected: Mutex<Vec<(String, Oid, i32)>>,
    /// The variables of the OUT parameters.
    pub(crate) outputs: Vec<usize>,
    /// The arguments' variables are the first ones.
    pub(crate) argument_count: usize,
    pub(crate) found: usize,
    volatility: Volatility,
    /// The variables NEW and OLD, and those of TG_NAME and the like in their order.
    trigger: Option<TriggerVariables>,
    pub(crate) casts: Mutex<Casts>,
}

struct TriggerVariables {
    new: usize,
    old: usize,
    first: usize,
}

/// What a trigger function is told.
pub struct TriggerCall<'a> {
    /// The table.
    pub table: &'a object::Table,
    /// Its schema's name.
    pub schema: &'a str,
    /// The trigger.
    pub trigger: &'a object::Trigger,
    /// `INSERT`, `UPDATE`, `DELETE` or `TRUNCATE`.
    pub event: &'static str,
    /// The row before.
    pub old: Option<Datum>,
    /// The row after.
    pub new: Option<Datum>,
}

const TRIGGER_NAMES: [(&str, Oid); 10] = [
    ("tg_name", type_oid::NAME),
    ("tg_when", type_oid::TEXT),
    ("tg_level", type_oid::TEXT),
    ("tg_op", type_oid::TEXT),
    ("tg_relid", type_oid::OID),
    ("tg_relname", type_oid::NAME),
    ("tg_table_name", type_oid::NAME),
    ("tg_table_schema", type_oid::NAME),
    ("tg_nargs", type_oid::INT4),
    ("tg_argv", type_oid::TEXT_ARRAY),
];

/// What a function is made of.
struct Source<'a> {
    text: &'a str,
    name: &'a str,
    /// The parameters with the types that they have in this call.
    parameters: Vec<(Parameter, Oid)>,
    returns: Returns,
}

impl Function {
    /// A function made ready for arguments of these types. 42601 and what names in it fail with.
    pub fn new(
        resolver: &mut dyn Resolver,
        definition: &object::Function,
        argument_types: &[Oid],
        result: Oid,
    ) -> Result<Self> {
        let mut types = argument_types.iter();
        let mut parameters = Vec::with_capacity(definition.parameters.len());
        for parameter in &definition.parameters {
            let type_id = if parameter.mode.is_input() {
                types.next().copied().unwrap_or(parameter.type_id)
            } else {
                let declared = &definition.arguments;
                let actual = &argument_types[..declared.len().min(argument_types.len())];
                analyze::resolve_type(declared, actual, parameter.type_id, resolver.catalog())?
            };
            parameters.push((parameter.clone(), type_id));
        }
        let has_outputs = definition.outputs().next().is_some();
        let returns = Returns {
            result,
            set: definition.returns_set,
            outputs: has_outputs,
            procedure: definition.kind == FunctionKind::Procedure,
            trigger: matches!(result, type_oid::TRIGGER | type_oid::EVENT_TRIGGER),
        };
        let shown = |resolver: &dyn Resolver, type_id: Oid| {
            let own = resolver.text_context().names.type_name(type_id);
            own.unwrap_or_else(|| types::format_type(type_id, None))
        };
        let types: Vec<String> =
            definition.arguments.iter().map(|type_id| shown(resolver, *type_id)).collect();
        let source =
            Source { text: &definition.source, name: &definition.name, parameters, returns };
        let mut function = compile(resolver, &source)?;
        function.oid = definition.oid;
        function.signature = format!("{}({})", definition.name, types.join(","));
        function.volatility = definition.volatility;
        Ok(function)
    }

    /// The block of a DO statement.
    pub fn inline(resolver: &mut dyn Resolver, text: &str) -> Result<Self> {
        let returns = Returns {
            result: type_oid::VOID,
            set: false,
            outputs: false,
            procedure: false,
            trigger: false,
        };
        let source = Source { text, name: "inline_code_block", parameters: Vec::new(), returns };
        let mut function = compile(resolver, &source)?;
        function.signature = "inline_code_block".to_owned();
        Ok(function)
    }

    pub(crate) fn is_read_only(&self) -> bool {
        self.volatility != Volatility::Volatile
    }

    /// The line of an error's context.
    pub(crate) fn context(&self, place: Option<&str>) -> String {
        match place {
            Some(place) => format!("PL/pgSQL function {} {place}", self.signature),
            None => format!("PL/pgSQL function {}", self.signature),
        }
    }

    fn frame<'f>(
        &'f self,
        statements: &'f mut dyn Statements,
        snapshot: Option<&Snapshot>,
    ) -> Frame<'f> {
        let count = self.body.variables.len();
        let mut run = RunState::default();
        run.parameters.resize(count, Datum::Null);
        run.parameters[self.found] = Datum::Bool(false);
        Frame {
            function: self,
            statements,
            run,
            shapes: vec![None; count],
            snapshot: snapshot.filter(|_| self.is_read_only()).cloned(),
            result: Value { datum: Datum::Null, type_id: type_oid::UNKNOWN, typmod: -1 },
            rows: Vec::new(),
            handled: Vec::new(),
            row_count: 0,
            cursors: HashMap::new(),
            rethrown: false,
            failed_at: None,
        }
    }

    /// Runs the body; what fails in it gets the function's line of context.
    fn run(&self, frame: &mut Frame<'_>, arguments: &[Datum]) -> Result<()> {
        stack_check()?;
        for (variable, argument) in arguments.iter().enumerate() {
            frame.run.parameters[variable] = argument.clone();
        }
        let result = frame.block(&self.body.block).and_then(|flow| {
            let returns = self.returns;
            let falls_through = flow != Flow::Return
                && !(returns.set || returns.outputs || returns.procedure)
                && returns.result != type_oid::VOID;
            if falls_through {
                let word = if returns.trigger { "trigger procedure" } else { "function" };
                let text = format!("control reached end of {word} without RETURN");
                let code = SqlState::S_R_E_FUNCTION_EXECUTED_NO_RETURN_STATEMENT;
                frame.failed_at = Some(String::new());
                return Err(Error::new(code, text));
            }
            Ok(())
        });
        result.map_err(|error| {
            if frame.rethrown {
                return error;
            }
            let place = frame.failed_at.take().filter(|place| !place.is_empty());
            error.context(self.context(place.as_deref()))
        })
    }

    /// The value that the function returns.
    pub fn call(&self, statements: &mut dyn Statements, call: &FunctionCall<'_>) -> Result<Datum> {
        if self.returns.trigger {
            let text = "trigger functions can only be called as triggers";
            let error = Error::new(SqlState::FEATURE_NOT_SUPPORTED, text);
            let name = self.signature.split('(').next().unwrap_or_default();
            return Err(
                error.context(format!("compilation of PL/pgSQL function \"{name}\" near line 1"))
            );
        }
        let mut frame = self.frame(statements, call.snapshot);
        self.run(&mut frame, call.arguments)?;
        if !self.returns.outputs {
            return Ok(frame.result.datum);
        }
        let mut values = frame.outputs();
        Ok(match &self.shape {
            Some(shape) => build_row(shape, &values),
            None => values.pop().unwrap_or_default(),
        })
    }

    /// The rows that the function returns.
    pub fn call_set(
        &self,
        statements: &mut dyn Statements,
        call: &FunctionCall<'_>,
    ) -> Result<FunctionRows> {
        *self.expected.lock() = call.info.fields.clone();
        let mut frame = self.frame(statements, call.snapshot);
        self.run(&mut frame, call.arguments)?;
        let rows = std::mem::take(&mut frame.rows);
        let (columns, composite) = match &self.shape {
            Some(shape) => (shape.iter().map(|c| (c.0.clone(), c.1)).collect(), true),
            None if self.returns.result == type_oid::RECORD => {
                (call.info.fields.iter().map(|f| (f.0.clone(), f.1)).collect(), true)
            }
            None => (vec![(String::new(), self.returns.result)], false),
        };
        Ok(FunctionRows { columns, composite, rows })
    }

    /// The values of a procedure's OUT parameters, in their order.
    pub fn call_procedure(
        &self,
        statements: &mut dyn Statements,
        arguments: &[Datum],
    ) -> Result<Vec<Datum>> {
        let mut frame = self.frame(statements, None);
        self.run(&mut frame, arguments)?;
        Ok(frame.outputs())
    }

    /// The row that a trigger function returns; `None` where it is NULL.
    pub fn call_trigger(
        &self,
        statements: &mut dyn Statements,
        call: &TriggerCall<'_>,
    ) -> Result<Option<Datum>> {
        let mut frame = self.frame(statements, None);
        if let Some(variables) = &self.trigger {
            let columns = call.table.columns.iter().filter(|column| !column.dropped);
            let shape = shape_of(columns.map(|c| (c.name.clone(), c.type_id, c.typmod)).collect());
            for (variable, row) in [(variables.new, &call.new), (variables.old, &call.old)] {
                frame.shapes[variable] = Some(Arc::clone(&shape));
                frame.run.parameters[variable] = row.clone().unwrap_or_default();
            }
            set_trigger_variables(&mut frame, variables.first, call)?;
        }
        self.run(&mut frame, &[])?;
        let result = std::mem::replace(&mut frame.result.datum, Datum::Null);
        Ok((!result.is_null()).then_some(result))
    }
}

fn set_trigger_variables(
    frame: &mut Frame<'_>,
    first: usize,
    call: &TriggerCall<'_>,
) -> Result<()> {
    let trigger = call.trigger;
    let when = if trigger.is(object::Trigger::INSTEAD) {
        "INSTEAD OF"
    } else if trigger.is(object::Trigger::BEFORE) {
        "BEFORE"
    } else {
        "AFTER"
    };
    let level = if trigger.is(object::Trigger::ROW) { "ROW" } else { "STATEMENT" };
    let count = i32::try_from(trigger.arguments.len()).unwrap_or(i32::MAX);
    let arguments = trigger.arguments.iter().map(|a| types::ValueRef::Bytes(a.as_bytes()));
    let dimension = types::array::Dimension { length: count, lower: 0 };
    let dimensions = if count == 0 { Vec::new() } else { vec![dimension] };
    let array = types::array::build_array(type_oid::TEXT, &dimensions, arguments)?;
    let values = [
        Datum::text(&trigger.name),
        Datum::text(when),
        Datum::text(level),
        Datum::text(call.event),
        Datum::I64(i64::from(call.table.oid.0)),
        Datum::text(&call.table.name),
        Datum::text(&call.table.name),
        Datum::text(call.schema),
        Datum::I32(count),
        Datum::Bytes(array.into()),
    ];
    for (place, value) in values.into_iter().enumerate() {
        frame.run.parameters[first + place] = value;
    }
    Ok(())
}

fn compile(resolver: &mut dyn Resolver, source: &Source<'_>) -> Result<Function> {
    let returns = source.returns;
    let mut parser = Parser::new(source.text, resolver, returns)?;
    parser.push_name(source.name, None);
    let inputs = source.parameters.iter().filter(|(p, _)| p.mode.is_input());
    let argument_count = inputs.count();
    let mut places = Vec::with_capacity(source.parameters.len());
    // The arguments' variables come first, in their order.
    for wanted in [true, false] {
        for (index, (parameter, type_id)) in source.parameters.iter().enumerate() {
            if parameter.mode.is_input() == wanted {
                let kind = parser.kind_of(*type_id, -1);
                let name = if parameter.name.is_empty() {
                    format!("${}", index + 1)
                } else {
                    parameter.name.clone()
                };
                places.push((index, parser.add_variable(&name, kind)));
            }
        }
    }
    places.sort_unstable();
    for (index, variable) in &places {
        let parameter = &source.parameters[*index].0;
        parser.push_name(&format!("${}", index + 1), Some(*variable));
        if !parameter.name.is_empty() {
            parser.push_name(&parameter.name, Some(*variable));
        }
    }
    let outputs: Vec<usize> = places
        .iter()
        .filter(|(index, _)| source.parameters[*index].0.mode.is_output())
        .map(|(_, variable)| *variable)
        .collect();
    let found = parser.add_variable("found", VariableKind::Scalar(type_oid::BOOL, -1));
    parser.push_name("found", Some(found));
    let trigger = returns.trigger.then(|| trigger_variables(&mut parser));
    let shape = result_shape(&parser, source);
    let body = parser.body()?;
    Ok(Function {
        body,
        oid: Oid::INVALID,
        signature: String::new(),
        returns,
        shape,
        expected: Mutex::default(),
        outputs,
        argument_count,
        found,
        volatility: Volatility::Volatile,
        trigger,
        casts: Mutex::default(),
    })
}

fn trigger_variables(parser: &mut Parser<'_>) -> TriggerVariables {
    let mut add = |name: &str, kind: VariableKind| {
        let variable = parser.add_variable(name, kind);
        parser.push_name(name, Some(variable));
        variable
    };
    let new = add("new", VariableKind::Record);
    let old = add("old", VariableKind::Record);
    let mut first = None;
    for (name, type_id) in TRIGGER_NAMES {
        let variable = add(name, VariableKind::Scalar(type_id, -1));
        first.get_or_insert(variable);
    }
    TriggerVariables { new, old, first: first.unwrap_or(0) }
}

/// The columns of a composite result.
fn result_shape(parser: &Parser<'_>, source: &Source<'_>) -> Option<Shape> {
    let returns = source.returns;
    if returns.result == type_oid::RECORD && returns.outputs {
        let outputs = source.parameters.iter().filter(|(p, _)| p.mode.is_output());
        let column = |(number, (parameter, type_id)): (usize, &(Parameter, Oid))| {
            let name = if parameter.name.is_empty() {
                format!("column{}", number + 1)
            } else {
                parameter.name.clone()
            };
            (name, *type_id, -1)
        };
        return Some(shape_of(outputs.enumerate().map(column).collect()));
    }
    match parser.kind_of(returns.result, -1) {
        VariableKind::Row(_, shape) => Some(shape),
        VariableKind::Scalar(..) | VariableKind::Record | VariableKind::Cursor(_) => None,
    }
}

/// Checks the body of a function that is being made. 42601 and what names of types in it fail with.
pub fn check_function(
    resolver: &mut dyn Resolver,
    definition: &Arc<object::Function>,
) -> Result<()> {
    // What polymorphic parameters stand for is known only in a call: any type will do.
    let stand_in = |type_id: Oid| match type_id {
        type_oid::ANYARRAY | type_oid::ANYCOMPATIBLEARRAY => type_oid::INT4_ARRAY,
        type_oid::ANYRANGE | type_oid::ANYCOMPATIBLERANGE => Oid(3904),
        type_oid::ANYMULTIRANGE | type_oid::ANYCOMPATIBLEMULTIRANGE => Oid(4451),
        type_oid::ANYELEMENT
        | type_oid::ANYNONARRAY
        | type_oid::ANYENUM
        | type_oid::ANYCOMPATIBLE
        | type_oid::ANYCOMPATIBLENONARRAY => type_oid::INT4,
        other => other,
    };
    let mut definition = (**definition).clone();
    for parameter in &mut definition.parameters {
        parameter.type_id = stand_in(parameter.type_id);
    }
    let inputs = definition.parameters.iter().filter(|p: &&Parameter| p.mode.is_input());
    let arguments: Vec<Oid> = inputs.map(|parameter| parameter.type_id).collect();
    let result = stand_in(definition.result);
    debug_assert!(
        definition.parameters.iter().all(|p| p.mode != ParameterMode::Table)
            || definition.returns_set,
        "RETURNS TABLE gives rows"
    );
    Function::new(resolver, &definition, &arguments, result).map(|_| ())
}
