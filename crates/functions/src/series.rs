//! Set-returning functions: generate_series, unnest, generate_subscripts, split texts.

use crate::call::text;
use crate::{CallInfo, Environment, RowSource, SetReturning, set_returning};
use batch::Vector;
use error::{Error, Result, SqlState};
use types::array::Array;
use types::datetime::is_finite;
use types::datetime::zone::{Zone, zone_of_text};
use types::{Datum, Interval, Numeric, ValueRef};

/// Rows of an iterator of values.
pub(crate) struct Values<I>(I);

impl<I: Iterator<Item = Result<Datum>> + Send> RowSource for Values<I> {
    fn next(
        &mut self,
        columns: &mut [Vector],
        rows_max: usize,
        environment: &mut dyn Environment,
    ) -> Result<usize> {
        environment.check_cancel()?;
        for row in 0..rows_max {
            match self.0.next() {
                Some(value) => columns[0].push(value?.as_ref()),
                None => return Ok(row),
            }
        }
        Ok(rows_max)
    }
}

/// One column of an iterator's values.
pub(crate) fn values(
    iterator: impl Iterator<Item = Result<Datum>> + Send + 'static,
) -> Result<Box<dyn RowSource>> {
    Ok(Box::new(Values(iterator)))
}

/// No rows: what a strict function gives for a NULL argument.
pub(crate) fn none() -> Result<Box<dyn RowSource>> {
    values(std::iter::empty())
}

/// Rows of several columns, all at hand.
pub(crate) struct Table {
    pub(crate) rows: std::vec::IntoIter<Vec<Datum>>,
}

impl RowSource for Table {
    fn next(
        &mut self,
        columns: &mut [Vector],
        rows_max: usize,
        _: &mut dyn Environment,
    ) -> Result<usize> {
        for row in 0..rows_max {
            let Some(values) = self.rows.next() else { return Ok(row) };
            for (column, value) in columns.iter_mut().zip(&values) {
                column.push(value.as_ref());
            }
        }
        Ok(rows_max)
    }
}

#[cold]
fn zero_step() -> Error {
    Error::new(SqlState::INVALID_PARAMETER_VALUE, "step size cannot equal zero")
}

fn whole(value: &Datum) -> Option<i64> {
    match value {
        Datum::I32(v) => Some(i64::from(*v)),
        Datum::I64(v) => Some(*v),
        Datum::Null
        | Datum::Bool(_)
        | Datum::I16(_)
        | Datum::F32(_)
        | Datum::F64(_)
        | Datum::Fixed16(_)
        | Datum::Bytes(_) => None,
    }
}

/// generate_series of int4 and int8. 22023 for a step of 0.
fn whole_series(
    arguments: &[Datum],
    _: &CallInfo,
    _: &mut dyn Environment,
) -> Result<Box<dyn RowSource>> {
    let narrow = matches!(arguments.first(), Some(Datum::I32(_)));
    let step = arguments.get(2).map_or(Some(1), whole);
    let (Some(start), Some(stop), Some(step)) = (whole(&arguments[0]), whole(&arguments[1]), step)
    else {
        return none();
    };
    if step == 0 {
        return Err(zero_step());
    }
    let mut next = Some(start);
    values(std::iter::from_fn(move || {
        let value = next.filter(|value| if step > 0 { *value <= stop } else { *value >= stop })?;
        next = value.checked_add(step);
        Some(Ok(match i32::try_from(value) {
            Ok(value) if narrow => Datum::I32(value),
            Ok(_) | Err(_) => Datum::I64(value),
        }))
    }))
}

fn numeric_series(
    arguments: &[Datum],
    _: &CallInfo,
    _: &mut dyn Environment,
) -> Result<Box<dyn RowSource>> {
    if arguments.iter().any(Datum::is_null) {
        return none();
    }
    let number = |index: usize| {
        arguments.get(index).map(|value| Numeric::decode(value.as_ref().bytes().unwrap_or(&[])))
    };
    let invalid = |what: &str, value: &Numeric| {
        let kind = if value.is_nan() { "NaN" } else { "infinity" };
        Error::new(SqlState::INVALID_PARAMETER_VALUE, format!("{what} cannot be {kind}"))
    };
    let (Some(start), Some(stop)) = (number(0), number(1)) else { return none() };
    let step = number(2).unwrap_or(Numeric::ONE);
    for (what, value) in [("start value", &start), ("stop value", &stop), ("step size", &step)] {
        if !value.is_finite() {
            return Err(invalid(what, value));
        }
    }
    if step.is_zero() {
        return Err(zero_step());
    }
    let up = step.signum() > 0;
    let mut next = Some(start);
    values(std::iter::from_fn(move || {
        let value = next.take()?;
        if (up && value > stop) || (!up && value < stop) {
            return None;
        }
        next = value.add(&step).ok();
        Some(Ok(value.to_datum()))
    }))
}

/// generate_series of timestamps, with the zone that timestamptz steps in.
fn time_series(arguments: &[Datum], zone: Option<Zone>) -> Result<Box<dyn RowSource>> {
    let (Some(start), Some(stop), Some(Datum::Fixed16(step))) =
        (whole(&arguments[0]), whole(&arguments[1]), arguments.get(2))
    else {
        return none();
    };
    let step = Interval::unpack(*step);
    if !step.is_finite() {
        return Err(Error::new(SqlState::INVALID_PARAMETER_VALUE, "step size cannot be infinite"));
    }
    let direction = step.span().signum();
    if direction == 0 {
        return Err(zero_step());
    }
    let mut next = Some(start);
    values(std::iter::from_fn(move || {
        let value = next.take()?;
        if (direction > 0 && value > stop) || (direction < 0 && value < stop) {
            return None;
        }
        if is_finite(value) {
            match crate::timestamp::add(value, step, zone.as_ref()) {
                Ok(after) => next = Some(after),
                Err(error) => return Some(Err(error)),
            }
        }
        Some(Ok(Datum::I64(value)))
    }))
}

fn timestamptz_series(
    arguments: &[Datum],
    _: &CallInfo,
    environment: &mut dyn Environment,
) -> Result<Box<dyn RowSource>> {
    let zone = match arguments.get(3) {
        Some(Datum::Null) => return none(),
        Some(name) => zone_of_text(text(name.as_ref()))?,
        None => Zone::Rules(environment.style().time_zone.clone()),
    };
    time_series(arguments, Some(zone))
}

/// The elements of an array, kept with its bytes.
fn unnest(
    arguments: &[Datum],
    _: &CallInfo,
    _: &mut dyn Environment,
) -> Result<Box<dyn RowSource>> {
    let Datum::Bytes(bytes) = &arguments[0] else { return none() };
    let count = Array::parse(bytes)?.len();
    let bytes = bytes.clone();
    let mut index = 0;
    values(std::iter::from_fn(move || {
        if index >= count {
            return None;
        }
        index += 1;
        Some(Array::parse(&bytes).map(|array| array.get(index - 1).to_datum()))
    }))
}

fn subscripts(
    arguments: &[Datum],
    _: &CallInfo,
    _: &mut dyn Environment,
) -> Result<Box<dyn RowSource>> {
    let (Datum::Bytes(bytes), Datum::I32(dimension)) = (&arguments[0], &arguments[1]) else {
        return none();
    };
    let reversed = match arguments.get(2) {
        Some(Datum::Null) => return none(),
        Some(value) => crate::call::is_true(value.as_ref()),
        None => false,
    };
    let index = usize::try_from(i64::from(*dimension) - 1).ok();
    let found = index.and_then(|index| Array::parse(bytes).ok()?.dimensions().nth(index));
    let Some(dimension) = found else { return none() };
    let (first, last) = (dimension.lower, dimension.lower + dimension.length - 1);
    let count = dimension.length;
    values(
        (0..count)
            .map(move |step| Ok(Datum::I32(if reversed { last - step } else { first + step }))),
    )
}

fn split_text(
    arguments: &[Datum],
    _: &CallInfo,
    _: &mut dyn Environment,
) -> Result<Box<dyn RowSource>> {
    let string = |index: usize| {
        let value = arguments.get(index).map_or(ValueRef::Null, Datum::as_ref);
        (!value.is_null()).then(|| text(value))
    };
    let Some(source) = string(0) else { return none() };
    let fields = crate::concat::split(source, string(1), string(2));
    let fields: Vec<Datum> =
        fields.into_iter().map(|field| field.map_or(Datum::Null, Datum::text)).collect();
    values(fields.into_iter().map(Ok))
}

pub(crate) const SET_RETURNING: &[SetReturning] = &[
    set_returning("generate_series_int4", whole_series),
    set_returning("generate_series_step_int4", whole_series),
    set_returning("generate_series_int8", whole_series),
    set_returning("generate_series_step_int8", whole_series),
    set_returning("generate_series_numeric", numeric_series),
    set_returning("generate_series_step_numeric", numeric_series),
    set_returning("generate_series_timestamp", |arguments, _, _| time_series(arguments, None)),
    set_returning("generate_series_timestamptz", timestamptz_series),
    set_returning("generate_series_timestamptz_at_zone", timestamptz_series),
    set_returning("array_unnest", unnest),
    set_returning("generate_subscripts", subscripts),
    set_returning("generate_subscripts_nodir", subscripts),
    set_returning("text_to_table", split_text),
    set_returning("text_to_table_null", split_text),
];
