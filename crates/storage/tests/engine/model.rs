//! Several sessions, interleaved in one thread, against a model.

use crate::harness::{Table, World, open};
use os::{Random, SimDisk};

#[test]
fn sessions_against_a_model() {
    for seed in 0..30 {
        let mut random = Random::seeded(seed);
        let disk = SimDisk::new();
        let storage = open(&disk).unwrap();
        let table = Table::create(&storage).unwrap();
        let mut world = World::new(storage, table, Default::default(), seed);
        for _ in 0..1500 {
            world.step(&mut random).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        }
        world.check().unwrap();
        world.check_purged().unwrap();
    }
}
