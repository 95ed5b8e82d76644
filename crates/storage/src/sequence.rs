//! Sequences: a page of their own each. After the common header: length u16, then the state.

use crate::record::{self, Kind, put_page};
use crate::transaction::header;
use crate::{Lsn, RelationId, SEQUENCE_STATE_MAX, Storage, Transaction, Xid};
use buffer::{HEADER_SIZE, PageBytes, PageId, PageKind, get_u16, initialise, page_kind, put_u16};
use error::{Error, Result, SqlState};
use wal::Urgency;

const LENGTH: usize = HEADER_SIZE;
const STATE: usize = LENGTH + size_of::<u16>();

/// Puts a state into a sequence's page. XX001 if it is too long.
pub(crate) fn apply(page: &mut PageBytes, state: &[u8]) -> Result<()> {
    let length = u16::try_from(state.len()).map_err(|_| damaged())?;
    if state.len() > SEQUENCE_STATE_MAX {
        return Err(damaged());
    }
    if !has_state(page)? {
        initialise(page, PageKind::Sequence);
    }
    put_u16(page, LENGTH, length);
    page[STATE..STATE + state.len()].copy_from_slice(state);
    Ok(())
}

fn state(page: &PageBytes) -> Result<&[u8]> {
    if !has_state(page)? {
        return Ok(&[]);
    }
    let length = usize::from(get_u16(page, LENGTH));
    page.get(STATE..STATE + length).ok_or_else(damaged)
}

/// Whether the page is a sequence's already; `false` if it is empty.
fn has_state(page: &PageBytes) -> Result<bool> {
    match page_kind(page)? {
        PageKind::Sequence => Ok(true),
        PageKind::Empty => Ok(false),
        PageKind::Heap | PageKind::IndexMeta | PageKind::IndexNode => Err(damaged()),
    }
}

#[cold]
fn damaged() -> Error {
    Error::corrupted("a sequence's page is damaged")
}

impl Storage {
    /// Calls `read` with a sequence's state.
    pub fn sequence_read<T>(
        &self,
        sequence: RelationId,
        read: impl FnOnce(&[u8]) -> T,
    ) -> Result<T> {
        let pin = self.pool.pin(PageId { relation: sequence, page: 0 })?;
        let page = pin.read();
        state(&page).map(read)
    }
}

/// Changes of sequences are not undone by a rollback; an answer that shows one waits for the log.
impl Transaction {
    /// Advances a sequence: `step` gets its state, may change it, and returns a value; if it fails nothing changes.
    pub fn sequence_next<T>(
        &mut self,
        sequence: RelationId,
        step: impl FnOnce(&mut [u8]) -> Result<T>,
    ) -> Result<T> {
        self.change_sequence(sequence, |old| {
            let mut new = old.to_vec();
            step(&mut new).map(|value| (value, new))
        })
    }

    /// Sets a sequence's state. 54000 if it is too long.
    pub fn sequence_set(&mut self, sequence: RelationId, state: &[u8]) -> Result<()> {
        if state.len() > SEQUENCE_STATE_MAX {
            return Err(Error::new(SqlState::PROGRAM_LIMIT_EXCEEDED, "sequence state is too long"));
        }
        self.change_sequence(sequence, |_| Ok(((), state.to_vec())))
    }

    fn change_sequence<T>(
        &mut self,
        sequence: RelationId,
        change: impl FnOnce(&[u8]) -> Result<(T, Vec<u8>)>,
    ) -> Result<T> {
        let storage = std::sync::Arc::clone(&self.storage);
        let pin = storage.pool.pin(PageId { relation: sequence, page: 0 })?;
        let mut page = pin.write();
        let old = state(&page)?;
        let (value, new) = change(old)?;
        if new == old {
            return Ok(value);
        }
        page.prepare(&storage.log);
        let header = header(Kind::Sequence, Xid::NONE, Lsn(0), 0, Lsn(0), sequence);
        record::begin(&mut self.buffer, header, &[]);
        put_page(&mut self.buffer, sequence, 0, &new);
        let span = storage.log.append(&self.buffer, Urgency::Ordinary, |_| {})?;
        apply(&mut page, &new)?;
        page.set_lsn(span.end);
        self.answer = span.end;
        Ok(value)
    }
}
