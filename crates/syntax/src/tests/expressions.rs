//! Precedence and special forms, shown by a small printer that puts parentheses around everything.

use super::expression;
use crate::ast::{Expr, ExprKind, Quantifier, SubqueryKind};

fn list(exprs: &[Expr]) -> String {
    exprs.iter().map(show).collect::<Vec<_>>().join(", ")
}

fn not(negated: bool) -> &'static str {
    if negated { "not " } else { "" }
}

fn quantifier(quantifier: Quantifier) -> &'static str {
    match quantifier {
        Quantifier::Any => "any",
        Quantifier::All => "all",
    }
}

fn show(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Constant(constant) => format!("{constant:?}")
            .replace("Integer", "")
            .replace("String", "")
            .replace("Boolean", ""),
        ExprKind::Parameter(number) => format!("${number}"),
        ExprKind::Column(names) => names.join("."),
        ExprKind::Star(names) => format!("{}*", names.join(".")),
        ExprKind::Operator(node) => match &node.left {
            Some(left) => format!("({} {} {})", show(left), node.name.name, show(&node.right)),
            None => format!("({} {})", node.name.name, show(&node.right)),
        },
        ExprKind::And(terms) => format!("and[{}]", list(terms)),
        ExprKind::Or(terms) => format!("or[{}]", list(terms)),
        ExprKind::Not(arg) => format!("not[{}]", show(arg)),
        ExprKind::IsNull(node) => format!("({} is {}null)", show(&node.arg), not(node.negated)),
        ExprKind::IsTruth(node) => {
            format!("({} is {}{:?})", show(&node.arg), not(node.negated), node.test)
        }
        ExprKind::IsDistinct(node) => {
            format!("({} is {}distinct {})", show(&node.left), not(node.negated), show(&node.right))
        }
        ExprKind::Between(node) => format!(
            "({} {}between {} {})",
            show(&node.arg),
            not(node.negated),
            show(&node.low),
            show(&node.high)
        ),
        ExprKind::InList(node) => {
            format!("({} {}in {})", show(&node.arg), not(node.negated), list(&node.list))
        }
        ExprKind::QuantifiedArray(node) => format!(
            "({} {} {} {})",
            show(&node.left),
            node.operator.name,
            quantifier(node.quantifier),
            show(&node.array)
        ),
        ExprKind::Subquery(node) => match &node.kind {
            SubqueryKind::Scalar => "scalar".into(),
            SubqueryKind::Exists => "exists".into(),
            SubqueryKind::Array => "array-query".into(),
            SubqueryKind::In { left } => format!("({} in query)", show(left)),
            SubqueryKind::Quantified { left, operator, quantifier: which, .. } => {
                format!("({} {} {} query)", show(left), operator.name, quantifier(*which))
            }
        },
        ExprKind::Function(node) => {
            let args: Vec<_> = node.args.iter().map(|argument| show(&argument.value)).collect();
            format!("{}({})", node.name.dotted().replace("pg_catalog.", ""), args.join(", "))
        }
        ExprKind::Cast(node) => {
            format!("{}::{}", show(&node.arg), node.type_name.names.last().unwrap())
        }
        ExprKind::Collate(node) => {
            format!("({} collate {})", show(&node.arg), node.collation.name())
        }
        ExprKind::Row(node) => format!("row({})", list(&node.fields)),
        ExprKind::Array(elements) => format!("array[{}]", list(elements)),
        ExprKind::Indirection(node) => format!("({} path {})", show(&node.arg), node.path.len()),
        ExprKind::Coalesce(args) => format!("coalesce({})", list(args)),
        ExprKind::SqlValueFunction(function, precision) => format!("{function:?} {precision:?}"),
        other => format!("{other:?}"),
    }
}

#[test]
fn precedence() {
    for (text, shown) in [
        ("1 + 2 * 3", "((1) + ((2) * (3)))"),
        ("a or b and not c = d", "or[a, and[b, not[(c = d)]]]"),
        ("a or b or c", "or[a, b, c]"),
        ("a and (b and c)", "and[a, and[b, c]]"),
        ("(a and b) and c", "and[a, b, c]"),
        ("- a ^ 2", "((- a) ^ (2))"),
        ("2 ^ 3 ^ 4", "(((2) ^ (3)) ^ (4))"),
        ("- 1::int", "(- (1)::int4)"),
        ("a || b + c", "(a || (b + c))"),
        ("a + b || c = d", "(((a + b) || c) = d)"),
        ("a = b is null", "((a = b) is null)"),
        ("a is null is not null", "((a is null) is not null)"),
        ("not a is null", "not[(a is null)]"),
        ("a = not b = c", "(a = not[(b = c)])"),
        ("a between 1 and 2 and b", "and[(a between (1) (2)), b]"),
        ("a not between b + 1 and c * 2", "(a not between (b + (1)) (c * (2)))"),
        ("a not in (1, 2) or b", "or[(a not in (1), (2)), b]"),
        ("a in (select 1)", "(a in query)"),
        ("a not in ((select 1))", "not[(a in query)]"),
        ("a in ((select 1), 2)", "(a in scalar, (2))"),
        ("a like b || c", "(a ~~ (b || c))"),
        ("a not ilike b escape c", "(a !~~* like_escape(b, c))"),
        ("a similar to b", "(a ~ similar_to_escape(b))"),
        ("a < b like c", "(a < (b ~~ c))"),
        ("a like any (array[b])", "(a ~~ any array[b])"),
        ("a = any (select 1)", "(a = any query)"),
        ("a <> all (b) and c", "and[(a <> all b), c]"),
        ("a at time zone b at time zone c", "timezone(c, timezone(b, a))"),
        ("a at local", "timezone(a)"),
        ("a collate \"C\" < b", "((a collate C) < b)"),
        ("a is distinct from b + 1", "(a is distinct (b + (1)))"),
        ("a is not true", "(a is not True)"),
        ("a operator(pg_catalog.+) b * c", "(a + (b * c))"),
        ("~ a + b", "(~ (a + b))"),
        ("a[1][2:3].b", "(a path 3)"),
        ("(a).b.c", "(a path 2)"),
        ("a.b.c", "a.b.c"),
        ("$1[2]", "($1 path 1)"),
        ("((select 1)) + 1", "(scalar + (1))"),
        ("((select 1) union select 2)", "scalar"),
        ("((1) + 2) * 3", "(((1) + (2)) * (3))"),
        ("((a, b), c)", "row(row(a, b), c)"),
        ("((a)::int, 1)", "row(a::int4, (1))"),
    ] {
        assert_eq!(show(&expression(text)), shown, "{text}");
    }
}

#[test]
fn special_forms() {
    for (text, shown) in [
        ("extract(year from a)", "extract((\"year\"), a)"),
        ("extract('epoch' from a)", "extract((\"epoch\"), a)"),
        ("trim(a)", "btrim(a)"),
        ("trim(leading 'x' from a)", "ltrim(a, (\"x\"))"),
        ("trim(trailing from a)", "rtrim(a)"),
        ("trim(both a, b)", "btrim(a, b)"),
        ("substring(a from 1 for 2)", "substring(a, (1), (2))"),
        ("substring(a for 2)", "substring(a, (1), (2)::int4)"),
        ("substring(a, 1)", "substring(a, (1))"),
        ("substring(a similar b escape c)", "substring(a, b, c)"),
        ("position(a in b)", "position(b, a)"),
        ("overlay(a placing b from 1)", "overlay(a, b, (1))"),
        ("(a, b) overlaps (c, d)", "overlaps(a, b, c, d)"),
        ("coalesce(a, b)", "coalesce(a, b)"),
        ("current_timestamp(3)", "CurrentTimestamp Some(3)"),
        ("current_date", "CurrentDate None"),
        ("current_schema()", "current_schema()"),
        ("interval '1' day", "(\"1\")::interval"),
        ("interval(3) '1'", "(\"1\")::interval"),
        ("timestamp(3) with time zone 'x'", "(\"x\")::timestamptz"),
        ("double precision '1'", "(\"1\")::float8"),
        ("date '2020-01-01'", "(\"2020-01-01\")::date"),
        ("numeric(10,2) '1.5'", "(\"1.5\")::numeric"),
        ("pg_catalog.int4 '5'", "(\"5\")::int4"),
        ("n'abc'", "(\"abc\")::bpchar"),
        ("cast(a as varchar(10))", "a::varchar"),
        ("exists (select)", "exists"),
        ("array(select 1)", "array-query"),
        ("array[[1], [2]]", "array[array[(1)], array[(2)]]"),
        ("row()", "row()"),
        ("count(*)", "count()"),
        ("f(a, b => 1, variadic c)", "f(a, (1), c)"),
        ("treat(a as b)", "b(a)"),
        ("normalize(a, nfc)", "normalize(a, (\"NFC\"))"),
        ("a is not nfc normalized", "not[is_normalized(a, (\"NFC\"))]"),
        ("collation for (a)", "pg_collation_for(a)"),
        ("time", "time"),
    ] {
        assert_eq!(show(&expression(text)), shown, "{text}");
    }
}

#[test]
fn places() {
    let start = |text: &str| expression(text).start().0;
    let own = |text: &str| expression(text).location.0;
    assert_eq!((own("  aa + b"), start("  aa + b")), (5, 2));
    assert_eq!((own("a::int"), start("a::int")), (1, 0));
    assert_eq!((own("cast(a as int)"), start("cast(a as int)")), (0, 0));
    assert_eq!(own("f(x)"), 0);
    assert_eq!(own("a between 1 and 2"), 2);
    assert_eq!(own("- 5"), 0);
}

#[test]
fn interval_fields_are_modifiers() {
    let modifiers = |text: &str| match expression(text).kind {
        ExprKind::Cast(cast) => list(&cast.type_name.modifiers),
        other => panic!("{other:?}"),
    };
    assert_eq!(modifiers("interval '1' year to month"), "(6)");
    assert_eq!(modifiers("interval '1' day to second(3)"), "(7176), (3)");
    assert_eq!(modifiers("interval(2) '1'"), "(32767), (2)");
    assert_eq!(modifiers("interval '1'"), "");
}
