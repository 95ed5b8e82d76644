//! The corpus: statements of every family and mutations of them, with what PostgreSQL 18 says of each
//! (`tests/corpus/*.verdicts`, written by `cargo xtask oracle crates/syntax/tests/corpus --record 1200 --seed 3`).

use crate::{ast::Statement, parse};
use error::Error;
use std::path::Path;

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match characters.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some(other) => out.push(other),
            None => out.push('\\'),
        }
    }
    out
}

/// Every statement of the corpus, and the fields of its refusal: none where it is accepted.
pub(super) fn corpus() -> Vec<(String, Vec<String>)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut files: Vec<_> =
        std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "verdicts"));
    files.sort();
    let mut entries = Vec::new();
    for file in files {
        for line in std::fs::read_to_string(&file).unwrap().lines() {
            let mut fields = line.split('\t').map(unescape);
            let statement = fields.next().unwrap_or_default();
            entries.push((statement, fields.collect()));
        }
    }
    assert!(entries.len() > 5000, "the corpus is there");
    entries
}

/// An error as a line of the corpus has it.
fn fields_of(error: &Error) -> Vec<String> {
    let fields = error.fields();
    let mut list = vec![
        fields.code.as_str().to_owned(),
        fields.position.unwrap_or(0).to_string(),
        fields.message.clone(),
        fields.detail.clone().unwrap_or_default(),
        fields.hint.clone().unwrap_or_default(),
    ];
    while list.last().is_some_and(String::is_empty) {
        list.pop();
    }
    list
}

#[test]
fn verdicts_are_those_of_postgresql() {
    let mut wrong = Vec::new();
    for (sql, expected) in corpus() {
        let found = parse(&sql).map_or_else(|error| fields_of(&error), |_| Vec::new());
        if found != expected {
            wrong.push(format!("{sql}\n  PostgreSQL {expected:?}\n  surus      {found:?}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(20)].join("\n")
    );
}

/// Parse, print, parse, print: the two texts are one, and the tree has every word of it.
#[test]
fn what_is_printed_parses_to_the_same() {
    for (sql, _) in corpus() {
        let Ok(statements) = parse(&sql) else { continue };
        let print = |statements: &[Statement]| {
            let texts: Vec<String> =
                statements.iter().map(|statement| statement.to_sql().unwrap()).collect();
            texts.join(";\n")
        };
        let printed = print(&statements);
        match parse(&printed) {
            Ok(again) => assert_eq!(print(&again), printed, "{sql}"),
            Err(error) => panic!("{sql}\n{printed}\n{error:?}"),
        }
    }
}
