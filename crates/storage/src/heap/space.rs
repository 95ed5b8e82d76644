//! Where a heap has room. What is known of it is kept in memory only; pages that nothing is known of are looked at,
//! a few at a time, before the heap grows.

use crate::heap::page;
use crate::{RelationId, Storage};
use buffer::{PAGE_SIZE, PageId, Pin};
use error::Result;
use parking_lot::Mutex;
use std::collections::{BTreeSet, HashMap};
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
    free: Free,
    /// Pages from here up to `unknown_end` were not looked at since the start.
    unknown: u32,
    unknown_end: u32,
}

/// Classes of pages by their free bytes, each of so many bytes.
const CLASS_BYTES: usize = 256;
const CLASS_COUNT: usize = PAGE_SIZE / CLASS_BYTES + 1;
/// So many pages are looked at in the class where some have enough and some do not.
const LOOKS: usize = 8;

/// Bytes free, of pages that have some.
#[derive(Debug, Default)]
struct Free {
    bytes: HashMap<u32, u16>,
    /// The pages of each class.
    classes: Vec<BTreeSet<u32>>,
}

impl Free {
    fn insert(&mut self, page: u32, free: usize) {
        if self.classes.is_empty() {
            self.classes.resize_with(CLASS_COUNT, BTreeSet::new);
        }
        self.bytes.insert(page, u16::try_from(free).unwrap_or(u16::MAX));
        self.classes[(free / CLASS_BYTES).min(CLASS_COUNT - 1)].insert(page);
    }

    fn remove(&mut self, page: u32) {
        if let Some(free) = self.bytes.remove(&page) {
            self.classes[(usize::from(free) / CLASS_BYTES).min(CLASS_COUNT - 1)].remove(&page);
        }
    }

    /// A page, other than `exclude`, that has so many bytes: low ones first, so that those at the end become empty.
    fn find(&self, needed: usize, exclude: Option<u32>) -> Option<u32> {
        if self.bytes.is_empty() {
            return None;
        }
        let class = (needed / CLASS_BYTES).min(CLASS_COUNT - 1);
        let first = |pages: &BTreeSet<u32>| pages.iter().copied().find(|p| Some(*p) != exclude);
        let larger = self.classes[class + 1..].iter().filter_map(first).min();
        let fits = |page: &u32| {
            self.bytes.get(page).is_some_and(|free| usize::from(*free) >= needed)
                && Some(*page) != exclude
        };
        larger.or_else(|| self.classes[class].iter().take(LOOKS).copied().find(fits))
    }
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
        known.free.remove(page);
        if free >= WORTH_BYTES {
            known.free.insert(page, free);
        }
    }

    /// Has rows go to a page from now on.
    pub(crate) fn set_target(&self, page: u32) {
        let mut known = self.known.lock();
        known.target = Some(page);
        known.free.remove(page);
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
        if let Some(page) = known.free.find(needed, exclude) {
            known.free.remove(page);
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
