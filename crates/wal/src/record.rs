//! The frame of a record, little-endian:
//!
//! ```text
//! 0..4     length of the payload in bytes
//! 4..8     CRC-32C of the payload, then of length, LSN and epoch
//! 8..12    epoch: the count of starts of the engine when it was written
//! 12..     payload
//! ```
//!
//! The CRC covers the LSN, so what an earlier use of a recycled segment left is never taken for a record; and epochs
//! never go down along the log, so neither is what a crash left behind the place where the next start went on.

use crate::Lsn;

/// The size of the frame.
pub(crate) const HEADER_SIZE: usize = 12;
/// A longer payload than this is not a record.
pub(crate) const PAYLOAD_MAX: usize = 1 << 30;

/// The frame's fields.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Header {
    pub(crate) length: usize,
    pub(crate) crc: u32,
    pub(crate) epoch: u32,
}

impl Header {
    pub(crate) fn decode(bytes: &[u8]) -> Self {
        let word = |at: usize| {
            u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
        };
        Self { length: word(0) as usize, crc: word(4), epoch: word(8) }
    }

    /// Whether this can be a record's header at all; zeros are not.
    pub(crate) fn is_plausible(&self) -> bool {
        self.length > 0 && self.length <= PAYLOAD_MAX && self.epoch > 0
    }

    pub(crate) fn matches(&self, payload: &[u8], lsn: Lsn) -> bool {
        let length = u32::try_from(self.length).unwrap_or(0);
        self.crc == crc(crc32c::crc32c(payload), length, lsn, self.epoch)
    }
}

/// The frame for a payload whose own CRC is known.
pub(crate) fn encode(payload_crc: u32, length: u32, lsn: Lsn, epoch: u32) -> [u8; HEADER_SIZE] {
    let mut header = [0; HEADER_SIZE];
    header[0..4].copy_from_slice(&length.to_le_bytes());
    header[4..8].copy_from_slice(&crc(payload_crc, length, lsn, epoch).to_le_bytes());
    header[8..12].copy_from_slice(&epoch.to_le_bytes());
    header
}

fn crc(payload_crc: u32, length: u32, lsn: Lsn, epoch: u32) -> u32 {
    let mut rest = [0; 16];
    rest[0..4].copy_from_slice(&length.to_le_bytes());
    rest[4..12].copy_from_slice(&lsn.0.to_le_bytes());
    rest[12..16].copy_from_slice(&epoch.to_le_bytes());
    crc32c::crc32c_append(payload_crc, &rest)
}
