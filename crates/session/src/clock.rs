//! Times as PostgreSQL counts them.

/// Microseconds from 1970-01-01 to 2000-01-01.
const EPOCH_US: i64 = 946_684_800_000_000;

/// Now, in microseconds since 2000-01-01 UTC.
pub(crate) fn now() -> i64 {
    os::unix_time_us() - EPOCH_US
}
