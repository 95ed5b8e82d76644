//! Texts whose printed form once parsed to another tree, or not at all.

use crate::parse;

const TEXTS: &[&str] = &[
    // In parentheses they are calls, not clauses of GROUP BY.
    "SELECT 1 GROUP BY (ROLLUP (a)), (cube(b) + 1)",
    "DO LANGUAGE '' 'x'",
    "SELECT OPERATOR(=) j, OPERATOR(<>) k, OPERATOR(-) l",
];

#[test]
fn what_is_printed_prints_to_itself() {
    for text in TEXTS {
        for statement in parse(text).expect(text) {
            let printed = statement.to_sql().expect(text);
            let again = parse(&printed).unwrap_or_else(|error| panic!("{printed}: {error}"));
            assert_eq!(again.len(), 1, "{printed}");
            assert_eq!(again[0].to_sql().expect(text), printed);
        }
    }
}
