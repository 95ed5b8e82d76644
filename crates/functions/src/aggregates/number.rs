//! sum and avg.

use super::{Fold, State, fold, start};
use crate::{Aggregate, aggregate};
use error::{Error, Result, SqlState};
use types::{Datum, Interval, Numeric, ValueRef};

/// A whole number of any width.
fn whole(value: ValueRef<'_>) -> i64 {
    match value {
        ValueRef::I16(v) => i64::from(v),
        ValueRef::I32(v) => i64::from(v),
        ValueRef::I64(v) => v,
        ValueRef::Null
        | ValueRef::Bool(_)
        | ValueRef::F32(_)
        | ValueRef::F64(_)
        | ValueRef::Fixed16(_)
        | ValueRef::Bytes(_) => 0,
    }
}

/// sum of int2 and int4, an int8.
#[derive(Default)]
struct SumSmall {
    sum: Option<i64>,
}

impl State for SumSmall {
    fn add(&mut self, value: ValueRef<'_>) -> Result<()> {
        let sum = self.sum.unwrap_or(0).checked_add(whole(value));
        self.sum = Some(sum.ok_or_else(crate::integer::int8_range)?);
        Ok(())
    }

    fn result(&self) -> Result<Datum> {
        Ok(self.sum.map_or(Datum::Null, Datum::I64))
    }
}

/// Sum and count of whole numbers: sum of int8, avg of all.
#[derive(Default)]
struct SumWhole {
    sum: i128,
    count: i64,
}

impl SumWhole {
    fn push(&mut self, value: ValueRef<'_>) {
        self.sum += i128::from(whole(value));
        self.count += 1;
    }

    fn average(&self) -> Result<Datum> {
        if self.count == 0 {
            return Ok(Datum::Null);
        }
        Ok(Numeric::from(self.sum).div(&Numeric::from(self.count))?.to_datum())
    }
}

#[derive(Default)]
struct SumLong(SumWhole);

impl State for SumLong {
    fn add(&mut self, value: ValueRef<'_>) -> Result<()> {
        self.0.push(value);
        Ok(())
    }

    fn result(&self) -> Result<Datum> {
        if self.0.count == 0 {
            return Ok(Datum::Null);
        }
        Ok(Numeric::from(self.0.sum).to_datum())
    }
}

#[derive(Default)]
struct AverageWhole(SumWhole);

impl State for AverageWhole {
    fn add(&mut self, value: ValueRef<'_>) -> Result<()> {
        self.0.push(value);
        Ok(())
    }

    fn result(&self) -> Result<Datum> {
        self.0.average()
    }
}

/// Sum and count of numerics.
#[derive(Default)]
struct SumNumeric {
    sum: Option<Numeric>,
    count: i64,
}

impl SumNumeric {
    fn push(&mut self, value: ValueRef<'_>) -> Result<()> {
        let value = Numeric::decode(value.bytes().unwrap_or(&[]));
        self.sum = Some(match &self.sum {
            Some(sum) => sum.add(&value)?,
            None => value,
        });
        self.count += 1;
        Ok(())
    }
}

#[derive(Default)]
struct TotalNumeric(SumNumeric);

impl State for TotalNumeric {
    fn add(&mut self, value: ValueRef<'_>) -> Result<()> {
        self.0.push(value)
    }

    fn result(&self) -> Result<Datum> {
        Ok(self.0.sum.as_ref().map_or(Datum::Null, Numeric::to_datum))
    }
}

#[derive(Default)]
struct AverageNumeric(SumNumeric);

impl State for AverageNumeric {
    fn add(&mut self, value: ValueRef<'_>) -> Result<()> {
        self.0.push(value)
    }

    fn result(&self) -> Result<Datum> {
        match &self.0.sum {
            Some(sum) => Ok(sum.div(&Numeric::from(self.0.count))?.to_datum()),
            None => Ok(Datum::Null),
        }
    }
}

/// Sum and count of intervals.
#[derive(Default)]
struct SumInterval {
    sum: Interval,
    count: i64,
}

impl SumInterval {
    fn push(&mut self, value: ValueRef<'_>) -> Result<()> {
        if let ValueRef::Fixed16(bytes) = value {
            self.sum = self.sum.sum(Interval::unpack(bytes))?;
            self.count += 1;
        }
        Ok(())
    }
}

#[derive(Default)]
struct TotalInterval(SumInterval);

impl State for TotalInterval {
    fn add(&mut self, value: ValueRef<'_>) -> Result<()> {
        self.0.push(value)
    }

    fn result(&self) -> Result<Datum> {
        let any = self.0.count > 0;
        Ok(if any { Datum::Fixed16(self.0.sum.pack()) } else { Datum::Null })
    }
}

#[derive(Default)]
struct AverageInterval(SumInterval);

impl State for AverageInterval {
    fn add(&mut self, value: ValueRef<'_>) -> Result<()> {
        self.0.push(value)
    }

    fn result(&self) -> Result<Datum> {
        if self.0.count == 0 {
            return Ok(Datum::Null);
        }
        let average = crate::interval::divide(self.0.sum, self.0.count as f64)?;
        Ok(Datum::Fixed16(average.pack()))
    }
}

struct SumFloat8;

impl Fold for SumFloat8 {
    type Value = f64;
    #[inline]
    fn join(state: f64, value: f64) -> Result<f64> {
        let sum = state + value;
        if sum.is_infinite() && state.is_finite() && value.is_finite() {
            return Err(overflow());
        }
        Ok(sum)
    }
}

struct SumFloat4;

impl Fold for SumFloat4 {
    type Value = f32;
    #[inline]
    fn join(state: f32, value: f32) -> Result<f32> {
        let sum = state + value;
        if sum.is_infinite() && state.is_finite() && value.is_finite() {
            return Err(overflow());
        }
        Ok(sum)
    }
}

#[cold]
fn overflow() -> Error {
    Error::new(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: overflow")
}

pub(super) const AGGREGATES: &[Aggregate] = &[
    aggregate("int2_sum", "", start::<SumSmall>),
    aggregate("int4_sum", "", start::<SumSmall>),
    aggregate("int8_avg_accum", "numeric_poly_sum", start::<SumLong>),
    aggregate("numeric_avg_accum", "numeric_sum", start::<TotalNumeric>),
    aggregate("interval_avg_accum", "interval_sum", start::<TotalInterval>),
    aggregate("float8pl", "", fold::<SumFloat8>),
    aggregate("float4pl", "", fold::<SumFloat4>),
    aggregate("int2_avg_accum", "int8_avg", start::<AverageWhole>),
    aggregate("int4_avg_accum", "int8_avg", start::<AverageWhole>),
    aggregate("int8_avg_accum", "numeric_poly_avg", start::<AverageWhole>),
    aggregate("numeric_avg_accum", "numeric_avg", start::<AverageNumeric>),
    aggregate("interval_avg_accum", "interval_avg", start::<AverageInterval>),
];
