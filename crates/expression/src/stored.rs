//! Expressions as the catalog stores them: typed trees in a versioned, self-describing form.

use crate::Expr;
use catalog::object::StoredTree;
use error::{Error, Result};
use serde::{Deserialize, Serialize};

/// The version of the form; older ones stay readable.
const VERSION: u16 = 1;

#[derive(Serialize, Deserialize)]
struct Stored {
    version: u16,
    expr: Expr,
}

/// An expression to be stored.
pub fn encode(expr: &Expr) -> Result<StoredTree> {
    let stored = Stored { version: VERSION, expr: expr.clone() };
    let bytes = rmp_serde::to_vec_named(&stored)
        .map_err(|error| Error::internal(format!("could not encode an expression: {error}")))?;
    Ok(StoredTree(bytes.into()))
}

/// An expression that was stored. XX001 if it is unreadable.
pub fn decode(tree: &StoredTree) -> Result<Expr> {
    let stored: Stored = rmp_serde::from_slice(&tree.0)
        .map_err(|error| Error::corrupted(format!("unreadable stored expression: {error}")))?;
    if stored.version != VERSION {
        return Err(Error::corrupted(format!(
            "stored expression has the unknown version {}",
            stored.version
        )));
    }
    Ok(stored.expr)
}
