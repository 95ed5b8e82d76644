//! Running statements: blocks, branches and loops.

use crate::frame::{Frame, Value};
use crate::tree::{
    Block, Condition, Dynamic, Expression, Into, Loop, Statement, StatementKind, Target,
    VariableKind,
};
use error::{Error, Result, Severity, SqlState, stack_check};
use execute::Ready;
use types::array::Array;
use types::{Datum, element_of, type_oid};

/// How a statement ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Flow {
    Normal,
    /// EXIT, with its label.
    Exit(Option<String>),
    /// CONTINUE, with its label.
    Continue(Option<String>),
    Return,
}

impl Frame<'_> {
    pub(crate) fn statements(&mut self, list: &[Statement]) -> Result<Flow> {
        for statement in list {
            let flow = match self.statement(statement) {
                Ok(flow) => flow,
                Err(error) => {
                    if self.failed_at.is_none() {
                        let place = format!("line {} at {}", statement.line, statement.kind.name());
                        self.failed_at = Some(place);
                    }
                    return Err(error);
                }
            };
            if flow != Flow::Normal {
                return Ok(flow);
            }
        }
        Ok(Flow::Normal)
    }

    #[expect(clippy::too_many_lines, reason = "one arm a kind of statement")]
    fn statement(&mut self, statement: &Statement) -> Result<Flow> {
        match &statement.kind {
            StatementKind::Block(block) => return self.block(block),
            StatementKind::Null => {}
            StatementKind::Assign(target, value) => self.assignment(target, value)?,
            StatementKind::If(arms, otherwise) => {
                for (condition, body) in arms {
                    if self.is_true(condition)? {
                        return self.statements(body);
                    }
                }
                return self.statements(otherwise);
            }
            StatementKind::Case { operand, arms, otherwise } => {
                return self.case(operand.as_ref(), arms, otherwise.as_deref());
            }
            StatementKind::Loop(body) => loop {
                self.check()?;
                if let Some(flow) = self.round(body)? {
                    return Ok(flow);
                }
            },
            StatementKind::While(condition, body) => {
                while self.is_true(condition)? {
                    self.check()?;
                    if let Some(flow) = self.round(body)? {
                        return Ok(flow);
                    }
                }
            }
            StatementKind::ForInteger { variable, lower, upper, step, reverse, body } => {
                let bounds = (lower, upper, step.as_ref());
                return self.for_integer(*variable, bounds, *reverse, body);
            }
            StatementKind::ForQuery { target, query, body } => {
                let ready = self.ready(query).map_err(|error| self.located(error, query))?;
                let (ready, flow) = self.for_rows(ready, target, body)?;
                query.statement.give_back(ready);
                return Ok(flow);
            }
            StatementKind::ForExecute { target, query, body } => {
                return self.for_execute(target, query, body);
            }
            StatementKind::ForCursor { record, cursor, arguments, body } => {
                return self.for_cursor(*record, *cursor, arguments, body);
            }
            StatementKind::Foreach { target, slice, array, body } => {
                return self.foreach(target, *slice, array, body);
            }
            StatementKind::Exit { leave, label, condition } => {
                if let Some(condition) = condition
                    && !self.is_true(condition)?
                {
                    return Ok(Flow::Normal);
                }
                let label = label.clone();
                return Ok(if *leave { Flow::Exit(label) } else { Flow::Continue(label) });
            }
            StatementKind::Return(value) => {
                self.return_value(value.as_ref())?;
                return Ok(Flow::Return);
            }
            StatementKind::ReturnNext(value) => self.return_next(value.as_ref())?,
            StatementKind::ReturnQuery(query) => self.return_query(query)?,
            StatementKind::ReturnExecute(query) => self.return_execute(query)?,
            StatementKind::Raise(raise) => self.raise(raise)?,
            StatementKind::Assert(condition, message) => {
                self.assert(condition, message.as_ref())?;
            }
            StatementKind::Sql { statement, into } => self.sql(statement, into.as_ref())?,
            StatementKind::Perform(query) => self.perform(query)?,
            StatementKind::Execute { query, into } => self.execute(query, into.as_ref())?,
            StatementKind::Call(call) => self.call(call)?,
            StatementKind::Diagnostics { stacked, items } => self.diagnostics(*stacked, items)?,
            StatementKind::Open { cursor, query } => self.open(*cursor, query)?,
            StatementKind::Fetch { cursor, into, direction, moves } => {
                self.fetch(*cursor, into.as_ref(), direction, *moves)?;
            }
            StatementKind::Close(cursor) => self.close(*cursor)?,
            StatementKind::Transaction(word) => {
                return Err(Error::unsupported(format!("{word} in PL/pgSQL")));
            }
        }
        Ok(Flow::Normal)
    }

    /// 57014 and the like.
    pub(crate) fn check(&mut self) -> Result<()> {
        self.statements.parts().0.check_cancel()
    }

    fn assignment(&mut self, target: &Target, expression: &Expression) -> Result<()> {
        let value = self.eval(expression)?;
        // The usual case, without a look at what the variable is.
        if target.path.is_empty()
            && let Some((type_id, _)) = expression.want
            && value.type_id == type_id
            && !self.function.body.variables[target.variable].not_null
        {
            self.run.parameters[target.variable] = value.datum;
            return Ok(());
        }
        self.assign(target, value)
    }

    // Blocks.

    pub(crate) fn block(&mut self, block: &Block) -> Result<Flow> {
        stack_check()?;
        for variable in &block.variables {
            if let Err(error) = self.initialise(*variable) {
                if self.failed_at.is_none() {
                    let line = self.function.body.variables[*variable].line;
                    let place =
                        format!("line {line} during statement block local variable initialization");
                    self.failed_at = Some(place);
                }
                return Err(error);
            }
        }
        let flow = match &block.handlers {
            None => self.statements(&block.body)?,
            Some(handlers) => self.handled(block, handlers)?,
        };
        Ok(match flow {
            Flow::Exit(label) if label.is_some() && label == block.label => Flow::Normal,
            other @ (Flow::Normal | Flow::Exit(_) | Flow::Continue(_) | Flow::Return) => other,
        })
    }

    fn initialise(&mut self, variable: usize) -> Result<()> {
        let definition = &self.function.body.variables[variable];
        match &definition.default {
            Some(default) => {
                let value = self.eval(default)?;
                self.set(variable, value)
            }
            None => {
                self.run.parameters[variable] = Datum::Null;
                if let VariableKind::Record = definition.kind {
                    self.shapes[variable] = None;
                }
                if let VariableKind::Cursor(Some(_)) = definition.kind {
                    self.run.parameters[variable] = Datum::text(&definition.name);
                }
                Ok(())
            }
        }
    }

    /// A block with handlers: what it did is undone when one of them catches its error.
    fn handled(&mut self, block: &Block, handlers: &crate::tree::Handlers) -> Result<Flow> {
        let savepoint = self.statements.savepoint();
        let error = match self.statements(&block.body) {
            Ok(flow) => {
                self.statements.release(savepoint);
                return Ok(flow);
            }
            Err(error) => error,
        };
        self.statements.rollback_to(savepoint)?;
        if matches!(error.fields().severity, Severity::Fatal | Severity::Panic) {
            return Err(error);
        }
        let caught = handlers
            .list
            .iter()
            .find(|handler| handler.conditions.iter().any(|c| matches(c, error.code())));
        let Some(handler) = caught else { return Err(error) };
        let place = self.failed_at.take();
        let whole = std::mem::take(&mut self.rethrown);
        let error =
            if whole { error } else { error.context(self.function.context(place.as_deref())) };
        let code = error.code();
        self.run.parameters[handlers.sqlstate] = Datum::text(code.as_str());
        self.run.parameters[handlers.sqlerrm] = Datum::text(error.message());
        self.handled.push(error);
        let flow = self.statements(&handler.body);
        self.handled.pop();
        flow
    }

    // Branches and loops.

    fn case(
        &mut self,
        operand: Option<&(usize, Expression)>,
        arms: &[(Expression, Vec<Statement>)],
        otherwise: Option<&[Statement]>,
    ) -> Result<Flow> {
        if let Some((variable, value)) = operand {
            let value = self.eval(value)?;
            let collation = expression::default_collation(value.type_id);
            // A record of one column without a name is a value by itself.
            let shape = vec![(String::new(), value.type_id, value.typmod, collation)];
            self.set_shape(*variable, std::sync::Arc::new(shape));
            self.run.parameters[*variable] = value.datum;
        }
        for (condition, body) in arms {
            if self.is_true(condition)? {
                return self.statements(body);
            }
        }
        match otherwise {
            Some(body) => self.statements(body),
            None => Err(Error::new(SqlState::CASE_NOT_FOUND, "case not found")
                .hint("CASE statement is missing ELSE part.")),
        }
    }

    /// One round of a loop: `Some` ends the loop.
    pub(crate) fn round(&mut self, body: &Loop) -> Result<Option<Flow>> {
        Ok(match self.statements(&body.body)? {
            Flow::Normal => None,
            Flow::Exit(label) if label.is_none() || label == body.label => Some(Flow::Normal),
            Flow::Continue(label) if label.is_none() || label == body.label => None,
            other @ (Flow::Exit(_) | Flow::Continue(_) | Flow::Return) => Some(other),
        })
    }

    fn bound(&mut self, expression: &Expression, what: &str) -> Result<i32> {
        if let Datum::I32(value) = self.eval(expression)?.datum {
            return Ok(value);
        }
        let text = format!("{what} of FOR loop cannot be null");
        Err(Error::new(SqlState::NULL_VALUE_NOT_ALLOWED, text))
    }

    fn for_integer(
        &mut self,
        variable: usize,
        (lower, upper, step): (&Expression, &Expression, Option<&Expression>),
        reverse: bool,
        body: &Loop,
    ) -> Result<Flow> {
        let mut value = self.bound(lower, "lower bound")?;
        let end = self.bound(upper, "upper bound")?;
        let step = match step {
            Some(step) => self.bound(step, "BY value")?,
            None => 1,
        };
        if step <= 0 {
            let text = "BY value of FOR loop must be greater than zero";
            return Err(Error::new(SqlState::INVALID_PARAMETER_VALUE, text));
        }
        let mut found = false;
        let flow = loop {
            if (reverse && value < end) || (!reverse && value > end) {
                break Flow::Normal;
            }
            found = true;
            self.check()?;
            self.run.parameters[variable] = Datum::I32(value);
            if let Some(flow) = self.round(body)? {
                break flow;
            }
            let next = if reverse { value.checked_sub(step) } else { value.checked_add(step) };
            match next {
                Some(next) => value = next,
                None => break Flow::Normal,
            }
        };
        self.set_found(found);
        Ok(flow)
    }

    pub(crate) fn set_found(&mut self, found: bool) {
        self.run.parameters[self.function.found] = Datum::Bool(found);
    }

    /// A loop over the rows of a statement.
    pub(crate) fn for_rows(
        &mut self,
        mut ready: Ready,
        target: &Into,
        body: &Loop,
    ) -> Result<(Ready, Flow)> {
        const ROWS_AT_ONCE: usize = 64;
        let columns = ready.plan.output.clone();
        let mut batch = batch::Batch::default();
        let mut found = false;
        loop {
            let (host, transaction) = self.statements.parts();
            ready.execution.next(host, transaction, ROWS_AT_ONCE, &mut batch)?;
            let rows = rows_of(&batch);
            if rows.is_empty() {
                break;
            }
            for row in rows {
                found = true;
                self.assign_row(target, &columns, Some(row))?;
                if let Some(flow) = self.round(body)? {
                    self.set_found(true);
                    return Ok((ready, flow));
                }
            }
            self.check()?;
        }
        if !found {
            self.assign_row(target, &columns, None)?;
        }
        self.set_found(found);
        Ok((ready, Flow::Normal))
    }

    fn for_execute(&mut self, target: &Into, query: &Dynamic, body: &Loop) -> Result<Flow> {
        let (statement, ready) = self.dynamic(query)?;
        let Some(ready) = ready else {
            let text = format!("cannot open {} query as cursor", statement.statement.kind.tag());
            return Err(Error::new(SqlState::INVALID_CURSOR_DEFINITION, text));
        };
        Ok(self.for_rows(ready, target, body)?.1)
    }

    fn foreach(
        &mut self,
        target: &Into,
        slice: usize,
        array: &Expression,
        body: &Loop,
    ) -> Result<Flow> {
        let value = self.eval(array)?;
        let Datum::Bytes(bytes) = &value.datum else {
            let text = "FOREACH expression must not be null";
            return Err(Error::new(SqlState::NULL_VALUE_NOT_ALLOWED, text));
        };
        let Some(element) = element_of(value.type_id) else {
            let shown = types::format_type(value.type_id, None);
            let text = format!("FOREACH expression must yield an array, not type {shown}");
            return Err(Error::new(SqlState::DATATYPE_MISMATCH, text));
        };
        let array = Array::parse(bytes)?;
        if slice > array.dimension_count() {
            let text = format!(
                "slice dimension ({slice}) is out of the valid range 0..{}",
                array.dimension_count()
            );
            return Err(Error::new(SqlState::ARRAY_SUBSCRIPT_ERROR, text));
        }
        let dimensions: Vec<_> = array.dimensions().collect();
        let inner = &dimensions[dimensions.len() - slice..];
        let size: usize =
            inner.iter().map(|d| usize::try_from(d.length).unwrap_or(0)).product::<usize>().max(1);
        let mut found = false;
        let mut flow = Flow::Normal;
        for place in (0..array.len()).step_by(size) {
            found = true;
            self.check()?;
            let item = if slice == 0 {
                Value { datum: array.get(place).to_datum(), type_id: element, typmod: value.typmod }
            } else {
                let values = (place..place + size).map(|index| array.get(index));
                let values: Vec<_> = values.collect();
                let bytes = types::array::build_array(element, inner, values)?;
                Value { datum: Datum::Bytes(bytes.into()), type_id: value.type_id, typmod: -1 }
            };
            self.assign_item(target, item)?;
            if let Some(ended) = self.round(body)? {
                flow = ended;
                break;
            }
        }
        self.set_found(found);
        Ok(flow)
    }

    fn assign_item(&mut self, target: &Into, item: Value) -> Result<()> {
        match target.targets.as_slice() {
            [only] => self.assign(only, item),
            many => {
                let mut fields = self.fields(&item, "row")?.into_iter();
                for target in many {
                    let null =
                        || Value { datum: Datum::Null, type_id: type_oid::UNKNOWN, typmod: -1 };
                    self.assign(target, fields.next().unwrap_or_else(null))?;
                }
                Ok(())
            }
        }
    }
}

/// Whether a handler's condition catches a code.
fn matches(condition: &Condition, code: SqlState) -> bool {
    match condition {
        Condition::Others => !matches!(code, SqlState::QUERY_CANCELED | SqlState::ASSERT_FAILURE),
        Condition::Code(wanted) => {
            let (wanted, code) = (wanted.as_str(), code.as_str());
            wanted == code || wanted.ends_with("000") && wanted[..2] == code[..2]
        }
    }
}

/// The rows of a batch.
pub(crate) fn rows_of(batch: &batch::Batch) -> Vec<Vec<Datum>> {
    let row = |row: usize| batch.columns.iter().map(|c| c.get(row).to_datum()).collect();
    batch.rows().iter().map(row).collect()
}
