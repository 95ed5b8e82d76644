//! Literals and names.

use super::{core, expression};
use crate::ast::{Constant, ExprKind};

fn constant(text: &str) -> Constant {
    match expression(text).kind {
        ExprKind::Constant(constant) => constant,
        other => panic!("{text}: {other:?}"),
    }
}

fn string(text: &str) -> Constant {
    Constant::String(text.into())
}

#[test]
fn numbers() {
    for (text, value) in [
        ("0", Constant::Integer(0)),
        ("1_000", Constant::Integer(1000)),
        ("0x1F", Constant::Integer(31)),
        ("0o17", Constant::Integer(15)),
        ("0b1_01", Constant::Integer(5)),
        ("2147483647", Constant::Integer(i32::MAX)),
        ("2147483648", Constant::BigInteger(2_147_483_648)),
        ("-2147483648", Constant::Integer(i32::MIN)),
        ("-9223372036854775808", Constant::BigInteger(i64::MIN)),
        ("9223372036854775808", Constant::Numeric("9223372036854775808".into())),
        ("- 5", Constant::Integer(-5)),
        ("1.50", Constant::Numeric("1.50".into())),
        (".5", Constant::Numeric(".5".into())),
        ("5.", Constant::Numeric("5.".into())),
        ("1e10", Constant::Numeric("1e10".into())),
        ("-1.5e-3", Constant::Numeric("-1.5e-3".into())),
        ("1_0.0_1", Constant::Numeric("10.01".into())),
    ] {
        assert_eq!(constant(text), value, "{text}");
    }
}

#[test]
fn strings() {
    for (text, value) in [
        ("'it''s'", string("it's")),
        ("''", string("")),
        ("'a'\n 'b'", string("ab")),
        ("'a' -- comment\n 'b'", string("ab")),
        ("'a\\n'", string("a\\n")),
        ("E'a\\n\\t\\\\\\'\\x41\\101\\u00e9\\U0001F600'", string("a\n\t\\'AA\u{e9}\u{1F600}")),
        ("E'\\xc3\\xa9'", string("é")),
        ("E'\\ud83d\\ude00'", string("\u{1F600}")),
        ("e'a' \n 'b\\n'", string("ab\n")),
        ("U&'d\\0061t\\+000061'", string("data")),
        ("U&'d!0061t!!' UESCAPE '!'", string("dat!")),
        ("$$it's$$", string("it's")),
        ("$a$ $$ $a$", string(" $$ ")),
        ("B'0101'", Constant::Bits("0101".into())),
        ("x'1F'", Constant::HexBits("1F".into())),
        ("'é'", string("é")),
    ] {
        assert_eq!(constant(text), value, "{text}");
    }
}

#[test]
fn names_are_folded_and_cut() {
    let name = |sql: &str| match core(sql).targets.remove(0).value.kind {
        ExprKind::Column(names) => names.join("."),
        other => panic!("{other:?}"),
    };
    assert_eq!(name("SELECT Foo.\"Bar\""), "foo.Bar");
    assert_eq!(name("SELECT \"a\"\"b\""), "a\"b");
    assert_eq!(name("SELECT U&\"d\\0061\""), "da");
    assert_eq!(name("SELECT ÄB"), "Äb");
    assert_eq!(name(&format!("SELECT {}", "a".repeat(70))), "a".repeat(63));
    // 62 bytes and a character of two: the character is left out whole.
    assert_eq!(name(&format!("SELECT {}é", "a".repeat(62))), "a".repeat(62));
}

#[test]
fn operators_are_cut_as_postgresql_does() {
    let operators = |text: &str| {
        let mut names = Vec::new();
        let mut expr = expression(text);
        while let ExprKind::Operator(node) = expr.kind {
            names.push(node.name.name.to_string());
            expr = node.right;
        }
        names.join(" ")
    };
    assert_eq!(operators("a +- b"), "+ -");
    assert_eq!(operators("a @- b"), "@-");
    assert_eq!(operators("a <-- x\n b"), "<");
    assert_eq!(operators("a =/* x /* y */ */ b"), "=");
    assert_eq!(operators("a != b"), "<>");
    assert_eq!(operators("a ->> b"), "->>");
    assert_eq!(operators("a*-b"), "* -");
}

#[test]
fn long_names_are_cut_with_a_notice() {
    let long = "É".repeat(20) + &"X".repeat(40);
    let sql = format!("SELECT {long}, \"{long}\" AS short FROM");
    let (parsed, notices) = crate::parse_with_notices(&sql);
    assert!(parsed.is_err());
    let texts: Vec<_> = notices.iter().map(|notice| notice.message().to_owned()).collect();
    let (folded, cut) = (long.to_ascii_lowercase(), "É".repeat(20) + &"x".repeat(23));
    assert_eq!(texts[0], format!("identifier \"{folded}\" will be truncated to \"{cut}\""));
    assert_eq!(texts.len(), 2);
    assert!(crate::parse_with_notices("SELECT a").1.is_empty());
}
