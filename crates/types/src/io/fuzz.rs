//! Input functions get texts made of what they know, cut and mixed: no panic, and what they accept they show in a form
//! that they accept again. A text takes only so much memory. `SURUS_FUZZ` sets how many texts each type gets.

use super::tests::NoNames;
use super::{input, output};
use crate::{Style, TextContext, builtin_types};

/// A seeded source of numbers.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

const PIECES: &[&str] = &[
    "0",
    "1",
    "-",
    "+",
    ".",
    "e",
    "E9",
    "99999999999999999999",
    "1e999",
    "NaN",
    "inf",
    "infinity",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    ",",
    ";",
    ":",
    "/",
    "\"",
    "\\",
    "'",
    " ",
    "\t",
    "\n",
    "null",
    "NULL",
    "true",
    "false",
    "t",
    "empty",
    "2024-02-30",
    "2024-02-29",
    "24:00:00",
    "12:34:56.789",
    "BC",
    "UTC",
    "PST",
    "P1Y",
    "1 day",
    "ago",
    "epoch",
    "now",
    "x",
    "\\x",
    "ff",
    "::",
    "1.2.3.4",
    "08:00:2b",
    "$",
    "@",
    "**",
    "?",
    "like_regex",
    "{\"a\":",
    "[1,",
    "\u{0}",
    "ä",
    "😀",
    "0x1F",
    "1_000",
    "<",
    ">",
    "=",
    "!",
    "||",
    "last",
    "to",
    "strict",
    "is unknown",
    "exists",
    "type()",
    "𝟘",
];

fn text(random: &mut Random) -> String {
    let count = random.below(9);
    (0..count).map(|_| PIECES[random.below(PIECES.len())]).collect()
}

/// Most that reading or showing a text of so many bytes may hold at once: a short number can have 131,072 digits.
fn memory_max(length: usize) -> u64 {
    u64::try_from((1 << 20) + length * 1024).unwrap()
}

/// What the work gives; fails where it held more memory than a text of that length may take.
fn measured<R>(what: &str, source: &str, work: impl FnOnce() -> R) -> R {
    let mut result = None;
    let used = allocation_counter::measure(|| result = Some(work())).bytes_max;
    let shown = &source[..source.floor_char_boundary(80)];
    assert!(used <= memory_max(source.len()), "{what}: {shown:?} took {used} bytes");
    result.unwrap()
}

#[test]
fn texts_of_all_kinds() {
    let style = Style::default();
    let context = TextContext { style: &style, names: &NoNames };
    let count = std::env::var("SURUS_FUZZ").ok().and_then(|text| text.parse().ok()).unwrap_or(400);
    let mut random = Random(42);
    for row in builtin_types().iter().filter(|row| row.kind != 'p') {
        for step in 0..count {
            let source = text(&mut random);
            let read = measured(row.name, &source, || input(row.oid, -1, &source, &context));
            let Ok(value) = read else { continue };
            // A zero byte is refused before it comes here; it only must do no harm.
            if source.contains('\0') {
                continue;
            }
            let mut shown = Vec::new();
            let written = measured(row.name, &source, || {
                output(row.oid, value.as_ref(), &context, &mut shown)
            });
            if written.is_err() {
                continue;
            }
            let shown = String::from_utf8_lossy(&shown).into_owned();
            let again = input(row.oid, -1, &shown, &context);
            assert!(again.is_ok(), "{} step {step}: {source:?} is shown as {shown:?}", row.name);
        }
    }
}

#[test]
fn deep_texts_end() {
    let style = Style::default();
    let context = TextContext { style: &style, names: &NoNames };
    for open in ["[", "{", "(", "{\"a\":", "$?(", "$[", "-", "!("] {
        let source = open.repeat(100_000);
        for row in builtin_types().iter().filter(|row| row.kind != 'p') {
            // Any answer will do, as long as there is one.
            let _ = measured(row.name, &source, || input(row.oid, -1, &source, &context));
        }
    }
}
