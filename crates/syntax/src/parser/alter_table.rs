//! The actions of ALTER TABLE.

use super::Parser;
use crate::ast::{
    AlterTableAction, ColumnSelector, ConstraintAttributes, DropBehavior, Enablement,
    IdentityChange, Name, ObjectKind, ReplicaIdentity, SequenceOption, SequenceOptionKind,
    TriggerTarget, TypeName,
};
use crate::kind::Kind;
use error::{Result, SqlState};

impl Parser<'_> {
    /// One action of ALTER TABLE and its kin.
    pub(super) fn alter_table_action(&mut self) -> Result<AlterTableAction> {
        let word = self.kind();
        match word {
            Kind::ADD => self.add_action(),
            Kind::DROP => self.drop_action(),
            Kind::ALTER => self.alter_action(),
            Kind::SET => self.set_action(),
            Kind::ENABLE | Kind::DISABLE => self.enable_action(),
            Kind::VALIDATE => {
                self.bump();
                self.expect(Kind::CONSTRAINT)?;
                Ok(AlterTableAction::ValidateConstraint(self.column_name()?))
            }
            Kind::RESET => {
                self.bump();
                Ok(AlterTableAction::ResetOptions(self.relation_options()?))
            }
            Kind::CLUSTER => {
                self.bump();
                self.expect(Kind::ON)?;
                Ok(AlterTableAction::ClusterOn(self.column_name()?))
            }
            Kind::INHERIT => {
                self.bump();
                Ok(AlterTableAction::Inherit(self.relation_name()?))
            }
            Kind::NO => {
                self.bump();
                if self.accept_all(&[Kind::FORCE, Kind::ROW]) {
                    self.expect_all(&[Kind::LEVEL, Kind::SECURITY])?;
                    return Ok(AlterTableAction::ForceRowSecurity(false));
                }
                self.expect(Kind::INHERIT)?;
                Ok(AlterTableAction::NoInherit(self.relation_name()?))
            }
            Kind::FORCE => {
                self.expect_all(&[Kind::FORCE, Kind::ROW, Kind::LEVEL, Kind::SECURITY])?;
                Ok(AlterTableAction::ForceRowSecurity(true))
            }
            Kind::OF => {
                self.bump();
                Ok(AlterTableAction::OfType(TypeName::from(self.object_name()?)))
            }
            Kind::NOT => {
                self.expect_all(&[Kind::NOT, Kind::OF])?;
                Ok(AlterTableAction::NotOf)
            }
            Kind::OWNER => {
                self.expect_all(&[Kind::OWNER, Kind::TO])?;
                Ok(AlterTableAction::OwnerTo(self.role()?))
            }
            Kind::REPLICA => self.replica_identity(),
            Kind::OPTIONS => Ok(AlterTableAction::ChangeOptions(self.option_changes()?)),
            _ => Err(self.unexpected()),
        }
    }

    fn add_action(&mut self) -> Result<AlterTableAction> {
        self.bump();
        if self.at_table_constraint() {
            return Ok(AlterTableAction::AddConstraint(self.table_constraint()?));
        }
        self.accept(Kind::COLUMN);
        let if_not_exists = self.if_not_exists()?;
        let column = self.column_definition()?;
        Ok(AlterTableAction::AddColumn { column, if_not_exists, behavior: DropBehavior::Restrict })
    }

    fn drop_action(&mut self) -> Result<AlterTableAction> {
        self.bump();
        if self.accept(Kind::CONSTRAINT) {
            let if_exists = self.if_exists();
            let name = self.column_name()?;
            let behavior = self.drop_behavior();
            return Ok(AlterTableAction::DropConstraint { name, if_exists, behavior });
        }
        self.accept(Kind::COLUMN);
        let if_exists = self.if_exists();
        let name = self.column_name()?;
        Ok(AlterTableAction::DropColumn { name, if_exists, behavior: self.drop_behavior() })
    }

    /// ADD, DROP and ALTER ATTRIBUTE of a composite type.
    pub(super) fn attribute_action(&mut self) -> Result<AlterTableAction> {
        let word = self.kind();
        if !matches!(word, Kind::ADD | Kind::DROP | Kind::ALTER) {
            return Err(self.unexpected());
        }
        self.bump();
        self.expect(Kind::ATTRIBUTE)?;
        match word {
            Kind::ADD => {
                let column = self.column_definition()?;
                let behavior = self.drop_behavior();
                Ok(AlterTableAction::AddColumn { column, if_not_exists: false, behavior })
            }
            Kind::DROP => {
                let if_exists = self.if_exists();
                let name = self.column_name()?;
                Ok(AlterTableAction::DropColumn { name, if_exists, behavior: self.drop_behavior() })
            }
            _ => {
                let column = self.column_name()?;
                self.accept_all(&[Kind::SET, Kind::DATA]);
                self.alter_type(column)
            }
        }
    }

    /// `TYPE type [COLLATE ...] [USING ...] [CASCADE]`.
    fn alter_type(&mut self, column: Name) -> Result<AlterTableAction> {
        self.expect(Kind::TYPE)?;
        let type_name = self.type_name()?;
        let collation = if self.accept(Kind::COLLATE) { Some(self.object_name()?) } else { None };
        let using = if self.accept(Kind::USING) { Some(self.expression()?) } else { None };
        let behavior = self.drop_behavior();
        Ok(AlterTableAction::AlterType { column, type_name, collation, using, behavior })
    }

    fn alter_action(&mut self) -> Result<AlterTableAction> {
        self.bump();
        if self.accept(Kind::CONSTRAINT) {
            let name = self.column_name()?;
            if self.accept(Kind::INHERIT) {
                let attributes = ConstraintAttributes::default();
                return Ok(AlterTableAction::AlterConstraint { name, attributes, inherit: true });
            }
            let place = self.location();
            let attributes = self.constraint_attributes()?;
            if attributes.not_valid {
                let message = "constraints cannot be altered to be NOT VALID";
                return Err(self.feature_error(message, place));
            }
            return Ok(AlterTableAction::AlterConstraint { name, attributes, inherit: false });
        }
        self.accept(Kind::COLUMN);
        if self.is(Kind::INTEGER_LITERAL) {
            let place = self.location();
            let number = self.integer()?;
            let column = ColumnSelector::Number(number);
            self.expect_all(&[Kind::SET, Kind::STATISTICS])?;
            let target = self.statistics_target()?;
            if !(1..=i32::from(i16::MAX)).contains(&number) {
                let message = "column number must be in range from 1 to 32767";
                return Err(self.error_at(SqlState::INVALID_PARAMETER_VALUE, message, place));
            }
            return Ok(AlterTableAction::SetStatistics { column, target });
        }
        let column = self.column_name()?;
        match self.kind() {
            Kind::SET => {
                self.bump();
                self.set_column(column)
            }
            Kind::DROP => {
                self.bump();
                self.drop_of_column(column)
            }
            Kind::ADD => {
                self.expect_all(&[Kind::ADD, Kind::GENERATED])?;
                let always = self.generated_when()?;
                self.expect_all(&[Kind::AS, Kind::IDENTITY])?;
                let options = self.identity_options()?;
                Ok(AlterTableAction::AddIdentity { column, always, options })
            }
            Kind::RESET => {
                self.bump();
                let options = self.relation_options()?;
                Ok(AlterTableAction::ResetColumnOptions { column, options })
            }
            Kind::RESTART => self.identity_changes(column),
            Kind::OPTIONS => {
                let options = self.option_changes()?;
                Ok(AlterTableAction::ChangeColumnOptions { column, options })
            }
            _ => self.alter_type(column),
        }
    }

    pub(super) fn statistics_target(&mut self) -> Result<Option<i32>> {
        if self.accept(Kind::DEFAULT) { Ok(None) } else { self.signed_integer().map(Some) }
    }

    /// `ALTER COLUMN column SET ...`.
    fn set_column(&mut self, column: Name) -> Result<AlterTableAction> {
        if self.accept(Kind::DEFAULT) {
            let default = Some(self.expression()?);
            return Ok(AlterTableAction::ColumnDefault {
                column: ColumnSelector::Name(column),
                default,
            });
        }
        match self.kind() {
            Kind::NOT => {
                self.expect_all(&[Kind::NOT, Kind::NULL])?;
                Ok(AlterTableAction::SetNotNull(column))
            }
            Kind::EXPRESSION => {
                self.expect_all(&[Kind::EXPRESSION, Kind::AS, Kind::LEFT_PAREN])?;
                let expr = self.expression()?;
                self.expect(Kind::RIGHT_PAREN)?;
                Ok(AlterTableAction::SetExpression { column, expr })
            }
            Kind::STATISTICS => {
                self.bump();
                let target = self.statistics_target()?;
                Ok(AlterTableAction::SetStatistics { column: ColumnSelector::Name(column), target })
            }
            Kind::LEFT_PAREN => {
                let options = self.relation_options()?;
                Ok(AlterTableAction::SetColumnOptions { column, options })
            }
            Kind::STORAGE => {
                self.bump();
                let storage =
                    if self.accept(Kind::DEFAULT) { "default".into() } else { self.column_name()? };
                Ok(AlterTableAction::SetStorage { column, storage })
            }
            Kind::COMPRESSION => {
                self.bump();
                Ok(AlterTableAction::SetCompression { column, compression: self.compression()? })
            }
            Kind::DATA => {
                self.bump();
                self.alter_type(column)
            }
            _ => {
                self.at -= 1;
                self.identity_changes(column)
            }
        }
    }

    fn drop_of_column(&mut self, column: Name) -> Result<AlterTableAction> {
        match self.kind() {
            Kind::DEFAULT => {
                self.bump();
                let column = ColumnSelector::Name(column);
                Ok(AlterTableAction::ColumnDefault { column, default: None })
            }
            Kind::NOT => {
                self.expect_all(&[Kind::NOT, Kind::NULL])?;
                Ok(AlterTableAction::DropNotNull(column))
            }
            Kind::EXPRESSION => {
                self.bump();
                Ok(AlterTableAction::DropExpression { column, if_exists: self.if_exists() })
            }
            _ => {
                self.expect(Kind::IDENTITY)?;
                Ok(AlterTableAction::DropIdentity { column, if_exists: self.if_exists() })
            }
        }
    }

    /// RESTART, SET GENERATED, SET and a sequence's option, one or more.
    fn identity_changes(&mut self, column: Name) -> Result<AlterTableAction> {
        let mut changes = Vec::new();
        while matches!(self.kind(), Kind::RESTART | Kind::SET) {
            if self.accept_all(&[Kind::SET, Kind::GENERATED]) {
                changes.push(IdentityChange::SetGenerated(self.generated_when()?));
                continue;
            }
            let sets = self.accept(Kind::SET);
            match self.sequence_option()? {
                Some(option) => {
                    self.refuse_identity_option(sets, &option)?;
                    changes.push(IdentityChange::Option(option));
                }
                None => return Err(self.unexpected()),
            }
        }
        Ok(AlterTableAction::SetIdentity { column, changes })
    }

    /// Options of sequences that SET of an identity column lacks.
    fn refuse_identity_option(&self, sets: bool, option: &SequenceOption) -> Result<()> {
        let name = match &option.kind {
            SequenceOptionKind::As(_) => "as",
            SequenceOptionKind::Restart(_) => "restart",
            SequenceOptionKind::OwnedBy(_) => "owned_by",
            SequenceOptionKind::Cache(_)
            | SequenceOptionKind::Cycle(_)
            | SequenceOptionKind::Increment(_)
            | SequenceOptionKind::MaxValue(_)
            | SequenceOptionKind::MinValue(_)
            | SequenceOptionKind::SequenceName(_)
            | SequenceOptionKind::Start(_)
            | SequenceOptionKind::Logged(_) => return Ok(()),
        };
        if !sets {
            return Ok(());
        }
        let message = format!("sequence option \"{name}\" not supported here");
        Err(self.syntax_error(&message, option.location))
    }

    fn set_action(&mut self) -> Result<AlterTableAction> {
        self.bump();
        if self.is(Kind::LEFT_PAREN) {
            return Ok(AlterTableAction::SetOptions(self.relation_options()?));
        }
        if self.accept(Kind::WITHOUT) {
            if self.accept(Kind::CLUSTER) {
                return Ok(AlterTableAction::SetWithoutCluster);
            }
            self.expect(Kind::OIDS)?;
            return Ok(AlterTableAction::SetWithoutOids);
        }
        if self.accept(Kind::LOGGED) {
            return Ok(AlterTableAction::SetLogged);
        }
        if self.accept(Kind::UNLOGGED) {
            return Ok(AlterTableAction::SetUnlogged);
        }
        if self.accept(Kind::TABLESPACE) {
            return Ok(AlterTableAction::SetTablespace(self.column_name()?));
        }
        self.expect_all(&[Kind::ACCESS, Kind::METHOD])?;
        let method = if self.accept(Kind::DEFAULT) { None } else { Some(self.column_name()?) };
        Ok(AlterTableAction::SetAccessMethod(method))
    }

    fn enable_action(&mut self) -> Result<AlterTableAction> {
        let enable = self.is(Kind::ENABLE);
        self.bump();
        if self.accept_all(&[Kind::ROW, Kind::LEVEL]) {
            self.expect(Kind::SECURITY)?;
            return Ok(AlterTableAction::RowSecurity(enable));
        }
        let how = if !enable {
            Enablement::Disable
        } else if self.accept(Kind::ALWAYS) {
            Enablement::EnableAlways
        } else if self.accept(Kind::REPLICA) {
            Enablement::EnableReplica
        } else {
            Enablement::Enable
        };
        if self.accept(Kind::RULE) {
            return Ok(AlterTableAction::Rule(how, self.column_name()?));
        }
        self.expect(Kind::TRIGGER)?;
        let named_only = matches!(how, Enablement::EnableAlways | Enablement::EnableReplica);
        let target = if !named_only && self.accept(Kind::ALL) {
            TriggerTarget::All
        } else if !named_only && self.accept(Kind::USER) {
            TriggerTarget::User
        } else {
            TriggerTarget::Name(self.column_name()?)
        };
        Ok(AlterTableAction::Trigger(how, target))
    }

    fn replica_identity(&mut self) -> Result<AlterTableAction> {
        self.expect_all(&[Kind::REPLICA, Kind::IDENTITY])?;
        let identity = match self.kind() {
            Kind::NOTHING => ReplicaIdentity::Nothing,
            Kind::FULL => ReplicaIdentity::Full,
            Kind::DEFAULT => ReplicaIdentity::Default,
            _ => {
                self.expect_all(&[Kind::USING, Kind::INDEX])?;
                let index = self.column_name()?;
                return Ok(AlterTableAction::ReplicaIdentity(ReplicaIdentity::Index(index)));
            }
        };
        self.bump();
        Ok(AlterTableAction::ReplicaIdentity(identity))
    }

    /// ATTACH or DETACH PARTITION, which stand alone; an index's has no bound.
    pub(super) fn partition_action(&mut self, kind: ObjectKind) -> Result<AlterTableAction> {
        if self.is(Kind::DETACH) {
            return self.detach_partition();
        }
        self.expect_all(&[Kind::ATTACH, Kind::PARTITION])?;
        let relation = self.relation_name()?;
        let bound = if kind == ObjectKind::Table { Some(self.partition_bound()?) } else { None };
        Ok(AlterTableAction::AttachPartition { relation, bound })
    }

    fn detach_partition(&mut self) -> Result<AlterTableAction> {
        self.expect_all(&[Kind::DETACH, Kind::PARTITION])?;
        let relation = self.relation_name()?;
        let concurrently = self.accept(Kind::CONCURRENTLY);
        let finalize = !concurrently && self.accept(Kind::FINALIZE);
        Ok(AlterTableAction::DetachPartition { relation, concurrently, finalize })
    }
}
