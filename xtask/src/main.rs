//! `cargo xtask <task>`: checks and generators for the source tree.

mod builtins;
mod differ;
mod fuzz;
mod golden;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask tidy               check what the compiler does not: file sizes, the order of crates, names
cargo xtask golden FILE.sql... write the .out beside each script from a real PostgreSQL, told by PGURL
                               (postgresql://user@host:port); PSQL tells the psql to use
cargo xtask builtins [list]    how many of pg_proc's functions are bound, by family; and which are not
cargo xtask differ URL [PART]  call every bound function and operator (or those with PART in their names) with seeded
                               arguments on the server at URL and on the PostgreSQL of PGURL, and tell what differs
cargo xtask oracle DIR [--mutations N] [--seed S] [--top N] [--trees]
                               compare the parser with PostgreSQL's on every statement of DIR's scripts and on mutations
                               of them: verdict, message, place (of the server at PGURL) or trees (of libpg_query)
cargo xtask oracle DIR --record N    write PostgreSQL's verdicts beside the scripts, as the parser's corpus has them
cargo xtask oracle --bench     measure the parser beside pg_query and sqlparser; building it needs libclang
cargo xtask fuzz SECONDS       coverage-guided fuzzing of lexer, parser and printer, from the parser's corpus; needs a C++ compiler";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.split_first() {
        Some((task, [])) if task == "tidy" => tidy::tidy(&root()),
        Some((task, files)) if task == "golden" && !files.is_empty() => {
            golden::golden(&root(), files)
        }
        Some((task, [])) if task == "builtins" => print(&builtins::builtins(false)),
        Some((task, [what])) if task == "builtins" && what == "list" => {
            print(&builtins::builtins(true))
        }
        Some((task, [seconds])) if task == "fuzz" => match seconds.parse() {
            Ok(seconds) => fuzz::fuzz(&root(), seconds),
            Err(_) => Err(USAGE.to_owned()),
        },
        Some((task, rest)) if task == "oracle" && !rest.is_empty() => oracle(rest),
        Some((task, [url])) if task == "differ" => run_differ(url, ""),
        Some((task, [url, part])) if task == "differ" => run_differ(url, part),
        _ => Err(USAGE.to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn print(text: &str) -> Result<(), String> {
    use std::io::Write;
    std::io::stdout().write_all(text.as_bytes()).map_err(|error| error.to_string())
}

fn run_differ(url: &str, part: &str) -> Result<(), String> {
    let reference = std::env::var("PGURL").map_err(|_| "PGURL does not tell a PostgreSQL")?;
    print(&differ::differ(&reference, url, part, 2)?)
}

/// Runs the oracle, which is no part of the workspace, in release.
fn oracle(arguments: &[String]) -> Result<(), String> {
    let status = std::process::Command::new("cargo")
        .args(["run", "--quiet", "--release", "--manifest-path"])
        .arg(root().join("oracle/Cargo.toml"))
        .arg("--")
        .args(arguments)
        .status()
        .map_err(|error| format!("cargo does not run: {error}"))?;
    if status.success() { Ok(()) } else { Err("the oracle failed".to_owned()) }
}

/// The root of the source tree.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().map_or_else(|| here.to_path_buf(), Path::to_path_buf)
}
