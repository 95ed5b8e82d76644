//! One value, owned or borrowed, by physical kind. Its type is known beside it.

use crate::Kind;
use serde::{Deserialize, Serialize};

/// An owned value.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub enum Datum {
    /// SQL NULL, of any type.
    #[default]
    Null,
    /// See [`Kind::Bool`].
    Bool(bool),
    /// See [`Kind::I16`].
    I16(i16),
    /// See [`Kind::I32`].
    I32(i32),
    /// See [`Kind::I64`].
    I64(i64),
    /// See [`Kind::F32`].
    F32(f32),
    /// See [`Kind::F64`].
    F64(f64),
    /// See [`Kind::Fixed16`].
    Fixed16([u8; 16]),
    /// See [`Kind::Bytes`].
    Bytes(Box<[u8]>),
}

/// A borrowed value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ValueRef<'a> {
    /// SQL NULL, of any type.
    Null,
    /// See [`Kind::Bool`].
    Bool(bool),
    /// See [`Kind::I16`].
    I16(i16),
    /// See [`Kind::I32`].
    I32(i32),
    /// See [`Kind::I64`].
    I64(i64),
    /// See [`Kind::F32`].
    F32(f32),
    /// See [`Kind::F64`].
    F64(f64),
    /// See [`Kind::Fixed16`].
    Fixed16([u8; 16]),
    /// See [`Kind::Bytes`].
    Bytes(&'a [u8]),
}

/// Whether two are the same bits: a NaN equals itself and 0 is not -0, so that equal expressions are those that give the
/// same.
impl PartialEq for Datum {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::F32(a), Self::F32(b)) => a.to_bits() == b.to_bits(),
            (Self::F64(a), Self::F64(b)) => a.to_bits() == b.to_bits(),
            _ => self.as_ref() == other.as_ref(),
        }
    }
}

impl Datum {
    /// A text value.
    pub fn text(text: &str) -> Self {
        Self::Bytes(text.as_bytes().into())
    }

    /// Whether it is NULL.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The value, borrowed.
    pub fn as_ref(&self) -> ValueRef<'_> {
        match self {
            Self::Null => ValueRef::Null,
            Self::Bool(v) => ValueRef::Bool(*v),
            Self::I16(v) => ValueRef::I16(*v),
            Self::I32(v) => ValueRef::I32(*v),
            Self::I64(v) => ValueRef::I64(*v),
            Self::F32(v) => ValueRef::F32(*v),
            Self::F64(v) => ValueRef::F64(*v),
            Self::Fixed16(v) => ValueRef::Fixed16(*v),
            Self::Bytes(v) => ValueRef::Bytes(v),
        }
    }
}

impl<'a> ValueRef<'a> {
    /// Whether it is NULL.
    pub fn is_null(self) -> bool {
        matches!(self, Self::Null)
    }

    /// The value, owned.
    pub fn to_datum(self) -> Datum {
        match self {
            Self::Null => Datum::Null,
            Self::Bool(v) => Datum::Bool(v),
            Self::I16(v) => Datum::I16(v),
            Self::I32(v) => Datum::I32(v),
            Self::I64(v) => Datum::I64(v),
            Self::F32(v) => Datum::F32(v),
            Self::F64(v) => Datum::F64(v),
            Self::Fixed16(v) => Datum::Fixed16(v),
            Self::Bytes(v) => Datum::Bytes(v.into()),
        }
    }

    /// The bytes of a [`Kind::Bytes`] value; `None` for any other.
    pub fn bytes(self) -> Option<&'a [u8]> {
        if let Self::Bytes(bytes) = self { Some(bytes) } else { None }
    }

    /// The value from its little-endian form on disk; `None` where the width does not fit the kind.
    pub fn from_disk(kind: Kind, bytes: &'a [u8]) -> Option<Self> {
        Some(match kind {
            Kind::Bool => Self::Bool(*bytes.first()? != 0),
            Kind::I16 => Self::I16(i16::from_le_bytes(bytes.try_into().ok()?)),
            Kind::I32 => Self::I32(i32::from_le_bytes(bytes.try_into().ok()?)),
            Kind::I64 => Self::I64(i64::from_le_bytes(bytes.try_into().ok()?)),
            Kind::F32 => Self::F32(f32::from_le_bytes(bytes.try_into().ok()?)),
            Kind::F64 => Self::F64(f64::from_le_bytes(bytes.try_into().ok()?)),
            Kind::Fixed16 => Self::Fixed16(bytes.try_into().ok()?),
            Kind::Bytes => Self::Bytes(bytes),
        })
    }

    /// Calls `f` with the little-endian form on disk; not for NULL, which has none.
    pub fn with_disk<R>(self, f: impl FnOnce(&[u8]) -> R) -> R {
        match self {
            Self::Null => f(&[]),
            Self::Bool(v) => f(&[u8::from(v)]),
            Self::I16(v) => f(&v.to_le_bytes()),
            Self::I32(v) => f(&v.to_le_bytes()),
            Self::I64(v) => f(&v.to_le_bytes()),
            Self::F32(v) => f(&v.to_le_bytes()),
            Self::F64(v) => f(&v.to_le_bytes()),
            Self::Fixed16(v) => f(&v),
            Self::Bytes(v) => f(v),
        }
    }
}
