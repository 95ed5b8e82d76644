//! Changing rows. Each change is one record; its pages are latched, lowest number first, from the look at the row to the
//! end of the change.

use crate::heap::history::{DeleteUndo, UpdateUndo};
use crate::heap::page::{
    self, BODY_MAX, DELETED, Delta, FORWARD, KEY_CHANGED, MOVED, POINTER_SIZE, ROW_OVERHEAD, Row,
    Stamp, capacity_for,
};
use crate::heap::space::RESERVE_BYTES;
use crate::locks::RowLock;
use crate::record::{Kind, put_page};
use crate::row::row_too_big;
use crate::transaction::Purged;
use crate::{RelationId, RowAddress, Storage, Transaction, UpdateKind, Version, Write, Xid, large};
use buffer::{PageBytes, PageId, PageMut, Pin};
use error::Result;
use std::sync::Arc;
use wal::Span;

/// Operations and the page that they are for.
pub(crate) type PageChange<'a> = (u32, &'a [u8]);

/// Does logged operations to their latched pages.
pub(crate) fn apply_all(
    pages: &mut [(u32, PageMut<'_>)],
    changes: &[PageChange<'_>],
    xid: Xid,
    span: Span,
) {
    for (number, operations) in changes {
        let found = pages.iter_mut().find(|(page, _)| page == number);
        let (_, page) = found.expect("every changed page is latched");
        // What is logged but cannot be done would leave the page unlike its log.
        page::apply(page, operations, xid, Version(span.start.0))
            .expect("operations fit their page");
        page.set_lsn(span.end);
    }
}

/// Latches pages for writing, lowest number first; a page named twice is latched once.
pub(crate) fn latch_all<'p>(pins: &'p [Pin<'_>]) -> Vec<(u32, PageMut<'p>)> {
    let mut order: Vec<&Pin<'_>> = pins.iter().collect();
    order.sort_unstable_by_key(|pin| pin.id().page);
    order.dedup_by_key(|pin| pin.id().page);
    order.into_iter().map(|pin| (pin.id().page, pin.write())).collect()
}

pub(crate) fn page_of<'a>(pages: &'a [(u32, PageMut<'_>)], number: u32) -> Option<&'a PageBytes> {
    pages.iter().find(|(page, _)| *page == number).map(|(_, page)| &**page)
}

/// What a look at a row before a change of it found.
enum Look<'a> {
    Ready(Row<'a>),
    /// Another is changing it, but not its key: for who shares only that.
    KeyKept,
    Not(Write),
}

impl Transaction {
    /// Adds a row. 54000 if the body is larger than [`crate::ROW_SIZE_MAX`], 53100 if the disk is full.
    pub fn insert(&mut self, heap: RelationId, body: &[u8]) -> Result<(RowAddress, Version)> {
        let mut addresses = Vec::with_capacity(1);
        let version = self.insert_some(heap, &[body], &mut addresses)?;
        Ok((addresses[0], version))
    }

    /// Adds many rows, with one log record per page; `addresses` gets one address per body, in order.
    pub fn insert_many(
        &mut self,
        heap: RelationId,
        bodies: &[&[u8]],
        addresses: &mut Vec<RowAddress>,
    ) -> Result<()> {
        let mut done = 0;
        while done < bodies.len() {
            let before = addresses.len();
            self.insert_some(heap, &bodies[done..], addresses)?;
            done += addresses.len() - before;
        }
        Ok(())
    }

    /// Adds as many rows, one at least, as one page takes.
    fn insert_some(
        &mut self,
        heap: RelationId,
        bodies: &[&[u8]],
        addresses: &mut Vec<RowAddress>,
    ) -> Result<Version> {
        if let Some(body) = bodies.iter().find(|body| body.len() > BODY_MAX) {
            return Err(row_too_big(body.len()));
        }
        let storage = Arc::clone(&self.storage);
        storage.log.wait_for_room()?;
        let xid = self.assign_xid()?;
        let first = ROW_OVERHEAD + capacity_for(bodies[0].len());
        let needed = (first + RESERVE_BYTES).min(ROW_OVERHEAD + BODY_MAX);
        loop {
            let pin = storage.page_with_room(heap, needed, None)?;
            let mut page = pin.write();
            let mut free = page::free_bytes(&page);
            if free < needed {
                continue;
            }
            let number = pin.id().page;
            let (mut operations, mut undo) = (Vec::new(), Vec::new());
            let mut slots = FreeSlots::new(&page);
            let start = addresses.len();
            crate::codec::put(&mut undo, u64::from(number));
            for (index, body) in bodies.iter().enumerate() {
                let size = ROW_OVERHEAD + capacity_for(body.len());
                if index > 0 && free < size + RESERVE_BYTES {
                    break;
                }
                free -= size;
                let slot = slots.next(&page);
                page::put_row(&mut operations, slot, 0, &[body]);
                crate::codec::put(&mut undo, u64::from(slot));
                addresses.push(RowAddress { page: number, slot });
            }
            page.prepare(&storage.log);
            let appended = self.begin_record(Kind::HeapInsert, heap, &undo).and_then(|()| {
                put_page(&mut self.buffer, heap, number, &operations);
                self.append_record(Purged::No)
            });
            let span = match appended {
                Ok(span) => span,
                Err(error) => {
                    addresses.truncate(start);
                    return Err(error);
                }
            };
            apply_all(&mut [(number, page)], &[(number, &operations)], xid, span);
            if let Some(serial) = &self.serial {
                serial.wrote_heap(heap)?;
            }
            return Ok(Version(span.start.0));
        }
    }

    /// Replaces a row's body, if its newest version is still `expected`. The address stays. Index
    /// entries are the caller's: insert those of changed keys after it, and mark the old ones. 54000 if the body is
    /// too large, 53100 if the disk is full.
    pub fn update(
        &mut self,
        heap: RelationId,
        address: RowAddress,
        expected: Version,
        body: &[u8],
        kind: UpdateKind,
    ) -> Result<Write> {
        if body.len() > BODY_MAX {
            return Err(row_too_big(body.len()));
        }
        let storage = Arc::clone(&self.storage);
        storage.log.wait_for_room()?;
        self.assign_xid()?;
        let lock = match kind {
            UpdateKind::KeyKept => RowLock::NoKeyUpdate,
            UpdateKind::KeyChanged => RowLock::Update,
        };
        let flags = if kind == UpdateKind::KeyChanged { KEY_CHANGED } else { 0 };
        let mut pins = vec![storage.heap_pin(heap, address.page)?];
        let mut target = None;
        loop {
            let mut pages = latch_all(&pins);
            let home = page_of(&pages, address.page).expect("the home page is latched");
            let row = match self.look(home, heap, address, expected, lock) {
                Look::Not(write) => return Ok(self.settle(heap, address, write)),
                Look::KeyKept => return Ok(self.settle(heap, address, Write::Changed)),
                Look::Ready(row) => row,
            };
            let remote = row.has(FORWARD).then(|| row.pointer());
            if let Some(remote) = remote
                && page_of(&pages, remote.page).is_none()
            {
                drop(pages);
                pins.push(storage.heap_pin(heap, remote.page)?);
                continue;
            }
            let plan = Plan::new(&storage, &pages, address, &row, remote, body, target);
            let Some(plan) = plan else {
                let needed = ROW_OVERHEAD + capacity_for(body.len() + POINTER_SIZE);
                drop(pages);
                let pin = storage.page_with_room(heap, needed, Some(address.page))?;
                target = Some(pin.id().page);
                pins.push(pin);
                continue;
            };
            let write =
                self.update_latched(heap, address, &mut pages, plan, flags, remote, body)?;
            drop(pages);
            self.note_written(heap, address)?;
            return Ok(self.settle(heap, address, write));
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one change")]
    fn update_latched(
        &mut self,
        heap: RelationId,
        address: RowAddress,
        pages: &mut [(u32, PageMut<'_>)],
        plan: Plan,
        flags: u8,
        remote: Option<RowAddress>,
        body: &[u8],
    ) -> Result<Write> {
        let xid = self.assign_xid()?;
        let mut undo = Vec::new();
        let let_go;
        let mut changes: Vec<(u32, Vec<u8>)> = Vec::with_capacity(2);
        {
            let home = page_of(pages, address.page).expect("the home page is latched");
            let row = page::row(home, address.slot).expect("the row was just looked at");
            let old_body = logical_body(pages, &row, remote);
            let new_remote = plan.new_remote(remote);
            let_go = large::let_go(old_body, body);
            let before = self.storage.before_update(&row, xid, &mut self.buffer);
            let update = UpdateUndo {
                address,
                xid: row.xid,
                version: row.version,
                flags: row.flags,
                skip: before.skip,
                old_remote: remote,
                new_remote,
                let_go: &let_go,
                delta: before.delta(body, old_body),
            };
            update.put(&mut undo);
            let mut home_operations = Vec::new();
            for slot in &plan.trims {
                page::put_trim(&mut home_operations, *slot);
            }
            let delta = Delta::between(old_body, body);
            match (plan.place, new_remote) {
                (Place::Here, None) => {
                    page::put_patch(&mut home_operations, address.slot, Stamp::Own, flags, delta);
                }
                (Place::Here, Some(remote)) => {
                    page::put_header(
                        &mut home_operations,
                        address.slot,
                        Stamp::Own,
                        flags | FORWARD,
                    );
                    let mut operations = Vec::new();
                    let delta = Delta { prefix: delta.prefix + POINTER_SIZE, ..delta };
                    page::put_patch(&mut operations, remote.slot, Stamp::Own, MOVED, delta);
                    changes.push((remote.page, operations));
                }
                (Place::Moved(_), new_remote) => {
                    let new = new_remote.expect("a moved row has a place");
                    let forward = page::pointer(new);
                    let flags = flags | FORWARD;
                    let delta = Delta::whole(&forward);
                    page::put_patch(&mut home_operations, address.slot, Stamp::Own, flags, delta);
                    let mut operations = Vec::new();
                    page::put_row(
                        &mut operations,
                        new.slot,
                        MOVED,
                        &[&page::pointer(address), body],
                    );
                    changes.push((new.page, operations));
                }
            }
            changes.insert(0, (address.page, home_operations));
        }
        // An old body elsewhere stays until purge, so that a rollback finds it.
        let left_behind = remote.is_some() && plan.new_remote(remote) != remote;
        let purged = if left_behind || !let_go.is_empty() { Purged::Yes } else { Purged::No };
        let span = self.log_change(Kind::HeapUpdate, heap, &undo, &changes, pages, purged)?;
        let changes: Vec<PageChange<'_>> =
            changes.iter().map(|(page, bytes)| (*page, bytes.as_slice())).collect();
        apply_all(pages, &changes, xid, span);
        Ok(Write::Done(Version(span.start.0)))
    }

    fn log_change(
        &mut self,
        kind: Kind,
        heap: RelationId,
        undo: &[u8],
        changes: &[(u32, Vec<u8>)],
        pages: &mut [(u32, PageMut<'_>)],
        purged: Purged,
    ) -> Result<Span> {
        for (number, page) in pages.iter_mut() {
            if changes.iter().any(|(changed, _)| changed == number) {
                page.prepare(&self.storage.log);
            }
        }
        self.begin_record(kind, heap, undo)?;
        for (page, operations) in changes {
            put_page(&mut self.buffer, heap, *page, operations);
        }
        self.append_record(purged)
    }

    /// Deletes a row, if its newest version is still `expected`. The caller then marks all its index entries. 53100 if
    /// the disk is full.
    pub fn delete(
        &mut self,
        heap: RelationId,
        address: RowAddress,
        expected: Version,
    ) -> Result<Write> {
        let storage = Arc::clone(&self.storage);
        let xid = self.assign_xid()?;
        let mut pins = vec![storage.heap_pin(heap, address.page)?];
        loop {
            let mut pages = latch_all(&pins);
            let home = page_of(&pages, address.page).expect("the home page is latched");
            let row = match self.look(home, heap, address, expected, RowLock::Update) {
                Look::Not(write) => return Ok(self.settle(heap, address, write)),
                Look::KeyKept => return Ok(self.settle(heap, address, Write::Changed)),
                Look::Ready(row) => row,
            };
            let remote = row.has(FORWARD).then(|| row.pointer());
            if let Some(remote) = remote
                && page_of(&pages, remote.page).is_none()
            {
                drop(pages);
                pins.push(storage.heap_pin(heap, remote.page)?);
                continue;
            }
            let flags = row.flags & FORWARD | DELETED | KEY_CHANGED;
            let let_go = large::let_go(logical_body(&pages, &row, remote), &[]);
            let undo = DeleteUndo {
                address,
                xid: row.xid,
                version: row.version,
                flags: row.flags,
                remote,
                let_go: &let_go,
            };
            let mut undo_bytes = Vec::new();
            undo.put(&mut undo_bytes);
            let mut operations = Vec::new();
            page::put_header(&mut operations, address.slot, Stamp::Own, flags);
            let mut changes = vec![(address.page, operations)];
            if let Some(remote) = remote {
                let mut operations = Vec::new();
                page::put_header(&mut operations, remote.slot, Stamp::Own, MOVED);
                changes.push((remote.page, operations));
            }
            let span = self.log_change(
                Kind::HeapDelete,
                heap,
                &undo_bytes,
                &changes,
                &mut pages,
                Purged::Yes,
            )?;
            let changes: Vec<PageChange<'_>> =
                changes.iter().map(|(page, bytes)| (*page, bytes.as_slice())).collect();
            apply_all(&mut pages, &changes, xid, span);
            drop(pages);
            self.note_written(heap, address)?;
            return Ok(self.settle(heap, address, Write::Done(Version(span.start.0))));
        }
    }

    /// Makes dependencies of who read a row that a serialisable transaction wrote. 40001.
    fn note_written(&self, heap: RelationId, address: RowAddress) -> Result<()> {
        self.serial.as_ref().map_or(Ok(()), |serial| serial.wrote_row(heap, address))
    }

    /// Locks a row as FOR UPDATE and its like do, if its newest version is still `expected`. For [`RowLock::KeyShare`]
    /// updates by others that keep the key, in progress or committed, are in nobody's way.
    pub fn lock_row(
        &mut self,
        heap: RelationId,
        address: RowAddress,
        expected: Version,
        lock: RowLock,
    ) -> Result<Write> {
        let storage = Arc::clone(&self.storage);
        self.assign_xid()?;
        let pin = storage.heap_pin(heap, address.page)?;
        let mut kept_until = None;
        loop {
            let page = pin.read();
            let newest =
                page::row(&page, address.slot).map(|row| (row.xid, row.version, row.flags));
            match self.look(&page, heap, address, expected, lock) {
                Look::Ready(_) => {}
                Look::KeyKept | Look::Not(Write::Changed)
                    if lock == RowLock::KeyShare && newest.is_some() =>
                {
                    if kept_until != newest {
                        drop(page);
                        let Some(header) = newest else { continue };
                        match storage.key_changer(header, expected)? {
                            None => kept_until = newest,
                            Some(xid)
                                if storage.table.is_active(xid) && self.xid() != Some(xid) =>
                            {
                                return Ok(self.settle(heap, address, Write::WaitFor(xid)));
                            }
                            Some(_) => return Ok(self.settle(heap, address, Write::Changed)),
                        }
                        continue;
                    }
                }
                Look::KeyKept => return Ok(self.settle(heap, address, Write::Changed)),
                Look::Not(write) => return Ok(self.settle(heap, address, write)),
            }
            if !self.try_lock_row(heap, address, lock) {
                // Somebody waits for it in the queue, or was faster.
                let holder = storage.locks.row_conflict(&self.owner, heap, address, lock);
                return Ok(holder.map_or(Write::Changed, Write::WaitFor));
            }
            return Ok(self.settle(heap, address, Write::Done(expected)));
        }
    }

    /// Whether a row's newest version is this transaction's.
    pub fn is_own(&self, heap: RelationId, address: RowAddress) -> Result<bool> {
        let pin = self.storage.heap_pin(heap, address.page)?;
        let page = pin.read();
        let row = page::row(&page, address.slot);
        Ok(row.is_some_and(|row| Some(row.xid) == self.xid()))
    }

    /// What would keep a change of a row, whose newest version should be `expected`, from being done; `None` if
    /// nothing would.
    pub fn refused(
        &self,
        heap: RelationId,
        address: RowAddress,
        expected: Version,
    ) -> Result<Option<Write>> {
        let pin = self.storage.heap_pin(heap, address.page)?;
        let page = pin.read();
        Ok(match self.look(&page, heap, address, expected, RowLock::NoKeyUpdate) {
            Look::Ready(_) | Look::KeyKept => None,
            Look::Not(write) => Some(write),
        })
    }

    /// Whether a row can be changed, or locked, now.
    fn look<'a>(
        &self,
        page: &'a PageBytes,
        heap: RelationId,
        address: RowAddress,
        expected: Version,
        lock: RowLock,
    ) -> Look<'a> {
        let Some(row) = page::row(page, address.slot).filter(|row| !row.has(MOVED)) else {
            return Look::Not(Write::Deleted);
        };
        if Some(row.xid) == self.xid() {
            if !self.is_before_command(row.version) {
                return Look::Not(Write::SelfModified);
            }
        } else if self.storage.table.is_active(row.xid) {
            if lock == RowLock::KeyShare && !row.has(KEY_CHANGED) {
                return Look::KeyKept;
            }
            return Look::Not(Write::WaitFor(row.xid));
        } else {
            self.note_seen(row.xid);
        }
        if row.has(DELETED) {
            return Look::Not(Write::Deleted);
        }
        if row.version != expected {
            return Look::Not(Write::Changed);
        }
        match self.storage.locks.row_conflict(&self.owner, heap, address, lock) {
            Some(holder) => Look::Not(Write::WaitFor(holder)),
            None => Look::Ready(row),
        }
    }

    /// The turn at a row ends with what it was waited for, or with the transaction if that has the row now.
    fn settle(&mut self, heap: RelationId, address: RowAddress, write: Write) -> Write {
        match write {
            Write::Done(_) => self.keep_turn(heap, address),
            Write::Deleted | Write::SelfModified => self.release_turn(),
            Write::WaitFor(_) | Write::Changed => {}
        }
        write
    }
}

impl Storage {
    pub(crate) fn heap_pin(&self, heap: RelationId, page: u32) -> Result<Pin<'_>> {
        self.pool.pin(PageId { relation: heap, page })
    }
}

/// The free slots of a page, one after the other.
struct FreeSlots {
    next: u16,
}

impl FreeSlots {
    fn new(page: &PageBytes) -> Self {
        Self { next: page::next_slot(page) }
    }

    fn next(&mut self, page: &PageBytes) -> u16 {
        let slot = self.next;
        let count = page::slot_count(page);
        self.next = slot + 1;
        while self.next < count && page::row(page, self.next).is_some() {
            self.next += 1;
        }
        slot
    }
}

/// A row's body, wherever it is.
fn logical_body<'a>(
    pages: &'a [(u32, PageMut<'_>)],
    row: &Row<'a>,
    remote: Option<RowAddress>,
) -> &'a [u8] {
    match remote {
        None => row.body,
        Some(remote) => {
            let page = page_of(pages, remote.page).expect("the body's page is latched");
            let moved = page::row(page, remote.slot).expect("a forwarded row has its body");
            &moved.body[POINTER_SIZE..]
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Where the body is.
    Here,
    /// To this slot elsewhere.
    Moved(RowAddress),
}

/// Where an update's new body goes.
struct Plan {
    place: Place,
    /// Slots of the home page that give up unused room first.
    trims: Vec<u16>,
}

impl Plan {
    fn new_remote(&self, remote: Option<RowAddress>) -> Option<RowAddress> {
        match self.place {
            Place::Here => remote,
            Place::Moved(to) => Some(to),
        }
    }

    /// `None` if another page is needed, or the one chosen is full by now.
    fn new(
        storage: &Storage,
        pages: &[(u32, PageMut<'_>)],
        address: RowAddress,
        row: &Row<'_>,
        remote: Option<RowAddress>,
        body: &[u8],
        target: Option<u32>,
    ) -> Option<Self> {
        let here = |trims| Some(Self { place: Place::Here, trims });
        let (capacity, needed, number) = match remote {
            None => (row.capacity, body.len(), address.page),
            Some(remote) => {
                let moved = page::row(page_of(pages, remote.page)?, remote.slot)?;
                (moved.capacity, body.len() + POINTER_SIZE, remote.page)
            }
        };
        let page = page_of(pages, number)?;
        if needed <= capacity || page::free_bytes(page) + capacity >= needed {
            return here(Vec::new());
        }
        if remote.is_none() {
            let (trims, gained) = trims(storage, page, address.slot);
            if page::free_bytes(page) + gained + capacity >= needed {
                return here(trims);
            }
        }
        let target = page_of(pages, target?)?;
        let size = ROW_OVERHEAD + capacity_for(body.len() + POINTER_SIZE);
        if page::free_bytes(target) < size {
            return None;
        }
        let number = pages
            .iter()
            .find(|(_, page)| std::ptr::eq(&**page, target))
            .map(|(number, _)| *number)?;
        let to = RowAddress { page: number, slot: page::next_slot(target) };
        Some(Self { place: Place::Moved(to), trims: Vec::new() })
    }
}

/// Slots with unused room that no rollback can need, and how much they have.
fn trims(storage: &Storage, page: &PageBytes, except: u16) -> (Vec<u16>, usize) {
    let mut slots = Vec::new();
    let mut gained = 0;
    for slot in 0..page::slot_count(page) {
        let Some(row) = page::row(page, slot) else { continue };
        let unused = row.capacity - capacity_for(row.body.len()).min(row.capacity);
        if slot != except && unused > 0 && !storage.table.is_active(row.xid) {
            slots.push(slot);
            gained += unused;
        }
    }
    (slots, gained)
}
