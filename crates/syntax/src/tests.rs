//! Tests of the crate through its public functions.
#![expect(clippy::cast_possible_truncation, reason = "lengths of the tests' own texts")]
#![expect(clippy::wildcard_enum_match_arm, reason = "what a test does not expect is a failure")]

mod corpus;
mod depth;
mod errors;
mod expressions;
mod fuzz;
mod literals;
mod print;
mod statements;
mod walk;

use crate::ast::{Expr, Select, SelectBody, SelectCore, Statement, StatementKind};
use crate::{parse, parse_expression, parse_type_name, quote_identifier, quote_literal};

/// The only statement of a text.
fn one(sql: &str) -> Statement {
    let mut statements = parse(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    assert_eq!(statements.len(), 1, "{sql}");
    statements.remove(0)
}

fn select(sql: &str) -> Select {
    match one(sql).kind {
        StatementKind::Select(select) => *select,
        other => panic!("{sql}: {other:?}"),
    }
}

fn core(sql: &str) -> SelectCore {
    match select(sql).body {
        SelectBody::Select(core) => *core,
        other => panic!("{sql}: {other:?}"),
    }
}

fn expression(text: &str) -> Expr {
    parse_expression(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn statements_keep_their_places() {
    let sql = " ; SELECT 1 ;; /* x */ insert into t values ('é;') ; ";
    let statements = parse(sql).unwrap();
    let texts: Vec<_> = statements
        .iter()
        .map(|statement| {
            let start = statement.location.0 as usize;
            &sql[start..start + statement.length as usize]
        })
        .collect();
    assert_eq!(texts, ["SELECT 1", "insert into t values ('é;')"]);
    assert!(parse(" ; -- nothing\n").unwrap().is_empty());
}

#[test]
fn identifiers_are_quoted_where_needed() {
    for (name, quoted) in [
        ("abc", "abc"),
        ("_a1", "_a1"),
        ("Abc", "\"Abc\""),
        ("1a", "\"1a\""),
        ("", "\"\""),
        ("select", "\"select\""),
        ("between", "\"between\""),
        ("left", "\"left\""),
        ("abort", "abort"),
        ("a$b", "\"a$b\""),
        ("a\"b", "\"a\"\"b\""),
        ("ä", "\"ä\""),
    ] {
        assert_eq!(quote_identifier(name), quoted);
    }
    assert_eq!(quote_literal("it's"), "'it''s'");
    assert_eq!(quote_literal("a\\b"), "E'a\\\\b'");
}

#[test]
fn keywords_are_found() {
    let keywords = crate::keywords();
    assert_eq!(keywords.len(), 494);
    for (index, (word, _, _)) in keywords.iter().enumerate() {
        let upper = word.to_ascii_uppercase();
        assert_eq!(crate::keywords::find(upper.as_bytes()), Some(index as u16), "{word}");
    }
    assert_eq!(crate::keywords::find(b"selec"), None);
    assert_eq!(crate::keywords::word(crate::kind::Kind::ZONE.0), "zone");
    assert_eq!(crate::keywords::word(crate::kind::Kind::SELECT.0), "select");
}

#[test]
fn type_names_stand_alone() {
    let parsed = parse_type_name("timestamp(3) with time zone[]").unwrap();
    assert_eq!(parsed.names.join("."), "pg_catalog.timestamptz");
    assert_eq!((parsed.modifiers.len(), parsed.array_bounds.len()), (1, 1));
    assert_eq!(parse_type_name("public.\"T\"").unwrap().names.join("."), "public.T");
    assert_eq!(parse_type_name("int 4").unwrap_err().code().as_str(), "42601");
    assert!(parse_type_name("").is_err());
}

/// What a tree takes: a SELECT of one column stays below a kibibyte.
#[test]
fn trees_are_small() {
    use crate::ast::{FromItem, FromTable, Name, Target};
    let fixed = size_of::<Statement>() + size_of::<Select>() + size_of::<SelectCore>();
    let lists = size_of::<Target>() + size_of::<Name>() + size_of::<FromItem>();
    let total = fixed + lists + size_of::<FromTable>() + "at".len();
    assert!(total < 1024, "SELECT a FROM t takes {total} bytes");
    assert!(size_of::<Expr>() <= 40, "an expression takes {} bytes", size_of::<Expr>());
}
