//! The layout of rows, and what reading them costs.

use crate::harness::{Table, open};
use error::SqlState;
use os::{Random, SimDisk};
use storage::*;

#[test]
fn any_column_is_found() {
    let mut random = Random::seeded(3);
    for seed in 0..300 {
        let kinds: Vec<ColumnKind> = (0..1 + random.below(40))
            .map(|_| match random.below(8) {
                width @ 0..5 => ColumnKind::Fixed(1 << width),
                _ => ColumnKind::Variable,
            })
            .collect();
        let layout = RowLayout::new(&kinds);
        // Rows from before some columns were added.
        let count = usize::try_from(1 + random.below(kinds.len() as u64)).unwrap();
        let mut builder = RowBuilder::new();
        builder.clear();
        let values: Vec<Option<Vec<u8>>> = kinds[..count]
            .iter()
            .map(|kind| {
                let length = match kind {
                    ColumnKind::Fixed(width) => u64::from(*width),
                    ColumnKind::Variable => random.below(50),
                };
                let value = (0..length).map(|_| u8::try_from(random.below(256)).unwrap()).collect();
                let value: Option<Vec<u8>> = (!random.one_in(4)).then_some(value);
                match &value {
                    Some(value) => builder.push(*kind, value),
                    None => builder.push_null(*kind),
                }
                value
            })
            .collect();
        let row = RowRef { bytes: builder.finish().unwrap() };
        assert_eq!(row.column_count(), count);
        for index in 0..kinds.len() {
            let expected = match values.get(index) {
                None => Column::Absent,
                Some(None) => Column::Null,
                Some(Some(value)) => Column::Value(value),
            };
            assert_eq!(layout.column(row, index), expected, "seed {seed} column {index}");
            // The short way knows values of rows with all columns, and no others.
            let usual = layout.usual_place(index);
            let short = match kinds[index] {
                ColumnKind::Fixed(1) => usual.fixed::<1>(row).map(<[u8; 1]>::as_slice),
                ColumnKind::Fixed(2) => usual.fixed::<2>(row).map(<[u8; 2]>::as_slice),
                ColumnKind::Fixed(4) => usual.fixed::<4>(row).map(<[u8; 4]>::as_slice),
                ColumnKind::Fixed(8) => usual.fixed::<8>(row).map(<[u8; 8]>::as_slice),
                ColumnKind::Fixed(_) => usual.fixed::<16>(row).map(<[u8; 16]>::as_slice),
                ColumnKind::Variable => usual.variable(row),
            };
            let value = values.get(index).and_then(Option::as_deref);
            assert_eq!(short, value.filter(|_| count == kinds.len()), "seed {seed} column {index}");
        }
    }
}

#[test]
fn a_row_has_to_fit_a_page() {
    let storage = open(&SimDisk::new()).unwrap();
    let table = Table::create(&storage).unwrap();
    let mut transaction = storage.begin(1);
    let largest = vec![7; ROW_SIZE_MAX];
    let (address, version) = transaction.insert(table.heap, &largest).unwrap();
    let error = transaction.insert(table.heap, &vec![7; ROW_SIZE_MAX + 1]).unwrap_err();
    assert_eq!(error.code(), SqlState::PROGRAM_LIMIT_EXCEEDED);
    assert_eq!(
        error.message(),
        format!("row is too big: size {}, maximum size {ROW_SIZE_MAX}", ROW_SIZE_MAX + 1)
    );
    // A small row becomes the largest: it moves; then it is undone.
    let (small, small_version) = transaction.insert(table.heap, b"\0\0").unwrap();
    let savepoint = transaction.savepoint();
    transaction.begin_command();
    let moved = transaction
        .update(table.heap, small, small_version, &largest, UpdateKind::KeyKept)
        .unwrap();
    assert!(matches!(moved, Write::Done(_)));
    let length =
        storage.fetch_newest(&transaction, table.heap, small, |_, row| row.bytes.len()).unwrap();
    assert_eq!(length, Some(ROW_SIZE_MAX));
    transaction.rollback_to(savepoint).unwrap();
    let length =
        storage.fetch_newest(&transaction, table.heap, small, |_, row| row.bytes.len()).unwrap();
    assert_eq!(length, Some(2));
    let deleted = transaction.delete(table.heap, address, version).unwrap();
    assert!(matches!(deleted, Write::Done(_)));
}

#[test]
fn many_rows_take_one_record_a_page() {
    let storage = open(&SimDisk::new()).unwrap();
    let table = Table::create(&storage).unwrap();
    let mut transaction = storage.begin(1);
    let bodies: Vec<Vec<u8>> = (0..2000u32)
        .map(|number| [&[0; 2][..], &[7; 90], &number.to_le_bytes()].concat())
        .collect();
    let slices: Vec<&[u8]> = bodies.iter().map(Vec::as_slice).collect();
    let mut addresses = Vec::new();
    let before = storage.counters().log_records;
    transaction.insert_many(table.heap, &slices, &mut addresses).unwrap();
    let pages = u64::from(storage.page_count(table.heap).unwrap());
    assert_eq!(storage.counters().log_records - before, pages);
    transaction.begin_command();
    let snapshot = transaction.take_snapshot().unwrap();
    for (address, body) in addresses.iter().zip(&bodies) {
        let found =
            storage.fetch(&snapshot, table.heap, *address, |_, row| row.bytes.to_vec()).unwrap();
        assert_eq!(found.as_ref(), Some(body));
    }
    transaction.rollback().unwrap();
    assert_eq!(storage.heap_usage(table.heap).unwrap().rows, 0);
}

#[test]
fn a_look_up_visits_its_path_and_its_row() {
    let storage = open(&SimDisk::new()).unwrap();
    let table = Table::create(&storage).unwrap();
    table.fill(&storage, 0..3000, b"x");
    let mut transaction = storage.begin(1);
    let snapshot = transaction.take_snapshot().unwrap();
    let before = storage.counters().page_visits;
    table.find(&storage, &snapshot, 1234).unwrap().unwrap();
    assert_eq!(storage.counters().page_visits - before, 3, "root, leaf, row");
}

#[test]
fn the_halloween_row_is_skipped() {
    let storage = open(&SimDisk::new()).unwrap();
    let table = Table::create(&storage).unwrap();
    let mut transaction = storage.begin(1);
    let body = crate::harness::small_body(1, b"one");
    let (address, version) = transaction.insert(table.heap, &body).unwrap();
    let same =
        transaction.update(table.heap, address, version, &body, UpdateKind::KeyKept).unwrap();
    assert_eq!(same, Write::SelfModified);
    let snapshot = transaction.take_snapshot().unwrap();
    assert!(storage.fetch(&snapshot, table.heap, address, |_, _| ()).unwrap().is_none());
    transaction.begin_command();
    let snapshot = transaction.take_snapshot().unwrap();
    assert!(storage.fetch(&snapshot, table.heap, address, |_, _| ()).unwrap().is_some());
    let other = crate::harness::small_body(1, b"two");
    let Write::Done(newer) =
        transaction.update(table.heap, address, version, &other, UpdateKind::KeyKept).unwrap()
    else {
        panic!("an earlier command's row can be updated");
    };
    let again = transaction.delete(table.heap, address, newer).unwrap();
    assert_eq!(again, Write::SelfModified);
    // A cursor of before the update still sees the row as it was.
    let seen = storage.fetch(&snapshot, table.heap, address, |_, row| row.bytes.to_vec()).unwrap();
    assert_eq!(seen, Some(body));
}

#[test]
fn a_run_of_entries_takes_few_records_and_is_undone() {
    for seed in 0..6 {
        let mut random = Random::seeded(seed);
        let disk = SimDisk::new();
        let storage = open(&disk).unwrap();
        let table = Table::create(&storage).unwrap();
        let keys: Vec<[u8; 8]> = (0..3000u64).map(u64::to_be_bytes).collect();
        let entry = |key: u64| NewEntry {
            key: EntryKey::from(keys[usize::try_from(key).unwrap()].as_slice()),
            address: RowAddress { page: u32::try_from(key).unwrap(), slot: 1 },
            unique: Unique::Yes,
        };
        let add = |transaction: &mut Transaction, keys: &[NewEntry<'_>]| {
            let mut done = 0;
            while done < keys.len() {
                done += transaction.index_insert_run(table.by_key, &keys[done..]).unwrap();
                let Some(new) = keys.get(done) else { break };
                let added = transaction
                    .index_insert(table.by_key, table.heap, new.key, new.address, Unique::Yes)
                    .unwrap();
                assert_eq!(added, IndexInsert::Done);
                done += 1;
            }
        };
        let mut kept = storage.begin(1);
        let before = storage.counters().log_records;
        add(&mut kept, &(0..1000).map(|n| entry(n * 2)).collect::<Vec<_>>());
        assert!(storage.counters().log_records - before < 30);
        assert_eq!(kept.index_insert_run(table.by_key, &[entry(2), entry(3)]).unwrap(), 0);
        kept.commit(&mut |_| {}).unwrap();
        let mut undone = storage.begin(1);
        let savepoint = undone.savepoint();
        add(&mut undone, &(500..900).map(|n| entry(n * 2 + 1)).collect::<Vec<_>>());
        if random.one_in(2) {
            undone.rollback_to(savepoint).unwrap();
            add(&mut undone, &(0..700).map(|n| entry(n * 2 + 1)).collect::<Vec<_>>());
        }
        let storage = if random.one_in(2) {
            storage.wait_durable(storage.log_end()).unwrap();
            disk.lose_power();
            drop(undone);
            drop(storage);
            open(&disk.after_power_loss(&mut random)).unwrap()
        } else {
            undone.rollback().unwrap();
            storage
        };
        storage.check_index(table.by_key).unwrap();
        let mut found = Vec::new();
        storage
            .index_entries(table.by_key, |key, _, _| {
                found.push(u64::from_be_bytes(key.try_into().unwrap()));
                Ok(())
            })
            .unwrap();
        assert!(found.iter().copied().eq((0..1000).map(|n| n * 2)), "seed {seed}");
    }
}

/// The room that a row gives up is another's only once its writer has ended: a rollback puts the row back where it was.
#[test]
fn a_slot_keeps_its_room_until_its_writer_has_ended() {
    for commits in [false, true] {
        let storage = open(&SimDisk::new()).unwrap();
        let table = Table::create(&storage).unwrap();
        let mut transaction = storage.begin(1);
        let body = |letter: u8, length: usize| [&[0; 2][..], &vec![letter; length]].concat();
        let sizes = [8000, 4000, 3500];
        let rows = sizes.map(|size| transaction.insert(table.heap, &body(b'a', size)).unwrap());
        assert!(rows.iter().all(|(address, _)| address.page == rows[0].0.page));
        transaction.commit(&mut |_| {}).unwrap();
        let update = |transaction: &mut Transaction, row: usize, size| {
            let (address, version) = rows[row];
            let new = body(b'b', size);
            let kind = UpdateKind::KeyKept;
            let written = transaction.update(table.heap, address, version, &new, kind).unwrap();
            assert!(matches!(written, Write::Done(_)));
        };
        let mut shrinks = storage.begin(1);
        update(&mut shrinks, 0, 10);
        let mut shrinks = if commits {
            shrinks.commit(&mut |_| {}).unwrap();
            None
        } else {
            Some(shrinks)
        };
        let mut grows = storage.begin(2);
        update(&mut grows, 1, 9000);
        grows.commit(&mut |_| {}).unwrap();
        let usage = storage.heap_usage(table.heap).unwrap();
        assert_eq!(usage.forwarded, u64::from(!commits), "the row that grew");
        if let Some(shrinks) = shrinks.take() {
            shrinks.rollback().unwrap();
        }
        storage.check_heap(table.heap).unwrap();
        let mut reader = storage.begin(3);
        let snapshot = reader.take_snapshot().unwrap();
        let found = rows.map(|(address, _)| {
            storage.fetch(&snapshot, table.heap, address, |_, row| row.bytes.to_vec()).unwrap()
        });
        let first = if commits { body(b'b', 10) } else { body(b'a', 8000) };
        assert_eq!(found, [Some(first), Some(body(b'b', 9000)), Some(body(b'a', 3500))]);
    }
}
