//! What decides on its own whether a version is seen: commits that are not durable, pages that are known to be old.

use crate::harness::{Outcome, Table, open, small_body};
use error::SqlState;
use os::{Random, SimDisk};
use std::ops::{Bound, ControlFlow};
use storage::*;

/// That every snapshot sees a commit is not enough to forget it: whoever shows it has to wait for it.
#[test]
fn a_commit_is_remembered_until_it_is_durable() {
    let storage = open(&SimDisk::new()).unwrap();
    let table = Table::create(&storage).unwrap();
    storage.wait_durable(storage.log_end()).unwrap();
    table.fill(&storage, 0..1, b"value");
    storage.purge().unwrap();
    let mut reader = storage.begin(2);
    let snapshot = reader.take_snapshot().unwrap();
    assert!(table.find(&storage, &snapshot, 0).unwrap().is_some());
    assert!(reader.answer_lsn() > storage.durable_lsn(), "the answer waits");
}

/// Locks go when the commit has its place in the log: whoever waits for the row writes it before the disk has the commit.
#[test]
fn locks_do_not_wait_for_the_disk() {
    let storage = open(&SimDisk::new()).unwrap();
    let table = Table::create(&storage).unwrap();
    table.fill(&storage, 0..1, b"value");
    storage.wait_durable(storage.log_end()).unwrap();
    for round in 0..3u32 {
        let mut transaction = storage.begin(1);
        let tag = LockTag::Relation { database: 5, relation: 9 };
        assert!(transaction.try_lock(tag, LockMode::Exclusive).unwrap());
        let snapshot = transaction.take_snapshot().unwrap();
        let (.., value) = table.find(&storage, &snapshot, 0).unwrap().unwrap();
        let before = if round == 0 { b"value".to_vec() } else { (round - 1).to_string().into() };
        assert_eq!(value, before);
        let new = round.to_string();
        let updated = table.update(&mut transaction, &snapshot, 0, 0, new.as_bytes()).unwrap();
        assert!(matches!(updated, Outcome::Done(_)), "{updated:?}");
        let commit = transaction.commit(&mut |_| {}).unwrap();
        assert!(commit > storage.durable_lsn());
    }
}

/// The halves of a split leaf are as young as the leaf was: what was added to it is not taken to be seen by all.
#[test]
fn a_split_leaf_stays_as_young_as_it_was() {
    for seed in 0..10 {
        let mut random = Random::seeded(seed);
        let storage = open(&SimDisk::new()).unwrap();
        let table = Table::create(&storage).unwrap();
        let old = [20, 3000][usize::try_from(seed % 2).unwrap()];
        table.fill(&storage, (0..old).map(|key| key * 16), b"value");
        storage.wait_durable(storage.log_end()).unwrap();
        storage.purge().unwrap();
        let mut reader = storage.begin(2);
        let snapshot = reader.take_snapshot().unwrap();
        assert_eq!(table.has_key(&storage, &snapshot, 16).unwrap(), (true, true));
        // A few keys here and there, then many in some places.
        let few: Vec<u64> = (0..old).step_by(7).map(|key| key * 16 + 1).collect();
        table.fill(&storage, few.iter().copied(), b"value");
        let begin = random.below(old / 2) * 16;
        let many: Vec<u64> = (begin..begin + 3000).filter(|key| key % 16 > 1).collect();
        table.fill(&storage, many.iter().copied(), b"value");
        storage.wait_durable(storage.log_end()).unwrap();
        storage.purge().unwrap();
        for key in few.iter().chain(&many) {
            let (seen, _) = table.has_key(&storage, &snapshot, *key).unwrap();
            assert!(!seen, "seed {seed}: {key} was added behind the snapshot");
        }
        assert!((0..old).all(|key| table.has_key(&storage, &snapshot, key * 16).unwrap().0));
    }
}

/// A row's layout is that of its own columns: versions of before and after a column was added stand side by side.
#[test]
fn versions_of_two_layouts() {
    let storage = open(&SimDisk::new()).unwrap();
    let table = Table::create(&storage).unwrap();
    let kinds = [ColumnKind::Fixed(8), ColumnKind::Variable, ColumnKind::Fixed(4)];
    let body = |key: u64, value: &[u8], added: u32| {
        let mut builder = RowBuilder::new();
        builder.push(kinds[0], &key.to_le_bytes());
        builder.push(kinds[1], value);
        builder.push(kinds[2], &added.to_le_bytes());
        builder.finish().unwrap().to_vec()
    };
    let mut transaction = storage.begin(1);
    let short = small_body(7, b"value");
    let (address, version) = transaction.insert(table.heap, &short).unwrap();
    transaction.commit(&mut |_| {}).unwrap();
    let mut readers = [storage.begin(2), storage.begin(3), storage.begin(4)];
    let mut versions = vec![(readers[0].take_snapshot().unwrap(), short)];
    let mut expected = version;
    for (reader, added) in readers[1..].iter_mut().zip([1, 2]) {
        let mut transaction = storage.begin(1);
        let long = body(7, b"value", added);
        let kind = UpdateKind::KeyKept;
        let written = transaction.update(table.heap, address, expected, &long, kind).unwrap();
        let Write::Done(newer) = written else { panic!("{written:?}") };
        expected = newer;
        transaction.commit(&mut |_| {}).unwrap();
        versions.push((reader.take_snapshot().unwrap(), long));
    }
    let layout = RowLayout::new(&kinds);
    for (added, (snapshot, bytes)) in versions.iter().enumerate() {
        let column = |row: RowRef<'_>| match layout.column(row, 2) {
            Column::Value(value) => Some(u32::from_le_bytes(value.try_into().unwrap())),
            _ => None,
        };
        let seen = storage
            .fetch(snapshot, table.heap, address, |_, row| (row.bytes.to_vec(), column(row)))
            .unwrap()
            .unwrap();
        let value = u32::try_from(added).unwrap();
        assert_eq!(seen, (bytes.clone(), (value > 0).then_some(value)));
    }
}

/// Ids of large values are never given twice: a pointer that is too old leads to an error, not to another's value.
#[test]
fn a_large_value_is_known_by_its_id() {
    let storage = open(&SimDisk::new()).unwrap();
    let table = Table::create(&storage).unwrap();
    let noise = |seed| -> Vec<u8> {
        let mut random = Random::seeded(seed);
        (0..5000).map(|_| u8::try_from(random.below(256)).unwrap()).collect()
    };
    let kinds = [ColumnKind::Fixed(8), ColumnKind::Variable];
    let write = |value: &[u8]| {
        let mut transaction = storage.begin(1);
        let mut builder = RowBuilder::new();
        builder.push(kinds[0], &1u64.to_le_bytes());
        builder.push(kinds[1], value);
        transaction.move_out(table.heap, &mut builder).unwrap();
        let body = builder.finish().unwrap().to_vec();
        let (address, version) = transaction.insert(table.heap, &body).unwrap();
        transaction.commit(&mut |_| {}).unwrap();
        let layout = RowLayout::new(&kinds);
        let Column::External(pointer) = layout.column(RowRef { bytes: &body }, 1) else {
            panic!("it is out of line")
        };
        (address, version, pointer.to_vec())
    };
    let (address, version, first) = write(&noise(1));
    assert_eq!(storage.read_external(table.heap, &first).unwrap(), noise(1));
    let mut transaction = storage.begin(1);
    transaction.delete(table.heap, address, version).unwrap();
    storage.wait_durable(transaction.commit(&mut |_| {}).unwrap()).unwrap();
    storage.purge().unwrap();
    let (.., second) = write(&noise(2));
    // The same chunks, but for the id.
    assert_eq!(first[20..], second[20..], "the second value is where the first was");
    assert_eq!(storage.read_external(table.heap, &second).unwrap(), noise(2));
    let error = storage.read_external(table.heap, &first).unwrap_err();
    assert_eq!(error.code(), SqlState::DATA_CORRUPTED);
}

/// An entry that was unmarked when the leaf was read may be of a version that is rolled back before the row is: the row is
/// there, its newest version is visible, and the entry is not its own.
#[test]
fn an_entry_whose_leaf_changed_since_needs_its_check() {
    for within in [false, true] {
        let storage = open(&SimDisk::new()).unwrap();
        let table = Table::create(&storage).unwrap();
        // The first and the last row are on two pages.
        table.fill(&storage, [0, 100, 101, 102, 103, 104, 105, 106, 1], &[b'v'; 3000]);
        let mut writer = storage.begin(1);
        let snapshot = writer.take_snapshot().unwrap();
        let updated = table.update(&mut writer, &snapshot, 1, 5, &[b'v'; 3000]).unwrap();
        assert!(matches!(updated, Outcome::Done(_)));
        let mut writer = Some(writer);
        let mut reader = storage.begin(2);
        let snapshot = reader.take_snapshot().unwrap();
        let mut cursor = IndexCursor::new(table.by_key, table.heap);
        let end = 6u64.to_be_bytes();
        cursor.reset(Bound::Unbounded, Bound::Excluded(&end), Direction::Forward);
        let mut seen = Vec::new();
        loop {
            let mut roll_back = || writer.take().map(Transaction::rollback).transpose();
            let more = cursor
                .next(&storage, &snapshot, |found| {
                    let (key, _) = crate::harness::parts(found.row);
                    let entry = u64::from_be_bytes(found.key.try_into().unwrap());
                    assert!(found.needs_key_check || entry == key, "entry {entry} of row {key}");
                    seen.push((entry, key));
                    if within {
                        roll_back()?;
                        return Ok(ControlFlow::Continue(()));
                    }
                    Ok(ControlFlow::Break(()))
                })
                .unwrap();
            roll_back().unwrap();
            if !more {
                break;
            }
        }
        assert_eq!(seen, [(0, 0), (1, 1), (5, 1)]);
    }
}

/// A leaf may be older than every snapshot and have entries that wait for purge: their marks say that they are nobody's.
#[test]
fn a_marked_entry_tells_nothing_by_itself() {
    let storage = open(&SimDisk::new()).unwrap();
    let table = Table::create(&storage).unwrap();
    table.fill(&storage, 0..10, b"value");
    let mut transaction = storage.begin(1);
    let snapshot = transaction.take_snapshot().unwrap();
    table.delete(&mut transaction, &snapshot, 3).unwrap();
    transaction.begin_command();
    table.update(&mut transaction, &snapshot, 4, 40, b"value").unwrap();
    drop(snapshot);
    storage.wait_durable(transaction.commit(&mut |_| {}).unwrap()).unwrap();
    // It brings the horizons up to date, and purges nothing.
    storage.checkpoint().unwrap();
    let mut reader = storage.begin(2);
    let snapshot = reader.take_snapshot().unwrap();
    let has = |key| table.has_key(&storage, &snapshot, key).unwrap();
    assert_eq!((has(2), has(40)), ((true, true), (true, true)), "the index tells");
    assert_eq!((has(3), has(4)), ((false, false), (false, false)));
}

/// What a commit publishes is there before the commit is, and before its locks are gone: who sees the one sees the other.
#[test]
fn what_is_published_comes_before_the_commit_and_its_locks() {
    let storage = open(&SimDisk::new()).unwrap();
    let table = Table::create(&storage).unwrap();
    let tag = LockTag::Relation { database: 5, relation: 9 };
    let mut transaction = storage.begin(1);
    assert!(transaction.try_lock(tag, LockMode::AccessExclusive).unwrap());
    assert!(matches!(table.insert(&mut transaction, 1, b"x").unwrap(), Outcome::Done(_)));
    let mut other = storage.begin(2);
    let mut published = None;
    transaction
        .commit(&mut |csn| {
            assert!(storage.newest_csn() < csn);
            assert!(!other.try_lock(tag, LockMode::AccessShare).unwrap());
            published = Some(csn);
        })
        .unwrap();
    assert_eq!(published, Some(storage.newest_csn()));
    assert!(other.try_lock(tag, LockMode::AccessShare).unwrap());
}
