//! `cargo xtask oracle DIR [--mutations N] [--seed S] [--top N]`: what surus' parser says of every statement in DIR's
//! scripts, and of seeded mutations of them, beside what PostgreSQL says. The verdicts are a real server's
//! (PGURL), whose parser is asked within a failed transaction, so that nothing is analysed or run.

mod bench;
mod mutate;
mod raw;
mod record;
mod report;
mod script;
mod server;
mod tree;
mod verdict;

use mutate::Random;
use report::Report;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use verdict::Verdict;

/// The allocator that surus runs with.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What the command line asks for.
struct Options {
    directory: PathBuf,
    mutation_count: usize,
    seed: u64,
    /// How many kinds of differences are shown.
    top_count: usize,
    /// Measure instead, beside other parsers.
    bench: bool,
    /// Compare printed statements' trees too.
    trees: bool,
    /// Write PostgreSQL's verdicts beside each script: on its statements and so many mutations.
    record: Option<usize>,
}

fn options() -> Result<Options, String> {
    let mut options = Options {
        directory: PathBuf::new(),
        mutation_count: 0,
        seed: 1,
        top_count: 40,
        bench: false,
        trees: false,
        record: None,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
        let number = |text: String| text.parse::<u64>().map_err(|_| format!("{text} is no number"));
        match argument.as_str() {
            "--mutations" => options.mutation_count = number(value()?)? as usize,
            "--seed" => options.seed = number(value()?)?,
            "--top" => options.top_count = number(value()?)? as usize,
            "--bench" => options.bench = true,
            "--trees" => options.trees = true,
            "--record" => options.record = Some(number(value()?)? as usize),
            _ => options.directory = argument.into(),
        }
    }
    if options.directory.as_os_str().is_empty() && !options.bench {
        return Err("usage: oracle DIR [--mutations N] [--seed S] [--top N] [--trees] [--record N]\n       oracle --bench".into());
    }
    Ok(options)
}

fn main() -> ExitCode {
    // PostgreSQL's stack is larger than a thread's here, and deep statements are compared too.
    let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(|| {
        error::set_stack_size(64 << 20);
        options().and_then(|options| run(&options))
    });
    match thread.expect("a thread starts").join() {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(message)) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
        Err(_) => ExitCode::FAILURE,
    }
}

fn run(options: &Options) -> Result<(), String> {
    if options.bench {
        bench::bench();
        return Ok(());
    }
    if let Some(count) = options.record {
        return record::record(&options.directory, count, options.seed);
    }
    let statements = statements(&options.directory)?;
    println!("{} statements", statements.len());
    let mut report = Report::default();
    if options.trees {
        let mut random = Random::new(options.seed);
        let mutations = mutate::Mutations::new(&statements);
        let mutated = (0..options.mutation_count).map(|_| mutations.next(&mut random));
        let all: Vec<String> = statements.iter().cloned().chain(mutated).collect();
        return tree::compare(&all, options.top_count);
    }
    let mut server = server::Server::of_environment()?;
    for chunk in statements.chunks(50) {
        compare(&mut server, chunk, &mut report)?;
    }
    report.print("statements", options.top_count);
    if options.mutation_count == 0 {
        return Ok(());
    }
    let mut report = Report::default();
    let mut random = Random::new(options.seed);
    let mutations = mutate::Mutations::new(&statements);
    let mut left = options.mutation_count;
    while left > 0 {
        let count = left.min(50);
        let chunk: Vec<String> = (0..count).map(|_| mutations.next(&mut random)).collect();
        compare(&mut server, &chunk, &mut report)?;
        left -= count;
    }
    report.print("mutations", options.top_count);
    Ok(())
}

fn compare(
    server: &mut server::Server,
    statements: &[String],
    report: &mut Report,
) -> Result<(), String> {
    let theirs = server.verdicts(statements).map_err(|error| error.to_string())?;
    for (statement, theirs) in statements.iter().zip(theirs) {
        report.add(statement, &theirs, &Verdict::of_surus(statement));
    }
    Ok(())
}

/// Every different statement of the scripts below a directory.
fn statements(directory: &Path) -> Result<Vec<String>, String> {
    let entries = std::fs::read_dir(directory)
        .map_err(|error| format!("{}: {error}", directory.display()))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "sql"));
    files.sort();
    let (mut seen, mut statements) = (HashSet::new(), Vec::new());
    for file in files {
        let bytes = std::fs::read(&file).map_err(|error| error.to_string())?;
        for statement in script::statements(&String::from_utf8_lossy(&bytes)) {
            if !statement.contains('\0') && seen.insert(statement.clone()) {
                statements.push(statement);
            }
        }
    }
    Ok(statements)
}
