//! The physical kinds of values.

use crate::{Oid, is_domain, lies_as, type_oid};
use serde::{Deserialize, Serialize};

/// How the values of a type lie in memory and, little-endian, on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// bool.
    Bool,
    /// int2; "char" as 0 to 255.
    I16,
    /// int4; date as days since 2000-01-01.
    I32,
    /// int8; oid, xid, cid and the reg* types as their unsigned value; time, timestamp, timestamptz in microseconds.
    I64,
    /// float4.
    F32,
    /// float8.
    F64,
    /// uuid; interval (i64 microseconds, i32 days, i32 months); timetz (i64 microseconds, i32 zone).
    Fixed16,
    /// All else: text, numeric, json, arrays, records ... in an encoding of the type's own.
    Bytes,
}

impl Kind {
    /// The kind of a type; those of users are `Bytes`, domains apart, which have that of their base type.
    pub fn of(type_id: Oid) -> Self {
        match type_id {
            type_oid::BOOL => Self::Bool,
            type_oid::INT2 | type_oid::CHAR => Self::I16,
            type_oid::INT4 | type_oid::DATE => Self::I32,
            type_oid::INT8
            | type_oid::OID
            | type_oid::XID
            | type_oid::CID
            | type_oid::XID8
            | type_oid::PG_LSN
            | type_oid::MONEY
            | type_oid::TIME
            | type_oid::TIMESTAMP
            | type_oid::TIMESTAMPTZ
            | type_oid::REGPROC
            | type_oid::REGPROCEDURE
            | type_oid::REGOPER
            | type_oid::REGOPERATOR
            | type_oid::REGCLASS
            | type_oid::REGTYPE
            | type_oid::REGCONFIG
            | type_oid::REGDICTIONARY
            | type_oid::REGNAMESPACE
            | type_oid::REGROLE
            | type_oid::REGCOLLATION => Self::I64,
            type_oid::FLOAT4 => Self::F32,
            type_oid::FLOAT8 => Self::F64,
            type_oid::UUID | type_oid::INTERVAL | type_oid::TIMETZ => Self::Fixed16,
            _ if is_domain(type_id) => Self::of(lies_as(type_id)),
            _ => Self::Bytes,
        }
    }

    /// The width on disk in bytes; `None` where it varies.
    pub fn width_bytes(self) -> Option<usize> {
        match self {
            Self::Bool => Some(1),
            Self::I16 => Some(2),
            Self::I32 | Self::F32 => Some(4),
            Self::I64 | Self::F64 => Some(8),
            Self::Fixed16 => Some(16),
            Self::Bytes => None,
        }
    }
}
