//! Relations of built-in objects alone: the rows of the data files, columns rearranged.

use super::value::{NULL, parse};
use super::{Reading, Rows, tree};
use crate::facts::{Fields, RawTable, facts, raw_rows, raw_rows_of};
use error::Result;
use types::{Datum, Oid};

/// Where a column's value is.
enum Source {
    /// In a field of the file.
    Field(usize),
    /// SQL text in a field, as a pg_node_tree.
    Sql(usize),
    /// Nowhere: NULL.
    None,
}

use Source::{Field, None as Nothing, Sql};

/// pg_proc: as the file, with the columns that no built-in function uses.
const PROCEDURE: &[Source] = &[
    Field(0),
    Field(1),
    Field(2),
    Field(3),
    Field(4),
    Field(5),
    Field(6),
    Field(7),
    Field(8),
    Field(9),
    Field(10),
    Field(11),
    Field(12),
    Field(13),
    Field(14),
    Field(15),
    Field(16),
    Field(17),
    Field(18),
    Field(19),
    Field(20),
    Field(21),
    Field(22),
    Sql(23),
    Nothing,
    Field(24),
    Field(25),
    Nothing,
    Nothing,
    Field(26),
];

const AGGREGATE: &[Source] = &[
    Field(0),
    Field(1),
    Field(2),
    Field(10),
    Field(11),
    Field(9),
    Field(12),
    Field(13),
    Field(8),
    Field(14),
    Field(15),
    Field(16),
    Field(17),
    Field(18),
    Field(19),
    Field(5),
    Field(6),
    Field(20),
    Field(21),
    Field(22),
    Field(7),
    Field(23),
];

/// The rows of a relation that shows a data file; `None` for any other relation.
pub(super) fn rows(r: &Reading<'_>, name: &str) -> Option<Result<Rows>> {
    let table = match name {
        "pg_proc" => return Some(procedures(r)),
        "pg_aggregate" => RawTable::Aggregate,
        "pg_am" => RawTable::AccessMethod,
        "pg_amop" => RawTable::AccessMethodOperator,
        "pg_amproc" => RawTable::AccessMethodProcedure,
        "pg_cast" => RawTable::Cast,
        "pg_collation" => RawTable::Collation,
        "pg_conversion" => RawTable::Conversion,
        "pg_language" => RawTable::Language,
        "pg_operator" => RawTable::Operator,
        "pg_opclass" => RawTable::OperatorClass,
        "pg_opfamily" => RawTable::OperatorFamily,
        "pg_range" => RawTable::Range,
        _ => return None,
    };
    let lines = match r.oid_key(1) {
        Some(oid) => raw_rows_of(table, oid),
        None => raw_rows(table),
    };
    let types = column_types(name);
    let row = |fields: &Fields| {
        if table == RawTable::Aggregate {
            return arranged(fields, AGGREGATE, &types);
        }
        let columns = types.iter().enumerate();
        columns.map(|(index, type_id)| parse(*type_id, fields.optional(index))).collect()
    };
    Some(lines.iter().map(row).collect())
}

fn procedures(r: &Reading<'_>) -> Result<Rows> {
    let lines = match (r.oid_key(1), r.text_key(2)) {
        (Some(oid), _) => raw_rows_of(RawTable::Procedure, oid),
        (None, Some(name)) => facts()
            .functions_named(name)
            .flat_map(|function| raw_rows_of(RawTable::Procedure, function.oid))
            .collect(),
        (None, None) => raw_rows(RawTable::Procedure),
    };
    let types = column_types("pg_proc");
    let mut rows: Rows =
        lines.iter().map(|fields| arranged(fields, PROCEDURE, &types)).collect::<Result<_>>()?;
    super::routine::functions(r, &mut rows)?;
    Ok(rows)
}

fn arranged(fields: &Fields, sources: &[Source], types: &[Oid]) -> Result<Vec<Datum>> {
    let value = |(source, type_id): (&Source, &Oid)| match source {
        Field(index) => parse(*type_id, fields.optional(*index)),
        Sql(index) => Ok(fields.optional(*index).map_or(NULL, tree::sql_tree)),
        Nothing => Ok(NULL),
    };
    sources.iter().zip(types).map(value).collect()
}

fn column_types(name: &str) -> Vec<Oid> {
    let relation = facts().relation_named(crate::snapshot::PG_CATALOG, name);
    relation.map_or_else(Vec::new, |fact| fact.columns.iter().map(|c| c.type_id).collect())
}
