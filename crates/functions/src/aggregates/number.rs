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
    /// The sum of short values, and their greatest scale.
    short: i128,
    scale: u8,
    /// The sum of the others.
    long: Option<Numeric>,
    count: i64,
}

impl SumNumeric {
    #[inline]
    fn push(&mut self, value: ValueRef<'_>) -> Result<()> {
        let bytes = value.bytes().unwrap_or(&[]);
        self.count += 1;
        if let Some((coefficient, scale)) = Numeric::decode_short(bytes) {
            if scale == self.scale
                && let Some(sum) = self.short.checked_add(i128::from(coefficient))
            {
                self.short = sum;
                return Ok(());
            }
            if self.push_scaled(coefficient, scale).is_some() {
                return Ok(());
            }
        }
        self.push_long(Numeric::decode(bytes))
    }

    /// Adds a value of another scale than those before; `None` where that takes more than 128 bits.
    fn push_scaled(&mut self, coefficient: i64, scale: u8) -> Option<()> {
        let power = |digits: u8| 10_i128.checked_pow(u32::from(digits));
        let (mut sum, mut value) = (self.short, i128::from(coefficient));
        if scale > self.scale {
            sum = sum.checked_mul(power(scale - self.scale)?)?;
        } else {
            value = value.checked_mul(power(self.scale - scale)?)?;
        }
        self.short = sum.checked_add(value)?;
        self.scale = self.scale.max(scale);
        Some(())
    }

    #[cold]
    fn push_long(&mut self, value: Numeric) -> Result<()> {
        self.long = Some(match &self.long {
            Some(sum) => sum.add(&value)?,
            None => value,
        });
        Ok(())
    }

    /// The sum; `None` of no value. 22003.
    fn sum(&self) -> Result<Option<Numeric>> {
        if self.count == 0 {
            return Ok(None);
        }
        let short = Numeric::new(self.short, u16::from(self.scale));
        Ok(Some(match &self.long {
            Some(long) => long.add(&short)?,
            None => short,
        }))
    }
}

#[derive(Default)]
struct TotalNumeric(SumNumeric);

impl State for TotalNumeric {
    fn add(&mut self, value: ValueRef<'_>) -> Result<()> {
        self.0.push(value)
    }

    fn result(&self) -> Result<Datum> {
        Ok(self.0.sum()?.map_or(Datum::Null, |sum| sum.to_datum()))
    }
}

#[derive(Default)]
struct AverageNumeric(SumNumeric);

impl State for AverageNumeric {
    fn add(&mut self, value: ValueRef<'_>) -> Result<()> {
        self.0.push(value)
    }

    fn result(&self) -> Result<Datum> {
        match self.0.sum()? {
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
