//! Histories of transactions at each isolation level, searched for what the level forbids.
//!
//! Values are lists that are only ever appended to, so that a list that was read tells all who wrote before (as Elle does:
//! Kingsbury and Alvaro, 2020). From what committed transactions read come their dependencies: ww from one writer of a
//! key to the next, wr from a writer to who read its list last, rw from a reader to who appended next.
//! READ COMMITTED has no circle of ww and wr; snapshots none without two rw in a row; SERIALIZABLE none at all.
//!
//! SURUS_HISTORY_TRANSACTIONS tells how many transactions each level gets.

use crate::harness::{Outcome, Table, open};
use error::{Result, SqlState};
use os::{Random, SimDisk, WaitSlot};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use storage::*;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    ReadCommitted,
    RepeatableRead,
    Serializable,
}

const KEY_COUNT: u64 = 6;
/// Transactions of one history.
const HISTORY: usize = 250;

/// What a committed transaction did.
#[derive(Debug, Clone, Default)]
struct Done {
    /// Lists read, without the transaction's own appends at their end.
    reads: Vec<(u64, Vec<u32>)>,
    appends: Vec<(u64, u32)>,
}

struct Client {
    transaction: Option<Transaction>,
    snapshot: Option<Snapshot>,
    done: Done,
    steps: u64,
}

/// What a step came to.
enum Step {
    Goes,
    Blocked,
    Fails,
}

fn list(value: &[u8]) -> Vec<u32> {
    value.chunks(4).map(|chunk| u32::from_be_bytes(chunk.try_into().unwrap())).collect()
}

pub(crate) fn serializable(transaction: &mut Transaction) -> Result<Snapshot> {
    let slot = Arc::new(WaitSlot::new());
    let limits = Limits {
        slot: &slot,
        check: &|| Ok(()),
        lock_timeout: None,
        deadline: None,
        deadlock_timeout: Duration::from_secs(1),
    };
    transaction.take_serializable_snapshot(Serializable::ReadWrite, limits)
}

impl Client {
    fn new() -> Self {
        Self { transaction: None, snapshot: None, done: Done::default(), steps: 0 }
    }

    fn begin(&mut self, storage: &Arc<Storage>, level: Level, random: &mut Random) -> Result<()> {
        let mut transaction = storage.begin(1);
        self.snapshot = match level {
            Level::ReadCommitted => None,
            Level::RepeatableRead => Some(transaction.take_snapshot()?),
            Level::Serializable => Some(serializable(&mut transaction)?),
        };
        self.transaction = Some(transaction);
        self.done = Done::default();
        self.steps = 1 + random.below(5);
        Ok(())
    }

    fn snapshot(&mut self) -> Result<Snapshot> {
        let transaction = self.transaction.as_mut().unwrap();
        transaction.begin_command();
        match &self.snapshot {
            Some(snapshot) => Ok(transaction.reuse_snapshot(snapshot)),
            None => transaction.take_snapshot(),
        }
    }

    fn read(&mut self, table: &Table, keys: std::ops::Range<u64>) -> Result<Step> {
        let snapshot = self.snapshot()?;
        let storage = Arc::clone(self.transaction.as_ref().unwrap().storage());
        for key in keys {
            let found = table.find(&storage, &snapshot, key)?;
            let mut found = found.map_or_else(Vec::new, |(_, _, value)| list(&value));
            let own = |id: &u32| self.done.appends.contains(&(key, *id));
            while found.last().is_some_and(own) {
                found.pop();
            }
            self.done.reads.push((key, found));
        }
        Ok(Step::Goes)
    }

    fn append(&mut self, table: &Table, key: u64, id: u32, level: Level) -> Result<Step> {
        loop {
            let snapshot = self.snapshot()?;
            let transaction = self.transaction.as_mut().unwrap();
            let storage = Arc::clone(transaction.storage());
            let found = table.find(&storage, &snapshot, key)?;
            let outcome = match found {
                Some((_, _, mut value)) => {
                    value.extend_from_slice(&id.to_be_bytes());
                    table.update(transaction, &snapshot, key, key, &value)?
                }
                None => table.insert(transaction, key, &id.to_be_bytes())?,
            };
            match outcome {
                Outcome::Done(_) => {
                    self.done.appends.push((key, id));
                    return Ok(Step::Goes);
                }
                Outcome::Blocked(_) => return Ok(Step::Blocked),
                // The newest version is what READ COMMITTED goes on with.
                Outcome::Conflict | Outcome::Duplicate | Outcome::NoRow
                    if level == Level::ReadCommitted => {}
                Outcome::Conflict | Outcome::Duplicate | Outcome::NoRow => return Ok(Step::Fails),
            }
        }
    }

    /// One step: begin, read, append or commit; `Some` with what a committed transaction did.
    fn step(
        &mut self,
        (storage, table, level): (&Arc<Storage>, &Table, Level),
        next: &mut dyn FnMut() -> u32,
        random: &mut Random,
    ) -> Result<Option<Done>> {
        if self.transaction.is_none() {
            self.begin(storage, level, random)?;
            return Ok(None);
        }
        if self.steps == 0 {
            let transaction = self.transaction.take().unwrap();
            transaction.commit(&mut |_| {})?;
            return Ok(Some(std::mem::take(&mut self.done)));
        }
        let key = random.below(KEY_COUNT);
        let step = match random.below(5) {
            0..2 => self.read(table, key..key + 1)?,
            2 => self.read(table, key..KEY_COUNT)?,
            _ => self.append(table, key, next(), level)?,
        };
        match step {
            Step::Goes => self.steps -= 1,
            // Who is blocked tries something else; or gives up, so that no circle stays.
            Step::Blocked if !random.one_in(4) => {}
            Step::Blocked | Step::Fails => self.transaction = None,
        }
        Ok(None)
    }
}

/// A step's failure by the level's rules ends its transaction; any other is a fault.
fn tolerate(client: &mut Client, result: Result<Option<Done>>, seed: u64) -> Option<Done> {
    match result {
        Ok(done) => done,
        Err(error) if error.code() == SqlState::T_R_SERIALIZATION_FAILURE => {
            client.transaction = None;
            None
        }
        Err(error) => panic!("seed {seed}: {error}"),
    }
}

fn final_lists(storage: &Arc<Storage>, table: &Table) -> BTreeMap<u64, Vec<u32>> {
    let mut transaction = storage.begin(1);
    let snapshot = transaction.take_snapshot().unwrap();
    let state = table.scan(storage, &snapshot).unwrap();
    state.into_values().map(|(key, value)| (key, list(&value))).collect()
}

type Edges = BTreeSet<(usize, usize)>;

/// What committed transactions have to do with each other: ww and wr, and rw.
fn dependencies(all: &[Done], lists: &BTreeMap<u64, Vec<u32>>, seed: u64) -> (Edges, Edges) {
    let mut writer = BTreeMap::new();
    for (number, done) in all.iter().enumerate() {
        writer.extend(done.appends.iter().map(|(key, id)| ((*key, *id), number)));
    }
    let (mut direct, mut anti) = (Edges::new(), Edges::new());
    let add = |edges: &mut Edges, from: usize, to: usize| {
        if from != to {
            edges.insert((from, to));
        }
    };
    for (key, ids) in lists {
        let writers: Vec<usize> = ids
            .iter()
            .map(|id| {
                *writer.get(&(*key, *id)).unwrap_or_else(|| panic!("seed {seed}: aborted write"))
            })
            .collect();
        for pair in writers.windows(2) {
            add(&mut direct, pair[0], pair[1]);
        }
    }
    let none = Vec::new();
    for (number, done) in all.iter().enumerate() {
        for (key, id) in &done.appends {
            assert!(
                lists.get(key).unwrap_or(&none).contains(id),
                "seed {seed}: a lost update of {key}"
            );
        }
        for (key, read) in &done.reads {
            let ids = lists.get(key).unwrap_or(&none);
            assert!(
                ids.starts_with(read),
                "seed {seed}: {key} was read as {read:?}, and is {ids:?}"
            );
            if let Some(last) = read.last() {
                let by = writer[&(*key, *last)];
                add(&mut direct, by, number);
                let after = ids.get(read.len()).map(|id| writer[&(*key, *id)]);
                assert!(
                    after != Some(by) || by == number,
                    "seed {seed}: an intermediate read of {key}"
                );
            }
            let next = ids[read.len()..].iter().map(|id| writer[&(*key, *id)]);
            if let Some(next) = next.into_iter().find(|next| *next != number) {
                add(&mut anti, number, next);
            }
        }
    }
    (direct, anti)
}

/// Whether edges have a circle.
fn has_circle(edges: &Edges, count: usize) -> bool {
    let mut incoming = vec![0; count];
    edges.iter().for_each(|(_, to)| incoming[*to] += 1);
    let mut free: Vec<usize> = (0..count).filter(|node| incoming[*node] == 0).collect();
    let mut left = count;
    while let Some(node) = free.pop() {
        left -= 1;
        for (_, to) in edges.range((node, 0)..=(node, usize::MAX)) {
            incoming[*to] -= 1;
            if incoming[*to] == 0 {
                free.push(*to);
            }
        }
    }
    left > 0
}

fn check(all: &[Done], lists: &BTreeMap<u64, Vec<u32>>, level: Level, seed: u64) {
    let (direct, anti) = dependencies(all, lists, seed);
    let count = all.len();
    assert!(!has_circle(&direct, count), "seed {seed}, {level:?}: a circle of writes and reads");
    if level == Level::ReadCommitted {
        return;
    }
    // A circle without two rw in a row is one of ww and wr, each with one rw behind it or none.
    let mut composed = direct.clone();
    for (from, middle) in &direct {
        let after = anti.range((*middle, 0)..=(*middle, usize::MAX));
        composed.extend(after.map(|(_, to)| (*from, *to)));
    }
    assert!(composed.iter().all(|(from, to)| from != to), "seed {seed}, {level:?}: a read skew");
    assert!(
        !has_circle(&composed, count),
        "seed {seed}, {level:?}: a circle with one rw at a time"
    );
    if level == Level::Serializable {
        let whole = direct.union(&anti).copied().collect();
        assert!(!has_circle(&whole, count), "seed {seed}: not serialisable");
    }
}

fn transaction_count() -> usize {
    let knob = std::env::var("SURUS_HISTORY_TRANSACTIONS").ok();
    knob.and_then(|count| count.parse().ok()).unwrap_or(5_000)
}

/// Several sessions, interleaved in one thread.
fn interleaved(level: Level) {
    for seed in 0..transaction_count().div_ceil(HISTORY) as u64 {
        let mut random = Random::seeded(7000 + seed);
        let storage = open(&SimDisk::new()).unwrap();
        let table = Table::create(&storage).unwrap();
        let mut clients: Vec<Client> = (0..5).map(|_| Client::new()).collect();
        let (mut all, mut id) = (Vec::new(), 0);
        while all.len() < HISTORY {
            let number = usize::try_from(random.below(clients.len() as u64)).unwrap();
            let client = &mut clients[number];
            let mut next = || {
                id += 1;
                id
            };
            let result = client.step((&storage, &table, level), &mut next, &mut random);
            all.extend(tolerate(client, result, seed));
            if random.one_in(100) {
                storage.wait_durable(storage.log_end()).unwrap();
                storage.purge().unwrap();
            }
        }
        drop(clients);
        check(&all, &final_lists(&storage, &table), level, seed);
    }
}

#[test]
fn read_committed_histories() {
    interleaved(Level::ReadCommitted);
}

#[test]
fn repeatable_read_histories() {
    interleaved(Level::RepeatableRead);
}

#[test]
fn serializable_histories() {
    interleaved(Level::Serializable);
}

/// The same by threads: what comes between a look and a write is found too.
#[test]
fn serializable_histories_of_threads() {
    for seed in 0..transaction_count().div_ceil(4 * HISTORY) as u64 {
        let storage = open(&SimDisk::new()).unwrap();
        let table = Table::create(&storage).unwrap();
        let all = Arc::new(Mutex::new(Vec::new()));
        let threads: Vec<_> = (0..4u32)
            .map(|thread| {
                let (storage, all) = (Arc::clone(&storage), Arc::clone(&all));
                std::thread::spawn(move || {
                    let mut random = Random::seeded(seed * 10 + u64::from(thread));
                    let (mut client, mut id) = (Client::new(), thread << 24);
                    while all.lock().unwrap().len() < HISTORY {
                        let mut next = || {
                            id += 1;
                            id
                        };
                        let world = (&storage, &table, Level::Serializable);
                        let result = client.step(world, &mut next, &mut random);
                        all.lock().unwrap().extend(tolerate(&mut client, result, seed));
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        let all = all.lock().unwrap();
        check(&all, &final_lists(&storage, &table), Level::Serializable, seed);
    }
}

/// Who reads a key by the index alone has read its row: two that each delete what the other read are not serialisable.
#[test]
fn a_key_read_from_the_index_counts_as_its_row() {
    let storage = open(&SimDisk::new()).unwrap();
    let table = Table::create(&storage).unwrap();
    let mut setup = storage.begin(1);
    for key in [1, 2] {
        assert!(matches!(table.insert(&mut setup, key, b"value").unwrap(), Outcome::Done(_)));
    }
    storage.wait_durable(setup.commit(&mut |_| {}).unwrap()).unwrap();
    storage.purge().unwrap();
    let mut plain = storage.begin(1);
    let snapshot = plain.take_snapshot().unwrap();
    assert_eq!(table.has_key(&storage, &snapshot, 1).unwrap(), (true, true), "the index told");

    let (mut one, mut two) = (storage.begin(1), storage.begin(2));
    let snapshots = [serializable(&mut one).unwrap(), serializable(&mut two).unwrap()];
    assert!(table.has_key(&storage, &snapshots[0], 2).unwrap().0);
    assert!(table.has_key(&storage, &snapshots[1], 1).unwrap().0);
    let first = table.delete(&mut one, &snapshots[0], 1).unwrap();
    assert!(matches!(first, Outcome::Done(_)));
    let refused = table.delete(&mut two, &snapshots[1], 2).and_then(|_| {
        one.commit(&mut |_| {})?;
        two.commit(&mut |_| {})
    });
    assert_eq!(refused.unwrap_err().code(), SqlState::T_R_SERIALIZATION_FAILURE);
}
