//! Arrays and rows.

use super::{Node, Run, convert::Cast};
use batch::{Rows, Vector};
use error::{Error, Result};
use types::{Datum, Oid, TextContext, ValueRef};

#[expect(clippy::too_many_arguments, reason = "the parts of one operation and of one run")]
pub(super) fn quantified(
    _array: &mut Node,
    _comparison: &mut Node,
    _operand: usize,
    _element_type: Oid,
    _all: bool,
    _out: &mut Vector,
    _rows: Rows<'_>,
    _run: &mut Run<'_>,
) -> Result<()> {
    Err(Error::unsupported("array"))
}

pub(super) fn array(
    _elements: &mut [Node],
    _nested: bool,
    _element_type: Oid,
    _out: &mut Vector,
    _rows: Rows<'_>,
    _run: &mut Run<'_>,
) -> Result<()> {
    Err(Error::unsupported("array"))
}

pub(super) fn row(
    _fields: &mut [Node],
    _types: &[Oid],
    _out: &mut Vector,
    _rows: Rows<'_>,
    _run: &mut Run<'_>,
) -> Result<()> {
    Err(Error::unsupported("row"))
}

pub(super) fn subscript(
    _array: &mut Node,
    _indexes: &mut [(Option<Node>, Option<Node>)],
    _slice: bool,
    _array_type: Oid,
    _out: &mut Vector,
    _rows: Rows<'_>,
    _run: &mut Run<'_>,
) -> Result<()> {
    Err(Error::unsupported("subscript"))
}

pub(super) fn field(
    _record: &mut Node,
    _number: usize,
    _out: &mut Vector,
    _rows: Rows<'_>,
    _run: &mut Run<'_>,
) -> Result<()> {
    Err(Error::unsupported("field"))
}

pub(super) fn convert_elements(
    _cast: Cast,
    _value: ValueRef<'_>,
    _context: &TextContext<'_>,
) -> Result<Datum> {
    Err(Error::unsupported("array cast"))
}
