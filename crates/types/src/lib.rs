//! SQL types and values.
//!
//! A type has a *physical kind* ([`Kind`]): how its values lie in memory and on disk. What they mean is in one
//! file per type. A value is a [`Datum`] (owned) or a [`ValueRef`] (borrowed); columns of values are `batch`'s.

mod binary;
mod datum;
mod facts;
mod format;
mod identifier;
mod io;
mod key;
mod kind;
mod money;
mod oid;
mod order;
mod own;
mod reg;
mod style;
mod typmod;

pub mod address;
pub mod array;
pub mod bits;
pub mod boolean;
pub mod bytea;
pub mod datetime;
pub mod encoding;
pub mod enumeration;
pub mod float;
pub mod geometry;
pub mod integer;
pub mod json;
pub mod jsonpath;
pub mod network;
pub mod numeric;
pub mod range;
pub mod record;
pub mod snapshot;
pub mod text;
pub mod uuid;

pub use datetime::{Interval, interval, zone::set_time_zone};
pub use datum::{Datum, ValueRef};
pub use facts::{
    BuiltinType, array_of, builtin_type, builtin_type_named, builtin_types, element_of,
};
pub use format::format_type;
pub use identifier::{quote_identifier, quote_literal};
pub use io::{input, input_number, output, receive, send};
pub use key::{KeyOrder, decode_key, encode_key, key_is_invertible, skip_key};
pub use kind::Kind;
pub use numeric::Numeric;
pub use oid::{Oid, type_oid};
pub use order::{compare, equal, hash};
pub use own::{domain_oid, is_domain, is_own_multirange, is_own_range, lies_as, range_oid};
pub use style::{DateForm, DateOrder, IntervalForm, Names, Style, TextContext};
pub use typmod::{apply_typmod, typmod_in};
