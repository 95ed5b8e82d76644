//! Functions that need the catalog or the session: bound by `prosrc`, as those of `functions` are.

mod definition;
mod describe;
mod encoding;
mod input;
mod locks;
mod names;
mod privilege;
mod routine;
mod session;
mod size;
mod sql;
mod table;
mod visible;

pub use definition::{expression_text, index_definition};

use catalog::Access;
use error::{Error, Result};
use functions::{Builtin, Environment, SetReturning};
use std::collections::HashMap;
use std::sync::LazyLock;
use types::{Oid, Style};

const FAMILIES: &[&[Builtin]] = &[
    definition::FUNCTIONS,
    describe::FUNCTIONS,
    encoding::FUNCTIONS,
    input::FUNCTIONS,
    locks::FUNCTIONS,
    names::FUNCTIONS,
    privilege::FUNCTIONS,
    routine::FUNCTIONS,
    session::FUNCTIONS,
    size::FUNCTIONS,
    table::FUNCTIONS,
    visible::FUNCTIONS,
];

static BY_NAME: LazyLock<HashMap<&'static str, Builtin>> =
    LazyLock::new(|| bound_functions().map(|row| (row.prosrc, row)).collect());

/// The function bound to a `prosrc`.
pub fn find(prosrc: &str) -> Option<Builtin> {
    BY_NAME.get(prosrc).copied()
}

/// The binding of a function that PostgreSQL has in SQL, by its OID.
pub fn find_by_oid(function: Oid) -> Option<Builtin> {
    sql::FUNCTIONS.iter().find(|(oid, _)| *oid == function).map(|(_, row)| *row)
}

/// The set-returning function bound to a `prosrc`.
pub fn find_set_returning(prosrc: &str) -> Option<SetReturning> {
    table::SET_RETURNING.iter().find(|row| row.prosrc == prosrc).copied()
}

/// All functions bound by `prosrc`.
pub fn bound_functions() -> impl Iterator<Item = Builtin> {
    FAMILIES.iter().copied().flatten().copied()
}

/// The catalog of the calling session.
fn access(environment: &mut dyn Environment) -> Result<&Access> {
    environment
        .as_any()
        .downcast_ref::<Access>()
        .ok_or_else(|| Error::internal("a function of the catalog was called without one"))
}

/// The catalog and the settings of the calling session.
fn session(environment: &mut dyn Environment) -> Result<(Access, Style)> {
    let style = environment.style().clone();
    Ok((access(environment)?.clone(), style))
}
