//! Where a heap has room. What is known of it is kept in memory only; pages that nothing is known of are looked at,
//! a few at a time, before the heap grows.

use crate::heap::page;
use crate::{RelationId, Storage};
use buffer::{PageId, Pin};
use error::Result;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU8, Ordering};

/// Pages with less room than this are not remembered.
const WORTH_BYTES: usize = 128;
/// Left free by inserts, so that rows can grow where they are.
pub(crate) const RESERVE_BYTES: usize = 256;
/// How many unknown pages are looked at before the heap grows.
const PROBE_COUNT: u32 = 2;

/// What is known of a heap's room.
#[derive(Debug, Default)]
pub(crate) struct Space {
    known: Mutex<Known>,
    large: AtomicU8,
}

/// Whether the heap has a file of large values is not known, it has none, it has one, or it has one and the log since the
/// start says so.
const UNKNOWN: u8 = 0;
const ABSENT: u8 = 1;
const PRESENT: u8 = 2;
const LOGGED: u8 = 3;

#[derive(Debug, Default)]
struct Known {
    /// Where rows go now.
    target: Option<u32>,
    /// Bytes free, of pages that have some.
    free: BTreeMap<u32, usize>,
    /// Pages from here up to `unknown_end` were not looked at since the start.
    unknown: u32,
    unknown_end: u32,
}

impl Space {
    pub(crate) fn new(page_count: u32) -> Self {
        let target = page_count.checked_sub(1);
        let unknown_end = page_count.saturating_sub(1);
        let known = Mutex::new(Known { target, unknown_end, ..Known::default() });
        Self { known, large: AtomicU8::new(UNKNOWN) }
    }

    /// Whether the heap has a file of large values, if that is known.
    pub(crate) fn known_large(&self) -> Option<bool> {
        match self.large.load(Ordering::Acquire) {
            UNKNOWN => None,
            known => Some(known >= PRESENT),
        }
    }

    /// Whether the file was logged since the start.
    pub(crate) fn is_large_logged(&self) -> bool {
        self.large.load(Ordering::Acquire) == LOGGED
    }

    pub(crate) fn note_large_logged(&self) {
        self.large.store(LOGGED, Ordering::Release);
    }

    /// Notes what was found, unless somebody knows better by now.
    pub(crate) fn learn_large(&self, exists: bool) {
        let found = if exists { PRESENT } else { ABSENT };
        let _ = self.large.compare_exchange(UNKNOWN, found, Ordering::AcqRel, Ordering::Acquire);
    }

    /// Notes how much room a page has.
    pub(crate) fn note(&self, page: u32, free: usize) {
        let mut known = self.known.lock();
        if known.target == Some(page) {
            return;
        }
        if free >= WORTH_BYTES {
            known.free.insert(page, free);
        } else {
            known.free.remove(&page);
        }
    }

    /// Has rows go to a page from now on.
    pub(crate) fn set_target(&self, page: u32) {
        let mut known = self.known.lock();
        known.target = Some(page);
        known.free.remove(&page);
    }

    /// Has rows go elsewhere from now on.
    fn reject(&self, page: u32) {
        let mut known = self.known.lock();
        if known.target == Some(page) {
            known.target = None;
        }
    }

    /// A page that may have room; each is given once, until it is noted again.
    fn candidate(&self, needed: usize, exclude: Option<u32>, probes: &mut u32) -> Option<u32> {
        let mut known = self.known.lock();
        if let Some(target) = known.target.filter(|target| Some(*target) != exclude) {
            return Some(target);
        }
        let found =
            known.free.iter().find(|(page, free)| **free >= needed && Some(**page) != exclude);
        if let Some(page) = found.map(|(page, _)| *page) {
            known.free.remove(&page);
            return Some(page);
        }
        while *probes > 0 && known.unknown < known.unknown_end {
            *probes -= 1;
            known.unknown += 1;
            let page = known.unknown - 1;
            if Some(page) != exclude {
                return Some(page);
            }
        }
        None
    }
}

impl Storage {
    /// A page, other than `exclude`, that has so many bytes free; somebody may be faster to use them.
    pub(crate) fn page_with_room(
        &self,
        heap: RelationId,
        needed: usize,
        exclude: Option<u32>,
    ) -> Result<Pin<'_>> {
        let space = self.space(heap)?;
        let mut probes = PROBE_COUNT;
        while let Some(number) = space.candidate(needed, exclude, &mut probes) {
            let pin = self.pool.pin(PageId { relation: heap, page: number })?;
            let free = page::free_bytes(&pin.read());
            if free >= needed {
                space.set_target(number);
                return Ok(pin);
            }
            space.reject(number);
            space.note(number, free);
        }
        let pin = self.pool.extend(heap)?;
        space.set_target(pin.id().page);
        Ok(pin)
    }
}
