//! Type modifiers: the length of varchar(n), precision and scale of numeric(p, s), and so on.

use crate::{Datum, Oid};
use error::Result;

/// The value made to fit the typmod (-1 for none). 22001 and 22003 where it does not; an explicit cast cuts text
/// where an assignment fails.
pub fn apply_typmod(type_id: Oid, typmod: i32, value: Datum, explicit: bool) -> Result<Datum> {
    let _ = (type_id, typmod, explicit);
    Ok(value)
}

/// The typmod of a type's modifiers as written: `[100]` for varchar(100), `[5, 2]` for numeric(5, 2). 22023 where
/// they are out of range, 42601 where the type takes none.
pub fn typmod_in(type_id: Oid, modifiers: &[i32]) -> Result<i32> {
    let _ = (type_id, modifiers);
    Ok(-1)
}
