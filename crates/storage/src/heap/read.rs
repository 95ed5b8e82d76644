//! Reading rows as a snapshot sees them.

use crate::heap::history::Copy;
use crate::heap::page::{DELETED, FORWARD, MOVED, POINTER_SIZE, Row, row, slot_count};
use crate::{RelationId, RowAddress, RowRef, Snapshot, Storage, Transaction, Version, Xid};
use buffer::{PageBytes, PageId};
use error::{Error, Result};

/// A forwarded row is looked at so often, at most, before it is taken to be damaged.
const LOOKS_MAX: usize = 1_000_000;

/// So many rows of a page are visited at once at most.
const RUN_MAX: usize = 64;

/// A row of a page as a snapshot sees it.
#[derive(Debug, Clone, Copy)]
pub struct SeenRow<'a> {
    /// Where it is.
    pub address: RowAddress,
    /// The visible version.
    pub version: Version,
    /// Its body.
    pub row: RowRef<'a>,
}

/// Whether a version that was found is the row's newest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Age {
    Newest,
    Older,
}

impl Copy {
    fn of(row: &Row<'_>) -> Self {
        Self { xid: row.xid, version: row.version, flags: row.flags, body: row.body.to_vec() }
    }
}

impl Storage {
    /// Calls `visit` with every row of a heap's page that the snapshot sees, in slot order. It may run under the
    /// page's shared latch: it copies what it needs, and calls no storage. XX001 if the page is damaged.
    pub fn scan_page(
        &self,
        snapshot: &Snapshot,
        heap: RelationId,
        page: u32,
        mut visit: impl FnMut(RowAddress, Version, RowRef<'_>) -> Result<()>,
    ) -> Result<()> {
        self.scan_page_runs(snapshot, heap, page, |rows| {
            rows.iter().try_for_each(|seen| visit(seen.address, seen.version, seen.row))
        })
    }

    /// As [`Self::scan_page`], with as many rows at a time as a run holds.
    pub fn scan_page_runs(
        &self,
        snapshot: &Snapshot,
        heap: RelationId,
        page: u32,
        mut visit: impl FnMut(&[SeenRow<'_>]) -> Result<()>,
    ) -> Result<()> {
        snapshot.reads_heap(heap)?;
        snapshot.end_read(self.scan_page_unsettled(snapshot, heap, page, &mut visit))
    }

    fn scan_page_unsettled(
        &self,
        snapshot: &Snapshot,
        heap: RelationId,
        page: u32,
        visit: &mut impl FnMut(&[SeenRow<'_>]) -> Result<()>,
    ) -> Result<()> {
        let pin = self.pool.pin(PageId { relation: heap, page })?;
        let latched = pin.read();
        let all_visible = snapshot.sees_all(buffer::page_stamp(&latched));
        let next = scan_slots(&latched, 0, page, snapshot, all_visible, visit)?;
        if next == slot_count(&latched) {
            return Ok(());
        }
        // The rest goes on from a copy: it takes the log, or other pages, which are not read under a latch.
        let copy = Box::new(*latched);
        drop(latched);
        drop(pin);
        let mut next = next;
        while next < slot_count(&copy) {
            self.visit_slowly(&copy, heap, RowAddress { page, slot: next }, snapshot, visit)?;
            next = scan_slots(&copy, next + 1, page, snapshot, all_visible, visit)?;
        }
        Ok(())
    }

    /// A row of a copied page that is forwarded, or whose newest version the snapshot does not see.
    fn visit_slowly(
        &self,
        page: &PageBytes,
        heap: RelationId,
        address: RowAddress,
        snapshot: &Snapshot,
        visit: &mut impl FnMut(&[SeenRow<'_>]) -> Result<()>,
    ) -> Result<()> {
        let Some(row) = row(page, address.slot) else { return Ok(()) };
        if row.has(FORWARD) {
            let mut result = Ok(());
            self.fetch(snapshot, heap, address, |version, body| {
                result = visit(&[SeenRow { address, version, row: body }])
            })?;
            return result;
        }
        let mut copy = Copy::of(&row);
        if self.seen_version(snapshot, &mut copy)? {
            let row = RowRef { bytes: &copy.body };
            visit(&[SeenRow { address, version: copy.version, row }])?;
        }
        Ok(())
    }

    /// How many pages a scan of a heap has to read. 40001 for a serialisable transaction that must not go on.
    pub fn begin_scan(&self, snapshot: &Snapshot, heap: RelationId) -> Result<u32> {
        // Registered first: who adds a page after the count finds it.
        snapshot.reads_heap(heap)?;
        self.page_count(heap)
    }

    /// Calls `visit` with the version of a row that the snapshot sees; `None` if it sees none. It may run under the
    /// page's shared latch.
    pub fn fetch<T>(
        &self,
        snapshot: &Snapshot,
        heap: RelationId,
        address: RowAddress,
        visit: impl FnOnce(Version, RowRef<'_>) -> T,
    ) -> Result<Option<T>> {
        self.fetch_aged(snapshot, heap, address, |version, row, _| visit(version, row))
    }

    pub(crate) fn fetch_aged<T>(
        &self,
        snapshot: &Snapshot,
        heap: RelationId,
        address: RowAddress,
        visit: impl FnOnce(Version, RowRef<'_>, Age) -> T,
    ) -> Result<Option<T>> {
        snapshot.reads_row(heap, address)?;
        snapshot.end_read(self.fetch_unsettled(snapshot, heap, address, visit))
    }

    fn fetch_unsettled<T>(
        &self,
        snapshot: &Snapshot,
        heap: RelationId,
        address: RowAddress,
        visit: impl FnOnce(Version, RowRef<'_>, Age) -> T,
    ) -> Result<Option<T>> {
        {
            let pin = self.pool.pin(PageId { relation: heap, page: address.page })?;
            let latched = pin.read();
            let Some(row) = row(&latched, address.slot) else { return Ok(None) };
            if row.has(MOVED) {
                return Ok(None);
            }
            if snapshot.sees(row.xid, row.version) {
                if row.has(DELETED) {
                    return Ok(None);
                }
                if !row.has(FORWARD) {
                    return Ok(Some(visit(row.version, RowRef { bytes: row.body }, Age::Newest)));
                }
            }
        }
        let Some(mut copy) = self.copy_row(heap, address)? else { return Ok(None) };
        let newest = copy.version;
        if !self.seen_version(snapshot, &mut copy)? {
            return Ok(None);
        }
        let age = if copy.version == newest { Age::Newest } else { Age::Older };
        Ok(Some(visit(copy.version, RowRef { bytes: &copy.body }, age)))
    }

    /// Goes back to the version that the snapshot sees: `false` if there is none, or the row is deleted in it.
    fn seen_version(&self, snapshot: &Snapshot, copy: &mut Copy) -> Result<bool> {
        self.older_version(copy, snapshot.skips_of(), |xid, version| snapshot.sees(xid, version))
    }

    /// Calls `visit` with the newest version of a row that is committed or `transaction`'s own; `None` if it is deleted
    /// or gone.
    pub fn fetch_newest<T>(
        &self,
        transaction: &Transaction,
        heap: RelationId,
        address: RowAddress,
        visit: impl FnOnce(Version, RowRef<'_>) -> T,
    ) -> Result<Option<T>> {
        let Some(mut copy) = self.copy_row(heap, address)? else { return Ok(None) };
        let own = transaction.xid().unwrap_or(Xid::NONE);
        if !self.older_version(&mut copy, Some(own), |xid, _| {
            xid == own || !self.table.is_active(xid)
        })? {
            return Ok(None);
        }
        transaction.note_seen(copy.xid);
        Ok(Some(visit(copy.version, RowRef { bytes: &copy.body })))
    }

    /// The newest version of a row, whoever made it, deleted or not.
    pub(crate) fn copy_row(&self, heap: RelationId, address: RowAddress) -> Result<Option<Copy>> {
        for _ in 0..LOOKS_MAX {
            let mut copy = {
                let pin = self.pool.pin(PageId { relation: heap, page: address.page })?;
                let latched = pin.read();
                match row(&latched, address.slot).filter(|row| !row.has(MOVED)) {
                    Some(row) => Copy::of(&row),
                    None => return Ok(None),
                }
            };
            if copy.flags & FORWARD == 0 {
                return Ok(Some(copy));
            }
            let remote = crate::heap::page::get_pointer(&copy.body);
            let pin = self.pool.pin(PageId { relation: heap, page: remote.page })?;
            let latched = pin.read();
            // Both carry the same version, unless somebody wrote between the two looks.
            let body = row(&latched, remote.slot).filter(|body| {
                body.has(MOVED) && body.version == copy.version && body.pointer() == address
            });
            if let Some(body) = body {
                copy.body.clear();
                copy.body.extend_from_slice(&body.body[POINTER_SIZE..]);
                return Ok(Some(copy));
            }
        }
        Err(Error::corrupted(format!("the row at {address} of {heap} has lost its body")))
    }
}

/// Visits rows from a slot on, as long as that needs nothing but the page; returns the slot to go on at.
fn scan_slots(
    page: &PageBytes,
    from: u16,
    number: u32,
    snapshot: &Snapshot,
    all_visible: bool,
    visit: &mut impl FnMut(&[SeenRow<'_>]) -> Result<()>,
) -> Result<u16> {
    let nowhere = RowAddress { page: number, slot: 0 };
    let none = SeenRow { address: nowhere, version: Version(0), row: RowRef { bytes: &[] } };
    let mut run = [none; RUN_MAX];
    let (mut length, mut slot) = (0, from);
    let count = slot_count(page);
    while slot < count {
        if let Some(row) = row(page, slot) {
            if !row.has(MOVED) && !all_visible && !snapshot.sees(row.xid, row.version) {
                break;
            }
            if row.flags & (MOVED | DELETED) == 0 {
                if row.has(FORWARD) {
                    break;
                }
                let address = RowAddress { page: number, slot };
                let body = RowRef { bytes: row.body };
                run[length] = SeenRow { address, version: row.version, row: body };
                length += 1;
                if length == RUN_MAX {
                    visit(&run)?;
                    length = 0;
                }
            }
        }
        slot += 1;
    }
    if length > 0 {
        visit(&run[..length])?;
    }
    Ok(slot)
}
