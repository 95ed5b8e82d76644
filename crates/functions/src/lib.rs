//! Built-in functions, operators, casts, aggregates and set-returning functions, by family.
//!
//! What PostgreSQL says of a function is a row of its pg_proc; what it does is one plain Rust function here, bound by
//! the row's `prosrc` with one row of its family's table. The same [`Builtin`] serves one row and a thousand.

mod aggregate;
mod argument;
mod call;
mod encoding;
mod environment;
mod kernel;
mod registry;
mod set_returning;
#[cfg(test)]
mod tests;

mod aggregates;
mod array;
mod bits;
mod boolean;
mod bytes;
mod clock;
mod compare_bytes;
mod compare_fixed;
mod concat;
mod date_part;
mod float;
mod format;
mod geometry;
mod hash;
mod in_range;
mod integer;
mod interval;
mod json;
mod json_build;
mod json_make;
mod like;
mod lsn;
mod money;
mod multirange;
mod network;
mod numeric;
mod range;
mod regex;
mod series;
mod sql;
mod text;
mod timestamp;
mod transaction;
mod type_io;
mod unicode;

pub use aggregate::{Accumulator, Aggregate, AggregateInfo, aggregate};
pub use argument::{Argument, Output};
pub use call::{Builtin, Call, CallInfo, builtin};
pub use environment::{AdvisoryAction, AdvisoryKey, Environment};
pub use json::{
    JsonFound, JsonKind, JsonMake, JsonQueryInput, JsonWrapper, assign_jsonb, is_json, json_as,
    json_construct, json_empty, json_exists, json_handles, json_parse, json_query, json_scalar_as,
    json_truth_as, json_value,
};
pub use registry::{
    bound_aggregates, bound_functions, bound_set_returning, find, find_aggregate, find_by_oid,
    find_set_returning,
};
pub use set_returning::{RowSource, SetReturning, Start, set_returning};
