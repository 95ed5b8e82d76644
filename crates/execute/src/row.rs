//! Rows on pages to columns of batches, and back.

use batch::{Values, Vector};
use catalog::object::Table;
use error::{Error, Result};
use plan::ColumnSource;
use std::sync::Arc;
use storage::{
    Column, ColumnKind, RelationId, RowAddress, RowBuilder, RowLayout, RowRef, SeenRow, Storage,
    Transaction, UsualPlace, Version,
};
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

/// Values out of line that rows just read have, to be read once no page is latched.
#[derive(Debug, Default)]
pub struct Externals(Vec<External>);

#[derive(Debug)]
struct External {
    /// The vector and the row in it that the value is for.
    vector: usize,
    place: usize,
    pointer: Vec<u8>,
}

impl Externals {
    /// Forgets what was not read.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Reads those values that `wanted` (by vector and row) accepts.
    pub fn read(
        &mut self,
        storage: &Storage,
        heap: RelationId,
        vectors: &mut [Vector],
        wanted: impl Fn(usize, usize) -> bool,
    ) -> Result<()> {
        let mut kept = Vec::new();
        for each in std::mem::take(&mut self.0) {
            if wanted(each.vector, each.place) {
                let value = storage.read_external(heap, &each.pointer)?;
                vectors[each.vector].set(each.place, ValueRef::Bytes(&value));
            } else {
                kept.push(each);
            }
        }
        self.0 = kept;
        Ok(())
    }

    /// Those of so many rows from one on, which are counted from 0 from now on.
    pub(crate) fn take(&mut self, first: usize, count: usize) -> Self {
        let rows = first..first + count;
        let mut taken: Vec<External> =
            self.0.extract_if(.., |each| rows.contains(&each.place)).collect();
        for each in &mut taken {
            each.place -= first;
        }
        Self(taken)
    }

    /// Whether there is nothing to be read.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Reads some columns of a table's rows into vectors.
pub struct RowReader {
    layout: RowLayout,
    columns: Vec<(ColumnSource, Kind, Datum)>,
    /// For each of the columns, where it usually is; `None` for those that are not stored.
    places: Vec<Option<UsualPlace>>,
    table: Oid,
}

impl RowReader {
    /// A reader of these columns.
    pub fn new(table: &Arc<Table>, columns: &[ColumnSource]) -> Self {
        let columns = columns
            .iter()
            .map(|source| match source {
                ColumnSource::Column(number) | ColumnSource::Carried(number) => {
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
            .collect::<Vec<_>>();
        let layout = row_layout(table);
        let places = columns
            .iter()
            .map(|(source, _, _)| Some(layout.usual_place(stored_index(*source)?)))
            .collect();
        Self { layout, columns, places, table: table.oid }
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

    /// Reads rows behind the `place` rows that the vectors hold: column by column, as most rows are of one form.
    pub fn read_run(
        &self,
        rows: &[SeenRow<'_>],
        vectors: &mut [Vector],
        place: usize,
        externals: &mut Externals,
    ) -> Result<()> {
        for (run, rows) in rows.chunks(64).enumerate() {
            let place = place + 64 * run;
            for (index, (vector, usual)) in vectors.iter_mut().zip(&self.places).enumerate() {
                let mut others = match usual {
                    None => u64::MAX >> (64 - rows.len()),
                    Some(usual) => append_usual(vector, place, usual, rows),
                };
                while others != 0 {
                    let offset = others.trailing_zeros() as usize;
                    others &= others - 1;
                    let SeenRow { address, version, row } = rows[offset];
                    let target = (index, &mut *vector);
                    self.read_column(row, address, version, target, place + offset, externals)?;
                }
            }
        }
        Ok(())
    }

    /// Reads a row into row `place` of the vectors; what is out of line is left to be read by [`Externals::read`]. XX001 for
    /// bytes that are no value.
    #[inline]
    pub fn read(
        &self,
        row: RowRef<'_>,
        address: RowAddress,
        version: Version,
        vectors: &mut [Vector],
        place: usize,
        externals: &mut Externals,
    ) -> Result<()> {
        for each in vectors.iter_mut().enumerate() {
            self.read_column(row, address, version, each, place, externals)?;
        }
        Ok(())
    }

    #[inline]
    fn read_column(
        &self,
        row: RowRef<'_>,
        address: RowAddress,
        version: Version,
        (index, vector): (usize, &mut Vector),
        place: usize,
        externals: &mut Externals,
    ) -> Result<()> {
        let (source, kind, missing) = &self.columns[index];
        match source {
            ColumnSource::Column(number) | ColumnSource::Carried(number) => {
                let column = usize::try_from(*number - 1).expect("numbers start at 1");
                match self.layout.column(row, column) {
                    Column::Value(bytes) => {
                        vector.set(place, ValueRef::from_disk(*kind, bytes).ok_or_else(damaged)?);
                    }
                    Column::External(pointer) => {
                        // Not NULL, whatever it is.
                        vector.set(place, ValueRef::Bytes(&[]));
                        if matches!(source, ColumnSource::Column(_)) {
                            let pointer = pointer.to_vec();
                            externals.0.push(External { vector: index, place, pointer });
                        }
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
        Ok(())
    }
}

/// The index of a stored column in its table.
fn stored_index(source: ColumnSource) -> Option<usize> {
    match source {
        ColumnSource::Column(number) | ColumnSource::Carried(number) => {
            usize::try_from(number - 1).ok()
        }
        ColumnSource::Ctid
        | ColumnSource::TableOid
        | ColumnSource::Xid
        | ColumnSource::Address
        | ColumnSource::Version => None,
    }
}

/// Appends the values of a column of up to 64 rows of the usual form; tells those of another form, whose values are to be set,
/// as bits.
fn append_usual(
    vector: &mut Vector,
    place: usize,
    usual: &UsualPlace,
    rows: &[SeenRow<'_>],
) -> u64 {
    vector.grow(place);
    match &mut vector.values {
        Values::Bool(values) => append(values, usual, rows, |[byte]: [u8; 1]| byte != 0),
        Values::I16(values) => append(values, usual, rows, i16::from_le_bytes),
        Values::I32(values) => append(values, usual, rows, i32::from_le_bytes),
        Values::I64(values) => append(values, usual, rows, i64::from_le_bytes),
        Values::F32(values) => append(values, usual, rows, f32::from_le_bytes),
        Values::F64(values) => append(values, usual, rows, f64::from_le_bytes),
        Values::Fixed16(values) => append(values, usual, rows, |bytes| bytes),
        Values::Bytes(values) => {
            let mut others = 0;
            for (offset, seen) in rows.iter().enumerate() {
                let value = usual.variable(seen.row);
                others |= u64::from(value.is_none()) << offset;
                values.push(value.unwrap_or_default());
            }
            others
        }
    }
}

fn append<T: Default, const WIDTH: usize>(
    values: &mut Vec<T>,
    usual: &UsualPlace,
    rows: &[SeenRow<'_>],
    read: impl Fn([u8; WIDTH]) -> T,
) -> u64 {
    let mut others = 0;
    values.extend(rows.iter().enumerate().map(|(offset, seen)| {
        let bytes = usual.fixed(seen.row);
        others |= u64::from(bytes.is_none()) << offset;
        bytes.map_or_else(T::default, |bytes| read(*bytes))
    }));
    others
}

fn damaged() -> Error {
    Error::corrupted("a row holds a column of the wrong width")
}

/// A row's address as a number.
pub(crate) fn address_number(address: RowAddress) -> i64 {
    i64::try_from(address.to_u64()).expect("an address has 48 bits")
}

/// The address of its number.
pub fn number_address(number: i64) -> RowAddress {
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

/// Appends a row of vectors, all columns of the table, to `body` as a row body; `kept` are values out of line, by column, that the row
/// had before. What is large goes out of line in `transaction`: a savepoint undoes that.
pub(crate) fn build_body(
    transaction: &mut Transaction,
    heap: RelationId,
    builder: &mut RowBuilder,
    kinds: &[ColumnKind],
    (vectors, row): (&[Vector], usize),
    kept: &[(usize, Vec<u8>)],
    body: &mut Vec<u8>,
) -> Result<()> {
    builder.clear();
    for (index, (kind, vector)) in kinds.iter().zip(vectors).enumerate() {
        if let Some((_, pointer)) = kept.iter().find(|(column, _)| *column == index) {
            builder.push_external(pointer);
            continue;
        }
        let value = vector.get(row);
        if value.is_null() {
            builder.push_null(*kind);
        } else {
            value.with_disk(|bytes| builder.push(*kind, bytes));
        }
    }
    transaction.move_out(heap, builder)?;
    body.extend_from_slice(builder.finish()?);
    Ok(())
}
