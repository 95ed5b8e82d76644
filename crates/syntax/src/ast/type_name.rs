//! Names of types.

use super::{Expr, Location, Name};

/// A type as written. SQL's own names are translated: `int` is `pg_catalog.int4`, `double precision`
/// is `pg_catalog.float8`, `char` is `pg_catalog.bpchar` with modifier 1.
#[derive(Debug, Clone, PartialEq)]
pub struct TypeName {
    /// Outermost first; never empty.
    pub names: Vec<Name>,
    pub setof: bool,
    /// `%TYPE`: `names` is a column's.
    pub percent_type: bool,
    /// What the type's modifier input takes: `numeric(10,2)` has two. INTERVAL has a mask of fields
    /// (0x7FFF for all) and then the precision, where either is written.
    pub modifiers: Vec<Expr>,
    /// One entry a dimension: its bound or none.
    pub array_bounds: Vec<Option<i32>>,
    pub location: Location,
}

/// `INTERVAL`'s field bits in its modifier, as PostgreSQL's INTERVAL_MASK has them.
pub mod interval_mask {
    pub const MONTH: i32 = 1 << 1;
    pub const YEAR: i32 = 1 << 2;
    pub const DAY: i32 = 1 << 3;
    pub const HOUR: i32 = 1 << 10;
    pub const MINUTE: i32 = 1 << 11;
    pub const SECOND: i32 = 1 << 12;
    pub const FULL_RANGE: i32 = 0x7FFF;
}
