//! Matches of every kind of pattern, and that a search can be stopped.

use super::*;
use crate::tests::TestEnvironment;

fn matched(pattern: &str, text: &str) -> String {
    let regex = compile(pattern, Flags::default()).unwrap();
    let Some(found) = regex.find_at(text, 0, &TestEnvironment::new()).unwrap() else {
        return "none".to_owned();
    };
    let group = |group: &Option<Range<usize>>| {
        group.as_ref().map_or("-".to_owned(), |range| format!("<{}>", &text[range.clone()]))
    };
    let groups: String = found.groups.iter().map(group).collect();
    format!("{}{groups}", &text[found.range])
}

#[test]
fn groups_are_those_of_postgresql() {
    let cases = [
        ("(a|ab)(c|bcd)(d*)", "abcd", "abcd<ab><c><d>"),
        ("(a*)+", "aaa", "aaa<>"),
        ("(a*)*", "aaa", "aaa<aaa>"),
        ("(b??)??", "", "-"),
        ("(){0,2}", "", "<>"),
        ("(.*?)(\\d+)(.*)", "abc0123x", "abc0<abc><0><>"),
        ("(?:(a)|b)*", "ab", "ab-"),
        ("(?:(\\w\\w)\\1)+", "abab1212", "abab1212<12>"),
        ("(.)\\1", "abccd", "cc<c>"),
        ("(?:(a)|b)\\1", "b", "none"),
        ("(b|(\\Ma*ab)*?(\\y))a+?\\1", "bcab\nab", "a<>-<>"),
        ("(\\d)(?=(?:\\d{3})+$)", "1234567", "1<1>"),
        ("(?<!\\$)\\d", "$12", "2"),
        ("(?<=x(?=a))a(?!b)", "xab xac", "a"),
    ];
    for (pattern, text, wanted) in cases {
        assert_eq!(matched(pattern, text), wanted, "{pattern} over {text:?}");
    }
}

#[test]
fn a_search_can_be_stopped() {
    let text = "a".repeat(3001) + "b";
    for pattern in ["^((a+)(a+)(a+)(a+))\\1\\2\\3\\4\\5b$", "(?=(?:a*)*b)(?:a*)*c?d*(?<=a*b)"] {
        let regex = compile(pattern, Flags::default()).unwrap();
        let ending = TestEnvironment::new();
        ending.questions.set(20);
        let error = regex.find_at(&text, 0, &ending).unwrap_err();
        assert_eq!(error.code(), SqlState::QUERY_CANCELED, "{pattern}");
    }
}

/// Patterns of the pieces of patterns, in any order: no panic, and memory within a bound, which is the engines' own for
/// repetitions in repetitions. `SURUS_FUZZ` sets how many.
#[test]
fn any_pattern_ends() {
    const PIECES: &[&str] = &[
        "a",
        "b",
        "ä",
        ".",
        "^",
        "$",
        "|",
        "(",
        ")",
        "(?:",
        "(?=",
        "(?!",
        "(?<=",
        "(?<!",
        "*",
        "+",
        "?",
        "*?",
        "{2}",
        "{1,2}",
        "{0,255}",
        "{3,}?",
        "{",
        "}",
        "[",
        "]",
        "[a-z]",
        "[^b]",
        "[[:alpha:]]",
        "[:",
        "-",
        "\\",
        "\\1",
        "\\2",
        "\\10",
        "\\w",
        "\\S",
        "\\y",
        "\\x",
        "\\u00e4",
        "\n",
        "(?i)",
        "(?x)",
        "***:",
        "***=",
    ];
    const MEMORY_MAX: u64 = 256 << 20;
    let count = std::env::var("SURUS_FUZZ").ok().and_then(|text| text.parse().ok()).unwrap_or(400);
    let mut random = TestEnvironment::new();
    let mut below = |end: usize| usize::try_from(random.random() >> 33).unwrap() % end;
    for step in 0..count {
        let pattern: String = (0..below(12)).map(|_| PIECES[below(PIECES.len())]).collect();
        let text: String = (0..below(12)).map(|_| ["a", "b", "ä", "\n"][below(4)]).collect();
        let ending = TestEnvironment::new();
        ending.questions.set(1000);
        let used = allocation_counter::measure(|| {
            let found = build(&pattern, Flags::default())
                .and_then(|regex| regex.find_at(&text, 0, &ending));
            // Any answer will do.
            let _ = found;
        });
        assert!(used.bytes_max < MEMORY_MAX, "{step}: {pattern:?} took {} bytes", used.bytes_max);
    }
}
