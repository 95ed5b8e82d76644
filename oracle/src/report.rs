//! Differences, gathered by kind.

use crate::mutate::tokens;
use crate::verdict::{Refusal, Verdict};
use std::collections::HashMap;

/// What was compared so far.
#[derive(Default)]
pub(crate) struct Report {
    total: usize,
    differing: usize,
    kinds: HashMap<String, Vec<String>>,
}

impl Report {
    pub(crate) fn add(&mut self, sql: &str, theirs: &Verdict, ours: &Verdict) {
        self.total += 1;
        let kind = match (theirs, ours) {
            _ if theirs == ours => return,
            (Verdict::Accepted, Verdict::Accepted) => return,
            (Verdict::Accepted, Verdict::Refused(ours)) => {
                format!(
                    "ACCEPTS, surus: {} [{}]",
                    normal(&ours.message),
                    around(sql, ours.position)
                )
            }
            (Verdict::Refused(theirs), Verdict::Accepted) => {
                format!(
                    "surus ACCEPTS: {} [{}]",
                    normal(&theirs.message),
                    around(sql, theirs.position)
                )
            }
            (Verdict::Refused(theirs), Verdict::Refused(ours)) => difference(sql, theirs, ours),
        };
        self.differing += 1;
        let example = format!(
            "{sql}\n        PostgreSQL: {}\n        surus:      {}",
            show(theirs),
            show(ours)
        );
        self.kinds.entry(kind).or_default().push(example);
    }

    pub(crate) fn print(&self, what: &str, top_count: usize) {
        let percent = 100.0 * self.differing as f64 / self.total.max(1) as f64;
        println!(
            "{}: {} of {} differ ({percent:.3}%), {} kinds",
            what,
            self.differing,
            self.total,
            self.kinds.len()
        );
        let mut kinds: Vec<_> = self.kinds.iter().collect();
        kinds.sort_by_key(|(kind, examples)| (usize::MAX - examples.len(), (*kind).clone()));
        for (kind, examples) in kinds.iter().take(top_count) {
            println!("{:6}  {kind}", examples.len());
            if let Some(example) = examples.iter().min_by_key(|example| example.len()) {
                let shown: String = example.chars().take(1200).collect();
                println!("        {}", shown.replace('\n', "\n        "));
            }
        }
    }
}

fn difference(sql: &str, theirs: &Refusal, ours: &Refusal) -> String {
    let (left, right) = (normal(&theirs.message), normal(&ours.message));
    if left != right {
        return format!(
            "WORDS: {left} | {right} [{}] [{}]",
            around(sql, theirs.position),
            around(sql, ours.position)
        );
    }
    if theirs.position != ours.position {
        return format!(
            "PLACE: {left} [{}] [{}]",
            around(sql, theirs.position),
            around(sql, ours.position)
        );
    }
    format!(
        "DETAIL: {left} code {}/{} detail {}/{} hint {}/{}",
        theirs.code, ours.code, theirs.detail, ours.detail, theirs.hint, ours.hint
    )
}

fn show(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Accepted => "accepts".into(),
        Verdict::Refused(no) => {
            format!("{} {} at {} {} {}", no.code, no.message, no.position, no.detail, no.hint)
        }
    }
}

/// The message without what it quotes.
fn normal(message: &str) -> String {
    let mut pieces = message.split('"');
    let mut out = pieces.next().unwrap_or("").to_owned();
    if pieces.next().is_some() {
        out.push_str("...");
    }
    out
}

/// The tokens before and at a position, names and literals by their class.
fn around(sql: &str, position: u32) -> String {
    let offset =
        sql.char_indices().nth(position.max(1) as usize - 1).map_or(sql.len(), |(at, _)| at);
    let tokens = tokens(sql);
    let at = tokens
        .iter()
        .position(|(start, end)| *start >= offset || *end > offset)
        .unwrap_or(tokens.len());
    let class = |index: usize| {
        tokens.get(index).map_or("END".to_owned(), |(start, end)| {
            let text = sql[*start..*end].to_ascii_lowercase();
            match text.as_bytes()[0] {
                b'\'' => "'s'".into(),
                b'"' => "\"n\"".into(),
                b'$' => "$".into(),
                byte if byte.is_ascii_digit() => "1".into(),
                byte if byte.is_ascii_alphabetic() && !is_keyword(&text) => "name".into(),
                _ => text.chars().take(24).collect(),
            }
        })
    };
    let first = class(0);
    format!(
        "{first}... {} {} >{}",
        if at >= 2 { class(at - 2) } else { String::new() },
        if at >= 1 { class(at - 1) } else { String::new() },
        class(at)
    )
}

fn is_keyword(word: &str) -> bool {
    syntax::keywords().binary_search_by(|(keyword, ..)| (*keyword).cmp(word)).is_ok()
}
