//! Writing golden results.

use std::path::Path;
use std::process::Command;

/// Runs each script by `tests/golden.sh` against the PostgreSQL that PGURL tells and writes what it prints beside it.
pub(crate) fn golden(root: &Path, files: &[String]) -> Result<(), String> {
    for file in files {
        let script = Path::new(file);
        if script.extension().is_none_or(|extension| extension != "sql") {
            return Err(format!("{file} is no .sql file"));
        }
        let run = Command::new(root.join("tests/golden.sh"))
            .arg(script)
            .output()
            .map_err(|error| format!("tests/golden.sh cannot be run: {error}"))?;
        if !run.status.success() {
            return Err(format!("{file}: {}", String::from_utf8_lossy(&run.stderr)));
        }
        let out = script.with_extension("out");
        std::fs::write(&out, &run.stdout).map_err(|error| format!("{}: {error}", out.display()))?;
        eprintln!("{}", out.display());
    }
    Ok(())
}
