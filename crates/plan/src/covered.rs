//! Whether an index's entries have all that a scan reads.

use crate::node::{ColumnSource, TableScan};
use catalog::object::{Index, IndexTarget};
use types::{Oid, type_oid};

/// The index's columns that a scan's columns are, if its entries hold them all, as they were: then the index alone tells
/// the rows.
pub fn covered(scan: &TableScan, index: &Index) -> Option<Vec<usize>> {
    // Equal values of these types are the same, and so are read back from a key as they were.
    let is_exact = |type_id: Oid| {
        matches!(
            type_id,
            type_oid::BOOL
                | type_oid::INT2
                | type_oid::INT4
                | type_oid::INT8
                | type_oid::OID
                | type_oid::TEXT
                | type_oid::VARCHAR
                | type_oid::DATE
                | type_oid::TIMESTAMP
                | type_oid::TIMESTAMPTZ
                | type_oid::UUID
        )
    };
    let place = |source: &ColumnSource| match source {
        ColumnSource::Column(number) => {
            index.columns.iter().enumerate().position(|(place, column)| {
                column.target == IndexTarget::Column(*number)
                    && (place >= index.key_count || is_exact(column.type_id))
            })
        }
        ColumnSource::Carried(_)
        | ColumnSource::Ctid
        | ColumnSource::TableOid
        | ColumnSource::Xid
        | ColumnSource::Address
        | ColumnSource::Version => None,
    };
    scan.columns.iter().map(place).collect()
}
