//! Prepared transactions: whatever happens, they are there until somebody ends them.

use crate::harness::{Outcome, Table, open, seeds};
use crate::history::serializable;
use error::SqlState;
use os::{Random, SimDisk};
use std::collections::BTreeMap;
use std::sync::Arc;
use storage::*;

/// What is known of a prepared transaction that was asked to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Prepare,
    Prepared,
    Commit,
    Committed,
    Rollback,
    RolledBack,
}

/// Prepares and ends transactions until the power goes; each adds the row of its number.
fn work(
    storage: &Arc<Storage>,
    table: &Table,
    random: &mut Random,
    asked: &mut BTreeMap<u64, Asked>,
) -> error::Result<()> {
    let mut open = Vec::new();
    for each in storage.take_prepared()? {
        open.push((each.name.parse::<u64>().unwrap(), each.transaction));
    }
    loop {
        let number = asked.len() as u64 + 1;
        if open.len() < 4 && random.one_in(2) {
            let mut transaction = storage.begin(1);
            let value = vec![7; usize::try_from(random.below(9000)).unwrap()];
            let outcome = table.insert(&mut transaction, number, &value)?;
            assert!(matches!(outcome, Outcome::Done(_)));
            assert!(transaction.try_lock(
                LockTag::Relation { database: 5, relation: 9 },
                LockMode::RowExclusive
            )?);
            asked.insert(number, Asked::Prepare);
            let lsn = transaction.prepare(&number.to_string(), &number.to_be_bytes())?;
            storage.wait_durable(lsn)?;
            asked.insert(number, Asked::Prepared);
            open.push((number, transaction));
        } else if !open.is_empty() {
            let index = usize::try_from(random.below(open.len() as u64)).unwrap();
            let (number, transaction) = open.swap_remove(index);
            if random.one_in(2) {
                asked.insert(number, Asked::Commit);
                let lsn = transaction.commit(&mut |_| {})?;
                storage.wait_durable(lsn)?;
                asked.insert(number, Asked::Committed);
            } else {
                asked.insert(number, Asked::Rollback);
                transaction.rollback()?;
                storage.wait_durable(storage.log_end())?;
                asked.insert(number, Asked::RolledBack);
            }
        }
        if random.one_in(10) {
            storage.checkpoint()?;
        }
        if random.one_in(10) {
            storage.purge()?;
        }
    }
}

#[test]
fn prepared_transactions_survive_power_loss() {
    for seed in seeds(60) {
        let mut random = Random::seeded(4000 + seed);
        let mut disk = SimDisk::new();
        let storage = open(&disk).unwrap();
        let table = Table::create(&storage).unwrap();
        drop(storage);
        let mut asked = BTreeMap::new();
        for _ in 0..4 {
            disk.lose_power_after(1 + random.below(150));
            if let Ok(storage) = open(&disk) {
                let ended = work(&storage, &table, &mut random, &mut asked);
                assert!(ended.is_err() && disk.is_powerless(), "seed {seed}: {ended:?}");
            }
            disk.lose_power();
            disk = disk.after_power_loss(&mut random);
            let storage = open(&disk).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
            check(&storage, &table, &mut asked, seed);
        }
    }
}

/// Compares what is there with what was asked, which is then known.
fn check(storage: &Arc<Storage>, table: &Table, asked: &mut BTreeMap<u64, Asked>, seed: u64) {
    let prepared = storage.take_prepared().unwrap();
    let names: Vec<u64> = prepared.iter().map(|each| each.name.parse().unwrap()).collect();
    for each in &prepared {
        assert_eq!(each.payload, each.name.parse::<u64>().unwrap().to_be_bytes());
    }
    let mut other = storage.begin(2);
    let free =
        other.try_lock(LockTag::Relation { database: 5, relation: 9 }, LockMode::Share).unwrap();
    assert_eq!(free, names.is_empty(), "seed {seed}: the locks of {names:?}");
    let snapshot = other.take_snapshot().unwrap();
    let rows: Vec<u64> =
        table.scan(storage, &snapshot).unwrap().into_values().map(|(key, _)| key).collect();
    table.check_structure(storage).unwrap();
    for (number, state) in asked.iter_mut() {
        let (is_prepared, is_there) = (names.contains(number), rows.contains(number));
        assert!(!is_prepared || !is_there, "seed {seed}: {number} is seen too early");
        let found = match (is_prepared, is_there) {
            (true, _) => Asked::Prepared,
            (false, true) => Asked::Committed,
            (false, false) => Asked::RolledBack,
        };
        let is_right = match *state {
            Asked::Prepare => found != Asked::Committed,
            Asked::Prepared => found == Asked::Prepared,
            Asked::Commit => found != Asked::RolledBack,
            Asked::Rollback => found != Asked::Committed,
            Asked::Committed | Asked::RolledBack => found == *state,
        };
        assert!(is_right, "seed {seed}: {number} was {state:?} and is {found:?}");
        *state = found;
    }
}

/// A table of the rows 1 to 4.
fn four_rows() -> (SimDisk, Arc<Storage>, Table) {
    let disk = SimDisk::new();
    let storage = open(&disk).unwrap();
    let table = Table::create(&storage).unwrap();
    let mut transaction = storage.begin(1);
    for key in 1..=4 {
        assert!(matches!(table.insert(&mut transaction, key, b"x").unwrap(), Outcome::Done(_)));
    }
    transaction.commit(&mut |_| {}).unwrap();
    (disk, storage, table)
}

/// A table of the rows 1 to 4, and a transaction that read the first (by its key, or all of them) and deleted the second,
/// prepared before a restart.
fn restarted(reads_all: bool) -> (Arc<Storage>, Table, Transaction) {
    let (disk, storage, table) = four_rows();
    let mut transaction = storage.begin(1);
    let snapshot = serializable(&mut transaction).unwrap();
    if reads_all {
        assert_eq!(table.scan(&storage, &snapshot).unwrap().len(), 4);
    } else {
        assert!(table.find(&storage, &snapshot, 1).unwrap().is_some());
    }
    delete(&table, &mut transaction, &snapshot, 2).unwrap();
    let lsn = transaction.prepare("p", &[]).unwrap();
    storage.wait_durable(lsn).unwrap();
    drop((snapshot, transaction, storage));
    let storage = open(&disk).unwrap();
    let mut prepared = storage.take_prepared().unwrap();
    assert_eq!(prepared.len(), 1);
    let transaction = prepared.remove(0).transaction;
    (storage, table, transaction)
}

fn delete(
    table: &Table,
    transaction: &mut Transaction,
    snapshot: &Snapshot,
    key: u64,
) -> error::Result<()> {
    let outcome = table.delete(transaction, snapshot, key)?;
    assert!(matches!(outcome, Outcome::Done(_)), "{outcome:?}");
    Ok(())
}

#[test]
fn who_reads_what_a_prepared_transaction_wrote_before_a_restart_is_refused() {
    for reads_all in [false, true] {
        let (storage, table, prepared) = restarted(reads_all);
        let mut reader = storage.begin(1);
        let snapshot = serializable(&mut reader).unwrap();
        let refused = table.find(&storage, &snapshot, 2).unwrap_err();
        assert_eq!(refused.code(), SqlState::T_R_SERIALIZATION_FAILURE);
        reader.rollback().unwrap();
        prepared.commit(&mut |_| {}).unwrap();
        // It is over, and in nobody's way.
        let mut reader = storage.begin(1);
        let snapshot = serializable(&mut reader).unwrap();
        assert!(table.find(&storage, &snapshot, 2).unwrap().is_none());
        delete(&table, &mut reader, &snapshot, 1).unwrap();
        reader.commit(&mut |_| {}).unwrap();
    }
}

/// The circle of both: each writes what the other read.
#[test]
fn read_locks_of_prepared_transactions_survive_a_restart() {
    for reads_all in [false, true] {
        let (storage, table, prepared) = restarted(reads_all);
        assert!(!storage.lock_rows().is_empty());
        let mut pivot = storage.begin(1);
        let snapshot = serializable(&mut pivot).unwrap();
        assert!(table.find(&storage, &snapshot, 3).unwrap().is_some());
        let mut other = storage.begin(2);
        let other_snapshot = serializable(&mut other).unwrap();
        // other -> prepared -> pivot: whoever is the second to come in its way is refused.
        let refused = delete(&table, &mut pivot, &snapshot, 1)
            .and_then(|()| table.find(&storage, &other_snapshot, 2))
            .unwrap_err();
        assert_eq!(refused.code(), SqlState::T_R_SERIALIZATION_FAILURE);
        drop((snapshot, other_snapshot));
        other.rollback().unwrap();
        pivot.commit(&mut |_| {}).unwrap();
        prepared.rollback().unwrap();
    }
}

/// Two of them count as in each other's way, so nobody may come between.
#[test]
fn who_writes_what_one_of_two_prepared_transactions_read_is_refused() {
    let (disk, storage, table) = four_rows();
    let mut all = [storage.begin(1), storage.begin(2)];
    for (number, transaction) in all.iter_mut().enumerate() {
        let snapshot = serializable(transaction).unwrap();
        let key = number as u64 + 1;
        assert!(table.find(&storage, &snapshot, key).unwrap().is_some());
        delete(&table, transaction, &snapshot, key + 2).unwrap();
        let lsn = transaction.prepare(&key.to_string(), &[]).unwrap();
        storage.wait_durable(lsn).unwrap();
    }
    drop((all, storage));
    let storage = open(&disk).unwrap();
    let prepared = storage.take_prepared().unwrap();
    assert_eq!(prepared.len(), 2);
    let mut writer = storage.begin(3);
    let snapshot = serializable(&mut writer).unwrap();
    delete(&table, &mut writer, &snapshot, 1).unwrap();
    let error = writer.commit(&mut |_| {}).unwrap_err();
    assert_eq!(error.code(), SqlState::T_R_SERIALIZATION_FAILURE);
    let mut writer = storage.begin(3);
    serializable(&mut writer).unwrap();
    assert!(matches!(table.insert(&mut writer, 9, b"y").unwrap(), Outcome::Done(_)));
    writer.commit(&mut |_| {}).unwrap();
    for each in prepared {
        each.transaction.commit(&mut |_| {}).unwrap();
    }
}
