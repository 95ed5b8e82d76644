//! Verdicts kept as data, so that surus' tests need no PostgreSQL.
//!
//! Beside `family.sql` (a script) or `family.txt` (a statement a line, escaped) comes `family.verdicts`: a line for each statement and mutation, of
//! fields with tabs between them, escaped: the statement, and where it is refused SQLSTATE, position, message, detail, hint.

use crate::mutate::{Mutations, Random};
use crate::script;
use crate::server::Server;
use crate::verdict::Verdict;
use std::collections::BTreeSet;
use std::path::Path;

/// Writes the verdicts of every script in a directory.
pub(crate) fn record(directory: &Path, count: usize, seed: u64) -> Result<(), String> {
    let mut server = Server::of_environment()?;
    let entries = std::fs::read_dir(directory).map_err(|error| error.to_string())?;
    let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    files.sort();
    for file in files {
        let kind = file.extension().and_then(|extension| extension.to_str()).unwrap_or("");
        if !matches!(kind, "sql" | "txt") {
            continue;
        }
        let text = std::fs::read_to_string(&file).map_err(|error| error.to_string())?;
        let mut statements = match kind {
            "txt" => text.lines().map(unescape).collect(),
            _ => script::statements(&text),
        };
        let mutations = Mutations::new(&statements);
        let mut random = Random::new(seed);
        let mutated: BTreeSet<String> = (0..count).map(|_| mutations.next(&mut random)).collect();
        statements.extend(mutated);
        let mut lines = String::new();
        for chunk in statements.chunks(50) {
            let verdicts = server.verdicts(chunk).map_err(|error| error.to_string())?;
            for (statement, verdict) in chunk.iter().zip(verdicts) {
                lines.push_str(&line(statement, &verdict));
            }
        }
        std::fs::write(file.with_extension("verdicts"), lines)
            .map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn line(statement: &str, verdict: &Verdict) -> String {
    let statement = escape(statement);
    match verdict {
        Verdict::Accepted => format!("{statement}\n"),
        Verdict::Refused(no) => {
            let (message, detail, hint) =
                (escape(&no.message), escape(&no.detail), escape(&no.hint));
            let line =
                format!("{statement}\t{}\t{}\t{message}\t{detail}\t{hint}", no.code, no.position);
            format!("{}\n", line.trim_end_matches('\t'))
        }
    }
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n").replace('\t', "\\t").replace('\r', "\\r")
}

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
