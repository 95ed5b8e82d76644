//! SQL text to syntax trees: lexer, keywords, AST and a hand-written parser for PostgreSQL 18's grammar.
//! It knows no catalog: names stay names.

pub mod ast;

use ast::Location;

/// The 1-based character position of a byte offset, as `Error::at` takes it; 0 for [`Location::NONE`].
pub fn position(sql: &str, location: Location) -> u32 {
    if location == Location::NONE {
        return 0;
    }
    let offset = usize::try_from(location.0).map_or(sql.len(), |offset| offset.min(sql.len()));
    let continuation = |byte: &&u8| **byte & 0xC0 == 0x80;
    let count = offset - sql.as_bytes()[..offset].iter().filter(continuation).count();
    u32::try_from(count + 1).unwrap_or(u32::MAX)
}
