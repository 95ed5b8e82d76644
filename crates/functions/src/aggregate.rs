//! Aggregate functions.

use crate::Environment;
use batch::{Rows, Vector};
use error::Result;
use types::{Datum, Oid};

/// What is known of an aggregate's use before it runs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AggregateInfo {
    /// The arguments' types after coercion.
    pub argument_types: Vec<Oid>,
    /// The result's type.
    pub result_type: Oid,
    /// The collation that comparisons use; invalid for none.
    pub collation: Oid,
    /// Per column of ORDER BY or WITHIN GROUP: whether it is descending, and whether NULLs come first.
    pub orders: Vec<(bool, bool)>,
}

/// An aggregate of pg_aggregate, bound by the names of its transition and final function
/// (`"int8_avg_accum"`, `"numeric_poly_sum"`); the final one is empty where pg_aggregate has none.
#[derive(Clone, Copy)]
pub struct Aggregate {
    /// pg_aggregate's `aggtransfn`.
    pub transition: &'static str,
    /// pg_aggregate's `aggfinalfn`.
    pub finish: &'static str,
    /// The state for all groups of one use.
    pub start: fn(&AggregateInfo) -> Box<dyn Accumulator>,
}

/// A binding row.
pub const fn aggregate(
    transition: &'static str,
    finish: &'static str,
    start: fn(&AggregateInfo) -> Box<dyn Accumulator>,
) -> Aggregate {
    Aggregate { transition, finish, start }
}

/// The states of one aggregate for many groups, numbered from 0.
pub trait Accumulator: Send {
    /// Makes room for so many groups; new ones are empty.
    fn grow(&mut self, group_count: usize);
    /// Adds rows; `groups[row]` is the group of row `row` (indexed by row, not by position in `rows`).
    fn add(
        &mut self,
        groups: &[u32],
        arguments: &[&Vector],
        rows: Rows<'_>,
        environment: &mut dyn Environment,
    ) -> Result<()>;
    /// The result of a group, which keeps its state (a window asks again).
    fn result(&mut self, group: u32, environment: &mut dyn Environment) -> Result<Datum>;
    /// Forgets all groups and keeps the memory.
    fn clear(&mut self);
    /// The bytes that the states hold beside what `grow` implies.
    fn memory_bytes(&self) -> usize {
        0
    }
}
