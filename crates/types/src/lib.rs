//! SQL types and values.
//!
//! A type has a *physical kind* ([`Kind`]): how its values lie in memory and on disk. What they mean is in one
//! file per type. A value is a [`Datum`] (owned) or a [`ValueRef`] (borrowed); columns of values are `batch`'s.

mod datum;
mod kind;
mod oid;
mod style;

pub use datum::{Datum, ValueRef};
pub use kind::Kind;
pub use oid::{Oid, type_oid};
pub use style::{DateForm, DateOrder, IntervalForm, Names, Style, TextContext};
