//! PL/pgSQL.

use analyze::Resolver;
use catalog::object::Function;
use error::{Error, Result};
use std::sync::Arc;

/// Checks the body of a function that is being made.
pub fn check_function(_resolver: &mut dyn Resolver, _definition: &Arc<Function>) -> Result<()> {
    Err(Error::unsupported("PL/pgSQL"))
}
