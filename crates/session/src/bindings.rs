//! Functions of all layers by the names that pg_proc calls them by, and the rows of system relations.

use catalog::Access;
use error::Result;
use functions::{Builtin, SetReturning};
use types::{Datum, Oid};

/// The function bound to a `prosrc`.
pub(crate) fn find_function(source: &str) -> Option<Builtin> {
    functions::find(source).or_else(|| expression::catalog_functions::find(source))
}

/// The set-returning function bound to a `prosrc`.
pub(crate) fn find_set_returning(source: &str) -> Option<SetReturning> {
    functions::find_set_returning(source)
        .or_else(|| expression::catalog_functions::find_set_returning(source))
}

/// The rows of a system relation.
pub(crate) fn system_rows(
    relation: Oid,
    access: &Access,
    keys: &[(i16, Datum)],
) -> Result<Vec<Vec<Datum>>> {
    catalog::system::rows(relation, access, keys)
}
