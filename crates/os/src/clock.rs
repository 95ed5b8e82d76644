//! The clock.

use std::time::{SystemTime, UNIX_EPOCH};

/// The time in microseconds since 1970-01-01 00:00 UTC.
pub fn unix_time_us() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
