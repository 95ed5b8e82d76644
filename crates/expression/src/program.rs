//! Programs: expressions made ready to run over batches.
//!
//! A program is a tree of nodes, each with its operation, looked up once, and the vector that its result goes to, which is
//! kept between runs. Running a node runs what it depends on for the rows that count, then its kernel for all of them.
//! CASE, AND, OR and COALESCE narrow the rows, so that nothing is evaluated that PostgreSQL would not evaluate.

mod assign;
mod boolean;
mod branch;
mod compile;
mod composite;
mod convert;
mod domain;
mod spread;
mod sql_json;

pub use domain::{check_domain, has_domain};

use crate::expr::{Conversion, SessionValue, Truth};
use batch::{Batch, Rows, Values, Vector};
use error::{Result, stack_check};
use functions::{Builtin, Call, CallInfo, Environment};
use types::{Datum, Oid, ValueRef};

/// How a subplan's rows become a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "as SubqueryKind")]
pub enum SubplanKind {
    Scalar,
    Exists,
    Array,
    Any,
    All,
}

/// Runs subplans.
pub trait Subplans {
    /// The value of subplan `index` with these values of the level around it and these left sides.
    fn run_subplan(&mut self, index: usize, arguments: &[Datum], lefts: &[Datum]) -> Result<Datum>;
}

/// What a running program may ask.
pub trait Evaluation: Environment + Subplans {
    /// The value of `$number`.
    fn parameter(&self, number: u32) -> Result<Datum>;
    /// A value of the level around a subplan.
    fn outer(&self, index: u32) -> Datum;
    /// CURRENT_USER and the like, other than times.
    fn session_value(&self, value: SessionValue) -> Datum;
    /// The value of a call of a function that a user made.
    fn call_function(
        &mut self,
        function: Oid,
        arguments: &[Datum],
        info: &CallInfo,
    ) -> Result<Datum>;
    /// The environment alone.
    fn environment(&mut self) -> &mut dyn Environment;
}

/// A compiled expression.
pub struct Program {
    root: Node,
    /// One vector for each CASE or quantified comparison around the node that runs.
    operands: Vec<Vector>,
    /// The result's type.
    pub type_id: Oid,
}

/// Subscripts: lower and upper bounds.
type BoundNodes = Vec<(Option<Node>, Option<Node>)>;

/// One operation and where its result goes.
struct Node {
    operation: Operation,
    out: Vector,
}

enum Operation {
    /// `out` holds it.
    Constant,
    Slot(usize),
    Parameter(u32),
    Outer(u32),
    Call {
        function: Builtin,
        arguments: Vec<Node>,
        info: CallInfo,
        strict: bool,
        /// May be run once for all rows where all arguments are constant.
        stable: bool,
    },
    /// A call whose last argument is an array, the elements of which are the arguments from there on.
    Spread {
        function: Builtin,
        arguments: Vec<Node>,
        info: CallInfo,
    },
    /// A function that a user made: called row by row.
    UserCall {
        function: Oid,
        arguments: Vec<Node>,
        info: CallInfo,
        strict: bool,
        stable: bool,
    },
    And(Vec<Node>, Narrow),
    Or(Vec<Node>, Narrow),
    Not(Box<Node>),
    IsNull(Box<Node>, bool),
    IsTruth(Box<Node>, Truth, bool),
    IsDistinct {
        left: Box<Node>,
        right: Box<Node>,
        /// Compares `CaseOperand`s: left is the first operand, right the second.
        equality: Box<Node>,
        operand: usize,
        negated: bool,
    },
    Case {
        operand: Option<(Box<Node>, usize)>,
        arms: Vec<(Node, Node)>,
        default: Box<Node>,
        narrow: Narrow,
    },
    /// The operand vector of this index.
    Operand(usize),
    Coalesce(Vec<Node>, Narrow),
    NullIf {
        equality: Box<Node>,
        value: Box<Node>,
    },
    Extreme {
        greatest: bool,
        arguments: Vec<Node>,
        type_id: Oid,
        collation: Oid,
    },
    Quantified {
        array: Box<Node>,
        comparison: Box<Node>,
        operand: usize,
        element_type: Oid,
        all: bool,
    },
    Array {
        elements: Vec<Node>,
        nested: bool,
        element_type: Oid,
    },
    Row(Vec<Node>, Vec<Oid>),
    Subscript {
        array: Box<Node>,
        indexes: BoundNodes,
        slice: bool,
        array_type: Oid,
    },
    AssignElement {
        array: Box<Node>,
        indexes: BoundNodes,
        slice: bool,
        value: Box<Node>,
        array_type: Oid,
    },
    SqlJson(Box<sql_json::SqlJson>),
    AssignField {
        record: Box<Node>,
        number: usize,
        types: Vec<Oid>,
        value: Box<Node>,
    },
    Field {
        record: Box<Node>,
        number: usize,
    },
    Convert {
        arg: Box<Node>,
        conversion: Conversion,
        source: Oid,
        target: Oid,
        typmod: i32,
        explicit: bool,
    },
    ToDomain(Box<Node>, Box<domain::Checks>),
    SessionValue(SessionValue, i32),
    Subplan {
        index: usize,
        arguments: Vec<Node>,
        lefts: Vec<Node>,
    },
}

/// Reused lists of rows.
#[derive(Default)]
struct Narrow {
    rows: Vec<u16>,
    hits: Vec<u16>,
}

/// What runs with a node: the input's columns, the operands, the session.
struct Run<'a> {
    input: &'a [Vector],
    operands: &'a mut Vec<Vector>,
    evaluation: &'a mut dyn Evaluation,
}

impl Program {
    /// Computes the rows of the input; the result is valid until the next run.
    pub fn run<'a>(
        &'a mut self,
        input: &'a [Vector],
        rows: Rows<'_>,
        evaluation: &mut dyn Evaluation,
    ) -> Result<&'a Vector> {
        let mut run = Run { input, operands: &mut self.operands, evaluation };
        self.root.run(rows, &mut run)?;
        Ok(self.root.output(input))
    }

    /// The result of the last run over this input.
    pub fn result<'a>(&'a self, input: &'a [Vector]) -> &'a Vector {
        self.root.output(input)
    }

    /// Computes one value without input.
    pub fn value(&mut self, evaluation: &mut dyn Evaluation) -> Result<Datum> {
        Ok(self.run(&[], Rows::All(1), evaluation)?.get(0).to_datum())
    }

    /// The rows for which a condition is true, appended to `selected`.
    pub fn select(
        &mut self,
        batch: &Batch,
        evaluation: &mut dyn Evaluation,
        selected: &mut Vec<u16>,
    ) -> Result<()> {
        self.select_rows(&batch.columns, batch.rows(), evaluation, selected)
    }

    /// As [`select`](Self::select), of these rows of these columns.
    pub fn select_rows(
        &mut self,
        input: &[Vector],
        rows: Rows<'_>,
        evaluation: &mut dyn Evaluation,
        selected: &mut Vec<u16>,
    ) -> Result<()> {
        let result = self.run(input, rows, evaluation)?;
        let Values::Bool(values) = &result.values else { panic!("a condition is a boolean") };
        let mask = result.mask();
        for row in rows.iter() {
            if values[row & mask] && !result.nulls.get(row & mask) {
                selected.push(row_number(row));
            }
        }
        Ok(())
    }
}

/// A row's index in a batch as selections hold it.
#[inline]
fn row_number(row: usize) -> u16 {
    u16::try_from(row).expect("a batch has at most 1024 rows")
}

impl Node {
    fn new(operation: Operation, kind: types::Kind) -> Self {
        Self { operation, out: Vector::new(kind) }
    }

    /// The node's result after [`run`](Self::run).
    #[inline]
    fn output<'a>(&'a self, input: &'a [Vector]) -> &'a Vector {
        if let Operation::Slot(slot) = self.operation { &input[slot] } else { &self.out }
    }

    /// Computes the rows.
    #[expect(clippy::too_many_lines, reason = "one flat list of cases")]
    fn run(&mut self, rows: Rows<'_>, run: &mut Run<'_>) -> Result<()> {
        let out = &mut self.out;
        match &mut self.operation {
            Operation::Constant | Operation::Slot(_) => Ok(()),
            Operation::Call { function, arguments, info, strict, stable } => {
                call(*function, arguments, info, *strict, *stable, out, rows, run)
            }
            Operation::Spread { function, arguments, info } => {
                spread::call(*function, arguments, info, out, rows, run)
            }
            Operation::UserCall { function, arguments, info, strict, stable } => {
                user_call(*function, arguments, info, (*strict, *stable), out, rows, run)
            }
            Operation::Parameter(number) => {
                out.set_constant(run.evaluation.parameter(*number)?.as_ref());
                Ok(())
            }
            Operation::Outer(index) => {
                out.set_constant(run.evaluation.outer(*index).as_ref());
                Ok(())
            }
            Operation::Operand(index) => {
                out.copy_from(&run.operands[*index], rows);
                Ok(())
            }
            Operation::And(list, narrow) => boolean::and_or(list, narrow, false, out, rows, run),
            Operation::Or(list, narrow) => boolean::and_or(list, narrow, true, out, rows, run),
            Operation::Not(arg) => boolean::not(arg, out, rows, run),
            Operation::IsNull(arg, negated) => boolean::is_null(arg, *negated, out, rows, run),
            Operation::IsTruth(arg, test, negated) => {
                boolean::is_truth(arg, *test, *negated, out, rows, run)
            }
            Operation::IsDistinct { left, right, equality, operand, negated } => {
                boolean::is_distinct(left, right, equality, *operand, *negated, out, rows, run)
            }
            Operation::Case { operand, arms, default, narrow } => {
                branch::case(operand, arms, default, narrow, out, rows, run)
            }
            Operation::Coalesce(list, narrow) => branch::coalesce(list, narrow, out, rows, run),
            Operation::NullIf { equality, value } => {
                branch::null_if(equality, value, out, rows, run)
            }
            Operation::Extreme { greatest, arguments, type_id, collation } => {
                branch::extreme(*greatest, arguments, *type_id, *collation, out, rows, run)
            }
            Operation::Quantified { array, comparison, operand, element_type, all } => {
                composite::quantified(
                    array,
                    comparison,
                    *operand,
                    *element_type,
                    *all,
                    out,
                    rows,
                    run,
                )
            }
            Operation::Array { elements, nested, element_type } => {
                composite::array(elements, *nested, *element_type, out, rows, run)
            }
            Operation::Row(fields, types) => composite::row(fields, types, out, rows, run),
            Operation::Subscript { array, indexes, slice, array_type } => {
                composite::subscript(array, indexes, *slice, *array_type, out, rows, run)
            }
            Operation::AssignElement { array, indexes, slice, value, array_type } => {
                assign::assign_element(array, indexes, *slice, value, *array_type, out, rows, run)
            }
            Operation::SqlJson(json) => sql_json::sql_json(json, out, rows, run),
            Operation::AssignField { record, number, types, value } => {
                assign::assign_field(record, *number, types, value, out, rows, run)
            }
            Operation::Field { record, number } => {
                composite::field(record, *number, out, rows, run)
            }
            Operation::Convert { arg, conversion, source, target, typmod, explicit } => {
                let cast = convert::Cast {
                    conversion: *conversion,
                    source: *source,
                    target: *target,
                    typmod: *typmod,
                    explicit: *explicit,
                };
                convert::convert(arg, cast, out, rows, run)
            }
            Operation::ToDomain(arg, checks) => domain::to_domain(arg, checks, out, rows, run),
            Operation::SessionValue(value, precision) => {
                convert::session_value(*value, *precision, out, run)
            }
            Operation::Subplan { index, arguments, lefts } => {
                subplan(*index, arguments, lefts, out, rows, run)
            }
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "the parts of one operation and of one run")]
fn call(
    function: Builtin,
    arguments: &mut [Node],
    info: &CallInfo,
    strict: bool,
    stable: bool,
    out: &mut Vector,
    rows: Rows<'_>,
    run: &mut Run<'_>,
) -> Result<()> {
    const ARGUMENTS_MAX: usize = 100;
    // Most calls have one or two arguments: their vectors' list needs no heap.
    static EMPTY: std::sync::LazyLock<Vector> =
        std::sync::LazyLock::new(|| Vector::new(types::Kind::Bool));
    run_all(arguments, rows, run)?;
    let input = run.input;
    let mut few: [&Vector; 4] = [&EMPTY; 4];
    let many: Vec<&Vector>;
    let vectors: &[&Vector] = if arguments.len() <= few.len() {
        for (place, argument) in few.iter_mut().zip(arguments.iter()) {
            *place = argument.output(input);
        }
        &few[..arguments.len()]
    } else {
        debug_assert!(arguments.len() <= ARGUMENTS_MAX, "the analyzer limits arguments");
        many = arguments.iter().map(|argument| argument.output(input)).collect();
        &many
    };
    let constant = stable && rows.count() > 0 && vectors.iter().all(|vector| vector.is_constant());
    if strict && vectors.iter().any(|vector| vector.is_constant() && vector.is_null(0)) {
        out.set_constant(ValueRef::Null);
        return Ok(());
    }
    let rows = if constant { Rows::All(1) } else { rows };
    out.reset(rows.end());
    let environment = run.evaluation.environment();
    (function.run)(&mut Call { arguments: vectors, rows, out, info, environment })?;
    if constant {
        out.make_constant();
    }
    Ok(())
}

/// Computes the rows of each.
fn run_all(nodes: &mut [Node], rows: Rows<'_>, run: &mut Run<'_>) -> Result<()> {
    stack_check()?;
    nodes.iter_mut().try_for_each(|node| node.run(rows, run))
}

/// A call of a function that a user made, for one row after the other.
fn user_call(
    function: Oid,
    arguments: &mut [Node],
    info: &CallInfo,
    (strict, stable): (bool, bool),
    out: &mut Vector,
    rows: Rows<'_>,
    run: &mut Run<'_>,
) -> Result<()> {
    run_all(arguments, rows, run)?;
    let constant = stable
        && rows.count() > 0
        && arguments.iter().all(|argument| argument.output(run.input).is_constant());
    let rows = if constant { Rows::All(1) } else { rows };
    out.reset(rows.end());
    let mut values = Vec::with_capacity(arguments.len());
    for row in rows.iter() {
        values.clear();
        values.extend(arguments.iter().map(|node| node.output(run.input).get(row).to_datum()));
        if strict && values.iter().any(Datum::is_null) {
            out.set_null(row);
            continue;
        }
        let value = run.evaluation.call_function(function, &values, info)?;
        out.set_datum(row, &value);
    }
    if constant {
        out.make_constant();
    }
    Ok(())
}

fn subplan(
    index: usize,
    arguments: &mut [Node],
    lefts: &mut [Node],
    out: &mut Vector,
    rows: Rows<'_>,
    run: &mut Run<'_>,
) -> Result<()> {
    stack_check()?;
    for node in arguments.iter_mut().chain(lefts.iter_mut()) {
        node.run(rows, run)?;
    }
    // One that uses nothing of this level has one value for all rows.
    let same = arguments.is_empty() && lefts.is_empty();
    out.reset(if same { 1 } else { rows.end() });
    let list = |nodes: &[Node], row: usize| -> Vec<Datum> {
        nodes.iter().map(|node| node.output(run.input).get(row).to_datum()).collect()
    };
    for row in rows.iter() {
        let value = run.evaluation.run_subplan(index, &list(arguments, row), &list(lefts, row))?;
        if same {
            out.set(0, value.as_ref());
            out.make_constant();
            break;
        }
        out.set(row, value.as_ref());
    }
    Ok(())
}
