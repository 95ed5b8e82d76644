//! SQL text to syntax trees: lexer, keywords, AST and a hand-written parser for PostgreSQL 18's grammar.
//! It knows no catalog: names stay names.

pub mod ast;
mod keywords;
mod kind;
mod lexer;
mod parser;
mod print;
mod tag;
#[cfg(test)]
mod tests;
pub mod walk;

pub use keywords::{Category, keywords, quote_identifier, quote_literal};

use ast::{Expr, Location, Statement, TypeName};
use error::{Error, Result, SqlState};
use kind::Kind;
use parser::Parser;

/// The statements of a text, none for an empty one. 42601 with the position for what is no SQL, 54001 for what is
/// nested too deeply, 0A000 for what is not parsed yet.
pub fn parse(sql: &str) -> Result<Vec<Statement>> {
    Parser::new(sql).statements()
}

/// How often parsing a text looks at a token: a measure of time that no clock disturbs.
#[cfg(feature = "count-steps")]
pub fn count_steps(sql: &str) -> u64 {
    let mut parser = Parser::new(sql);
    // A refused text takes its time too.
    let _ = parser.statements();
    parser.steps()
}

/// As [`parse`], with a NOTICE (42622) for every identifier that is cut to 63 bytes.
pub fn parse_with_notices(sql: &str) -> (Result<Vec<Statement>>, Vec<Error>) {
    let mut parser = Parser::new(sql);
    let statements = parser.statements();
    (statements, parser.truncation_notices())
}

/// An expression that stands alone. Errors as of [`parse`].
pub fn parse_expression(text: &str) -> Result<Expr> {
    let mut parser = Parser::new(text);
    let expr = parser.expression()?;
    parser.expect(Kind::END_OF_INPUT)?;
    Ok(expr)
}

/// A type's name that stands alone, as regtype takes it. 42601 for what is none.
pub fn parse_type_name(text: &str) -> Result<TypeName> {
    let invalid = || Error::new(SqlState::SYNTAX_ERROR, format!("invalid type name \"{text}\""));
    let mut parser = Parser::new(text);
    if parser.kind() == Kind::END_OF_INPUT {
        return Err(invalid());
    }
    let type_name = parser.type_name()?;
    parser.expect(Kind::END_OF_INPUT)?;
    if type_name.setof { Err(invalid()) } else { Ok(type_name) }
}

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
