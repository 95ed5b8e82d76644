//! CREATE and ALTER POLICY.

use super::Parser;
use crate::ast::{
    AlterPolicy, CreatePolicy, Expr, ObjectKind, PolicyCommand, RoleSpec, RoleSpecKind,
    StatementKind,
};
use crate::kind::Kind;
use error::{Result, SqlState};

impl Parser<'_> {
    /// Behind CREATE, at POLICY.
    pub(super) fn create_policy(&mut self) -> Result<CreatePolicy> {
        self.bump();
        let name = self.column_name()?;
        self.expect(Kind::ON)?;
        let relation = self.relation_name()?;
        let mut permissive = true;
        if self.accept(Kind::AS) {
            let location = self.location();
            let word = self.column_name()?;
            permissive = match &*word {
                "permissive" => true,
                "restrictive" => false,
                _ => {
                    let message = format!("unrecognized row security option \"{word}\"");
                    return Err(self
                        .error_at(SqlState::SYNTAX_ERROR, &message, location)
                        .hint("Only PERMISSIVE or RESTRICTIVE policies are supported currently."));
                }
            };
        }
        let command = self.policy_command()?;
        let location = self.location();
        let public = RoleSpec { kind: RoleSpecKind::Public, location };
        let roles = if self.accept(Kind::TO) { self.list(Self::role)? } else { vec![public] };
        let (using, with_check) = self.policy_conditions()?;
        Ok(CreatePolicy { name, relation, permissive, command, roles, using, with_check })
    }

    fn policy_command(&mut self) -> Result<PolicyCommand> {
        if !self.accept(Kind::FOR) {
            return Ok(PolicyCommand::All);
        }
        let command = match self.kind() {
            Kind::ALL => PolicyCommand::All,
            Kind::SELECT => PolicyCommand::Select,
            Kind::INSERT => PolicyCommand::Insert,
            Kind::UPDATE => PolicyCommand::Update,
            Kind::DELETE => PolicyCommand::Delete,
            _ => return Err(self.unexpected()),
        };
        self.bump();
        Ok(command)
    }

    fn policy_conditions(&mut self) -> Result<(Option<Expr>, Option<Expr>)> {
        let (mut using, mut with_check) = (None, None);
        if self.accept(Kind::USING) {
            self.expect(Kind::LEFT_PAREN)?;
            using = Some(self.expression()?);
            self.expect(Kind::RIGHT_PAREN)?;
        }
        if self.accept(Kind::WITH) {
            self.expect_all(&[Kind::CHECK, Kind::LEFT_PAREN])?;
            with_check = Some(self.expression()?);
            self.expect(Kind::RIGHT_PAREN)?;
        }
        Ok((using, with_check))
    }

    /// Behind ALTER, at POLICY.
    pub(super) fn alter_policy(&mut self) -> Result<StatementKind> {
        self.bump();
        let if_exists = self.if_exists();
        let start = self.at;
        let object = self.object_reference(ObjectKind::Policy)?;
        if if_exists || self.is(Kind::RENAME) {
            return self.rename(ObjectKind::Policy, object, if_exists);
        }
        self.at = start;
        let name = self.column_name()?;
        self.expect(Kind::ON)?;
        let relation = self.relation_name()?;
        let roles = if self.accept(Kind::TO) { Some(self.list(Self::role)?) } else { None };
        let (using, with_check) = self.policy_conditions()?;
        let node = AlterPolicy { name, relation, roles, using, with_check };
        Ok(StatementKind::AlterPolicy(Box::new(node)))
    }
}
