//! Loss of power at any write or sync: every acknowledged commit is there afterwards, and nothing half done.

use crate::harness::{State, Table, World, open, seeds};
use os::{Random, SimDisk};
use std::sync::Arc;

#[test]
fn power_loss() {
    for seed in seeds(200) {
        let mut random = Random::seeded(1000 + seed);
        let mut disk = SimDisk::new();
        let mut table = None;
        let mut state = State::new();
        for _ in 0..4 {
            let operations = if random.one_in(4) { 400 } else { 60 };
            disk.lose_power_after(1 + random.below(operations));
            let run = run(&disk, table, &state, seed, &mut random);
            disk.lose_power();
            let next = disk.after_power_loss(&mut random);
            let storage = open(&next).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
            if let Some((made, states, acknowledged)) = run {
                let mut transaction = storage.begin(1);
                let snapshot = transaction.take_snapshot().unwrap();
                let found = made.scan(&storage, &snapshot).unwrap();
                let position = states.iter().rposition(|state| *state == found);
                let Some(position) = position else {
                    panic!(
                        "seed {seed}: the table is as it never was: {found:?}\n{:?}",
                        states.last()
                    );
                };
                assert!(
                    position >= acknowledged,
                    "seed {seed}: {acknowledged} acknowledged, {position} found"
                );
                made.check(&storage, &snapshot, &found, seed).unwrap();
                made.check_structure(&storage).unwrap();
                (table, state) = (Some(made), found);
            }
            disk = next;
        }
    }
}

/// Works until the power is lost; `None` if that was before the table was durable.
fn run(
    disk: &SimDisk,
    table: Option<Table>,
    state: &State,
    seed: u64,
    random: &mut Random,
) -> Option<(Table, Vec<State>, usize)> {
    let mut storage = match open(disk) {
        Ok(storage) => storage,
        // The power went while it recovered: nothing was changed.
        Err(_) => return table.map(|table| (table, vec![state.clone()], 0)),
    };
    let table = match table {
        Some(table) => table,
        None => Table::create(&storage).ok()?,
    };
    let mut world = World::new(Arc::clone(&storage), table, state.clone(), seed);
    for _ in 0..2000 {
        if let Err(error) = world.step(random) {
            assert!(disk.is_powerless(), "seed {seed}: {error}");
            break;
        }
        if random.one_in(300) {
            // The process dies, and the power stays for now: what the next one finds must survive all that follows.
            let (states, acknowledged) = world.end();
            drop(storage);
            storage = match open(disk) {
                Ok(storage) => storage,
                Err(_) => return Some((table, states, acknowledged)),
            };
            let mut transaction = storage.begin(1);
            let snapshot = transaction.take_snapshot().unwrap();
            let Ok(found) = table.scan(&storage, &snapshot) else {
                return Some((table, states, acknowledged));
            };
            let position = states.iter().rposition(|state| *state == found);
            assert!(position.is_some_and(|at| at >= acknowledged), "seed {seed}: after a kill");
            world = World::new(Arc::clone(&storage), table, found, seed);
        }
    }
    let (states, acknowledged) = world.end();
    Some((table, states, acknowledged))
}
