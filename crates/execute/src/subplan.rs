//! Subqueries of expressions.

use crate::context::Context;
use crate::operator::{Builder, Operator};
use batch::{Batch, ROWS_MAX};
use error::{Error, Result, SqlState, stack_check};
use expression::{Program, SubplanKind};
use functions::Environment;
use plan::SubplanPlan;
use types::array::array_of_values;
use types::{Datum, Oid, element_of};

/// A subquery's operator and what it gave last.
pub(crate) struct SubplanState {
    operator: Box<dyn Operator>,
    kind: SubplanKind,
    comparison: Option<Program>,
    arguments: Vec<u32>,
    lefts: Vec<u32>,
    element_type: Oid,
    common: Vec<usize>,
    /// The arguments and left sides of the last run, and its value: the same are not computed again.
    last: Option<(Vec<Datum>, Vec<Datum>, Datum)>,
    /// ANY and ALL without arguments keep the rows, for other left sides.
    kept: Option<Vec<Batch>>,
}

impl SubplanState {
    pub(crate) fn new(plan: &SubplanPlan, builder: &Builder) -> Result<Self> {
        Ok(Self {
            operator: builder.operator(&plan.root)?,
            kind: plan.kind,
            comparison: builder.optional(plan.comparison.as_ref())?,
            arguments: plan.arguments.clone(),
            lefts: plan.lefts.clone(),
            element_type: element_of(plan.type_id).unwrap_or(plan.type_id),
            common: plan.common.clone(),
            last: None,
            kept: None,
        })
    }

    pub(crate) fn forget(&mut self) {
        self.last = None;
        self.kept = None;
    }

    fn run(&mut self, context: &mut Context<'_>, arguments: &[Datum]) -> Result<Datum> {
        if !arguments.is_empty() {
            for index in &self.common {
                context.run.common[*index].rows = None;
            }
        }
        match self.kind {
            SubplanKind::Scalar => self.scalar(context),
            SubplanKind::Exists => {
                let mut batch = Batch::default();
                self.operator.open(context)?;
                self.operator.next(context, 1, &mut batch)?;
                Ok(Datum::Bool(batch.rows().count() > 0))
            }
            SubplanKind::Array => self.array(context),
            SubplanKind::Any => self.quantified(context, arguments, false),
            SubplanKind::All => self.quantified(context, arguments, true),
        }
    }

    fn scalar(&mut self, context: &mut Context<'_>) -> Result<Datum> {
        let mut batch = Batch::default();
        self.operator.open(context)?;
        let mut value = None;
        loop {
            batch.clear();
            self.operator.next(context, 2, &mut batch)?;
            let Some(row) = batch.rows().iter().next() else { break };
            if value.is_some() || batch.rows().count() > 1 {
                let text = "more than one row returned by a subquery used as an expression";
                return Err(Error::new(SqlState::CARDINALITY_VIOLATION, text));
            }
            value = Some(batch.columns[0].get(row).to_datum());
        }
        Ok(value.unwrap_or_default())
    }

    fn array(&mut self, context: &mut Context<'_>) -> Result<Datum> {
        let mut batch = Batch::default();
        let mut values = Vec::new();
        self.operator.open(context)?;
        loop {
            batch.clear();
            self.operator.next(context, ROWS_MAX, &mut batch)?;
            if batch.rows().count() == 0 {
                break;
            }
            values.extend(batch.rows().iter().map(|row| batch.columns[0].get(row).to_datum()));
            context.host.charge(batch.rows().count() * size_of::<Datum>())?;
        }
        let list: Vec<_> = values.iter().map(Datum::as_ref).collect();
        Ok(Datum::Bytes(array_of_values(self.element_type, list)?.into()))
    }

    /// Whether the comparison holds for any, or all, rows; NULL where it is not decided and any was NULL.
    #[expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only these matter here")]
    fn quantified(
        &mut self,
        context: &mut Context<'_>,
        arguments: &[Datum],
        all: bool,
    ) -> Result<Datum> {
        if !arguments.is_empty() || self.kept.is_none() {
            let mut kept = Vec::new();
            self.operator.open(context)?;
            loop {
                let mut batch = Batch::default();
                self.operator.next(context, ROWS_MAX, &mut batch)?;
                if batch.rows().count() == 0 {
                    break;
                }
                context.host.charge(batch.rows().count() * 32)?;
                kept.push(batch);
                context.check_cancel()?;
            }
            self.kept = Some(kept);
        }
        let comparison =
            self.comparison.as_mut().ok_or_else(|| Error::internal("ANY without a comparison"))?;
        let mut any_null = false;
        for batch in self.kept.iter().flatten() {
            let result = comparison.run(&batch.columns, batch.rows(), context)?;
            for row in batch.rows().iter() {
                match result.get(row) {
                    types::ValueRef::Bool(holds) if holds != all => return Ok(Datum::Bool(!all)),
                    types::ValueRef::Bool(_) => {}
                    _ => any_null = true,
                }
            }
        }
        Ok(if any_null { Datum::Null } else { Datum::Bool(all) })
    }
}

/// The value of a subplan with these outer values.
pub(crate) fn run(
    context: &mut Context<'_>,
    index: usize,
    arguments: &[Datum],
    lefts: &[Datum],
) -> Result<Datum> {
    stack_check()?;
    let mut state = context.run.subplans[index]
        .take()
        .ok_or_else(|| Error::internal("a subplan runs within itself"))?;
    let known = state
        .last
        .as_ref()
        .filter(|(a, l, _)| a == arguments && l == lefts)
        .map(|(_, _, v)| v.clone());
    let result = match known {
        Some(value) => Ok(value),
        None => {
            for (number, value) in
                state.arguments.iter().zip(arguments).chain(state.lefts.iter().zip(lefts))
            {
                context.run.outer[*number as usize] = value.clone();
            }
            state.run(context, arguments)
        }
    };
    if let Ok(value) = &result {
        state.last = Some((arguments.to_vec(), lefts.to_vec(), value.clone()));
    }
    context.run.subplans[index] = Some(state);
    result
}
