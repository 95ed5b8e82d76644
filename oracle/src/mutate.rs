//! Mutations of statements: a token deleted, doubled, swapped with the next one, or replaced.

/// A small deterministic generator (splitmix64).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }
}

/// The statements to mutate and the tokens to put in.
pub(crate) struct Mutations {
    statements: Vec<String>,
    pool: Vec<String>,
}

const PUNCTUATION: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    ",",
    ";",
    ".",
    "*",
    "=",
    "+",
    "-",
    "::",
    ":=",
    "=>",
    "..",
    ":",
    "||",
    "<",
    "@",
    "'a'",
    "\"b\"",
    "1",
    "2.5",
    "$1",
    "x",
    "E'\\n'",
    "U&'\\0041'",
    "b'1'",
    "$$d$$",
    "0x1F",
];

impl Mutations {
    pub(crate) fn new(statements: &[String]) -> Self {
        let mut pool: Vec<String> = PUNCTUATION.iter().map(|text| (*text).to_owned()).collect();
        // Keywords twice as often as punctuation.
        pool.extend(syntax::keywords().iter().map(|(word, ..)| (*word).to_owned()));
        for _ in 0..7 {
            pool.extend(PUNCTUATION.iter().map(|text| (*text).to_owned()));
        }
        // Long statements are mostly data, and cost as much as many short ones.
        let statements = statements.iter().filter(|text| text.len() < 2000).cloned().collect();
        Self { statements, pool }
    }

    pub(crate) fn next(&self, random: &mut Random) -> String {
        loop {
            let statement = &self.statements[random.below(self.statements.len())];
            let tokens = tokens(statement);
            if tokens.is_empty() {
                continue;
            }
            let index = random.below(tokens.len());
            let (start, end) = tokens[index];
            let (before, token, after) =
                (&statement[..start], &statement[start..end], &statement[end..]);
            return match random.below(5) {
                0 => format!("{before}{after}"),
                1 => format!("{before}{token} {token}{after}"),
                2 => match tokens.get(index + 1) {
                    Some(&(next, next_end)) => format!(
                        "{before}{} {token} {}",
                        &statement[next..next_end],
                        &statement[next_end..]
                    ),
                    None => format!("{token} {before}{after}"),
                },
                3 => {
                    // A token of the statement itself.
                    let (from, to) = tokens[random.below(tokens.len())];
                    format!("{before}{} {after}", &statement[from..to])
                }
                _ => format!("{before}{} {after}", self.pool[random.below(self.pool.len())]),
            };
        }
    }
}

/// Where the tokens are: near enough to SQL's.
pub(crate) fn tokens(text: &str) -> Vec<(usize, usize)> {
    let bytes = text.as_bytes();
    let (mut tokens, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let start = at;
        let byte = bytes[at];
        let rest = &text[at..];
        if byte.is_ascii_whitespace() {
            at += 1;
            continue;
        }
        if rest.starts_with("--") {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        }
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
        at += if is_word(byte) {
            let length = bytes[at..]
                .iter()
                .take_while(|byte| is_word(**byte) || **byte == b'.' && byte_is_digit(bytes[start]))
                .count();
            if bytes.get(at + length) == Some(&b'\'') {
                quoted(&rest[length..], '\'') + length
            } else {
                length
            }
        } else if byte == b'\'' || byte == b'"' {
            quoted(rest, char::from(byte))
        } else if byte == b'$' {
            let tag = rest[1..].find('$').map(|length| &rest[..length + 2]);
            match tag
                .and_then(|tag| rest[tag.len()..].find(tag).map(|length| length + 2 * tag.len()))
            {
                Some(length) => length,
                None => 1,
            }
        } else if b"~!@#^&|`?+-*/%<>=:".contains(&byte) {
            bytes[at..].iter().take_while(|byte| b"~!@#^&|`?+-*/%<>=:".contains(byte)).count()
        } else {
            1
        };
        tokens.push((start, at));
    }
    tokens
}

fn byte_is_digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}

fn quoted(text: &str, quote: char) -> usize {
    text[1..].find(quote).map_or(text.len(), |length| length + 2)
}
