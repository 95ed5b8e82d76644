//! `surus check` and `surus info`: looking at a data directory that no server has open.

use crate::arguments::Directory;
use crate::serve::inspection_options;
use error::Result;
use os::RealDisk;
use session::Engine;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

/// `surus info`.
pub(crate) fn info(directory: &Directory) -> Result<ExitCode> {
    let disk = open(directory)?;
    let found = storage::information(disk.as_ref())?;
    let checkpoint = match found.checkpoint_time_us {
        0 => "never".to_owned(),
        time => time_text(time),
    };
    let mut out = std::io::stdout().lock();
    let open = if found.is_open { "yes" } else { "no" };
    let lines = [
        ("data directory", directory.data.display().to_string()),
        ("surus", crate::arguments::version().to_owned()),
        ("format", found.format.to_string()),
        ("open by a server", open.to_owned()),
        ("databases", found.database_count.to_string()),
        ("data", bytes_text(found.data_bytes)),
        ("log", bytes_text(found.log_bytes)),
        ("page size", bytes_text(found.page_bytes as u64)),
        ("log segment size", bytes_text(found.log_segment_bytes)),
        ("started", format!("{} times", found.start_count)),
        ("last checkpoint", checkpoint),
        ("checkpoint at", found.checkpoint.to_string()),
        ("recovery begins at", found.redo.to_string()),
    ];
    for (name, value) in lines {
        writeln!(out, "{name:<20}{value}")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// `surus check`. The directory is recovered first, as a start would.
pub(crate) fn check(directory: &Directory) -> Result<ExitCode> {
    let disk = open(directory)?;
    storage::information(disk.as_ref())?;
    let engine = Engine::open(disk, inspection_options()?)?;
    let mut wrong = Vec::new();
    let checked = engine.check(&mut |what| wrong.push(what))?;
    engine.shutdown()?;
    let mut out = std::io::stdout().lock();
    for what in &wrong {
        writeln!(out, "{what}")?;
    }
    writeln!(
        out,
        "{} databases, {} tables, {} files, {} pages checked: {}",
        checked.databases,
        checked.tables,
        checked.files,
        checked.pages,
        match wrong.len() {
            0 => "nothing is wrong".to_owned(),
            count => format!("{count} problems"),
        }
    )?;
    Ok(if wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn open(directory: &Directory) -> Result<Arc<RealDisk>> {
    if !directory.data.is_dir() {
        let text = format!("there is no directory {}", directory.data.display());
        return Err(error::Error::new(error::SqlState::UNDEFINED_FILE, text));
    }
    Ok(Arc::new(RealDisk::open(&directory.data)?))
}

fn bytes_text(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["bytes", "KiB", "MiB", "GiB"];
    let mut unit = 0;
    let mut value = bytes;
    while value >= 10 * 1024 && unit + 1 < UNITS.len() {
        value /= 1024;
        unit += 1;
    }
    format!("{value} {}", UNITS[unit])
}

/// A time as `2026-01-31 12:00:00 UTC`, from microseconds since 1970.
fn time_text(time_us: i64) -> String {
    let seconds = time_us.div_euclid(1_000_000);
    let (mut day, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let mut year = 1970;
    while day >= 365 + i64::from(is_leap(year)) {
        day -= 365 + i64::from(is_leap(year));
        year += 1;
    }
    let february = 28 + i64::from(is_leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if day < length {
            break;
        }
        day -= length;
        month += 1;
    }
    let (hour, minute) = (second / 3600, second / 60 % 60);
    format!("{year}-{month:02}-{:02} {hour:02}:{minute:02}:{:02} UTC", day + 1, second % 60)
}
