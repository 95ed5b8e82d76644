//! Reading the log in order, from its files.

use crate::record::{HEADER_SIZE, Header};
use crate::segment::Segments;
use crate::{Lsn, Span};
use error::{Error, Result};

/// How much is read at once.
const CHUNK_BYTES: usize = 1 << 20;

/// Goes through the records in a range of the log.
pub struct Reader<'a> {
    segments: &'a Segments,
    at: u64,
    limit: u64,
    epoch: u32,
    buffer: Vec<u8>,
    buffer_start: u64,
}

impl<'a> Reader<'a> {
    /// Reads from the record at `from` up to `limit`, or to the last whole record.
    pub(crate) fn new(segments: &'a Segments, from: Lsn, limit: Lsn) -> Self {
        let (at, limit) = (from.0, limit.0);
        Self { segments, at, limit, epoch: 0, buffer: Vec::new(), buffer_start: at }
    }

    /// The position behind the last record given.
    pub fn position(&self) -> Lsn {
        Lsn(self.at)
    }

    /// The highest epoch seen.
    pub(crate) fn epoch(&self) -> u32 {
        self.epoch
    }

    /// The next record's place and payload; `None` at the end.
    pub fn next_record(&mut self) -> Result<Option<(Span, &[u8])>> {
        if self.at >= self.limit || !self.fill(HEADER_SIZE)? {
            return Ok(None);
        }
        let header = Header::decode(self.slice(0, HEADER_SIZE));
        if !header.is_plausible() || header.epoch < self.epoch {
            return Ok(None);
        }
        let size = HEADER_SIZE + header.length;
        let start = Lsn(self.at);
        if !self.fill(size)? || !header.matches(self.slice(HEADER_SIZE, size), start) {
            return Ok(None);
        }
        self.epoch = header.epoch;
        self.at += size as u64;
        let span = Span { start, end: Lsn(self.at) };
        let offset = offset(start.0, self.buffer_start);
        Ok(Some((span, &self.buffer[offset + HEADER_SIZE..offset + size])))
    }

    fn slice(&self, from: usize, to: usize) -> &[u8] {
        let offset = offset(self.at, self.buffer_start);
        &self.buffer[offset + from..offset + to]
    }

    /// Has the buffer hold `size` bytes from the position; `false` if the files end before.
    fn fill(&mut self, size: usize) -> Result<bool> {
        let held = self.buffer_start + self.buffer.len() as u64;
        if self.at + size as u64 <= held {
            return Ok(true);
        }
        self.buffer.drain(..offset(self.at, self.buffer_start));
        self.buffer_start = self.at;
        let old = self.buffer.len();
        self.buffer.resize(size.max(CHUNK_BYTES).max(old), 0);
        let count = self.segments.read(&mut self.buffer[old..], self.at + old as u64)?;
        self.buffer.truncate(old + count);
        Ok(self.buffer.len() >= size)
    }
}

fn offset(at: u64, start: u64) -> usize {
    usize::try_from(at - start).unwrap_or(usize::MAX)
}

/// So far behind the end of the log records are looked for.
const SCAN_BYTES: usize = 8 << 20;
/// Longer ones are not looked for: the search goes byte by byte.
const SCANNED_MAX: usize = 64 << 10;

/// Calls `found` with the payloads of the whole records that stand behind a position.
pub(crate) fn scan_behind(
    segments: &Segments,
    end: Lsn,
    epoch: u32,
    found: &mut dyn FnMut(&[u8]),
) -> Result<()> {
    let mut bytes = vec![0; SCAN_BYTES];
    let count = segments.read(&mut bytes, end.0)?;
    bytes.truncate(count);
    let mut at = 0;
    while at + HEADER_SIZE < bytes.len() {
        let header = Header::decode(&bytes[at..at + HEADER_SIZE]);
        let payload =
            bytes.get(at + HEADER_SIZE..at + HEADER_SIZE + header.length.min(SCANNED_MAX));
        let can_be = header.is_plausible() && header.epoch <= epoch && header.length <= SCANNED_MAX;
        match payload.filter(|_| can_be) {
            Some(payload) if header.matches(payload, Lsn(end.0 + at as u64)) => {
                found(payload);
                at += HEADER_SIZE + header.length;
            }
            Some(_) | None => at += 1,
        }
    }
    Ok(())
}

/// Reads the payload of one record from the files. XX001 if there is none at this position.
pub(crate) fn read_one(segments: &Segments, lsn: Lsn, payload: &mut Vec<u8>) -> Result<()> {
    let mut header = [0; HEADER_SIZE];
    let whole = segments.read(&mut header, lsn.0)? == HEADER_SIZE;
    let header = Header::decode(&header);
    if !whole || !header.is_plausible() {
        return Err(missing(lsn));
    }
    payload.clear();
    payload.resize(header.length, 0);
    let count = segments.read(payload, lsn.0 + HEADER_SIZE as u64)?;
    if count != header.length || !header.matches(payload, lsn) {
        return Err(missing(lsn));
    }
    Ok(())
}

fn missing(lsn: Lsn) -> Error {
    Error::corrupted(format!("could not find a valid log record at {lsn}"))
}
