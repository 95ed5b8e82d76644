//! `cargo xtask <task>`: checks and generators for the source tree.

mod golden;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask tidy               check what the compiler does not: file sizes, the order of crates, names
cargo xtask golden FILE.sql... write the .out beside each script from a real PostgreSQL, told by PGURL
                               (postgresql://user@host:port); PSQL tells the psql to use";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.split_first() {
        Some((task, [])) if task == "tidy" => tidy::tidy(&root()),
        Some((task, files)) if task == "golden" && !files.is_empty() => {
            golden::golden(&root(), files)
        }
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

/// The root of the source tree.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().map_or_else(|| here.to_path_buf(), Path::to_path_buf)
}
