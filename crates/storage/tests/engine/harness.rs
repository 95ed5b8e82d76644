//! A small table on the engine beside a model of it: rows of a key (unique index) and a value (plain index).

use error::Result;
use os::{Random, SimDisk};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Bound, ControlFlow};
use std::sync::Arc;
use storage::*;

pub(crate) const DATABASE: u32 = 5;

/// What a table must hold.
pub(crate) type State = BTreeMap<RowAddress, Content>;

/// A row: its key and its value.
type Content = (u64, Vec<u8>);
type Row = (RowAddress, Content);
/// A row found by its key: its value, and how that is stored.
type FoundRow = (RowAddress, Version, Vec<u8>, Stored);
type Change = (RowAddress, Option<Content>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) heap: RelationId,
    pub(crate) by_key: RelationId,
    pub(crate) by_value: RelationId,
}

/// What became of a statement.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done(RowAddress),
    Blocked(Xid),
    Duplicate,
    Conflict,
    NoRow,
}

pub(crate) fn options() -> Options {
    Options {
        shared_buffers_bytes: 256 << 10,
        log_segment_bytes: 64 << 10,
        log_memory_bytes: 16 << 10,
        old_snapshot_bytes: 64,
        undo: UndoTime::ByCall,
        background: false,
        ..Options::default()
    }
}

/// The seeds of a crash test, four crashes each. SURUS_CRASH_SEEDS=first..end tells others.
pub(crate) fn seeds(count: u64) -> std::ops::Range<u64> {
    let knob = std::env::var("SURUS_CRASH_SEEDS").ok();
    let range = knob.as_deref().and_then(|range| range.split_once(".."));
    let number = |text: &str| text.parse().unwrap();
    range.map_or(0..count, |(first, end)| number(first)..number(end))
}

pub(crate) fn open(disk: &SimDisk) -> Result<Arc<Storage>> {
    let storage = Storage::open(Arc::new(disk.clone()), options())?;
    storage.undo_unfinished()?;
    Ok(storage)
}

const KINDS: [ColumnKind; 2] = [ColumnKind::Fixed(8), ColumnKind::Variable];

/// A row's body with its value inside.
pub(crate) fn small_body(key: u64, value: &[u8]) -> Vec<u8> {
    let mut builder = RowBuilder::new();
    builder.push(KINDS[0], &key.to_le_bytes());
    builder.push(KINDS[1], value);
    builder.finish().unwrap().to_vec()
}

/// A row's body; a large value is written out of line.
fn body(
    transaction: &mut Transaction,
    heap: RelationId,
    key: u64,
    value: &[u8],
) -> Result<Vec<u8>> {
    let mut builder = RowBuilder::new();
    builder.clear();
    builder.push(KINDS[0], &key.to_le_bytes());
    builder.push(KINDS[1], value);
    transaction.move_out(heap, &mut builder)?;
    Ok(builder.finish()?.to_vec())
}

/// A value as it is in a row: copied under the page's latch, read afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stored {
    Inside(Vec<u8>),
    Outside(Vec<u8>),
}

impl Stored {
    pub(crate) fn read(&self, storage: &Storage, heap: RelationId) -> Result<Vec<u8>> {
        match self {
            Self::Inside(value) => Ok(value.clone()),
            Self::Outside(pointer) => storage.read_external(heap, pointer),
        }
    }
}

pub(crate) fn parts(row: RowRef<'_>) -> (u64, Stored) {
    let layout = RowLayout::new(&KINDS);
    let Column::Value(key) = layout.column(row, 0) else { panic!("no NULLs here") };
    let value = match layout.column(row, 1) {
        Column::Value(value) => Stored::Inside(value.to_vec()),
        Column::External(pointer) => Stored::Outside(pointer.to_vec()),
        Column::Null | Column::Absent => panic!("no NULLs here"),
    };
    (u64::from_le_bytes(key.try_into().unwrap()), value)
}

pub(crate) fn key_bytes(key: u64) -> Vec<u8> {
    key.to_be_bytes().to_vec()
}

/// What is indexed of a value.
pub(crate) fn value_bytes(value: &[u8]) -> Vec<u8> {
    value[..value.len().min(30)].to_vec()
}

impl Table {
    pub(crate) fn create(storage: &Arc<Storage>) -> Result<Self> {
        Self::create_with(storage, Durability::Logged)
    }

    pub(crate) fn create_with(storage: &Arc<Storage>, durability: Durability) -> Result<Self> {
        let mut transaction = storage.begin(1);
        let id = |file| RelationId { database: DATABASE, file };
        let table = Self {
            heap: id(storage.allocate_heap_file(durability)?),
            by_key: id(storage.allocate_index_file(durability)?),
            by_value: id(storage.allocate_index_file(durability)?),
        };
        transaction.create_database_dir(DATABASE)?;
        transaction.create_heap(table.heap)?;
        transaction.create_index(table.by_key)?;
        transaction.create_index(table.by_value)?;
        let lsn = transaction.commit(&mut |_| {})?;
        storage.wait_durable(lsn)?;
        Ok(table)
    }

    /// A statement's effects are all or none.
    fn statement(
        transaction: &mut Transaction,
        run: impl FnOnce(&mut Transaction) -> Result<Outcome>,
    ) -> Result<Outcome> {
        transaction.begin_command();
        let savepoint = transaction.savepoint();
        let outcome = run(transaction)?;
        if !matches!(outcome, Outcome::Done(_)) {
            transaction.rollback_to(savepoint)?;
        }
        transaction.release(savepoint);
        Ok(outcome)
    }

    pub(crate) fn insert(
        &self,
        transaction: &mut Transaction,
        key: u64,
        value: &[u8],
    ) -> Result<Outcome> {
        Self::statement(transaction, |transaction| {
            let body = body(transaction, self.heap, key, value)?;
            let (address, _) = transaction.insert(self.heap, &body)?;
            self.add_entries(transaction, address, Some(key), Some(value))
        })
    }

    /// Commits rows with these keys; gives the LSN that the answer waits for.
    pub(crate) fn fill(
        &self,
        storage: &Arc<Storage>,
        keys: impl IntoIterator<Item = u64>,
        value: &[u8],
    ) -> Lsn {
        let mut transaction = storage.begin(1);
        for key in keys {
            let made = self.insert(&mut transaction, key, value).unwrap();
            assert!(matches!(made, Outcome::Done(_)), "{made:?}");
        }
        transaction.commit(&mut |_| {}).unwrap()
    }

    /// Commits deletes of the rows with these keys; gives the LSN that the answer waits for.
    pub(crate) fn clear(&self, storage: &Arc<Storage>, keys: impl IntoIterator<Item = u64>) -> Lsn {
        let mut transaction = storage.begin(1);
        let snapshot = transaction.take_snapshot().unwrap();
        for key in keys {
            let deleted = self.delete(&mut transaction, &snapshot, key).unwrap();
            assert!(matches!(deleted, Outcome::Done(_)), "{deleted:?}");
        }
        drop(snapshot);
        transaction.commit(&mut |_| {}).unwrap()
    }

    fn add_entries(
        &self,
        transaction: &mut Transaction,
        address: RowAddress,
        key: Option<u64>,
        value: Option<&[u8]>,
    ) -> Result<Outcome> {
        if let Some(key) = key {
            let bytes = key_bytes(key);
            let entry = EntryKey::from(bytes.as_slice());
            let new = NewEntry { key: entry, address, unique: Unique::Yes };
            let in_run =
                key.is_multiple_of(2) && transaction.index_insert_run(self.by_key, &[new])? == 1;
            match if in_run {
                IndexInsert::Done
            } else {
                transaction.index_insert(self.by_key, self.heap, entry, address, Unique::Yes)?
            } {
                IndexInsert::Done | IndexInsert::Shared => {}
                IndexInsert::Duplicate(_) => return Ok(Outcome::Duplicate),
                IndexInsert::WaitFor(xid) => return Ok(Outcome::Blocked(xid)),
            }
        }
        if let Some(value) = value {
            let key = value_bytes(value);
            let key = EntryKey::from(key.as_slice());
            transaction.index_insert(self.by_value, self.heap, key, address, Unique::No)?;
        }
        Ok(Outcome::Done(address))
    }

    pub(crate) fn update(
        &self,
        transaction: &mut Transaction,
        snapshot: &Snapshot,
        key: u64,
        new_key: u64,
        new_value: &[u8],
    ) -> Result<Outcome> {
        Self::statement(transaction, |transaction| {
            let snapshot = transaction.reuse_snapshot(snapshot);
            let Some((address, version, old, stored)) =
                self.find_stored(transaction.storage(), &snapshot, key)?
            else {
                return Ok(Outcome::NoRow);
            };
            let body = match stored {
                // What stays keeps its chain.
                Stored::Outside(pointer) if old == new_value => {
                    let mut builder = RowBuilder::new();
                    builder.push(KINDS[0], &new_key.to_le_bytes());
                    builder.push_external(&pointer);
                    builder.finish()?.to_vec()
                }
                Stored::Inside(_) | Stored::Outside(_) => {
                    body(transaction, self.heap, new_key, new_value)?
                }
            };
            let kind = if key == new_key { UpdateKind::KeyKept } else { UpdateKind::KeyChanged };
            match transaction.update(self.heap, address, version, &body, kind)? {
                Write::Done(_) => {}
                Write::WaitFor(xid) => return Ok(Outcome::Blocked(xid)),
                Write::Changed | Write::Deleted => return Ok(Outcome::Conflict),
                Write::SelfModified => panic!("nothing was modified in this command"),
            }
            let changed_value = value_bytes(&old) != value_bytes(new_value);
            let added = self.add_entries(
                transaction,
                address,
                (key != new_key).then_some(new_key),
                changed_value.then_some(new_value),
            )?;
            if added == Outcome::Done(address) {
                if key != new_key {
                    transaction.index_mark(self.by_key, &key_bytes(key), address)?;
                }
                if changed_value {
                    transaction.index_mark(self.by_value, &value_bytes(&old), address)?;
                }
            }
            Ok(added)
        })
    }

    pub(crate) fn delete(
        &self,
        transaction: &mut Transaction,
        snapshot: &Snapshot,
        key: u64,
    ) -> Result<Outcome> {
        Self::statement(transaction, |transaction| {
            let snapshot = transaction.reuse_snapshot(snapshot);
            let Some((address, version, value)) =
                self.find(transaction.storage(), &snapshot, key)?
            else {
                return Ok(Outcome::NoRow);
            };
            match transaction.delete(self.heap, address, version)? {
                Write::Done(_) => {}
                Write::WaitFor(xid) => return Ok(Outcome::Blocked(xid)),
                Write::Changed | Write::Deleted => return Ok(Outcome::Conflict),
                Write::SelfModified => panic!("nothing was modified in this command"),
            }
            transaction.index_mark(self.by_key, &key_bytes(key), address)?;
            transaction.index_mark(self.by_value, &value_bytes(&value), address)?;
            Ok(Outcome::Done(address))
        })
    }

    pub(crate) fn find(
        &self,
        storage: &Storage,
        snapshot: &Snapshot,
        key: u64,
    ) -> Result<Option<(RowAddress, Version, Vec<u8>)>> {
        let found = self.find_stored(storage, snapshot, key)?;
        Ok(found.map(|(address, version, value, _)| (address, version, value)))
    }

    fn find_stored(
        &self,
        storage: &Storage,
        snapshot: &Snapshot,
        key: u64,
    ) -> Result<Option<FoundRow>> {
        let mut cursor = IndexCursor::new(self.by_key, self.heap);
        let bytes = key_bytes(key);
        cursor.reset(Bound::Included(&bytes), Bound::Included(&bytes), Direction::Forward);
        let mut found = None;
        while cursor.next(storage, snapshot, |entry| {
            let (row_key, value) = parts(entry.row);
            assert!(
                entry.needs_key_check || row_key == key,
                "an entry that needs no check matches"
            );
            if row_key == key {
                // A repeatable snapshot may see an old row beside the one that its own transaction put in its place.
                found = Some((entry.address, entry.version, value));
            }
            Ok(ControlFlow::Continue(()))
        })? {}
        let Some((address, version, stored)) = found else { return Ok(None) };
        Ok(Some((address, version, stored.read(storage, self.heap)?, stored)))
    }

    /// Whether a key's row is seen, by the index alone where that tells, and whether it told.
    pub(crate) fn has_key(
        &self,
        storage: &Storage,
        snapshot: &Snapshot,
        key: u64,
    ) -> Result<(bool, bool)> {
        let mut cursor = IndexCursor::new(self.by_key, self.heap);
        let bytes = key_bytes(key);
        cursor.reset(Bound::Included(&bytes), Bound::Included(&bytes), Direction::Forward);
        let (mut covered, mut fetched) = (false, false);
        let mut visit_key = |_: &[u8], _| {
            covered = true;
            Ok(ControlFlow::Continue(()))
        };
        while cursor.next_covered(storage, snapshot, &mut visit_key, |entry| {
            fetched |= parts(entry.row).0 == key;
            Ok(ControlFlow::Continue(()))
        })? {}
        Ok((covered || fetched, covered))
    }

    /// What is committed now.
    pub(crate) fn committed(&self, storage: &Arc<Storage>) -> State {
        let mut transaction = storage.begin(1);
        let snapshot = transaction.take_snapshot().unwrap();
        self.scan(storage, &snapshot).unwrap()
    }

    /// All that a snapshot sees, by a scan of the heap.
    pub(crate) fn scan(&self, storage: &Storage, snapshot: &Snapshot) -> Result<State> {
        let mut rows = Vec::new();
        for page in 0..storage.page_count(self.heap)? {
            storage.scan_page(snapshot, self.heap, page, |address, _, row| {
                rows.push((address, parts(row)));
                Ok(())
            })?;
        }
        let mut state = State::new();
        for (address, (key, stored)) in rows {
            let row = (key, stored.read(storage, self.heap)?);
            assert!(state.insert(address, row).is_none(), "a row is seen twice");
        }
        Ok(state)
    }

    fn scan_index(
        &self,
        storage: &Storage,
        snapshot: &Snapshot,
        index: RelationId,
        direction: Direction,
        key_of: impl Fn(&(u64, Vec<u8>)) -> Vec<u8>,
    ) -> Result<Vec<Row>> {
        let mut cursor = IndexCursor::new(index, self.heap);
        cursor.reset(Bound::Unbounded, Bound::Unbounded, direction);
        let mut found = Vec::new();
        let mut step = 0;
        loop {
            // Some calls stop after each row, as LIMIT would.
            let more = cursor.next(storage, snapshot, |entry| {
                let row = parts(entry.row);
                found.push((entry.address, entry.key.to_vec(), entry.needs_key_check, row));
                step += 1;
                Ok(if step % 3 == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
            })?;
            if !more {
                break;
            }
        }
        let mut rows = Vec::new();
        for (address, key, needs_key_check, (row_key, stored)) in found {
            let row = (row_key, stored.read(storage, self.heap)?);
            let matches = key_of(&row) == key;
            assert!(matches || needs_key_check, "an entry that needs no check matches");
            if matches {
                rows.push((address, row));
            }
        }
        Ok(rows)
    }

    /// Checks every way to read against what a snapshot must see.
    pub(crate) fn check(
        &self,
        storage: &Storage,
        snapshot: &Snapshot,
        expected: &State,
        seed: u64,
    ) -> Result<()> {
        let state = self.scan(storage, snapshot)?;
        assert_eq!(&state, expected, "seed {seed}: heap scan");
        let mut by_key: Vec<_> =
            expected.iter().map(|(address, row)| (*address, row.clone())).collect();
        by_key.sort_by_key(|(address, row)| (row.0, *address));
        let mut by_value = by_key.clone();
        by_value.sort_by_key(|(address, row)| (value_bytes(&row.1), *address));
        for direction in [Direction::Forward, Direction::Backward] {
            let mut keys =
                self.scan_index(storage, snapshot, self.by_key, direction, |row| key_bytes(row.0))?;
            let mut values =
                self.scan_index(storage, snapshot, self.by_value, direction, |row| {
                    value_bytes(&row.1)
                })?;
            if direction == Direction::Backward {
                keys.reverse();
                values.reverse();
            }
            assert_eq!(keys, by_key, "seed {seed}: index scan by key");
            assert_eq!(values, by_value, "seed {seed}: index scan by value");
        }
        for (address, row) in expected {
            let found = storage.fetch(snapshot, self.heap, *address, |_, row| parts(row))?;
            let found = match found {
                Some((key, stored)) => Some((key, stored.read(storage, self.heap)?)),
                None => None,
            };
            assert_eq!(found.as_ref(), Some(row), "seed {seed}: fetch");
            let found = self.find(storage, snapshot, row.0)?;
            let same = |(address, _, value): (RowAddress, Version, Vec<u8>)| {
                expected.get(&address) == Some(&(row.0, value))
            };
            assert!(found.is_some_and(same), "seed {seed}: look-up");
        }
        Ok(())
    }

    pub(crate) fn check_structure(&self, storage: &Storage) -> Result<()> {
        storage.check_heap(self.heap)?;
        if let Some(file) = storage.external_file(self.heap)? {
            storage.check_heap(file)?;
        }
        storage.check_index(self.by_key)?;
        storage.check_index(self.by_value)
    }
}

pub(crate) fn value(random: &mut Random, seed: u64) -> Vec<u8> {
    let length = match random.below(20) {
        // Some seeds have rows that often outgrow their pages.
        0..10 if seed % 4 == 1 => random.below(12_000),
        // Others have values of many chunks.
        0..4 if seed % 4 == 2 => random.below(70_000),
        0 => random.below(6000),
        1..4 => random.below(600),
        _ => random.below(24),
    };
    let letter = b'a' + u8::try_from(random.below(5)).unwrap();
    (0..length)
        .map(|at| if at % 7 == 6 { u8::try_from(random.below(256)).unwrap() } else { letter })
        .collect()
}

/// A session of the model: a transaction and what it did.
pub(crate) struct Session {
    pub(crate) transaction: Option<Transaction>,
    snapshot: Option<(Snapshot, State)>,
    /// What it did, in order: a row's new content, or its end.
    changes: Vec<Change>,
    savepoints: Vec<(Savepoint, usize)>,
    repeatable: bool,
}

impl Session {
    pub(crate) fn new() -> Self {
        Self {
            transaction: None,
            snapshot: None,
            changes: Vec::new(),
            savepoints: Vec::new(),
            repeatable: false,
        }
    }

    fn view(&self, base: &State) -> State {
        let mut view = base.clone();
        for (address, row) in &self.changes {
            match row {
                Some(row) => view.insert(*address, row.clone()),
                None => view.remove(address),
            };
        }
        view
    }
}

/// Several sessions on one table, and what must be in it.
pub(crate) struct World {
    pub(crate) storage: Arc<Storage>,
    pub(crate) table: Table,
    sessions: Vec<Session>,
    /// The states after each commit, as far as a crash may go back.
    pub(crate) states: Vec<State>,
    /// How many of them were acknowledged.
    pub(crate) acknowledged: usize,
    key_count: u64,
    seed: u64,
}

impl World {
    pub(crate) fn new(storage: Arc<Storage>, table: Table, state: State, seed: u64) -> Self {
        let sessions = (0..4).map(|_| Session::new()).collect();
        Self {
            storage,
            table,
            sessions,
            states: vec![state],
            acknowledged: 0,
            key_count: [60, 10, 500][usize::try_from(seed % 3).unwrap()],
            seed,
        }
    }

    fn committed(&self) -> &State {
        self.states.last().unwrap()
    }

    /// One random step of one session.
    pub(crate) fn step(&mut self, random: &mut Random) -> Result<()> {
        let number = usize::try_from(random.below(self.sessions.len() as u64)).unwrap();
        let mut session = std::mem::replace(&mut self.sessions[number], Session::new());
        let result = self.session_step(&mut session, random);
        self.sessions[number] = session;
        result
    }

    fn session_step(&mut self, session: &mut Session, random: &mut Random) -> Result<()> {
        let Some(mut transaction) = session.transaction.take() else {
            *session = Session::new();
            session.repeatable = random.one_in(2);
            session.transaction = Some(self.storage.begin(1));
            return Ok(());
        };
        if session.snapshot.is_none() || !session.repeatable {
            session.snapshot = Some((transaction.take_snapshot()?, self.committed().clone()));
        }
        match random.below(40) {
            0..3 => {
                let (snapshot, base) = session.snapshot.as_ref().unwrap();
                transaction.begin_command();
                let snapshot = transaction.reuse_snapshot(snapshot);
                self.table.check(&self.storage, &snapshot, &session.view(base), self.seed)?;
            }
            3..6 => {
                let changes = session.view(self.committed());
                let wrote = transaction.has_written();
                let lsn = transaction.commit(&mut |_| {})?;
                if wrote {
                    let keys: BTreeSet<u64> = changes.values().map(|row| row.0).collect();
                    assert_eq!(keys.len(), changes.len(), "seed {}: a key twice", self.seed);
                    self.states.push(changes);
                }
                session.snapshot = None;
                if random.one_in(3) {
                    self.storage.wait_durable(lsn)?;
                    if wrote {
                        self.acknowledged = self.states.len() - 1;
                    }
                }
                return Ok(());
            }
            6 => {
                session.snapshot = None;
                return transaction.rollback();
            }
            7..9 => session.savepoints.push((transaction.savepoint(), session.changes.len())),
            9..11 => {
                if let Some((savepoint, length)) = session.savepoints.pop() {
                    if random.one_in(2) {
                        transaction.rollback_to(savepoint)?;
                        session.changes.truncate(length);
                    }
                    transaction.release(savepoint);
                }
            }
            11 => drop(self.storage.purge()?),
            12 if random.one_in(4) => self.storage.checkpoint()?,
            _ => self.write(session, &mut transaction, random)?,
        }
        session.transaction = Some(transaction);
        Ok(())
    }

    fn write(
        &mut self,
        session: &mut Session,
        transaction: &mut Transaction,
        random: &mut Random,
    ) -> Result<()> {
        let (snapshot, base) = session.snapshot.as_ref().unwrap();
        let view = session.view(base);
        let key = random.below(self.key_count);
        let new_value = value(random, self.seed);
        let has = |key| view.values().any(|row| row.0 == key);
        match random.below(8) {
            0..3 => {
                let outcome = self.table.insert(transaction, key, &new_value)?;
                match outcome {
                    Outcome::Done(address) => {
                        session.changes.push((address, Some((key, new_value))))
                    }
                    Outcome::Duplicate => {
                        // Somebody else may have committed it behind a repeatable snapshot's back.
                        let newest = session.view(self.committed());
                        assert!(
                            newest.values().any(|row| row.0 == key),
                            "seed {}: no duplicate",
                            self.seed
                        );
                    }
                    Outcome::Blocked(_) => {}
                    other => panic!("seed {}: insert gave {other:?}", self.seed),
                }
            }
            3..7 => {
                let new_key = if random.one_in(3) { random.below(self.key_count) } else { key };
                let new_value = match view.values().find(|row| row.0 == key) {
                    Some((_, old)) if random.one_in(4) => old.clone(),
                    Some(_) | None => new_value,
                };
                let outcome = self.table.update(transaction, snapshot, key, new_key, &new_value)?;
                match outcome {
                    Outcome::Done(address) => {
                        session.changes.push((address, Some((new_key, new_value))))
                    }
                    Outcome::NoRow => assert!(!has(key), "seed {}: row not found", self.seed),
                    Outcome::Duplicate => {
                        let newest = session.view(self.committed());
                        assert!(
                            newest.values().any(|row| row.0 == new_key),
                            "seed {}: no duplicate",
                            self.seed
                        );
                    }
                    Outcome::Blocked(_) | Outcome::Conflict => assert!(has(key)),
                }
            }
            _ => match self.table.delete(transaction, snapshot, key)? {
                Outcome::Done(address) => session.changes.push((address, None)),
                Outcome::NoRow => assert!(!has(key), "seed {}: row not found", self.seed),
                Outcome::Blocked(_) | Outcome::Conflict => assert!(has(key)),
                Outcome::Duplicate => panic!("a delete has no duplicates"),
            },
        }
        Ok(())
    }

    /// Everything in progress is given up, as by a crash or the sessions' end.
    pub(crate) fn end(self) -> (Vec<State>, usize) {
        (self.states, self.acknowledged)
    }

    /// What is committed, checked through a fresh snapshot.
    pub(crate) fn check(&self) -> Result<()> {
        let mut transaction = self.storage.begin(1);
        let snapshot = transaction.take_snapshot()?;
        self.table.check(&self.storage, &snapshot, self.committed(), self.seed)?;
        self.table.check_structure(&self.storage)
    }

    /// Ends all sessions, purges, and checks that nothing is left of what is gone.
    pub(crate) fn check_purged(mut self) -> Result<()> {
        self.sessions.clear();
        self.storage.wait_durable(Lsn(self.storage.durable_lsn().0 + 1))?;
        self.storage.purge()?;
        self.storage.purge()?;
        for index in [self.table.by_key, self.table.by_value] {
            let mut count = 0;
            self.storage.index_entries(index, |key, address, marked| {
                assert!(!marked, "seed {}: {key:?} of {address} is left marked", self.seed);
                count += 1;
                Ok(())
            })?;
            assert_eq!(count, self.committed().len(), "seed {}: entries of {index}", self.seed);
        }
        let usage = self.storage.heap_usage(self.table.heap)?;
        assert_eq!(usage.rows, self.committed().len() as u64, "seed {}: rows", self.seed);
        assert_eq!(usage.moved, usage.forwarded, "seed {}: bodies left behind", self.seed);
        self.check_external()?;
        self.check()
    }

    /// Checks that there are just the chunks that the rows' values have.
    fn check_external(&self) -> Result<()> {
        let Some(file) = self.storage.external_file(self.table.heap)? else { return Ok(()) };
        let mut transaction = self.storage.begin(1);
        let snapshot = transaction.take_snapshot()?;
        let mut chunks = 0;
        for page in 0..self.storage.page_count(self.table.heap)? {
            self.storage.scan_page(&snapshot, self.table.heap, page, |_, _, row| {
                if let (_, Stored::Outside(pointer)) = parts(row) {
                    chunks += external_chunk_count(&pointer) as u64;
                }
                Ok(())
            })?;
        }
        let usage = self.storage.heap_usage(file)?;
        assert_eq!(usage.rows, chunks, "seed {}: chunks", self.seed);
        Ok(())
    }
}
