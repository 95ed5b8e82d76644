//! The tree against a `BTreeMap`, and its redo.

use crate::*;
use buffer::{PageId, Pool, RelationId, page_lsn};
use error::Result;
use os::{Random, SimDisk};
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;
use wal::{Log, Lsn, Options, Span, Urgency};

const RELATION: RelationId = RelationId { database: 1, file: 1 };

struct Plain<'a>(&'a Log);

impl Plain<'_> {
    fn append(&self, operations: &[(u32, &[u8])]) -> Result<Span> {
        let mut payload = Vec::new();
        for (page, operation) in operations {
            payload.extend_from_slice(&page.to_le_bytes());
            payload.extend_from_slice(&u32::try_from(operation.len()).unwrap().to_le_bytes());
            payload.extend_from_slice(operation);
        }
        self.0.append(&payload, Urgency::Ordinary, |_| {})
    }
}

impl Journal for Plain<'_> {
    fn entry(&mut self, _: Change, operations: &[(u32, &[u8])]) -> Result<Span> {
        self.append(operations)
    }

    fn structure(&mut self, operations: &[(u32, &[u8])]) -> Result<Span> {
        self.append(operations)
    }

    fn stamp(&self) -> u64 {
        7
    }
}

fn pool(disk: &SimDisk, epoch: u32) -> Pool {
    let options = Options { segment_bytes: 1 << 20, memory_bytes: 1 << 20 };
    let log = Log::open(Arc::new(disk.clone()), options, Lsn::FIRST, epoch).unwrap();
    let pool = Pool::open(Arc::new(disk.clone()), log, 4 << 20).unwrap();
    pool.create_directory(1).unwrap();
    pool
}

fn redo(pool: &Pool) {
    let log = Arc::clone(pool.log());
    let mut records = log.records(Lsn::FIRST);
    while let Some((span, mut payload)) = records.next_record().unwrap() {
        while let Some((head, rest)) =
            payload.split_at_checked(8).filter(|(head, _)| !head.is_empty())
        {
            let page = u32::from_le_bytes(head[..4].try_into().unwrap());
            let length = u32::from_le_bytes(head[4..].try_into().unwrap()) as usize;
            let (operation, rest) = rest.split_at(length);
            payload = rest;
            let id = PageId { relation: RELATION, page };
            pool.grow_to(id).unwrap();
            let pin = pool.pin(id).unwrap();
            let mut page = pin.write();
            if page_lsn(&page) < span.end {
                page.prepare_from(span.start);
                apply(&mut page, operation, span.start.0).unwrap();
                page.set_lsn(span.end);
            }
        }
    }
}

fn key(random: &mut Random, shape: u64) -> Vec<u8> {
    match shape {
        0 => u32::try_from(random.below(3000)).unwrap().to_be_bytes().to_vec(),
        1 => format!("customer/{:03}/{}", random.below(40), random.below(50)).into_bytes(),
        2 => vec![b'x'; usize::try_from(random.below(KEY_SIZE_MAX as u64 + 1)).unwrap()],
        // Neighbours with much in common, so that what divides them is long, and few of them in a node.
        4 | 5 => {
            let length = if shape == 4 || random.one_in(3) { KEY_SIZE_MAX - 8 } else { 3 };
            let mut key = vec![b'a' + u8::try_from(random.below(9)).unwrap(); length];
            let rest = random.below(9);
            (0..rest).for_each(|_| key.push(b'a' + u8::try_from(random.below(3)).unwrap()));
            key.truncate(KEY_SIZE_MAX);
            key
        }
        _ => vec![
            b'a' + u8::try_from(random.below(3)).unwrap();
            usize::try_from(random.below(40)).unwrap()
        ],
    }
}

type Model = BTreeMap<(Vec<u8>, u64), u64>;

fn all(
    tree: &Tree,
    pool: &Pool,
    lower: Bound<&[u8]>,
    upper: Bound<&[u8]>,
    direction: Direction,
) -> Vec<((Vec<u8>, u64), u64)> {
    let (mut position, mut batch) = (Position::default(), Batch::default());
    position.reset(lower, upper, direction);
    let mut found = Vec::new();
    while !position.is_done() {
        tree.read(pool, &mut position, &mut batch).unwrap();
        found.extend(
            batch
                .entries()
                .iter()
                .map(|entry| ((batch.key(*entry).to_vec(), entry.address), entry.mark)),
        );
    }
    found
}

/// Adds a run of entries, as many as go at once.
fn run(tree: &Tree, pool: &Pool, random: &mut Random, shape: u64, model: &mut Model) {
    let mut new: Vec<(Vec<u8>, u64)> =
        (0..1 + random.below(30)).map(|_| (key(random, shape), random.below(5))).collect();
    new.sort();
    new.dedup();
    let uniqueness =
        if random.one_in(2) { Uniqueness::OnlyOne(usize::MAX) } else { Uniqueness::Any };
    let entries: Vec<RunEntry<'_>> =
        new.iter().map(|(key, address)| RunEntry { key, address: *address, uniqueness }).collect();
    let log = pool.log();
    let count = tree
        .insert_run(pool, &entries, 7, &mut |_, page, operation| {
            Plain(log).append(&[(page, operation)])
        })
        .unwrap();
    for (key, address) in new.into_iter().take(count) {
        let same = model.range((key.clone(), 0)..=(key.clone(), u64::MAX)).next().is_some();
        assert!(!same || uniqueness == Uniqueness::Any);
        assert_eq!(model.insert((key, address), 0), None);
    }
}

fn step(tree: &Tree, pool: &Pool, random: &mut Random, shape: u64, model: &mut Model) {
    let journal = &mut Plain(pool.log());
    let address = random.below(5);
    let key = key(random, shape);
    let place = (key.clone(), address);
    match random.below(10) {
        0..5 => {
            let same = model.range((key.clone(), 0)..=(key.clone(), u64::MAX)).next().is_some();
            let uniqueness =
                if random.one_in(3) { Uniqueness::OnlyOne(usize::MAX) } else { Uniqueness::Any };
            let inserted = tree.insert(pool, &key, address, uniqueness, journal).unwrap();
            match (model.get(&place), uniqueness) {
                (Some(0), _) => assert_eq!(inserted, Insert::Present),
                (Some(_), Uniqueness::OnlyOne(_)) => assert_eq!(inserted, Insert::SameKey),
                // A truncated fence can look like the key.
                (None, Uniqueness::OnlyOne(_)) if inserted == Insert::SameKey => {
                    let insert =
                        tree.insert(pool, &key, address, Uniqueness::Any, journal).unwrap();
                    assert_eq!(insert, Insert::Done);
                    model.insert(place, 0);
                }
                (_, uniqueness) => {
                    assert!(!same || uniqueness == Uniqueness::Any);
                    assert_eq!(inserted, Insert::Done);
                    model.insert(place, 0);
                }
            }
        }
        5 if random.one_in(2) => run(tree, pool, random, shape, model),
        5..7 => {
            let lsn = pool.log().next_lsn().0;
            let marked = tree.mark(pool, &key, address, journal).unwrap();
            assert_eq!(marked, model.contains_key(&place));
            if let Some(mark) = model.get_mut(&place) {
                // A split may come first.
                *mark = all(
                    tree,
                    pool,
                    Bound::Included(&key),
                    Bound::Included(&key),
                    Direction::Forward,
                )
                .iter()
                .find(|(found, _)| *found == place)
                .unwrap()
                .1;
                assert!(*mark >= lsn);
            }
        }
        _ => {
            let mark = model.get(&place).copied();
            assert!(!tree.remove(pool, &key, address, u64::MAX, journal).unwrap());
            let removed = tree.remove(pool, &key, address, mark.unwrap_or(0), journal).unwrap();
            assert_eq!(removed, mark.is_some());
            model.remove(&place);
        }
    }
}

fn check(tree: &Tree, pool: &Pool, random: &mut Random, shape: u64, model: &Model) {
    tree.check(pool).unwrap();
    let forward = all(tree, pool, Bound::Unbounded, Bound::Unbounded, Direction::Forward);
    assert!(forward.iter().map(|(key, mark)| (key, mark)).eq(model.iter()));
    let (one, other) = (key(random, shape), key(random, shape));
    let bounds =
        [Bound::Included(one.as_slice()), Bound::Excluded(one.as_slice()), Bound::Unbounded];
    for lower in bounds {
        for upper in
            [Bound::Included(other.as_slice()), Bound::Excluded(other.as_slice()), Bound::Unbounded]
        {
            let inside = |key: &Vec<u8>| {
                (match lower {
                    Bound::Included(l) => key.as_slice() >= l,
                    Bound::Excluded(l) => key.as_slice() > l,
                    Bound::Unbounded => true,
                }) && (match upper {
                    Bound::Included(l) => key.as_slice() <= l,
                    Bound::Excluded(l) => key.as_slice() < l,
                    Bound::Unbounded => true,
                })
            };
            let expected: Vec<_> = model
                .iter()
                .filter(|((key, _), _)| inside(key))
                .map(|(key, mark)| (key.clone(), *mark))
                .collect();
            assert_eq!(all(tree, pool, lower, upper, Direction::Forward), expected);
            let mut backward = all(tree, pool, lower, upper, Direction::Backward);
            backward.reverse();
            assert_eq!(backward, expected);
        }
    }
}

#[test]
fn against_a_model() {
    for seed in 0..24 {
        let mut random = Random::seeded(seed);
        let shape = seed % 6;
        let disk = SimDisk::new();
        let mut pool = pool(&disk, 1);
        pool.create(RELATION).unwrap();
        let tree = Tree::new(RELATION);
        tree.create(&pool, &mut Plain(pool.log())).unwrap();
        let mut model = Model::new();
        for round in 0..6u32 {
            for _ in 0..500 {
                step(&tree, &pool, &mut random, shape, &mut model);
            }
            check(&tree, &pool, &mut random, shape, &model);
            // Pages as they come, and the log for the rest.
            pool.log().flush().unwrap();
            if random.one_in(2) {
                pool.clean(Lsn(u64::MAX)).unwrap();
            }
            pool = self::pool(&disk, round + 2);
            redo(&pool);
            check(&tree, &pool, &mut random, shape, &model);
        }
    }
}

#[test]
fn built_from_sorted_entries() {
    for count in [0, 1, 100, 20_000] {
        let disk = SimDisk::new();
        let pool = pool(&disk, 1);
        pool.create(RELATION).unwrap();
        let tree = Tree::new(RELATION);
        tree.create(&pool, &mut Plain(pool.log())).unwrap();
        let keys: Model =
            (0..count).map(|n: u64| ((format!("key{:08}", n / 3).into_bytes(), n), 0)).collect();
        let mut entries = keys.keys();
        let mut source = |buffer: &mut Vec<u8>| {
            Ok(entries.next().map(|(key, address)| {
                buffer.clone_from(key);
                *address
            }))
        };
        tree.build(&pool, &mut source, &mut Plain(pool.log())).unwrap();
        tree.check(&pool).unwrap();
        let found = all(&tree, &pool, Bound::Unbounded, Bound::Unbounded, Direction::Forward);
        assert!(found.iter().map(|(key, mark)| (key, mark)).eq(keys.iter()));
    }
}

/// Keys that come in order and are of all lengths: by themselves, and from the leaves up.
#[test]
fn ascending_keys_of_any_length() {
    for seed in 0..60 {
        let mut random = Random::seeded(seed);
        let disk = SimDisk::new();
        let pool = pool(&disk, 1);
        let mut model = Model::new();
        for _ in 0..400 {
            model.insert((key(&mut random, 2 + seed % 4), random.below(5)), 0);
        }
        let built = Tree::new(RELATION);
        pool.create(RELATION).unwrap();
        built.create(&pool, &mut Plain(pool.log())).unwrap();
        let mut entries = model.keys();
        let mut source = |buffer: &mut Vec<u8>| {
            Ok(entries.next().map(|(key, address)| {
                buffer.clone_from(key);
                *address
            }))
        };
        built.build(&pool, &mut source, &mut Plain(pool.log())).unwrap();
        check(&built, &pool, &mut random, 3, &model);
        let grown = Tree::new(RelationId { file: 2, ..RELATION });
        pool.create(grown.relation).unwrap();
        grown.create(&pool, &mut Plain(pool.log())).unwrap();
        for (key, address) in model.keys() {
            let done = grown.insert(&pool, key, *address, Uniqueness::Any, &mut Plain(pool.log()));
            assert_eq!(done.unwrap(), Insert::Done);
        }
        check(&grown, &pool, &mut random, 3, &model);
    }
}

/// Threads with keys of their own, all over the same leaves, and readers that must always find order.
#[test]
fn threads() {
    let disk = SimDisk::new();
    let pool = pool(&disk, 1);
    pool.create(RELATION).unwrap();
    let tree = Tree::new(RELATION);
    tree.create(&pool, &mut Plain(pool.log())).unwrap();
    let stop = std::sync::atomic::AtomicBool::new(false);
    let model: Model = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..4)
            .map(|number| {
                let (tree, pool) = (&tree, &pool);
                scope.spawn(move || write_own(tree, pool, number))
            })
            .collect();
        let readers = [Direction::Forward, Direction::Backward].map(|direction| {
            let (tree, pool, stop) = (&tree, &pool, &stop);
            scope.spawn(move || {
                while !stop.load(std::sync::atomic::Ordering::SeqCst) {
                    let found = all(tree, pool, Bound::Unbounded, Bound::Unbounded, direction);
                    let forward = direction == Direction::Forward;
                    assert!(found.is_sorted_by(
                        |one, other| (one.0 < other.0) == forward && one.0 != other.0
                    ));
                }
            })
        });
        let model = writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect();
        stop.store(true, std::sync::atomic::Ordering::SeqCst);
        for reader in readers {
            reader.join().unwrap();
        }
        model
    });
    tree.check(&pool).unwrap();
    let found = all(&tree, &pool, Bound::Unbounded, Bound::Unbounded, Direction::Forward);
    assert!(found.iter().map(|(key, _)| key).eq(model.keys()));
}

fn write_own(tree: &Tree, pool: &Pool, number: u64) -> Model {
    let mut random = Random::seeded(number);
    let mut model = Model::new();
    let journal = &mut Plain(pool.log());
    for round in 0..12_000u64 {
        // Ranges fill and empty again, so that leaves come and go.
        let key = (round / 3000 * 500 + random.below(2000)).to_be_bytes().to_vec();
        if random.below(3000) > round % 3000 {
            let insert = tree.insert(pool, &key, number, Uniqueness::Any, journal).unwrap();
            assert_eq!(insert == Insert::Present, model.insert((key, number), 0).is_some());
        } else {
            let removed = tree.remove(pool, &key, number, 0, journal).unwrap();
            assert_eq!(removed, model.remove(&(key, number)).is_some());
        }
    }
    model
}
