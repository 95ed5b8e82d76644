//! The threads that run poll loops.

use std::collections::BTreeSet;
use std::path::Path;

/// The numbers of this process's worker threads.
pub(crate) fn workers() -> BTreeSet<String> {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().map(|task| task.unwrap());
    let is_worker = |path: &Path| {
        std::fs::read_to_string(path.join("comm")).is_ok_and(|name| name.trim() == "worker")
    };
    let workers = tasks.filter(|task| is_worker(&task.path()));
    workers.map(|task| task.file_name().into_string().unwrap()).collect()
}
