//! Rows on pages to columns of batches, and back.

use batch::Vector;
use catalog::object::Table;
use error::{Error, Result};
use plan::ColumnSource;
use std::sync::Arc;
use storage::{Column, ColumnKind, RowAddress, RowBuilder, RowLayout, RowRef, Version};
use types::{Datum, Kind, Oid, ValueRef};

/// How a physical kind is stored.
pub fn column_kind(kind: Kind) -> ColumnKind {
    match kind.width_bytes() {
        Some(width) => ColumnKind::Fixed(u8::try_from(width).expect("fixed widths are at most 16")),
        None => ColumnKind::Variable,
    }
}

/// The layout of a table's rows.
pub fn row_layout(table: &Table) -> RowLayout {
    let kinds: Vec<ColumnKind> =
        table.columns.iter().map(|column| column_kind(Kind::of(column.type_id))).collect();
    RowLayout::new(&kinds)
}

/// Reads some columns of a table's rows into vectors.
pub struct RowReader {
    layout: RowLayout,
    columns: Vec<(ColumnSource, Kind, Datum)>,
    table: Oid,
}

impl RowReader {
    /// A reader of these columns.
    pub fn new(table: &Arc<Table>, columns: &[ColumnSource]) -> Self {
        let columns = columns
            .iter()
            .map(|source| match source {
                ColumnSource::Column(number) => {
                    let column =
                        &table.columns[usize::try_from(number - 1).expect("numbers start at 1")];
                    (*source, Kind::of(column.type_id), column.missing.clone())
                }
                ColumnSource::Ctid => (*source, Kind::Bytes, Datum::Null),
                ColumnSource::TableOid
                | ColumnSource::Xid
                | ColumnSource::Address
                | ColumnSource::Version => (*source, Kind::I64, Datum::Null),
            })
            .collect();
        Self { layout: row_layout(table), columns, table: table.oid }
    }

    /// A reader of all columns.
    pub fn whole(table: &Arc<Table>) -> Self {
        let columns: Vec<ColumnSource> =
            (1..).take(table.columns.len()).map(ColumnSource::Column).collect();
        Self::new(table, &columns)
    }

    /// The physical kinds of the vectors to read into.
    pub fn kinds(&self) -> impl Iterator<Item = Kind> + '_ {
        self.columns.iter().map(|(_, kind, _)| *kind)
    }

    /// The layout of the table's rows.
    pub fn layout(&self) -> &RowLayout {
        &self.layout
    }

    /// Reads a row into row `place` of the vectors. XX001 for bytes that are no value.
    #[inline]
    pub fn read(
        &self,
        row: RowRef<'_>,
        address: RowAddress,
        version: Version,
        vectors: &mut [Vector],
        place: usize,
    ) -> Result<()> {
        for ((source, kind, missing), vector) in self.columns.iter().zip(vectors) {
            match source {
                ColumnSource::Column(number) => {
                    let index = usize::try_from(*number - 1).expect("numbers start at 1");
                    match self.layout.column(row, index) {
                        Column::Value(bytes) => {
                            vector
                                .set(place, ValueRef::from_disk(*kind, bytes).ok_or_else(damaged)?);
                        }
                        Column::Null => vector.set_null(place),
                        Column::Absent => vector.set_datum(place, missing),
                    }
                }
                ColumnSource::Address => vector.set(place, ValueRef::I64(address_number(address))),
                ColumnSource::Version => vector.set(place, ValueRef::I64(version_number(version))),
                ColumnSource::TableOid => vector.set(place, ValueRef::I64(i64::from(self.table.0))),
                // In-place storage keeps no writer by version; what is visible is old enough.
                ColumnSource::Xid => vector.set(place, ValueRef::I64(2)),
                ColumnSource::Ctid => vector.set(place, ValueRef::Bytes(&tid_bytes(address))),
            }
        }
        Ok(())
    }
}

fn damaged() -> Error {
    Error::corrupted("a row holds a column of the wrong width")
}

/// A row's address as a number.
pub(crate) fn address_number(address: RowAddress) -> i64 {
    i64::try_from(address.to_u64()).expect("an address has 48 bits")
}

/// The address of its number.
pub(crate) fn number_address(number: i64) -> RowAddress {
    RowAddress::from_u64(u64::try_from(number).expect("an address is not negative"))
}

/// A version as a number.
pub(crate) fn version_number(version: Version) -> i64 {
    i64::try_from(version.0).expect("a log is shorter than 8 EiB")
}

/// The version of its number.
pub(crate) fn number_version(number: i64) -> Version {
    Version(u64::try_from(number).expect("a version is not negative"))
}

/// A ctid as a value of type tid: page and 1-based slot.
fn tid_bytes(address: RowAddress) -> [u8; 6] {
    let mut bytes = [0; 6];
    bytes[..4].copy_from_slice(&address.page.to_be_bytes());
    bytes[4..].copy_from_slice(&(address.slot + 1).to_be_bytes());
    bytes
}

/// Writes a row of vectors, all columns of the table, as a row body.
pub(crate) fn build_body(
    builder: &mut RowBuilder,
    kinds: &[ColumnKind],
    vectors: &[Vector],
    row: usize,
) -> Result<Vec<u8>> {
    builder.clear();
    for (kind, vector) in kinds.iter().zip(vectors) {
        let value = vector.get(row);
        if value.is_null() {
            builder.push_null(*kind);
        } else {
            value.with_disk(|bytes| builder.push(*kind, bytes));
        }
    }
    Ok(builder.finish()?.to_vec())
}
