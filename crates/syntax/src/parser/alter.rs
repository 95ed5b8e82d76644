//! ALTER of every kind: which statement it is, RENAME, OWNER TO, SET SCHEMA.

use super::Parser;
use crate::ast::{
    AlterDomain, AlterFunction, AlterObjectSchema, AlterOwner, AlterTable, DropBehavior,
    ObjectKind, ObjectName, ObjectReference, RelationName, Rename, RoleSpec, StatementKind,
};
use crate::kind::Kind;
use error::Result;

impl From<RelationName> for ObjectName {
    fn from(relation: RelationName) -> Self {
        let RelationName { database, schema, name, location } = relation;
        let names = database.into_iter().chain(schema).chain(Some(name)).collect();
        Self { names, location }
    }
}

impl Parser<'_> {
    pub(super) fn alter(&mut self) -> Result<StatementKind> {
        self.bump();
        match self.kind() {
            Kind::ROLE => self.alter_role(),
            Kind::USER if self.kind_at(1) == Kind::MAPPING => {
                Err(self.unsupported("ALTER USER MAPPING"))
            }
            Kind::USER => self.alter_role(),
            Kind::GROUP => self.alter_group(),
            Kind::DATABASE => self.alter_database(),
            Kind::DEFAULT => {
                let node = self.alter_default_privileges()?;
                Ok(StatementKind::AlterDefaultPrivileges(Box::new(node)))
            }
            Kind::SYSTEM => Ok(StatementKind::AlterSystem(Box::new(self.alter_system()?))),
            Kind::POLICY => self.alter_policy(),
            _ => {
                let kind = self.object_kind()?;
                self.alter_object(kind)
            }
        }
    }

    fn alter_object(&mut self, kind: ObjectKind) -> Result<StatementKind> {
        let is_relation = matches!(
            kind,
            ObjectKind::Table
                | ObjectKind::Index
                | ObjectKind::View
                | ObjectKind::MaterializedView
                | ObjectKind::Sequence
                | ObjectKind::ForeignTable
        );
        if is_relation {
            self.alter_relation(kind)
        } else if kind == ObjectKind::Type {
            self.alter_type_statement()
        } else if kind == ObjectKind::Domain {
            self.alter_domain()
        } else if matches!(kind, ObjectKind::Column | ObjectKind::Cast) {
            self.at -= 1;
            Err(self.unexpected())
        } else {
            self.alter_other(kind)
        }
    }

    fn alter_relation(&mut self, kind: ObjectKind) -> Result<StatementKind> {
        if self.is(Kind::ALL) && self.kind_at(1) == Kind::IN {
            return Err(self.unsupported("ALTER ... ALL IN TABLESPACE"));
        }
        let if_exists = self.if_exists();
        let table = self.relation_expression()?;
        let (relation, only) = (table.relation, table.only);
        match self.kind() {
            Kind::RENAME => return self.rename_relation(kind, relation, if_exists, only),
            Kind::SET if self.kind_at(1) == Kind::SCHEMA => {
                return self.set_schema(kind, ObjectReference::Name(relation.into()), if_exists);
            }
            Kind::SET
                if kind == ObjectKind::Sequence
                    && !matches!(self.kind_at(1), Kind::LOGGED | Kind::UNLOGGED) =>
            {
                self.bump();
                return Err(self.unexpected());
            }
            Kind::OWNER | Kind::SET if kind == ObjectKind::Sequence => {}
            Kind::DEPENDS | Kind::NO
                if kind == ObjectKind::Index && self.kind() == Kind::DEPENDS =>
            {
                return Err(self.unsupported("ALTER ... DEPENDS ON EXTENSION"));
            }
            _ if kind == ObjectKind::Sequence => {
                let node = self.alter_sequence(relation, if_exists)?;
                return Ok(StatementKind::AlterSequence(Box::new(node)));
            }
            _ => {}
        }
        let actions = self.list(Self::alter_table_action)?;
        let node = AlterTable { kind, if_exists, only, relation, actions };
        Ok(StatementKind::AlterTable(Box::new(node)))
    }

    /// RENAME of a relation, its column or its constraint.
    fn rename_relation(
        &mut self,
        of: ObjectKind,
        relation: RelationName,
        if_exists: bool,
        only: bool,
    ) -> Result<StatementKind> {
        self.bump();
        let object = ObjectReference::Name(relation.into());
        let (kind, part) = if self.accept(Kind::TO) {
            (of, None)
        } else if of == ObjectKind::Table && self.accept(Kind::CONSTRAINT) {
            let part = self.column_name()?;
            self.expect(Kind::TO)?;
            (ObjectKind::TableConstraint, Some(part))
        } else if matches!(of, ObjectKind::Index | ObjectKind::Sequence) {
            return Err(self.unexpected());
        } else {
            self.accept(Kind::COLUMN);
            let part = self.column_name()?;
            self.expect(Kind::TO)?;
            (ObjectKind::Column, Some(part))
        };
        let new_name = self.column_name()?;
        let behavior = DropBehavior::Restrict;
        let node = Rename { kind, of, if_exists, only, object, part, new_name, behavior };
        Ok(StatementKind::Rename(Box::new(node)))
    }

    /// `RENAME TO name` of an object of this kind.
    pub(super) fn rename(
        &mut self,
        kind: ObjectKind,
        object: ObjectReference,
        if_exists: bool,
    ) -> Result<StatementKind> {
        self.expect_all(&[Kind::RENAME, Kind::TO])?;
        let new_name =
            if kind == ObjectKind::Role { self.role_name()? } else { self.column_name()? };
        let (only, part, behavior) = (false, None, DropBehavior::Restrict);
        let node = Rename { kind, of: kind, if_exists, only, object, part, new_name, behavior };
        Ok(StatementKind::Rename(Box::new(node)))
    }

    /// RENAME of a role, which must be named.
    pub(super) fn rename_named(
        &mut self,
        kind: ObjectKind,
        role: RoleSpec,
    ) -> Result<StatementKind> {
        let location = role.location;
        let name = self.name_of_role(role)?;
        let object = ObjectReference::Name(ObjectName { names: vec![name], location });
        self.rename(kind, object, false)
    }

    fn set_schema(
        &mut self,
        kind: ObjectKind,
        object: ObjectReference,
        if_exists: bool,
    ) -> Result<StatementKind> {
        self.expect_all(&[Kind::SET, Kind::SCHEMA])?;
        let schema = self.column_name()?;
        let node = AlterObjectSchema { kind, if_exists, object, schema };
        Ok(StatementKind::AlterObjectSchema(Box::new(node)))
    }

    fn owner_to(&mut self, kind: ObjectKind, object: ObjectReference) -> Result<StatementKind> {
        self.expect_all(&[Kind::OWNER, Kind::TO])?;
        let owner = self.role()?;
        Ok(StatementKind::AlterOwner(Box::new(AlterOwner { kind, object, owner })))
    }

    fn alter_type_statement(&mut self) -> Result<StatementKind> {
        let start = self.at;
        let name = self.object_name()?;
        match (self.kind(), self.kind_at(1)) {
            (Kind::ADD | Kind::RENAME, Kind::VALUE) => {
                Ok(StatementKind::AlterEnum(Box::new(self.alter_enum(name)?)))
            }
            (Kind::ADD | Kind::DROP | Kind::ALTER, _) => {
                self.at = start;
                let relation = self.relation_name()?;
                let actions = self.list(Self::attribute_action)?;
                let (if_exists, only, kind) = (false, false, ObjectKind::Type);
                let node = AlterTable { kind, if_exists, only, relation, actions };
                Ok(StatementKind::AlterCompositeType(Box::new(node)))
            }
            (Kind::RENAME, Kind::ATTRIBUTE) => {
                self.bump();
                self.bump();
                let part = Some(self.column_name()?);
                self.expect(Kind::TO)?;
                let new_name = self.column_name()?;
                let behavior = self.drop_behavior();
                let node = Rename {
                    kind: ObjectKind::TypeAttribute,
                    of: ObjectKind::Type,
                    if_exists: false,
                    only: false,
                    object: ObjectReference::Name(name),
                    part,
                    new_name,
                    behavior,
                };
                Ok(StatementKind::Rename(Box::new(node)))
            }
            (Kind::RENAME, _) => {
                self.rename(ObjectKind::Type, ObjectReference::Type(name.into()), false)
            }
            (Kind::OWNER, _) => self.owner_to(ObjectKind::Type, ObjectReference::Type(name.into())),
            (Kind::SET, Kind::LEFT_PAREN) => Err(self.unsupported("ALTER TYPE ... SET")),
            _ => self.set_schema(ObjectKind::Type, ObjectReference::Type(name.into()), false),
        }
    }

    fn alter_domain(&mut self) -> Result<StatementKind> {
        let name = self.object_name()?;
        match (self.kind(), self.kind_at(1)) {
            (Kind::RENAME, Kind::CONSTRAINT) => {
                self.bump();
                self.bump();
                let part = Some(self.column_name()?);
                self.expect(Kind::TO)?;
                let node = Rename {
                    kind: ObjectKind::DomainConstraint,
                    of: ObjectKind::Domain,
                    if_exists: false,
                    only: false,
                    object: ObjectReference::Type(name.into()),
                    part,
                    new_name: self.column_name()?,
                    behavior: DropBehavior::Restrict,
                };
                Ok(StatementKind::Rename(Box::new(node)))
            }
            (Kind::RENAME, _) => {
                self.rename(ObjectKind::Domain, ObjectReference::Type(name.into()), false)
            }
            (Kind::OWNER, _) => {
                self.owner_to(ObjectKind::Domain, ObjectReference::Type(name.into()))
            }
            (Kind::SET, Kind::SCHEMA) => {
                self.set_schema(ObjectKind::Domain, ObjectReference::Type(name.into()), false)
            }
            _ => {
                let action = self.alter_domain_action()?;
                Ok(StatementKind::AlterDomain(Box::new(AlterDomain { name, action })))
            }
        }
    }

    fn alter_other(&mut self, kind: ObjectKind) -> Result<StatementKind> {
        let if_exists = self.if_exists();
        let object = self.object_reference(kind)?;
        match (self.kind(), self.kind_at(1)) {
            (Kind::RENAME, _) => return self.rename(kind, object, if_exists),
            (Kind::OWNER, _) => return self.owner_to(kind, object),
            (Kind::SET, Kind::SCHEMA) => return self.set_schema(kind, object, if_exists),
            _ => {}
        }
        let is_routine =
            matches!(kind, ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine);
        if let (true, ObjectReference::Function(signature)) = (is_routine, object) {
            let mut options = Vec::new();
            while let Some(found) = self.function_option(false)? {
                options.push(found);
            }
            if options.is_empty() {
                return Err(self.unexpected());
            }
            self.accept(Kind::RESTRICT);
            let node = AlterFunction { kind, signature, options };
            return Ok(StatementKind::AlterFunction(Box::new(node)));
        }
        match self.kind() {
            Kind::END_OF_INPUT | Kind::SEMICOLON => Err(self.unexpected()),
            _ => Err(self.unsupported("this form of ALTER")),
        }
    }
}
