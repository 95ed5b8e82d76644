//! Privileges: who may do what with an object.

use serde::{Deserialize, Serialize};
use types::Oid;

/// A set of privileges, as the bits of PostgreSQL's aclitem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Privileges(pub u32);

impl Privileges {
    /// None at all.
    pub const NONE: Self = Self(0);
    /// INSERT (`a`).
    pub const INSERT: Self = Self(1);
    /// SELECT (`r`).
    pub const SELECT: Self = Self(1 << 1);
    /// UPDATE (`w`).
    pub const UPDATE: Self = Self(1 << 2);
    /// DELETE (`d`).
    pub const DELETE: Self = Self(1 << 3);
    /// TRUNCATE (`D`).
    pub const TRUNCATE: Self = Self(1 << 4);
    /// REFERENCES (`x`).
    pub const REFERENCES: Self = Self(1 << 5);
    /// TRIGGER (`t`).
    pub const TRIGGER: Self = Self(1 << 6);
    /// EXECUTE (`X`).
    pub const EXECUTE: Self = Self(1 << 7);
    /// USAGE (`U`).
    pub const USAGE: Self = Self(1 << 8);
    /// CREATE (`C`).
    pub const CREATE: Self = Self(1 << 9);
    /// TEMPORARY (`T`).
    pub const TEMPORARY: Self = Self(1 << 10);
    /// CONNECT (`c`).
    pub const CONNECT: Self = Self(1 << 11);
    /// MAINTAIN (`m`).
    pub const MAINTAIN: Self = Self(1 << 14);
    /// All of a table.
    pub const TABLE: Self = Self(0x7f | 1 << 14);
    /// All of a sequence.
    pub const SEQUENCE: Self = Self(1 << 1 | 1 << 2 | 1 << 8);
    /// All of a database.
    pub const DATABASE: Self = Self(1 << 9 | 1 << 10 | 1 << 11);
    /// All of a schema.
    pub const SCHEMA: Self = Self(1 << 8 | 1 << 9);

    /// The letters in the order of the bits.
    const LETTERS: [(u32, char); 13] = [
        (0, 'a'),
        (1, 'r'),
        (2, 'w'),
        (3, 'd'),
        (4, 'D'),
        (5, 'x'),
        (6, 't'),
        (7, 'X'),
        (8, 'U'),
        (9, 'C'),
        (10, 'T'),
        (11, 'c'),
        (14, 'm'),
    ];

    /// Whether all of `other` are here.
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both sets.
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// These without the others.
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Those in both.
    pub fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The privilege of a keyword of GRANT, lower case.
    pub fn named(word: &str) -> Option<Self> {
        Some(match word {
            "insert" => Self::INSERT,
            "select" => Self::SELECT,
            "update" => Self::UPDATE,
            "delete" => Self::DELETE,
            "truncate" => Self::TRUNCATE,
            "references" => Self::REFERENCES,
            "trigger" => Self::TRIGGER,
            "execute" => Self::EXECUTE,
            "usage" => Self::USAGE,
            "create" => Self::CREATE,
            "temporary" | "temp" => Self::TEMPORARY,
            "connect" => Self::CONNECT,
            "maintain" => Self::MAINTAIN,
            _ => return None,
        })
    }
}

/// What one role was granted by another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AclItem {
    /// Who may; invalid for PUBLIC.
    pub grantee: Oid,
    /// Who granted it.
    pub grantor: Oid,
    /// What.
    pub privileges: Privileges,
    /// Which of it the grantee may grant on.
    pub grant_options: Privileges,
}

/// An object's privileges; `None` stands for the kind's default.
pub type Acl = Option<Vec<AclItem>>;

impl AclItem {
    /// The text form `grantee=letters/grantor`; names come from `role_name`.
    pub fn text(&self, role_name: impl Fn(Oid) -> String) -> String {
        let grantee = if self.grantee.is_valid() { role_name(self.grantee) } else { String::new() };
        let mut text = format!("{grantee}=");
        for (bit, letter) in Privileges::LETTERS {
            if self.privileges.0 >> bit & 1 == 1 {
                text.push(letter);
                if self.grant_options.0 >> bit & 1 == 1 {
                    text.push('*');
                }
            }
        }
        text.push('/');
        text.push_str(&role_name(self.grantor));
        text
    }
}

/// The default privileges of an object: all to its owner, some to PUBLIC.
pub fn default_acl(owner: Oid, all: Privileges, public: Privileges) -> Vec<AclItem> {
    let mut list = Vec::with_capacity(2);
    if public != Privileges::NONE {
        list.push(AclItem {
            grantee: Oid::INVALID,
            grantor: owner,
            privileges: public,
            grant_options: Privileges::NONE,
        });
    }
    list.push(AclItem {
        grantee: owner,
        grantor: owner,
        privileges: all,
        grant_options: Privileges::NONE,
    });
    list
}
