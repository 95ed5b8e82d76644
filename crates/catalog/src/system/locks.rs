//! pg_locks and pg_prepared_xacts.

use super::value::{NO, NULL, boolean, oid, text};
use super::{Reading, Rows};
use crate::object::Object;
use storage::{LockRow, LockTag, LockedThing, RelationId};
use types::{Datum, Oid};

pub(super) fn pg_locks(r: &Reading<'_>) -> super::Result<Rows> {
    let locks = r.access.sources.locks();
    Ok(locks.iter().filter_map(|lock| row(r, lock)).collect())
}

pub(super) fn pg_prepared_xacts(r: &Reading<'_>) -> super::Result<Rows> {
    let prepared = r.access.sources.prepared();
    let row = |each: &crate::access::PreparedRow| {
        vec![
            Datum::I64(i64::try_from(each.xid & 0xffff_ffff).unwrap_or(0)),
            text(&each.name),
            Datum::I64(each.prepared_at),
            r.role_name(each.owner),
            r.catalog.database_by_oid(each.database).map_or(NULL, |d| text(&d.name)),
        ]
    };
    Ok(prepared.iter().map(row).collect())
}

/// One lock; `None` for what has no name in PostgreSQL: names that are being made.
fn row(r: &Reading<'_>, lock: &LockRow) -> Option<Vec<Datum>> {
    let number = |number: u32| oid(Oid(number));
    // locktype, database, relation, page, tuple, virtualxid, transactionid, classid, objid, objsubid
    let mut row = vec![NULL; 10];
    row[0] = text(lock.thing.kind());
    match lock.thing {
        LockedThing::Tag(LockTag::Relation { database, relation }) => {
            (row[1], row[2]) = (number(database), number(relation));
        }
        LockedThing::Tag(LockTag::Object { database, class, object }) => {
            (row[1], row[7], row[8]) = (number(database), number(class), number(object));
            row[9] = Datum::I16(0);
        }
        LockedThing::Tag(LockTag::Advisory { database, class, object, kind }) => {
            (row[1], row[7], row[8]) = (number(database), number(class), number(object));
            row[9] = Datum::I16(i16::try_from(kind).unwrap_or(0));
        }
        LockedThing::Tag(LockTag::Name { .. }) => return None,
        LockedThing::Row(heap, address) => {
            (row[1], row[2]) = (number(heap.database), relation_of(r, heap));
            row[3] = Datum::I32(i32::try_from(address.page).unwrap_or(i32::MAX));
            row[4] = Datum::I16(i16::try_from(address.slot + 1).unwrap_or(i16::MAX));
        }
        LockedThing::File(file) => {
            (row[1], row[2]) = (number(file.database), relation_of(r, file));
        }
        LockedThing::Transaction(xid) => {
            row[6] = Datum::I64(i64::try_from(xid.0 & 0xffff_ffff).unwrap_or(0));
        }
    }
    let process = if lock.process == 0 { NULL } else { Datum::I32(lock.process) };
    row.extend([
        text(&format!("{}/{}", lock.process, lock.owner)),
        process,
        text(lock.mode),
        boolean(lock.granted),
        NO,
        NULL,
    ]);
    Some(row)
}

/// The table or index that has a file.
fn relation_of(r: &Reading<'_>, id: RelationId) -> Datum {
    let of = |object: &&Object| match object {
        Object::Table(table) => table.file == id.file,
        Object::Index(index) => index.file == id.file,
        Object::Role(_)
        | Object::Database(_)
        | Object::Schema(_)
        | Object::Type(_)
        | Object::Function(_)
        | Object::Sequence(_)
        | Object::View(_) => false,
    };
    r.catalog.objects().find(of).map_or(NULL, |object| oid(object.oid()))
}
