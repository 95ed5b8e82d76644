//! Checks of the source tree that the compiler and clippy do not make.

use std::path::{Path, PathBuf};

/// The crates, lowest first: each may use only those before it.
const CRATES: &[&str] = &[
    "error",
    "os",
    "scram",
    "syntax",
    "types",
    "settings",
    "batch",
    "functions",
    "wal",
    "buffer",
    "btree",
    "storage",
    "catalog",
    "expression",
    "analyze",
    "rewrite",
    "plan",
    "execute",
    "plpgsql",
    "commands",
    "session",
    "protocol",
    "loops",
    "server",
    "import",
    "surus",
];

/// Crates with a design of their own, which their README.md tells.
const DESIGNED: &[&str] =
    &["syntax", "wal", "buffer", "btree", "storage", "catalog", "execute", "server"];

/// The most lines of a file, tests apart.
const LINES_MAX: usize = 800;

/// Names that say nothing.
const FORBIDDEN: &[&str] = &["common", "utils", "util", "helpers", "manager", "misc"];

/// Checks everything, and tells all that is wrong.
pub(crate) fn tidy(root: &Path) -> Result<(), String> {
    let mut wrong = Vec::new();
    for name in names_in(&root.join("crates")) {
        check_crate(root, &name, &mut wrong);
    }
    let mut files = Vec::new();
    collect_sources(&root.join("crates"), &mut files);
    collect_sources(&root.join("xtask"), &mut files);
    for file in files {
        check_file(root, &file, &mut wrong);
    }
    for name in names_in(&root.join("tests/sql")) {
        let is_script = name.ends_with(".sql");
        if is_script && !root.join("tests/sql").join(&name).with_extension("out").exists() {
            wrong.push(format!("tests/sql/{name} has no .out: run cargo xtask golden"));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

fn names_in(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let mut names: Vec<_> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn collect_sources(directory: &Path, files: &mut Vec<PathBuf>) {
    for name in names_in(directory) {
        let path = directory.join(&name);
        if path.is_dir() && name != "target" {
            collect_sources(&path, files);
        } else if name.ends_with(".rs") {
            files.push(path);
        }
    }
}

fn check_crate(root: &Path, name: &str, wrong: &mut Vec<String>) {
    let Some(place) = CRATES.iter().position(|known| *known == name) else {
        wrong.push(format!("crates/{name}: not in the list of crates in xtask/src/tidy.rs"));
        return;
    };
    let directory = root.join("crates").join(name);
    let manifest = std::fs::read_to_string(directory.join("Cargo.toml")).unwrap_or_default();
    if !manifest.replace(' ', "").contains("[lints]\nworkspace=true") {
        wrong.push(format!("crates/{name}: its manifest does not take the workspace's lints"));
    }
    for used in dependencies(&manifest) {
        let used_place = CRATES.iter().position(|known| *known == used);
        if used_place.is_some_and(|used_place| used_place >= place) {
            wrong.push(format!("crates/{name} uses {used}, which is not below it"));
        }
    }
    if DESIGNED.contains(&name) && !directory.join("README.md").exists() {
        wrong.push(format!("crates/{name} has no README.md"));
    }
}

/// What a manifest's `[dependencies]` names.
fn dependencies(manifest: &str) -> Vec<&str> {
    let lines = manifest.lines().skip_while(|line| line.trim() != "[dependencies]").skip(1);
    lines
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| !name.is_empty())
        .collect()
}

fn check_file(root: &Path, path: &Path, wrong: &mut Vec<String>) {
    let shown = path.strip_prefix(root).unwrap_or(path).display();
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let is_test = stem == "tests"
        || path
            .components()
            .any(|part| part.as_os_str() == "tests" || part.as_os_str() == "benches");
    let line_count = text.lines().count();
    if line_count > LINES_MAX && !is_test {
        wrong.push(format!("{shown}: {line_count} lines; {LINES_MAX} is the limit"));
    }
    if FORBIDDEN.contains(&&*stem) {
        wrong.push(format!("{shown}: the name says nothing"));
    }
    let has_unsafe = text.lines().any(|line| {
        let code = line.split("//").next().unwrap_or_default();
        ["unsafe {", "unsafe fn", "unsafe impl"]
            .iter()
            .any(|word| code.contains(&format!(" {word}")))
    });
    let expects =
        text.split("#[expect(").skip(1).any(|rest| rest.trim_start().starts_with("unsafe_code"));
    let is_this = shown.to_string().ends_with("xtask/src/tidy.rs");
    if has_unsafe && !expects && !is_this {
        wrong.push(format!("{shown}: unsafe without #[expect(unsafe_code, reason = ...)]"));
    }
}
