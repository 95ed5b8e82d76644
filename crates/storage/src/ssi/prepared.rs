//! What is kept of a prepared serialisable transaction across a restart: what it read. With whom it was in conflict is
//! not kept, so from then on it counts as one with conflicts in both directions: who reads what it wrote is refused, and
//! so is who writes what it read while another such transaction is there.

use super::{Member, Range, Serial, Ssi, State};
use crate::codec::{Decoder, damaged, put, put_bytes};
use crate::{RelationId, RowAddress, Xid};
use error::Result;
use parking_lot::Mutex;
use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

// In the record of PREPARE, behind its locks; nothing where no checks are needed:
//   whether it only reads (u8); heaps read as a whole: count, heap...; rows: count of heaps, (heap, count, row...)...;
//   ranges: count of indexes, (index, how many it asked for, count, (lower, upper)...)...
//   A bound is its kind (u8) and its bytes, but where there is none.

fn put_relation(bytes: &mut Vec<u8>, relation: RelationId) {
    put(bytes, u64::from(relation.database));
    put(bytes, u64::from(relation.file));
}

fn relation(rest: &mut Decoder<'_>) -> Result<RelationId> {
    Ok(RelationId { database: rest.u32()?, file: rest.u32()? })
}

fn put_bound(bytes: &mut Vec<u8>, bound: &Bound<Vec<u8>>) {
    let (kind, key) = match bound {
        Bound::Unbounded => return bytes.push(0),
        Bound::Included(key) => (1, key),
        Bound::Excluded(key) => (2, key),
    };
    bytes.push(kind);
    put_bytes(bytes, key);
}

fn bound(rest: &mut Decoder<'_>) -> Result<Bound<Vec<u8>>> {
    match rest.u8()? {
        0 => Ok(Bound::Unbounded),
        1 => Ok(Bound::Included(rest.bytes()?.to_vec())),
        2 => Ok(Bound::Excluded(rest.bytes()?.to_vec())),
        _ => Err(damaged()),
    }
}

impl Member {
    fn put(&self, number: u64, state: &State, bytes: &mut Vec<u8>) {
        bytes.push(u8::from(self.read_only));
        put(bytes, self.heaps.len() as u64);
        for heap in &self.heaps {
            put_relation(bytes, *heap);
        }
        put(bytes, self.rows.len() as u64);
        for (heap, rows) in &self.rows {
            put_relation(bytes, *heap);
            put(bytes, rows.len() as u64);
            for row in rows {
                put(bytes, u64::from(row.page));
                put(bytes, u64::from(row.slot));
            }
        }
        put(bytes, self.ranges.len() as u64);
        for (index, asked) in &self.ranges {
            put_relation(bytes, *index);
            put(bytes, *asked as u64);
            let ranges = state.ranges.get(index).into_iter().flatten();
            let own: Vec<&Range> = ranges.filter(|range| range.member == number).collect();
            put(bytes, own.len() as u64);
            for range in own {
                put_bound(bytes, &range.lower);
                put_bound(bytes, &range.upper);
            }
        }
    }
}

impl State {
    /// Has a transaction's read locks again; the numbers and bytes are those of [`Member::put`].
    fn restore(&mut self, number: u64, member: &mut Member, rest: &mut Decoder<'_>) -> Result<()> {
        member.read_only = rest.u8()? != 0;
        for _ in 0..rest.u64()? {
            let heap = relation(rest)?;
            member.heaps.insert(heap);
            self.heaps.entry(heap).or_default().push(number);
        }
        for _ in 0..rest.u64()? {
            let heap = relation(rest)?;
            let rows = member.rows.entry(heap).or_default();
            for _ in 0..rest.u64()? {
                let row = RowAddress { page: rest.u32()?, slot: rest.u16()? };
                rows.insert(row);
                self.rows.entry((heap, row)).or_default().push(number);
            }
        }
        for _ in 0..rest.u64()? {
            let index = relation(rest)?;
            member.ranges.insert(index, rest.usize()?);
            for _ in 0..rest.u64()? {
                let (lower, upper) = (bound(rest)?, bound(rest)?);
                let range = Range { member: number, lower, upper };
                self.ranges.entry(index).or_default().push(range);
            }
        }
        Ok(())
    }
}

impl Serial {
    /// Appends what it read to the record that prepares it.
    pub(crate) fn put_reads(&self, bytes: &mut Vec<u8>) {
        let state = self.ssi.0.lock();
        if let Some(member) = state.members.get(&self.number) {
            member.put(self.number, &state, bytes);
        }
    }
}

impl Ssi {
    /// A transaction that was prepared before a restart, with the reads that [`Serial::put_reads`] wrote. XX001.
    pub(crate) fn restore(
        self: &Arc<Self>,
        xid: Xid,
        rest: &mut Decoder<'_>,
    ) -> Result<Arc<Serial>> {
        let mut state = self.0.lock();
        let number = state.next_number;
        state.next_number += 1;
        state.sequence += 1;
        // Somebody whom it did not see committed before everybody else.
        let mut member = Member {
            xid: xid.0,
            recovered: true,
            prepared: Some(state.sequence),
            first_writer: Some(0),
            ..Member::default()
        };
        state.restore(number, &mut member, rest)?;
        for (other, each) in state.members.iter_mut().filter(|(_, each)| each.recovered) {
            each.readers.push(number);
            each.writers.push(number);
            member.readers.push(*other);
            member.writers.push(*other);
        }
        state.by_xid.insert(xid.0, number);
        state.members.insert(number, member);
        drop(state);
        Ok(Arc::new(Serial {
            ssi: Arc::clone(self),
            number,
            is_safe: AtomicBool::new(false),
            has_skipped: AtomicBool::new(false),
            skipped: Mutex::default(),
        }))
    }
}
