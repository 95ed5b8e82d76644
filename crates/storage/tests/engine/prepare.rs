//! Prepared transactions: whatever happens, they are there until somebody ends them.

use crate::harness::{Outcome, Table, open, seeds};
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
