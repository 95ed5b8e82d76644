//! DROP.

use super::Parser;
use crate::ast::{
    DropDatabase, DropObjects, DropOwned, DropRole, ObjectKind, RoleSpec, StatementKind,
};
use crate::kind::Kind;
use error::Result;

impl Parser<'_> {
    pub(super) fn drop_statement(&mut self) -> Result<StatementKind> {
        self.bump();
        match self.kind() {
            Kind::DATABASE => return self.drop_database(),
            Kind::ROLE | Kind::GROUP => return self.drop_role(),
            Kind::USER if self.at_user_mapping() => {
                return Ok(StatementKind::DropUserMapping(Box::new(self.drop_user_mapping()?)));
            }
            Kind::USER => return self.drop_role(),
            Kind::OWNED => return self.drop_owned(),
            Kind::TABLESPACE => {
                return Ok(StatementKind::DropTablespace(Box::new(self.drop_tablespace()?)));
            }
            Kind::SUBSCRIPTION => {
                return Ok(StatementKind::DropSubscription(Box::new(self.drop_subscription()?)));
            }
            _ => {}
        }
        let kind =
            self.object_kind(|kind| !matches!(kind, ObjectKind::Column | ObjectKind::LargeObject))?;
        let concurrently = kind == ObjectKind::Index && self.accept(Kind::CONCURRENTLY);
        let if_exists = self.if_exists();
        let single = matches!(
            kind,
            ObjectKind::Trigger
                | ObjectKind::Rule
                | ObjectKind::Policy
                | ObjectKind::Cast
                | ObjectKind::Transform
                | ObjectKind::OperatorClass
                | ObjectKind::OperatorFamily
        );
        let objects = if single {
            vec![self.object_reference(kind)?]
        } else {
            self.list(|parser| parser.object_reference(kind))?
        };
        let behavior = self.drop_behavior();
        let node = DropObjects { kind, if_exists, concurrently, objects, behavior };
        Ok(StatementKind::Drop(Box::new(node)))
    }

    fn drop_database(&mut self) -> Result<StatementKind> {
        self.bump();
        let if_exists = self.if_exists();
        let name = self.column_name()?;
        let mut force = false;
        if self.accept(Kind::WITH) || self.is(Kind::LEFT_PAREN) {
            self.parenthesised(|parser| parser.expect(Kind::FORCE))?;
            force = true;
        }
        Ok(StatementKind::DropDatabase(Box::new(DropDatabase { name, if_exists, force })))
    }

    fn drop_role(&mut self) -> Result<StatementKind> {
        self.bump();
        let if_exists = self.if_exists();
        let roles: Vec<RoleSpec> = self.list(Self::role)?;
        Ok(StatementKind::DropRole(Box::new(DropRole { if_exists, roles })))
    }

    fn drop_owned(&mut self) -> Result<StatementKind> {
        self.bump();
        self.expect(Kind::BY)?;
        let roles = self.list(Self::role)?;
        let behavior = self.drop_behavior();
        Ok(StatementKind::DropOwned(Box::new(DropOwned { roles, behavior })))
    }
}
