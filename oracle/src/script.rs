//! psql scripts cut into statements, as psql does it.

/// The statements of a script, without semicolons; psql's own commands and the data of COPY are left out.
pub(crate) fn statements(script: &str) -> Vec<String> {
    let mut statements = Vec::new();
    let mut lines = script.split_inclusive('\n').peekable();
    let mut current = Cutter::default();
    while let Some(line) = lines.next() {
        if current.at_rest() && line.trim_start().starts_with('\\') {
            continue;
        }
        let mut copies = false;
        for statement in current.add(line) {
            copies |= is_copy_from_client(&statement);
            statements.push(statement);
        }
        if copies {
            for line in lines.by_ref() {
                if line.trim_end() == "\\." {
                    break;
                }
            }
        }
    }
    let rest = current.text.trim().to_owned();
    if !rest.is_empty() {
        statements.push(rest);
    }
    statements
}

fn is_copy_from_client(statement: &str) -> bool {
    let lower = statement.to_ascii_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    words.contains(&"copy")
        && words.windows(2).any(|pair| pair[0] == "from" && pair[1].starts_with("stdin"))
}

#[derive(PartialEq, Clone, Default)]
enum State {
    #[default]
    Plain,
    Quoted {
        escapes: bool,
    },
    Name,
    Dollar(String),
    Comment(usize),
}

#[derive(Default)]
struct Cutter {
    text: String,
    state: State,
    parentheses: usize,
    /// Within BEGIN ATOMIC: the blocks and CASEs that are open.
    blocks: usize,
    words: Vec<String>,
}

impl Cutter {
    fn at_rest(&self) -> bool {
        self.state == State::Plain
    }

    fn add(&mut self, line: &str) -> Vec<String> {
        let mut done = Vec::new();
        let bytes = line.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let start = at;
            match self.state.clone() {
                State::Plain => {
                    at = self.plain(line, at);
                    let piece = &line[start..at];
                    if piece == ";" && self.parentheses == 0 && self.blocks == 0 {
                        let text = std::mem::take(&mut self.text);
                        self.words.clear();
                        if !text.trim().is_empty() {
                            done.push(text.trim().to_owned());
                        }
                        continue;
                    }
                    if piece.starts_with('\\') {
                        // \gset, \gexec ... end the statement.
                        let text = std::mem::take(&mut self.text);
                        self.words.clear();
                        (self.parentheses, self.blocks) = (0, 0);
                        if !text.trim().is_empty() {
                            done.push(text.trim().to_owned());
                        }
                        return done;
                    }
                }
                State::Quoted { escapes } => {
                    at += 1;
                    match bytes[start] {
                        b'\\' if escapes => at = (at + 1).min(bytes.len()),
                        b'\'' => self.state = State::Plain,
                        _ => {}
                    }
                    while !line.is_char_boundary(at) {
                        at += 1;
                    }
                }
                State::Name => match line[at..].find('"') {
                    Some(length) => {
                        at += length + 1;
                        self.state = State::Plain;
                    }
                    None => at = bytes.len(),
                },
                State::Dollar(tag) => match line[at..].find(&tag) {
                    Some(length) => {
                        at += length + tag.len();
                        self.state = State::Plain;
                    }
                    None => at = bytes.len(),
                },
                State::Comment(depth) => {
                    let pair = line.get(at..at + 2).unwrap_or("");
                    match pair {
                        "/*" => self.state = State::Comment(depth + 1),
                        "*/" if depth == 1 => self.state = State::Plain,
                        "*/" => self.state = State::Comment(depth - 1),
                        _ => {}
                    }
                    at += if matches!(pair, "/*" | "*/") { 2 } else { 1 };
                    while !line.is_char_boundary(at) {
                        at += 1;
                    }
                }
            }
            self.text.push_str(&line[start..at]);
        }
        done
    }

    /// The end of the piece that begins at `at` outside of quotes.
    fn plain(&mut self, line: &str, at: usize) -> usize {
        let rest = &line[at..];
        if rest.starts_with("--") {
            return line.len();
        }
        if rest.starts_with("/*") {
            self.state = State::Comment(1);
            return at + 2;
        }
        let first = rest.as_bytes()[0];
        match first {
            b'\'' => self.state = State::Quoted { escapes: false },
            b'"' => self.state = State::Name,
            b'(' => self.parentheses += 1,
            b')' => self.parentheses = self.parentheses.saturating_sub(1),
            b'E' | b'e' if rest.as_bytes().get(1) == Some(&b'\'') => {
                self.state = State::Quoted { escapes: true };
                return at + 2;
            }
            b'$' => {
                let tag = rest[1..].find('$').map(|length| &rest[..length + 2]);
                let valid = |tag: &&str| {
                    let inner = &tag[1..tag.len() - 1];
                    !inner.starts_with(|c: char| c.is_ascii_digit())
                        && inner.chars().all(|c| c.is_alphanumeric() || c == '_')
                };
                if let Some(tag) = tag.filter(valid) {
                    self.state = State::Dollar(tag.to_owned());
                    return at + tag.len();
                }
            }
            b'\\' => return line.len(),
            _ if first.is_ascii_alphabetic() || first == b'_' || first >= 0x80 => {
                let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'));
                let word = &rest[..end.unwrap_or(rest.len())];
                self.word(&word.to_ascii_lowercase());
                return at + word.len();
            }
            _ => {}
        }
        at + rest.chars().next().map_or(1, char::len_utf8)
    }

    /// BEGIN within CREATE FUNCTION or PROCEDURE opens a block.
    fn word(&mut self, word: &str) {
        let creates = self.words.first().is_some_and(|word| word == "create")
            && self.words.iter().take(4).any(|word| word == "function" || word == "procedure");
        match word {
            "begin" if creates => self.blocks += 1,
            "case" if self.blocks > 0 => self.blocks += 1,
            "end" if self.blocks > 0 => self.blocks -= 1,
            _ => {}
        }
        self.words.push(word.to_owned());
    }
}
