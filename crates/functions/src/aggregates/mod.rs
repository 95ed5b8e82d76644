//! Aggregates, one family a file.

mod basic;
mod collect;
mod number;
mod ordered;
mod range;
mod statistics;

use crate::{Accumulator, Aggregate, AggregateInfo, Environment};
use batch::{Rows, Vector};
use error::Result;
use std::marker::PhantomData;
use types::{Datum, ValueRef};

pub(crate) const AGGREGATES: &[&[Aggregate]] = &[
    basic::AGGREGATES,
    collect::AGGREGATES,
    number::AGGREGATES,
    ordered::AGGREGATES,
    range::AGGREGATES,
    statistics::AGGREGATES,
];

/// The state of one group of a simple aggregate over one argument that skips NULLs.
trait State: Default + Send + 'static {
    /// Adds a value that is not NULL.
    fn add(&mut self, value: ValueRef<'_>) -> Result<()>;
    /// The result.
    fn result(&self) -> Result<Datum>;
}

/// The groups of a simple aggregate.
struct Groups<S> {
    states: Vec<S>,
}

impl<S: State> Accumulator for Groups<S> {
    fn grow(&mut self, group_count: usize) {
        if self.states.len() < group_count {
            self.states.resize_with(group_count, S::default);
        }
    }

    fn add(
        &mut self,
        groups: &[u32],
        arguments: &[&Vector],
        rows: Rows<'_>,
        _: &mut dyn Environment,
    ) -> Result<()> {
        let argument = arguments[0];
        for row in rows.iter() {
            let value = argument.get(row);
            if !value.is_null() {
                self.states[groups[row] as usize].add(value)?;
            }
        }
        Ok(())
    }

    fn result(&mut self, group: u32, _: &mut dyn Environment) -> Result<Datum> {
        self.states[group as usize].result()
    }

    fn clear(&mut self) {
        self.states.clear();
    }
}

/// Starts a simple aggregate.
fn start<S: State>(_: &AggregateInfo) -> Box<dyn Accumulator> {
    Box::new(Groups::<S> { states: Vec::new() })
}

/// The state of one group of a fixed-width aggregate: a copy that starts from the first value.
trait Fold: Send + 'static {
    /// The values added.
    type Value: crate::kernel::Fixed + Send;
    /// The state joined with a value. 22003.
    fn join(state: Self::Value, value: Self::Value) -> Result<Self::Value>;
}

/// The groups of a fold over a fixed-width column.
struct Folds<F: Fold> {
    states: Vec<Option<F::Value>>,
    fold: PhantomData<F>,
}

impl<F: Fold> Accumulator for Folds<F>
where
    F::Value: IntoDatum,
{
    fn grow(&mut self, group_count: usize) {
        if self.states.len() < group_count {
            self.states.resize(group_count, None);
        }
    }

    fn add(
        &mut self,
        groups: &[u32],
        arguments: &[&Vector],
        rows: Rows<'_>,
        _: &mut dyn Environment,
    ) -> Result<()> {
        let argument = arguments[0];
        let (values, mask) = (<F::Value as crate::Argument>::column(argument), argument.mask());
        for row in rows.iter() {
            if argument.nulls.any() && argument.nulls.get(row & mask) {
                continue;
            }
            let state = &mut self.states[groups[row] as usize];
            let value = values[row & mask];
            *state = Some(match *state {
                Some(state) => F::join(state, value)?,
                None => value,
            });
        }
        Ok(())
    }

    fn result(&mut self, group: u32, _: &mut dyn Environment) -> Result<Datum> {
        Ok(self.states[group as usize].map_or(Datum::Null, IntoDatum::into_datum))
    }

    fn clear(&mut self) {
        self.states.clear();
    }
}

/// Starts a fold.
fn fold<F: Fold>(_: &AggregateInfo) -> Box<dyn Accumulator>
where
    F::Value: IntoDatum,
{
    Box::new(Folds::<F> { states: Vec::new(), fold: PhantomData })
}

/// A fixed-width value as a datum.
trait IntoDatum {
    fn into_datum(self) -> Datum;
}

macro_rules! into_datum {
    ($type:ty, $kind:ident) => {
        impl IntoDatum for $type {
            fn into_datum(self) -> Datum {
                Datum::$kind(self)
            }
        }
    };
}
into_datum!(bool, Bool);
into_datum!(i16, I16);
into_datum!(i32, I32);
into_datum!(i64, I64);
into_datum!(f32, F32);
into_datum!(f64, F64);
