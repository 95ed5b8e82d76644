//! Functions and procedures that users make, and the triggers of tables.

use crate::acl::Acl;
use crate::facts::{FunctionKind, Volatility};
use crate::object::{SettingOverride, StoredTree};
use serde::{Deserialize, Serialize};
use types::Oid;

/// What a function's body is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the languages'")]
pub enum Language {
    Sql,
    Plpgsql,
}

impl Language {
    /// Its OID in pg_language.
    pub fn oid(self) -> Oid {
        match self {
            Self::Sql => Oid(14),
            Self::Plpgsql => Oid(12775),
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sql => "sql",
            Self::Plpgsql => "plpgsql",
        }
    }
}

/// The mode of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are SQL's")]
pub enum ParameterMode {
    In,
    Out,
    InOut,
    Variadic,
    /// A column of RETURNS TABLE.
    Table,
}

impl ParameterMode {
    /// Whether callers give it.
    pub fn is_input(self) -> bool {
        matches!(self, Self::In | Self::InOut | Self::Variadic)
    }

    /// Whether the result has it.
    pub fn is_output(self) -> bool {
        matches!(self, Self::Out | Self::InOut | Self::Table)
    }

    /// pg_proc's letter.
    pub fn letter(self) -> char {
        match self {
            Self::In => 'i',
            Self::Out => 'o',
            Self::InOut => 'b',
            Self::Variadic => 'v',
            Self::Table => 't',
        }
    }
}

/// A parameter of a function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name; empty for none.
    pub name: String,
    /// Its mode.
    pub mode: ParameterMode,
    /// Its type.
    pub type_id: Oid,
    /// What it is where the call leaves it out.
    pub default: Option<StoredTree>,
}

/// A function or procedure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are pg_proc's columns")]
pub struct Function {
    pub oid: Oid,
    pub name: String,
    pub schema: Oid,
    pub owner: Oid,
    pub language: Language,
    pub kind: FunctionKind,
    pub security_definer: bool,
    pub leakproof: bool,
    pub strict: bool,
    pub returns_set: bool,
    pub volatility: Volatility,
    pub parallel: char,
    pub cost: f32,
    pub rows: f32,
    /// The type of the last argument's elements, where there may be any number of them.
    pub variadic: Oid,
    pub result: Oid,
    /// The types of the parameters that callers give.
    pub arguments: Vec<Oid>,
    pub parameters: Vec<Parameter>,
    /// The body as a string, empty where `sql_body` has it.
    pub source: String,
    /// BEGIN ATOMIC ... END or RETURN expression.
    pub sql_body: Option<String>,
    pub settings: Vec<SettingOverride>,
    pub acl: Acl,
    pub comment: Option<String>,
    /// The tables, types and functions that the body in SQL and the defaults use.
    pub depends_on: Vec<Oid>,
}

impl Function {
    /// The parameters that callers give.
    pub fn inputs(&self) -> impl Iterator<Item = &Parameter> {
        self.parameters.iter().filter(|parameter| parameter.mode.is_input())
    }

    /// The parameters that the result has.
    pub fn outputs(&self) -> impl Iterator<Item = &Parameter> {
        self.parameters.iter().filter(|parameter| parameter.mode.is_output())
    }

    /// How many of the last inputs a call may leave out.
    pub fn default_count(&self) -> usize {
        self.inputs().filter(|parameter| parameter.default.is_some()).count()
    }

    /// The word that messages use.
    pub fn kind_name(&self) -> &'static str {
        match self.kind {
            FunctionKind::Plain => "function",
            FunctionKind::Procedure => "procedure",
            FunctionKind::Aggregate => "aggregate",
            FunctionKind::Window => "window function",
        }
    }
}

/// When a trigger fires, by session_replication_role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are ALTER TABLE's")]
pub enum TriggerEnabled {
    Origin,
    Disabled,
    Replica,
    Always,
}

impl TriggerEnabled {
    /// pg_trigger's letter.
    pub fn letter(self) -> char {
        match self {
            Self::Origin => 'O',
            Self::Disabled => 'D',
            Self::Replica => 'R',
            Self::Always => 'A',
        }
    }
}

/// A trigger of a table or view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are pg_trigger's columns")]
pub struct Trigger {
    pub oid: Oid,
    pub name: String,
    pub function: Oid,
    /// pg_trigger's `tgtype`.
    pub kind: i16,
    pub enabled: TriggerEnabled,
    /// pg_constraint's OID of CREATE CONSTRAINT TRIGGER; invalid for none.
    pub constraint: Oid,
    /// The table of FROM; invalid for none.
    pub constraint_table: Oid,
    pub deferrable: bool,
    pub initially_deferred: bool,
    /// UPDATE OF.
    pub columns: Vec<i16>,
    pub arguments: Vec<String>,
    /// WHEN: a condition over the old row (range entry 0) and the new one (1).
    pub condition: Option<StoredTree>,
    pub old_table: Option<String>,
    pub new_table: Option<String>,
    pub comment: Option<String>,
}

impl Trigger {
    /// FOR EACH ROW.
    pub const ROW: i16 = 1;
    /// BEFORE.
    pub const BEFORE: i16 = 1 << 1;
    /// Fires for INSERT.
    pub const INSERT: i16 = 1 << 2;
    /// Fires for DELETE.
    pub const DELETE: i16 = 1 << 3;
    /// Fires for UPDATE.
    pub const UPDATE: i16 = 1 << 4;
    /// Fires for TRUNCATE.
    pub const TRUNCATE: i16 = 1 << 5;
    /// INSTEAD OF.
    pub const INSTEAD: i16 = 1 << 6;

    /// Whether it has all of these bits.
    pub fn is(&self, bits: i16) -> bool {
        self.kind & bits == bits
    }

    /// Whether it fires after the event.
    pub fn is_after(&self) -> bool {
        self.kind & (Self::BEFORE | Self::INSTEAD) == 0
    }

    /// Whether it is of CREATE CONSTRAINT TRIGGER.
    pub fn is_constraint(&self) -> bool {
        self.constraint.is_valid()
    }
}
