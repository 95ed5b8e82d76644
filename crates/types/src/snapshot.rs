//! pg_snapshot: which transactions were running at a moment. The value is its text, `xmin:xmax:xip,xip`.

use crate::binary::Reader;
use crate::io::invalid_input;
use error::{Error, Result, SqlState};

/// A snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// All below are finished.
    pub xmin: u64,
    /// All from it on are not.
    pub xmax: u64,
    /// The running ones between, in order.
    pub running: Vec<u64>,
}

impl Snapshot {
    /// The snapshot of its text; `None` where it is none.
    pub fn parse(source: &str) -> Option<Self> {
        let mut parts = source.split(':');
        let number = |text: &str| {
            let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            plain.then(|| text.parse::<u64>().ok()).flatten()
        };
        let (xmin, xmax, list) = (number(parts.next()?)?, number(parts.next()?)?, parts.next()?);
        if parts.next().is_some() || xmin == 0 || xmax == 0 || xmax < xmin {
            return None;
        }
        let mut running: Vec<u64> = Vec::new();
        for text in list.split(',').filter(|_| !list.is_empty()) {
            let id = number(text)?;
            if id < xmin || id >= xmax || running.last().is_some_and(|last| id < *last) {
                return None;
            }
            if running.last() != Some(&id) {
                running.push(id);
            }
        }
        Some(Self { xmin, xmax, running })
    }

    /// Appends its binary form: the count of the running ones, xmin, xmax, they.
    pub(crate) fn send(&self, out: &mut Vec<u8>) {
        out.extend(u32::try_from(self.running.len()).unwrap_or(u32::MAX).to_be_bytes());
        for id in [self.xmin, self.xmax].iter().chain(&self.running) {
            out.extend(id.to_be_bytes());
        }
    }

    /// The snapshot of its binary form. 22P03.
    pub(crate) fn receive(reader: &mut Reader<'_>) -> Result<Self> {
        let invalid = || {
            let text = "invalid external pg_snapshot data";
            Error::new(SqlState::INVALID_BINARY_REPRESENTATION, text)
        };
        let count = reader.u32()?;
        let (xmin, xmax) = (reader.u64()?, reader.u64()?);
        let mut running: Vec<u64> = Vec::new();
        if xmin == 0 || xmax < xmin {
            return Err(invalid());
        }
        for _ in 0..count {
            let id = reader.u64()?;
            if id < xmin || id >= xmax || running.last().is_some_and(|last| id < *last) {
                return Err(invalid());
            }
            if running.last() != Some(&id) {
                running.push(id);
            }
        }
        Ok(Self { xmin, xmax, running })
    }

    /// Its text.
    pub fn text(&self) -> String {
        let list: Vec<String> = self.running.iter().map(u64::to_string).collect();
        format!("{}:{}:{}", self.xmin, self.xmax, list.join(","))
    }
}

/// The canonical text of a snapshot's text. 22P02.
pub(crate) fn input(source: &str) -> Result<String> {
    // Both names have one input function in PostgreSQL, which names the first.
    let kind = "pg_snapshot";
    Snapshot::parse(source)
        .map(|snapshot| snapshot.text())
        .ok_or_else(|| invalid_input(kind, source))
}
