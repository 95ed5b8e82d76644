//! Coverage-guided fuzzing of the parser: builds the crate `fuzz` with counters and runs it from the parser's corpus.

use std::fs;
use std::path::Path;
use std::process::Command;

/// What the compiler is told so that libFuzzer sees which branches a text takes.
const COVERAGE: &str = "-Cpasses=sancov-module -Ccodegen-units=1 \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

/// Texts longer than this are not tried.
const BYTES_MAX: u32 = 20_000;

/// Fuzzes for so many seconds; what is found in `target/fuzz` is kept there and read again by the next run.
pub(crate) fn fuzz(root: &Path, seconds: u32) -> Result<(), String> {
    let work = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root.join("target"), Into::into)
        .join("fuzz");
    let (seeds, found) = (work.join("seeds"), work.join("found"));
    for folder in [&seeds, &found] {
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    write_seeds(root, &seeds)?;
    let status = Command::new("cargo")
        .args(["run", "--release", "--target", "x86_64-unknown-linux-gnu", "--manifest-path"])
        .arg(root.join("fuzz/Cargo.toml"))
        .arg("--target-dir")
        .arg(work.join("build"))
        .arg("--")
        .args([&found, &seeds])
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-max_len={BYTES_MAX}"))
        .args([
            "-timeout=10",
            "-report_slow_units=2",
            "-print_final_stats=1",
            "-use_value_profile=0",
        ])
        .arg(format!("-artifact_prefix={}/", work.display()))
        .env("RUSTFLAGS", COVERAGE)
        .status()
        .map_err(|error| format!("cargo does not run: {error}"))?;
    if status.success() { Ok(()) } else { Err("the fuzzer found a failure".to_owned()) }
}

/// One file for each block of statements of the parser's corpus.
fn write_seeds(root: &Path, seeds: &Path) -> Result<(), String> {
    let corpus = root.join("crates/syntax/tests/corpus");
    let entries =
        fs::read_dir(&corpus).map_err(|error| format!("{}: {error}", corpus.display()))?;
    let mut number = 0;
    for entry in entries {
        let path = entry.map_err(|error| error.to_string())?.path();
        if path.extension().is_some_and(|extension| extension == "verdicts") {
            continue;
        }
        let text = fs::read_to_string(&path).map_err(|error| error.to_string())?;
        for part in text.split(";\n") {
            fs::write(seeds.join(format!("{number}.sql")), part)
                .map_err(|error| error.to_string())?;
            number += 1;
        }
    }
    Ok(())
}
