//! The control file: where recovery begins. Two slots are written in turn, so that one is always whole.
//!
//! ```text
//! 0..8      magic
//! 8..12     version of the data directory's format
//! 12..16    page size
//! 16..24    size of a log segment
//! 24..32    generation: the slot with the higher one counts
//! 32..36    epoch: how often the engine was started
//! 36..44    LSN of the last checkpoint's record, 0 for none
//! 44..52    LSN where redo begins
//! 52..60    when the slot was written, in microseconds since 1970
//! 60..64    1 if the server was shut down, and nothing was done since
//! 64..68    CRC-32C of all before
//! ```

use crate::Lsn;
use buffer::{PAGE_SIZE, get_u32, get_u64, put_u32, put_u64};
use error::{Error, Result, SqlState};
use os::{Disk, File, OpenMode};
use std::sync::Arc;
use wal::Log;

const PATH: &str = "control";
const MAGIC: u64 = u64::from_le_bytes(*b"surusctl");
pub(crate) const VERSION: u32 = 4;
const SLOT_SIZE: usize = 4096;
const TIME: usize = 52;
const SHUT_DOWN: usize = TIME + size_of::<u64>();
const CRC: usize = SHUT_DOWN + size_of::<u32>();
const SIZE: usize = CRC + size_of::<u32>();
const _: () = assert!(SIZE == 68);

/// The control file's content.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields {
    pub(crate) segment_bytes: u64,
    generation: u64,
    pub(crate) epoch: u32,
    pub(crate) checkpoint: Lsn,
    pub(crate) redo: Lsn,
    pub(crate) time_us: u64,
    /// Whether all is in the files, what the log does not have too.
    pub(crate) was_shut_down: bool,
}

pub(crate) struct Control {
    file: Arc<dyn File>,
    pub(crate) fields: Fields,
}

impl Control {
    /// Opens the control file, or makes one in a directory that has no data.
    pub(crate) fn open(disk: &dyn Disk, segment_bytes: u64) -> Result<Self> {
        if !disk.exists(PATH)? {
            refuse_foreign(disk)?;
            for directory in ["base", "base/0"] {
                disk.create_dir(directory)?;
            }
            disk.sync_dir("base")?;
            return Self::create(disk, segment_bytes);
        }
        let file = disk.open(PATH, OpenMode::Existing)?;
        let mut bytes = [0; 2 * SLOT_SIZE];
        let count = file.read_at(&mut bytes, 0)?;
        match newest(&bytes[..count])? {
            Some(fields) => Ok(Self { file, fields }),
            // The very first write was torn: then nothing was ever acknowledged.
            None if get_u64(&bytes, 0) == 0 || count < SIZE || get_u64(&bytes, 0) == MAGIC => {
                refuse_foreign(disk)?;
                Self::create(disk, segment_bytes)
            }
            None => Err(Error::corrupted("the control file is damaged")),
        }
    }

    /// What the control file says; nothing is changed. XX001 or 0A000.
    pub(crate) fn read(disk: &dyn Disk) -> Result<Fields> {
        let file = disk.open(PATH, OpenMode::Existing)?;
        let mut bytes = [0; 2 * SLOT_SIZE];
        let count = file.read_at(&mut bytes, 0)?;
        newest(&bytes[..count])?.ok_or_else(|| Error::corrupted("the control file is damaged"))
    }

    fn create(disk: &dyn Disk, segment_bytes: u64) -> Result<Self> {
        let file = disk.open(PATH, OpenMode::Create)?;
        let fields = Fields {
            segment_bytes,
            generation: 0,
            epoch: 0,
            checkpoint: Lsn(0),
            redo: Lsn::FIRST,
            time_us: 0,
            was_shut_down: false,
        };
        let mut control = Self { file, fields };
        control.write()?;
        disk.sync_dir("")?;
        Ok(control)
    }

    /// Notes that all is in the files.
    pub(crate) fn note_shutdown(&mut self, log: &Log) -> Result<()> {
        self.fields.was_shut_down = true;
        self.write_or_stop(log)
    }

    /// Makes the fields durable, while there is no log yet that a failed sync would stop.
    pub(crate) fn write(&mut self) -> Result<()> {
        self.put()?;
        Ok(self.file.sync()?)
    }

    /// Makes the fields durable. A full disk leaves what was there; a failed sync stops the log: 58030.
    pub(crate) fn write_or_stop(&mut self, log: &Log) -> Result<()> {
        self.put()?;
        self.file.sync().map_err(|error| log.fail(&error))
    }

    fn put(&mut self) -> Result<()> {
        let fields = &self.fields;
        let generation = fields.generation + 1;
        let mut bytes = [0; SIZE];
        put_u64(&mut bytes, 0, MAGIC);
        put_u32(&mut bytes, 8, VERSION);
        put_u32(&mut bytes, 12, u32::try_from(PAGE_SIZE).unwrap_or(0));
        put_u64(&mut bytes, 16, fields.segment_bytes);
        put_u64(&mut bytes, 24, generation);
        put_u32(&mut bytes, 32, fields.epoch);
        put_u64(&mut bytes, 36, fields.checkpoint.0);
        put_u64(&mut bytes, 44, fields.redo.0);
        put_u64(&mut bytes, TIME, fields.time_us);
        put_u32(&mut bytes, SHUT_DOWN, u32::from(fields.was_shut_down));
        let crc = crc32c::crc32c(&bytes[..CRC]);
        put_u32(&mut bytes, CRC, crc);
        // A slot that could not be written is written again next time: the other one is whole.
        self.file.write_at(&bytes, generation % 2 * SLOT_SIZE as u64)?;
        self.fields.generation = generation;
        Ok(())
    }
}

/// The whole slot that was written last.
fn newest(bytes: &[u8]) -> Result<Option<Fields>> {
    let slots = bytes.chunks(SLOT_SIZE).filter(|slot| slot.len() >= SIZE);
    let mut newest: Option<Fields> = None;
    for slot in slots {
        if let Some(fields) = decode(slot)?
            && newest.is_none_or(|newest| newest.generation < fields.generation)
        {
            newest = Some(fields);
        }
    }
    Ok(newest)
}

/// 0A000 if a newer version wrote the slot; `None` if it is torn.
fn decode(slot: &[u8]) -> Result<Option<Fields>> {
    let version = get_u32(slot, 8);
    // Earlier formats had their CRC elsewhere.
    if get_u64(slot, 0) == MAGIC && (1..VERSION).contains(&version) {
        return Err(unknown_format(version));
    }
    if get_u64(slot, 0) != MAGIC || get_u32(slot, CRC) != crc32c::crc32c(&slot[..CRC]) {
        return Ok(None);
    }
    if version != VERSION || get_u32(slot, 12) as usize != PAGE_SIZE {
        return Err(unknown_format(version));
    }
    Ok(Some(Fields {
        segment_bytes: get_u64(slot, 16),
        generation: get_u64(slot, 24),
        epoch: get_u32(slot, 32),
        checkpoint: Lsn(get_u64(slot, 36)),
        redo: Lsn(get_u64(slot, 44)),
        time_us: get_u64(slot, TIME),
        was_shut_down: get_u32(slot, SHUT_DOWN) != 0,
    }))
}

fn unknown_format(version: u32) -> Error {
    Error::new(
        SqlState::FEATURE_NOT_SUPPORTED,
        format!(
            "the data directory has format {version}, which this version of surus does not know"
        ),
    )
}

/// A directory without a control file may hold what a first start left that was cut short, and nothing else.
fn refuse_foreign(disk: &dyn Disk) -> Result<()> {
    let ours = |name: &String| {
        name.starts_with('.')
            || ["lock", "base", "tmp", "wal", "doublewrite", PATH].contains(&name.as_str())
    };
    let foreign = disk.list("")?.into_iter().find(|name| !ours(name));
    if let Some(name) = foreign {
        return Err(Error::new(
            SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE,
            format!("the data directory is not empty and was not made by surus: it has \"{name}\""),
        ));
    }
    if disk.exists("base/0")? && !disk.list("base/0")?.is_empty() {
        return Err(Error::corrupted("the data directory has data but no control file"));
    }
    Ok(())
}
