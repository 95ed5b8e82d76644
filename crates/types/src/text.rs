//! text, varchar, bpchar, name, "char", unknown, cstring.

use crate::Datum;
use error::Result;

/// What C's isspace takes for blank.
pub fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c')
}

/// A text value.
pub(crate) fn input(source: &str) -> Result<Datum> {
    Ok(Datum::text(source))
}
