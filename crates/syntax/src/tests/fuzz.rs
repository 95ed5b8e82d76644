//! No text makes the parser or the printer panic, and none takes it more than linear time. `SURUS_FUZZ=N` makes N texts
//! instead of a few thousand; a failure prints the seed that replays it.

use crate::parse;
use crate::parser::Parser;

/// A small deterministic generator (splitmix64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }
}

/// Pieces that a text is cut and filled with: what the lexer treats in a way of its own.
const PIECES: &[&str] = &[
    "'", "''", "\"", "$", "$$", "$a$", "/*", "*/", "--", "\n", "\\", "E'", "U&'", "U&\"", "B'",
    "X'", "N'", "UESCAPE", "\\u00", "(", ")", "[", "]", ",", ";", ".", "..", ":", "::", ":=", "=>",
    "+", "-", "*", "/", "<", ">", "=", "~", "!", "@", "#", "%", "^", "&", "|", "?", "`", "1", "0x",
    "1e", "1_", "$1", "é", "日", "\u{feff}", "\u{a0}", " ", "\t", "a", "_", "{", "}",
];

/// One text made from statements: bytes cut out, doubled, moved; pieces and words put in.
fn mutant(random: &mut Random, statements: &[String]) -> String {
    let mut text = statements[random.below(statements.len())].clone();
    for _ in 0..=random.below(6) {
        let cut = |random: &mut Random, text: &str| {
            let at = random.below(text.len() + 1);
            text.floor_char_boundary(at)
        };
        let (a, b) = (cut(random, &text), cut(random, &text));
        let (start, end) = (a.min(b), a.max(b));
        match random.below(6) {
            0 => text.replace_range(start..end, ""),
            1 => {
                let piece = text[start..end].to_owned();
                text.insert_str(start, &piece);
            }
            2 => text.insert_str(start, PIECES[random.below(PIECES.len())]),
            3 => {
                let keywords = crate::keywords();
                text.insert_str(start, &format!(" {} ", keywords[random.below(keywords.len())].0));
            }
            4 => {
                let other = &statements[random.below(statements.len())];
                let from = cut(random, other);
                text.insert_str(start, &other[from..]);
            }
            _ => text.truncate(end),
        }
        if text.len() > 4000 {
            let end = text.floor_char_boundary(4000);
            text.truncate(end);
        }
    }
    text
}

#[test]
fn no_text_makes_the_parser_panic() {
    let count: u64 = std::env::var("SURUS_FUZZ").map_or(5_000, |text| text.parse().unwrap());
    let statements: Vec<String> =
        super::corpus::corpus().into_iter().map(|entry| entry.0).collect();
    for seed in 0..count {
        let text = mutant(&mut Random(seed), &statements);
        let checked = std::panic::catch_unwind(|| {
            let Ok(parsed) = parse(&text) else { return };
            for statement in &parsed {
                let printed = statement.to_sql().expect("a tree that was parsed can be printed");
                let again = parse(&printed).unwrap_or_else(|error| panic!("{printed}: {error}"));
                let [again] = again.as_slice() else { panic!("{printed} is one statement") };
                assert_eq!(again.to_sql().expect("it was printed before"), printed);
            }
        });
        assert!(checked.is_ok(), "seed {seed}: {text}");
    }
}

/// How often tokens are looked at, for a text of about this size.
fn steps(text: &str) -> u64 {
    let mut parser = Parser::new(text);
    let _ = parser.statements();
    parser.steps()
}

#[test]
fn time_is_linear() {
    let repeated = |head: &str, link: &str, tail: &str, size: usize| {
        format!("{head}{}{tail}", link.repeat(size / link.len()))
    };
    let shapes = [
        ("SELECT 1", ", a.b.c + f(x, 'y') AS z", ""),
        ("INSERT INTO t VALUES (1)", ", (1, 'a', 2.5, NULL)", ""),
        ("SELECT 1 IN (1", ", 'text'", ")"),
        ("SELECT CASE", " WHEN a = 1 THEN 'b'", " END"),
        ("SELECT * FROM a", ", s.t AS b (c, d)", ""),
        ("SELECT a", " OR b AND NOT c", ""),
        ("SELECT ", "a.", "b"),
        ("SELECT a", "[1]", ""),
        ("SELECT ", "(", ""),
        ("SELECT ARRAY", "[", ""),
        ("SELECT ", "CASE ", ""),
        ("SELECT ", "a or, ", "a"),
        ("", "SELECT 1; ", ""),
        ("CREATE TABLE t (a int", ", b text NOT NULL DEFAULT 'x'", ")"),
        ("GRANT SELECT ON a", ", b", " TO c"),
        ("DROP TABLE a", ", b.c", ""),
        ("SELECT f(", "a => 1, ", "b"),
        ("SELECT json_object(a: 1", ", b: 2", ")"),
        ("ALTER TABLE t ADD a int", ", ALTER b SET DEFAULT 1", ""),
        ("WITH a AS (SELECT 1)", ", b AS (SELECT 2)", " SELECT 1"),
        ("SELECT * FROM ", "(", ""),
        ("SELECT * FROM x.", "y.", "z(1)"),
    ];
    for (head, link, tail) in shapes {
        let small = steps(&repeated(head, link, tail, 20_000));
        let large = steps(&repeated(head, link, tail, 1_000_000));
        assert!(large <= small * 60, "{head}{link}: {small} steps, then {large}");
    }
}
