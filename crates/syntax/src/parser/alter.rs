//! ALTER of every kind: which statement it is, RENAME, OWNER TO, SET SCHEMA.

use super::Parser;
use crate::ast::{
    AlterDomain, AlterEventTrigger, AlterFunction, AlterObjectDepends, AlterObjectSchema,
    AlterOwner, AlterTable, DropBehavior, FunctionSignature, ObjectKind, ObjectName,
    ObjectReference, RelationName, Rename, RoleSpec, StatementKind,
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
            Kind::USER if self.at_user_mapping() => {
                Ok(StatementKind::AlterUserMapping(Box::new(self.alter_user_mapping()?)))
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
                let kind = self.object_kind(|kind| {
                    !matches!(
                        kind,
                        ObjectKind::AccessMethod
                            | ObjectKind::Cast
                            | ObjectKind::Column
                            | ObjectKind::Transform
                    )
                })?;
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
        } else {
            self.alter_other(kind)
        }
    }

    fn alter_relation(&mut self, kind: ObjectKind) -> Result<StatementKind> {
        let moves =
            matches!(kind, ObjectKind::Table | ObjectKind::Index | ObjectKind::MaterializedView);
        if moves && self.is(Kind::ALL) {
            return self.move_tablespace(kind);
        }
        let if_exists = self.if_exists();
        let (relation, only) = if matches!(kind, ObjectKind::Table | ObjectKind::ForeignTable) {
            let table = self.relation_expression()?;
            (table.relation, table.only)
        } else {
            (self.relation_name()?, false)
        };
        match (self.kind(), self.kind_at(1)) {
            (Kind::RENAME, _) => return self.rename_relation(kind, relation, if_exists, only),
            (Kind::SET, Kind::SCHEMA) if kind != ObjectKind::Index => {
                return self.set_schema(kind, ObjectReference::Name(relation.into()), if_exists);
            }
            (Kind::DEPENDS, _) | (Kind::NO, Kind::DEPENDS)
                if matches!(kind, ObjectKind::Index | ObjectKind::MaterializedView)
                    && !if_exists =>
            {
                return self.depends(kind, ObjectReference::Name(relation.into()));
            }
            _ if kind == ObjectKind::Sequence && self.at_sequence_option() => {
                let node = self.alter_sequence(relation, if_exists)?;
                return Ok(StatementKind::AlterSequence(Box::new(node)));
            }
            _ => {}
        }
        let actions = match (self.kind(), kind) {
            (Kind::ATTACH, ObjectKind::Table | ObjectKind::Index)
            | (Kind::DETACH, ObjectKind::Table) => vec![self.partition_action(kind)?],
            _ => self.list(Self::alter_table_action)?,
        };
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
            (Kind::SET, Kind::LEFT_PAREN) => {
                self.bump();
                self.alter_definition(ObjectKind::Type, ObjectReference::Type(name.into()))
            }
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
        let if_exists = kind == ObjectKind::Statistics && self.if_exists();
        let object = self.object_reference(kind)?;
        let may = abilities(kind);
        match (self.kind(), self.kind_at(1)) {
            (Kind::RENAME, _) if may.be_renamed && !if_exists => self.rename(kind, object, false),
            (Kind::OWNER, _) if may.be_owned && !if_exists => self.owner_to(kind, object),
            (Kind::SET, Kind::SCHEMA)
                if may.be_moved && !if_exists && self.kind_at(2) != Kind::STRING_LITERAL =>
            {
                self.set_schema(kind, object, false)
            }
            (Kind::DEPENDS | Kind::NO, _) if may.depend => self.depends(kind, object),
            (Kind::SET, _) if may.be_moved && only_moved(kind) => {
                self.set_schema(kind, object, false)
            }
            _ => match object {
                ObjectReference::Function(signature) => self.alter_function(kind, signature),
                ObjectReference::Name(name) => self.alter_named(kind, name, if_exists),
                object @ ObjectReference::UsingMethod { .. }
                    if kind == ObjectKind::OperatorFamily =>
                {
                    let node = self.alter_operator_family(object)?;
                    Ok(StatementKind::AlterOperatorFamily(Box::new(node)))
                }
                object @ ObjectReference::Operator { .. } => {
                    self.expect(Kind::SET)?;
                    self.alter_definition(kind, object)
                }
                ObjectReference::Type(_)
                | ObjectReference::OnRelation { .. }
                | ObjectReference::OnDomain { .. }
                | ObjectReference::Cast { .. }
                | ObjectReference::UsingMethod { .. }
                | ObjectReference::Transform { .. }
                | ObjectReference::LargeObject(_) => Err(self.unexpected()),
            },
        }
    }

    fn alter_function(
        &mut self,
        kind: ObjectKind,
        signature: FunctionSignature,
    ) -> Result<StatementKind> {
        if kind == ObjectKind::Aggregate {
            return Err(self.unexpected());
        }
        let mut options = Vec::new();
        while let Some(found) = self.function_option(false)? {
            options.push(found);
        }
        if options.is_empty() {
            return Err(self.unexpected());
        }
        self.accept(Kind::RESTRICT);
        let node = AlterFunction { kind, signature, options };
        Ok(StatementKind::AlterFunction(Box::new(node)))
    }

    /// What only one kind of object has.
    #[expect(clippy::wildcard_enum_match_arm, reason = "all other kinds have nothing of their own")]
    fn alter_named(
        &mut self,
        kind: ObjectKind,
        object: ObjectName,
        if_exists: bool,
    ) -> Result<StatementKind> {
        let name = object.names.last().cloned().unwrap_or_default();
        match kind {
            ObjectKind::Publication => self.alter_publication(name),
            ObjectKind::Subscription => self.alter_subscription(name),
            ObjectKind::ForeignDataWrapper => self.alter_foreign_data_wrapper(name),
            ObjectKind::ForeignServer => self.alter_server(name),
            ObjectKind::Tablespace => self.alter_tablespace(name),
            ObjectKind::Extension => self.alter_extension(name),
            ObjectKind::Statistics => self.alter_statistics(object, if_exists),
            ObjectKind::TextSearchConfiguration => self.alter_text_search(object),
            ObjectKind::TextSearchDictionary => {
                self.alter_definition(kind, ObjectReference::Name(object))
            }
            ObjectKind::EventTrigger => {
                let enablement = self.event_trigger_enablement()?;
                let node = AlterEventTrigger { name, enablement };
                Ok(StatementKind::AlterEventTrigger(Box::new(node)))
            }
            ObjectKind::Collation => {
                self.expect_all(&[Kind::REFRESH, Kind::VERSION])?;
                Ok(StatementKind::RefreshCollation(Box::new(object)))
            }
            _ => Err(self.unexpected()),
        }
    }

    /// `[NO] DEPENDS ON EXTENSION name`.
    fn depends(&mut self, kind: ObjectKind, object: ObjectReference) -> Result<StatementKind> {
        let remove = self.accept(Kind::NO);
        self.expect_all(&[Kind::DEPENDS, Kind::ON, Kind::EXTENSION])?;
        let extension = self.column_name()?;
        let node = AlterObjectDepends { kind, object, extension, remove };
        Ok(StatementKind::AlterObjectDepends(Box::new(node)))
    }
}

/// Which of the common actions ALTER has for a kind of object.
struct Abilities {
    be_renamed: bool,
    be_owned: bool,
    be_moved: bool,
    depend: bool,
}

fn abilities(kind: ObjectKind) -> Abilities {
    use ObjectKind as K;
    let routine = matches!(kind, K::Function | K::Procedure | K::Routine);
    Abilities {
        be_renamed: !matches!(kind, K::Operator | K::LargeObject | K::Extension),
        be_owned: !matches!(
            kind,
            K::Extension | K::Rule | K::Trigger | K::TextSearchParser | K::TextSearchTemplate
        ),
        be_moved: routine
            || matches!(
                kind,
                K::Aggregate
                    | K::Collation
                    | K::Conversion
                    | K::Extension
                    | K::Operator
                    | K::OperatorClass
                    | K::OperatorFamily
                    | K::Statistics
                    | K::TextSearchConfiguration
                    | K::TextSearchDictionary
                    | K::TextSearchParser
                    | K::TextSearchTemplate
            ),
        depend: routine || kind == K::Trigger,
    }
}

/// Whether SET SCHEMA is the only SET that ALTER has for a kind of object that it can move.
fn only_moved(kind: ObjectKind) -> bool {
    !matches!(
        kind,
        ObjectKind::Function
            | ObjectKind::Procedure
            | ObjectKind::Routine
            | ObjectKind::Operator
            | ObjectKind::Statistics
    )
}
