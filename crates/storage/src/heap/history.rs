//! Older versions of a row, rebuilt from the log.
//!
//! A version names the record that made it, and that record holds what the row was before. So a reader walks from the
//! newest version back until it finds one that it may see.

use crate::codec::{Decoder, damaged, put, put_bytes};
use crate::heap::page::{DELETED, Delta, KEY_CHANGED};
use crate::heap::skip::Skip;
use crate::record::{Kind, decode};
use crate::{Lsn, RowAddress, Storage, Version, Xid};
use error::Result;

/// A version of a row, copied.
#[derive(Debug, Clone)]
pub(crate) struct Copy {
    pub(crate) xid: Xid,
    pub(crate) version: Version,
    pub(crate) flags: u8,
    pub(crate) body: Vec<u8>,
}

/// What it takes to undo an update: the header before, where the body was and is, and what makes the old body of the new.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UpdateUndo<'a> {
    pub(crate) address: RowAddress,
    pub(crate) xid: Xid,
    pub(crate) version: Version,
    pub(crate) flags: u8,
    /// Where a reader may go on past versions that it does not need.
    pub(crate) skip: Option<Skip>,
    pub(crate) old_remote: Option<RowAddress>,
    pub(crate) new_remote: Option<RowAddress>,
    /// Pointers to the large values that the row let go of.
    pub(crate) let_go: &'a [u8],
    pub(crate) delta: Delta<'a>,
}

/// What it takes to undo a delete: the header before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DeleteUndo<'a> {
    pub(crate) address: RowAddress,
    pub(crate) xid: Xid,
    pub(crate) version: Version,
    pub(crate) flags: u8,
    pub(crate) remote: Option<RowAddress>,
    /// Pointers to the row's large values.
    pub(crate) let_go: &'a [u8],
}

fn put_address(bytes: &mut Vec<u8>, address: RowAddress) {
    put(bytes, u64::from(address.page));
    put(bytes, u64::from(address.slot));
}

fn address(decoder: &mut Decoder<'_>) -> Result<RowAddress> {
    Ok(RowAddress { page: decoder.u32()?, slot: decoder.u16()? })
}

fn put_optional(bytes: &mut Vec<u8>, address: Option<RowAddress>) {
    put(bytes, address.map_or(0, |address| address.to_u64() + 1));
}

fn optional(decoder: &mut Decoder<'_>) -> Result<Option<RowAddress>> {
    Ok(decoder.u64()?.checked_sub(1).map(RowAddress::from_u64))
}

fn skip(decoder: &mut Decoder<'_>) -> Result<Option<Skip>> {
    let version = Version(decoder.u64()?);
    if version.0 == 0 {
        return Ok(None);
    }
    Ok(Some(Skip { xid: Xid(decoder.u64()?), version }))
}

impl<'a> UpdateUndo<'a> {
    pub(crate) fn put(&self, bytes: &mut Vec<u8>) {
        put_address(bytes, self.address);
        put(bytes, self.xid.0);
        put(bytes, self.version.0);
        bytes.push(self.flags);
        put(bytes, self.skip.map_or(0, |skip| skip.version.0));
        if let Some(skip) = self.skip {
            put(bytes, skip.xid.0);
        }
        put_optional(bytes, self.old_remote);
        put_optional(bytes, self.new_remote);
        put_bytes(bytes, self.let_go);
        self.delta.put(bytes);
    }

    pub(crate) fn decode(undo: &'a [u8]) -> Result<Self> {
        let mut decoder = Decoder(undo);
        Ok(Self {
            address: address(&mut decoder)?,
            xid: Xid(decoder.u64()?),
            version: Version(decoder.u64()?),
            flags: decoder.u8()?,
            skip: skip(&mut decoder)?,
            old_remote: optional(&mut decoder)?,
            new_remote: optional(&mut decoder)?,
            let_go: decoder.bytes()?,
            delta: Delta::decode(&mut decoder)?,
        })
    }
}

impl<'a> DeleteUndo<'a> {
    pub(crate) fn put(&self, bytes: &mut Vec<u8>) {
        put_address(bytes, self.address);
        put(bytes, self.xid.0);
        put(bytes, self.version.0);
        bytes.push(self.flags);
        put_optional(bytes, self.remote);
        put_bytes(bytes, self.let_go);
    }

    pub(crate) fn decode(undo: &'a [u8]) -> Result<Self> {
        let mut decoder = Decoder(undo);
        Ok(Self {
            address: address(&mut decoder)?,
            xid: Xid(decoder.u64()?),
            version: Version(decoder.u64()?),
            flags: decoder.u8()?,
            remote: optional(&mut decoder)?,
            let_go: decoder.bytes()?,
        })
    }
}

impl Storage {
    /// Goes back from a version to the newest one that `wanted` accepts: `false` if there is none, or the row is deleted in
    /// it. Given the reader's own transaction, `wanted` need not be asked about every version, if it accepts all that others made
    /// before one that it accepts.
    pub(crate) fn older_version(
        &self,
        copy: &mut Copy,
        skips_of: Option<Xid>,
        wanted: impl Fn(Xid, Version) -> bool,
    ) -> Result<bool> {
        let mut record = Vec::new();
        let mut body = Vec::new();
        while !wanted(copy.xid, copy.version) {
            self.log.read(Lsn(copy.version.0), &mut record)?;
            let decoded = decode(&record)?;
            if decoded.header.kind == Kind::HeapUpdate {
                let undo = UpdateUndo::decode(decoded.undo)?;
                // Own versions may be seen though one of another's before them is not.
                let passes = |skip: &Skip, own| copy.xid != own || skip.xid == own;
                let skip = undo.skip.filter(|skip| {
                    skips_of.is_some_and(|own| passes(skip, own)) && !wanted(skip.xid, skip.version)
                });
                if let Some(skip) = skip {
                    // Its record holds the whole row: the body of this version will do for a start.
                    (copy.xid, copy.version) = (skip.xid, skip.version);
                    continue;
                }
                undo.delta.apply(&copy.body, &mut body)?;
                std::mem::swap(&mut copy.body, &mut body);
                (copy.xid, copy.version, copy.flags) = (undo.xid, undo.version, undo.flags);
            } else if decoded.header.kind == Kind::HeapDelete {
                let undo = DeleteUndo::decode(decoded.undo)?;
                (copy.xid, copy.version, copy.flags) = (undo.xid, undo.version, undo.flags);
            } else if decoded.header.kind == Kind::HeapInsert {
                return Ok(false);
            } else {
                return Err(damaged());
            }
        }
        Ok(copy.flags & DELETED == 0)
    }

    /// Who changed a row's key, or deleted it, between `expected` and a newer version (its header tells); `None` if
    /// nobody did.
    pub(crate) fn key_changer(
        &self,
        (mut xid, mut version, mut flags): (Xid, Version, u8),
        expected: Version,
    ) -> Result<Option<Xid>> {
        let mut record = Vec::new();
        while version != expected {
            if flags & (KEY_CHANGED | DELETED) != 0 {
                return Ok(Some(xid));
            }
            self.log.read(Lsn(version.0), &mut record)?;
            let decoded = decode(&record)?;
            if decoded.header.kind != Kind::HeapUpdate {
                // Another row has its place.
                return Ok(Some(xid));
            }
            let undo = UpdateUndo::decode(decoded.undo)?;
            (xid, version, flags) = (undo.xid, undo.version, undo.flags);
        }
        Ok(None)
    }
}
