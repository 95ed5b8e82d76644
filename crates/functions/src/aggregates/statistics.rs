//! Variance, standard deviation, avg of floats, covariance, correlation and regression.
//!
//! Floats go by Youngs and Cramer's update, as in PostgreSQL, whose results agree to the last digit; whole numbers and
//! numerics are summed exactly.

use super::{State, start};
use crate::{Accumulator, Aggregate, AggregateInfo, Environment, aggregate};
use batch::{Rows, Vector};
use error::{Error, Result, SqlState};
use types::{Datum, Numeric, ValueRef};

#[cold]
fn overflow() -> Error {
    Error::new(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: overflow")
}

/// Count, sum and sum of squared differences of floats.
#[derive(Default, Clone, Copy)]
struct Moments {
    n: f64,
    sum: f64,
    squares: f64,
}

impl Moments {
    fn push(&mut self, value: f64) -> Result<()> {
        let before = *self;
        self.n += 1.0;
        self.sum += value;
        if before.n > 0.0 {
            let difference = value * self.n - self.sum;
            self.squares += difference * difference / (self.n * before.n);
            if self.sum.is_infinite() || self.squares.is_infinite() {
                if before.sum.is_finite() && value.is_finite() {
                    return Err(overflow());
                }
                self.squares = f64::NAN;
            }
        } else if !value.is_finite() {
            self.squares = f64::NAN;
        }
        Ok(())
    }
}

fn float(value: ValueRef<'_>) -> f64 {
    match value {
        ValueRef::F64(v) => v,
        ValueRef::F32(v) => f64::from(v),
        ValueRef::Null
        | ValueRef::Bool(_)
        | ValueRef::I16(_)
        | ValueRef::I32(_)
        | ValueRef::I64(_)
        | ValueRef::Fixed16(_)
        | ValueRef::Bytes(_) => 0.0,
    }
}

macro_rules! float_states {
    ($($name:ident = |$moments:ident| $result:expr;)*) => {$(
        #[derive(Default)]
        struct $name(Moments);
        impl State for $name {
            fn add(&mut self, value: ValueRef<'_>) -> Result<()> {
                self.0.push(float(value))
            }
            fn result(&self) -> Result<Datum> {
                let $moments = self.0;
                let result: Option<f64> = $result;
                Ok(result.map_or(Datum::Null, Datum::F64))
            }
        }
    )*};
}

float_states! {
    FloatAverage = |m| (m.n > 0.0).then(|| m.sum / m.n);
    FloatVariancePopulation = |m| (m.n > 0.0).then(|| m.squares / m.n);
    FloatVarianceSample = |m| (m.n > 1.0).then(|| m.squares / (m.n - 1.0));
    FloatDeviationPopulation = |m| (m.n > 0.0).then(|| (m.squares / m.n).sqrt());
    FloatDeviationSample = |m| (m.n > 1.0).then(|| (m.squares / (m.n - 1.0)).sqrt());
}

/// Count, sum and sum of squares of whole numbers and numerics.
struct Exact {
    count: i64,
    sum: Numeric,
    squares: Numeric,
}

impl Default for Exact {
    fn default() -> Self {
        Self { count: 0, sum: Numeric::ZERO, squares: Numeric::ZERO }
    }
}

impl Exact {
    fn push(&mut self, value: ValueRef<'_>) -> Result<()> {
        let value = match value {
            ValueRef::I16(v) => Numeric::from(i64::from(v)),
            ValueRef::I32(v) => Numeric::from(v),
            ValueRef::I64(v) => Numeric::from(v),
            ValueRef::Bytes(bytes) => Numeric::decode(bytes),
            ValueRef::Null
            | ValueRef::Bool(_)
            | ValueRef::F32(_)
            | ValueRef::F64(_)
            | ValueRef::Fixed16(_) => return Ok(()),
        };
        self.count += 1;
        self.sum = self.sum.add(&value)?;
        self.squares = self.squares.add(&value.mul(&value)?)?;
        Ok(())
    }

    /// The variance over `n` or `n - 1`; `None` where there are too few values.
    fn variance(&self, sample: bool) -> Result<Option<Numeric>> {
        if self.count == 0 || (sample && self.count == 1) {
            return Ok(None);
        }
        if !self.sum.is_finite() {
            return Ok(Some(Numeric::NaN));
        }
        let n = Numeric::from(self.count);
        let numerator = self.squares.mul(&n)?.sub(&self.sum.mul(&self.sum)?)?;
        if numerator.signum() <= 0 {
            return Ok(Some(Numeric::ZERO));
        }
        let divisor = if sample { self.count - 1 } else { self.count };
        numerator.div(&n.mul(&Numeric::from(divisor))?).map(Some)
    }

    fn result(&self, sample: bool, root: bool) -> Result<Datum> {
        let Some(variance) = self.variance(sample)? else { return Ok(Datum::Null) };
        if root && !variance.is_zero() && variance.is_finite() {
            return Ok(variance.sqrt()?.to_datum());
        }
        Ok(variance.to_datum())
    }
}

macro_rules! exact_states {
    ($($name:ident = $sample:literal, $root:literal;)*) => {$(
        #[derive(Default)]
        struct $name(Exact);
        impl State for $name {
            fn add(&mut self, value: ValueRef<'_>) -> Result<()> {
                self.0.push(value)
            }
            fn result(&self) -> Result<Datum> {
                self.0.result($sample, $root)
            }
        }
    )*};
}

exact_states! {
    VariancePopulation = false, false;
    VarianceSample = true, false;
    DeviationPopulation = false, true;
    DeviationSample = true, true;
}

/// What is summed of pairs (y, x).
#[derive(Default, Clone, Copy)]
struct Pairs {
    n: f64,
    sum_x: f64,
    squares_x: f64,
    sum_y: f64,
    squares_y: f64,
    products: f64,
}

impl Pairs {
    fn push(&mut self, y: f64, x: f64) -> Result<()> {
        let before = *self;
        self.n += 1.0;
        self.sum_x += x;
        self.sum_y += y;
        if before.n > 0.0 {
            let (dx, dy) = (x * self.n - self.sum_x, y * self.n - self.sum_y);
            let scale = 1.0 / (self.n * before.n);
            self.squares_x += dx * dx * scale;
            self.squares_y += dy * dy * scale;
            self.products += dx * dy * scale;
            let sums = [self.sum_x, self.squares_x, self.sum_y, self.squares_y, self.products];
            if sums.iter().any(|sum| sum.is_infinite()) {
                let finite = [before.sum_x, before.sum_y, x, y].iter().all(|sum| sum.is_finite());
                if finite {
                    return Err(overflow());
                }
                for sum in [&mut self.squares_x, &mut self.squares_y, &mut self.products] {
                    if sum.is_infinite() {
                        *sum = f64::NAN;
                    }
                }
            }
        } else {
            if !x.is_finite() {
                (self.squares_x, self.products) = (f64::NAN, f64::NAN);
            }
            if !y.is_finite() {
                (self.squares_y, self.products) = (f64::NAN, f64::NAN);
            }
        }
        Ok(())
    }
}

/// The groups of an aggregate over pairs, with what it makes of them.
struct PairGroups {
    states: Vec<Pairs>,
    result: fn(Pairs) -> Option<f64>,
}

impl Accumulator for PairGroups {
    fn grow(&mut self, group_count: usize) {
        if self.states.len() < group_count {
            self.states.resize(group_count, Pairs::default());
        }
    }

    fn add(
        &mut self,
        groups: &[u32],
        arguments: &[&Vector],
        rows: Rows<'_>,
        _: &mut dyn Environment,
    ) -> Result<()> {
        for row in rows.iter() {
            if let (ValueRef::F64(y), ValueRef::F64(x)) =
                (arguments[0].get(row), arguments[1].get(row))
            {
                self.states[groups[row] as usize].push(y, x)?;
            }
        }
        Ok(())
    }

    fn result(&mut self, group: u32, _: &mut dyn Environment) -> Result<Datum> {
        let state = self.states[group as usize];
        if state.n < 1.0 {
            return Ok(Datum::Null);
        }
        Ok((self.result)(state).map_or(Datum::Null, Datum::F64))
    }

    fn clear(&mut self) {
        self.states.clear();
    }
}

fn pairs(result: fn(Pairs) -> Option<f64>) -> Box<dyn Accumulator> {
    Box::new(PairGroups { states: Vec::new(), result })
}

fn correlation(p: Pairs) -> Option<f64> {
    if p.squares_x == 0.0 || p.squares_y == 0.0 {
        return None;
    }
    let product = p.squares_x * p.squares_y;
    // Rounding may lead beyond one.
    Some((p.products / product.sqrt()).clamp(-1.0, 1.0))
}

fn determination(p: Pairs) -> Option<f64> {
    if p.squares_x == 0.0 {
        return None;
    }
    if p.squares_y == 0.0 {
        return Some(1.0);
    }
    Some((p.products * p.products) / (p.squares_x * p.squares_y))
}

fn slope(p: Pairs) -> Option<f64> {
    (p.squares_x != 0.0).then(|| p.products / p.squares_x)
}

fn intercept(p: Pairs) -> Option<f64> {
    (p.squares_x != 0.0).then(|| (p.sum_y - p.sum_x * p.products / p.squares_x) / p.n)
}

type Start = fn(&AggregateInfo) -> Box<dyn Accumulator>;

const PAIRS: &str = "float8_regr_accum";

const fn regression(finish: &'static str, start: Start) -> Aggregate {
    aggregate(PAIRS, finish, start)
}

pub(super) const AGGREGATES: &[Aggregate] = &[
    aggregate("float8_accum", "float8_avg", start::<FloatAverage>),
    aggregate("float4_accum", "float8_avg", start::<FloatAverage>),
    aggregate("float8_accum", "float8_var_pop", start::<FloatVariancePopulation>),
    aggregate("float4_accum", "float8_var_pop", start::<FloatVariancePopulation>),
    aggregate("float8_accum", "float8_var_samp", start::<FloatVarianceSample>),
    aggregate("float4_accum", "float8_var_samp", start::<FloatVarianceSample>),
    aggregate("float8_accum", "float8_stddev_pop", start::<FloatDeviationPopulation>),
    aggregate("float4_accum", "float8_stddev_pop", start::<FloatDeviationPopulation>),
    aggregate("float8_accum", "float8_stddev_samp", start::<FloatDeviationSample>),
    aggregate("float4_accum", "float8_stddev_samp", start::<FloatDeviationSample>),
    aggregate("numeric_accum", "numeric_var_pop", start::<VariancePopulation>),
    aggregate("int8_accum", "numeric_var_pop", start::<VariancePopulation>),
    aggregate("int4_accum", "numeric_poly_var_pop", start::<VariancePopulation>),
    aggregate("int2_accum", "numeric_poly_var_pop", start::<VariancePopulation>),
    aggregate("numeric_accum", "numeric_var_samp", start::<VarianceSample>),
    aggregate("int8_accum", "numeric_var_samp", start::<VarianceSample>),
    aggregate("int4_accum", "numeric_poly_var_samp", start::<VarianceSample>),
    aggregate("int2_accum", "numeric_poly_var_samp", start::<VarianceSample>),
    aggregate("numeric_accum", "numeric_stddev_pop", start::<DeviationPopulation>),
    aggregate("int8_accum", "numeric_stddev_pop", start::<DeviationPopulation>),
    aggregate("int4_accum", "numeric_poly_stddev_pop", start::<DeviationPopulation>),
    aggregate("int2_accum", "numeric_poly_stddev_pop", start::<DeviationPopulation>),
    aggregate("numeric_accum", "numeric_stddev_samp", start::<DeviationSample>),
    aggregate("int8_accum", "numeric_stddev_samp", start::<DeviationSample>),
    aggregate("int4_accum", "numeric_poly_stddev_samp", start::<DeviationSample>),
    aggregate("int2_accum", "numeric_poly_stddev_samp", start::<DeviationSample>),
    regression("float8_corr", |_| pairs(correlation)),
    regression("float8_covar_pop", |_| pairs(|p| Some(p.products / p.n))),
    regression("float8_covar_samp", |_| pairs(|p| (p.n > 1.0).then(|| p.products / (p.n - 1.0)))),
    regression("float8_regr_avgx", |_| pairs(|p| Some(p.sum_x / p.n))),
    regression("float8_regr_avgy", |_| pairs(|p| Some(p.sum_y / p.n))),
    regression("float8_regr_sxx", |_| pairs(|p| Some(p.squares_x))),
    regression("float8_regr_syy", |_| pairs(|p| Some(p.squares_y))),
    regression("float8_regr_sxy", |_| pairs(|p| Some(p.products))),
    regression("float8_regr_r2", |_| pairs(determination)),
    regression("float8_regr_slope", |_| pairs(slope)),
    regression("float8_regr_intercept", |_| pairs(intercept)),
];
