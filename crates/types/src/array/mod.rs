//! Arrays: any number of dimensions up to six, each with its lower bound; elements may be NULL.
//!
//! As bytes, little-endian; int2vector and oidvector have the same form:
//!
//! ```text
//! element type (4), dimensions (1), whether any element is NULL (1)
//! per dimension: length (4), lower bound (4)
//! a bit an element, set where it is NULL                      only where any is
//! the elements, each as wide as its kind                      fixed kinds
//! the end of each element (4, from the first's start), then their bytes       Kind::Bytes
//! ```
//!
//! So any element is reached without reading the others.

mod binary;
#[cfg(test)]
mod tests;
mod text;

pub use binary::{receive_array, send_array};
pub use text::{input_array, write_array};
pub(crate) use text::{input_vector, write_vector};

use crate::{Datum, Kind, Oid, ValueRef, order};
use error::{Error, Result, SqlState};
use std::cmp::Ordering;

/// The most dimensions.
pub const DIMENSIONS_MAX: usize = 6;
/// The most elements.
pub const ELEMENTS_MAX: usize = 134_217_727;

const ELEMENT: usize = 0;
const DIMENSIONS: usize = ELEMENT + 4;
const HAS_NULLS: usize = DIMENSIONS + 1;
const HEADER_SIZE: usize = HAS_NULLS + 1;
const DIMENSION_SIZE: usize = 8;
const END_SIZE: usize = 4;

/// The length and lower bound of one dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dimension {
    /// How many elements.
    pub length: i32,
    /// The subscript of the first.
    pub lower: i32,
}

/// An array value, borrowed.
#[derive(Debug, Clone, Copy)]
pub struct Array<'a> {
    element_type: Oid,
    kind: Kind,
    dimensions: &'a [u8],
    count: usize,
    nulls: &'a [u8],
    /// The ends, for `Kind::Bytes`.
    ends: &'a [u8],
    data: &'a [u8],
}

impl<'a> Array<'a> {
    /// The array of its bytes. XX001 where they are none.
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        Self::try_parse(bytes).ok_or_else(|| Error::corrupted("bytes are not an array"))
    }

    fn try_parse(bytes: &'a [u8]) -> Option<Self> {
        let (header, rest) = bytes.split_at_checked(HEADER_SIZE)?;
        let element_type = Oid(u32::from_le_bytes(header[..DIMENSIONS].try_into().ok()?));
        let kind = Kind::of(element_type);
        let (dimensions, rest) =
            rest.split_at_checked(usize::from(header[DIMENSIONS]) * DIMENSION_SIZE)?;
        let mut count = usize::from(!dimensions.is_empty());
        for dimension in dimensions.chunks_exact(DIMENSION_SIZE) {
            let length = i32::from_le_bytes(dimension[..4].try_into().ok()?);
            count = count.checked_mul(usize::try_from(length).ok()?)?;
        }
        let null_bytes = if header[HAS_NULLS] == 0 { 0 } else { count.div_ceil(8) };
        let (nulls, rest) = rest.split_at_checked(null_bytes)?;
        let end_bytes = if kind == Kind::Bytes { count.checked_mul(END_SIZE)? } else { 0 };
        let (ends, data) = rest.split_at_checked(end_bytes)?;
        if let Some(width) = kind.width_bytes()
            && data.len() < width.checked_mul(count)?
        {
            return None;
        }
        Some(Self { element_type, kind, dimensions, count, nulls, ends, data })
    }

    /// The elements' type.
    pub fn element_type(&self) -> Oid {
        self.element_type
    }

    /// How many elements there are in all.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How many dimensions; 0 for an empty array.
    pub fn dimension_count(&self) -> usize {
        self.dimensions.len() / DIMENSION_SIZE
    }

    /// The dimensions, outermost first.
    pub fn dimensions(&self) -> impl Iterator<Item = Dimension> + 'a {
        self.dimensions.chunks_exact(DIMENSION_SIZE).map(|bytes| Dimension {
            length: i32::from_le_bytes(bytes[..4].try_into().expect("four bytes")),
            lower: i32::from_le_bytes(bytes[4..].try_into().expect("four bytes")),
        })
    }

    /// Whether any element is NULL.
    pub fn has_nulls(&self) -> bool {
        !self.nulls.is_empty()
    }

    /// The element of an index from 0 in row-major order; NULL beyond the end.
    pub fn get(&self, index: usize) -> ValueRef<'a> {
        let null = self.nulls.get(index / 8).is_some_and(|byte| byte >> (index % 8) & 1 == 1);
        if index >= self.count || null {
            return ValueRef::Null;
        }
        let bytes = match self.kind.width_bytes() {
            Some(width) => &self.data[index * width..(index + 1) * width],
            None => {
                let start = index.checked_sub(1).map_or(0, |before| self.end(before));
                self.data.get(start..self.end(index)).unwrap_or(&[])
            }
        };
        ValueRef::from_disk(self.kind, bytes).unwrap_or(ValueRef::Null)
    }

    fn end(&self, index: usize) -> usize {
        let bytes = &self.ends[index * END_SIZE..(index + 1) * END_SIZE];
        let end = u32::from_le_bytes(bytes.try_into().expect("four bytes"));
        usize::try_from(end).expect("32 bits are an index")
    }

    /// The elements in row-major order.
    pub fn iter(&self) -> impl Iterator<Item = ValueRef<'a>> + use<'a> {
        let array = *self;
        (0..self.count).map(move |index| array.get(index))
    }

    /// The index of the element with these subscripts, one a dimension; `None` outside the bounds.
    pub fn index_of(&self, subscripts: &[i32]) -> Option<usize> {
        if subscripts.len() != self.dimension_count() || subscripts.is_empty() {
            return None;
        }
        let mut index = 0;
        for (dimension, subscript) in self.dimensions().zip(subscripts) {
            let offset = i64::from(*subscript) - i64::from(dimension.lower);
            if !(0..i64::from(dimension.length)).contains(&offset) {
                return None;
            }
            index =
                index * usize::try_from(dimension.length).ok()? + usize::try_from(offset).ok()?;
        }
        Some(index)
    }
}

/// The bytes of an array of so many dimensions; the elements are in row-major order. 54000 for too many.
pub fn build_array<'v>(
    element_type: Oid,
    dimensions: &[Dimension],
    elements: impl IntoIterator<Item = ValueRef<'v>>,
) -> Result<Vec<u8>> {
    let mut data = Vec::new();
    let mut ends: Vec<u8> = Vec::new();
    let mut nulls: Vec<u8> = Vec::new();
    let kind = Kind::of(element_type);
    let mut count = 0usize;
    for element in elements {
        if element.is_null() {
            nulls.resize(nulls.len().max(count / 8 + 1), 0);
            nulls[count / 8] |= 1 << (count % 8);
            data.resize(data.len() + kind.width_bytes().unwrap_or(0), 0);
        } else {
            element.with_disk(|bytes| data.extend_from_slice(bytes));
        }
        if kind == Kind::Bytes {
            let end = u32::try_from(data.len()).map_err(|_| too_large())?;
            ends.extend_from_slice(&end.to_le_bytes());
        }
        count += 1;
    }
    if count > ELEMENTS_MAX {
        return Err(too_large());
    }
    if !nulls.is_empty() {
        nulls.resize(count.div_ceil(8), 0);
    }
    let dimensions = if count == 0 { &[] } else { dimensions };
    let mut bytes = Vec::with_capacity(
        HEADER_SIZE + dimensions.len() * DIMENSION_SIZE + nulls.len() + ends.len() + data.len(),
    );
    bytes.extend_from_slice(&element_type.0.to_le_bytes());
    bytes.push(u8::try_from(dimensions.len()).map_err(|_| too_large())?);
    bytes.push(u8::from(!nulls.is_empty()));
    for dimension in dimensions {
        bytes.extend_from_slice(&dimension.length.to_le_bytes());
        bytes.extend_from_slice(&dimension.lower.to_le_bytes());
    }
    bytes.extend_from_slice(&nulls);
    bytes.extend_from_slice(&ends);
    bytes.extend_from_slice(&data);
    Ok(bytes)
}

/// The bytes of an array of one dimension with lower bound 1, or of no dimension where there is no element.
pub fn array_of_values<'v>(
    element_type: Oid,
    elements: impl IntoIterator<Item = ValueRef<'v>, IntoIter: ExactSizeIterator>,
) -> Result<Vec<u8>> {
    let elements = elements.into_iter();
    let length = i32::try_from(elements.len()).map_err(|_| too_large())?;
    build_array(element_type, &[Dimension { length, lower: 1 }], elements)
}

/// An int2vector or oidvector: one dimension with lower bound 0, also where it is empty.
pub fn vector_of_values<'v>(
    element_type: Oid,
    elements: impl IntoIterator<Item = ValueRef<'v>, IntoIter: ExactSizeIterator>,
) -> Result<Datum> {
    let elements = elements.into_iter();
    let length = i32::try_from(elements.len()).map_err(|_| too_large())?;
    let bytes = build_array(element_type, &[Dimension { length, lower: 0 }], elements)?;
    Ok(Datum::Bytes(bytes.into()))
}

#[cold]
pub(crate) fn too_large() -> Error {
    Error::new(
        SqlState::PROGRAM_LIMIT_EXCEEDED,
        format!("array size exceeds the maximum allowed ({ELEMENTS_MAX})"),
    )
}

/// How many elements the dimensions make. 54000 for too many or an upper bound beyond int4.
pub fn element_count(dimensions: &[Dimension]) -> Result<usize> {
    let mut count = usize::from(!dimensions.is_empty());
    for dimension in dimensions {
        let length = usize::try_from(dimension.length).map_err(|_| too_large())?;
        count = count
            .checked_mul(length)
            .filter(|count| *count <= ELEMENTS_MAX)
            .ok_or_else(too_large)?;
        if dimension.lower.checked_add(dimension.length).is_none() {
            return Err(Error::new(
                SqlState::PROGRAM_LIMIT_EXCEEDED,
                format!("array lower bound is too large: {}", dimension.lower),
            ));
        }
    }
    Ok(count)
}

/// The order of two arrays by how many elements they have.
pub(crate) fn compare_lengths(a: &[u8], b: &[u8]) -> Ordering {
    let count = |bytes| Array::try_parse(bytes).map_or(0, |array| array.len());
    count(a).cmp(&count(b))
}

/// The order of two arrays: by elements, then count, dimensions and bounds; NULL elements are greatest.
pub(crate) fn compare(collation: Oid, a: &[u8], b: &[u8]) -> Ordering {
    let (Some(a), Some(b)) = (Array::try_parse(a), Array::try_parse(b)) else { return a.cmp(b) };
    for (x, y) in a.iter().zip(b.iter()) {
        let by_element = match (x.is_null(), y.is_null()) {
            (false, false) => order::compare(a.element_type, collation, x, y),
            (x, y) => x.cmp(&y),
        };
        if by_element.is_ne() {
            return by_element;
        }
    }
    a.count.cmp(&b.count).then_with(|| a.dimension_count().cmp(&b.dimension_count())).then_with(
        || {
            let bounds = |array: &Array<'_>| {
                let lengths: Vec<i32> = array.dimensions().map(|d| d.length).collect();
                let lowers: Vec<i32> = array.dimensions().map(|d| d.lower).collect();
                (lengths, lowers)
            };
            bounds(&a).cmp(&bounds(&b))
        },
    )
}
