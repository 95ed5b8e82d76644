//! The machine's memory.

/// How much memory the machine has, in bytes; 1 GiB where that cannot be told.
pub fn memory_bytes() -> u64 {
    let total = std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
        line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()
    });
    total.map_or(1 << 30, |kib| kib << 10)
}

/// Lets the process have huge pages, or not. They make large memory faster and small memory larger: a server begins without
/// and allows them when its buffer pool has grown. Where the system cannot, nothing changes.
pub fn allow_huge_pages(is_allowed: bool) {
    // A system without the call has its own rule.
    let _ = rustix::thread::disable_transparent_huge_pages(!is_allowed);
}
