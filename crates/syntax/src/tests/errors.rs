//! Texts, codes and positions of errors, as PostgreSQL 18 reports them.

use super::parse;

const ERRORS: &[(&str, &str, &str, u32)] = &[
    ("SELEC 1", "42601", "syntax error at or near \"SELEC\"", 1),
    ("select 'a\0b'", "22021", "invalid byte sequence for encoding \"UTF8\": 0x00", 0),
    ("select (1", "42601", "syntax error at end of input", 10),
    ("drop table a,", "42601", "syntax error at end of input", 14),
    ("select 'abc", "42601", "unterminated quoted string at or near \"'abc\"", 8),
    ("select e'abc", "42601", "unterminated quoted string at or near \"e'abc\"", 8),
    ("select /* a", "42601", "unterminated /* comment at or near \"/* a\"", 8),
    ("select \"\"", "42601", "zero-length delimited identifier at or near \"\"\"\"", 8),
    ("select \"abc", "42601", "unterminated quoted identifier at or near \"\"abc\"", 8),
    ("select $a$x", "42601", "unterminated dollar-quoted string at or near \"$a$x\"", 8),
    ("select B'012", "42601", "unterminated bit string literal at or near \"B'012\"", 8),
    ("select 1a", "42601", "trailing junk after numeric literal at or near \"1a\"", 8),
    ("select 1_", "42601", "trailing junk after numeric literal at or near \"1_\"", 8),
    ("select 1__0", "42601", "trailing junk after numeric literal at or near \"1__0\"", 8),
    ("select 1e", "42601", "trailing junk after numeric literal at or near \"1e\"", 8),
    ("select 1.5e+", "42601", "trailing junk after numeric literal at or near \"1.5e+\"", 8),
    ("select 1.a", "42601", "trailing junk after numeric literal at or near \"1.a\"", 8),
    ("select 0x", "42601", "invalid hexadecimal integer at or near \"0x\"", 8),
    ("select 0xg", "42601", "trailing junk after numeric literal at or near \"0xg\"", 8),
    ("select 0b12", "42601", "trailing junk after numeric literal at or near \"0b12\"", 8),
    ("select 0o8", "42601", "trailing junk after numeric literal at or near \"0o8\"", 8),
    ("select a.1", "42601", "syntax error at or near \".1\"", 9),
    ("select $1a", "42601", "trailing junk after parameter at or near \"$1a\"", 8),
    ("select $99999999999", "42601", "parameter number too large at or near \"$99999999999\"", 8),
    ("select E'\\u12'", "22025", "invalid Unicode escape", 10),
    ("select E'\\ud800x'", "42601", "invalid Unicode surrogate pair at or near \"x\"", 16),
    ("select E'\\u0000'", "42601", "invalid Unicode escape value at or near \"\\u0000\"", 10),
    ("select U&'\\zzzz'", "42601", "invalid Unicode escape", 11),
    ("select U&'\\0000'", "42601", "invalid Unicode escape value", 11),
    (
        "select U&'x' uescape 'a'",
        "42601",
        "invalid Unicode escape character at or near \"'a'\"",
        22,
    ),
    (
        "select U&\"a\" uescape \"b\"",
        "42601",
        "UESCAPE must be followed by a simple string literal at or near \"\"b\"\"",
        22,
    ),
    ("select E'\\xff'", "22021", "invalid byte sequence for encoding \"UTF8\": 0xff", 0),
    ("select E'\\000'", "22021", "invalid byte sequence for encoding \"UTF8\": 0x00", 0),
    ("select 'a' 'b'", "42601", "syntax error at or near \"'b'\"", 12),
    ("select 1 limit 1 limit 2", "42601", "syntax error at or near \"limit\"", 18),
    ("create foo", "42601", "syntax error at or near \"foo\"", 8),
    ("select 1 < 2 < 3", "42601", "syntax error at or near \"<\"", 14),
    ("select a like b like c", "42601", "syntax error at or near \"like\"", 17),
    ("select 'é' from from", "42601", "syntax error at or near \"from\"", 17),
    ("select * from (t)", "42601", "syntax error at or near \")\"", 17),
    ("select 1 from t limit 1, 2", "42601", "LIMIT #,# syntax is not supported", 17),
    ("create table t (a int not null null", "42601", "syntax error at end of input", 36),
    ("create role public", "42939", "role name \"public\" is reserved", 13),
    ("create user x foo", "42601", "unrecognized role option \"foo\"", 15),
    ("select f(x) filter (where true", "42601", "syntax error at end of input", 31),
    ("insert into t values (1", "42601", "syntax error at end of input", 24),
    ("explain create table t (a int)", "42601", "syntax error at or near \"int\"", 27),
    ("select 1; selec 2", "42601", "syntax error at or near \"selec\"", 11),
    (
        "select a from b order by c limit 1 offset 2 order by d",
        "42601",
        "syntax error at or near \"order\"",
        45,
    ),
    ("(select 1 order by 1) order by 2", "42601", "multiple ORDER BY clauses not allowed", 32),
    ("select float(54) '1'", "22023", "precision for type float must be less than 54 bits", 14),
];

#[test]
fn errors_are_those_of_postgresql() {
    for (sql, code, message, position) in ERRORS {
        let error = parse(sql).expect_err(sql);
        assert_eq!(error.message(), *message, "{sql}");
        assert_eq!(error.code().as_str(), *code, "{sql}");
        assert_eq!(error.fields().position.unwrap_or(0), *position, "{sql}");
    }
}

/// No text may make the parser panic: prefixes and cuts of statements, in the middle of characters' neighbours.
#[test]
fn cut_statements_never_panic() {
    for sql in super::statements::STATEMENTS.lines() {
        for (at, _) in sql.char_indices() {
            let _ = parse(&sql[..at]);
            let _ = parse(&sql[at..]);
        }
    }
}
