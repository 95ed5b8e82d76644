//! ALTER TABLE and its actions, RENAME, OWNER TO, SET SCHEMA, and how objects are named.

use super::Printer;
use crate::ast::{
    AlterDomain, AlterDomainAction, AlterTable, AlterTableAction, ColumnSelector, Enablement,
    FunctionParameter, FunctionSignature, IdentityChange, ObjectKind, ObjectReference,
    OptionAction, OptionChange, ParameterMode, Rename, ReplicaIdentity, TriggerTarget, TypeName,
};
use error::Result;

impl Printer {
    /// The words for a kind of object, as DROP and ALTER have them.
    pub(super) fn kind_words(&mut self, kind: ObjectKind) {
        let tag = kind.alter_tag();
        self.word(tag.strip_prefix("ALTER ").unwrap_or(tag));
        self.word(" ");
    }

    pub(super) fn signature(&mut self, signature: &FunctionSignature) -> Result<()> {
        self.object_name(&signature.name);
        if signature.star {
            self.word("(*)");
            return Ok(());
        }
        let Some(parameters) = &signature.parameters else { return Ok(()) };
        let direct = signature.direct_count.unwrap_or(parameters.len());
        self.word("(");
        self.list(&parameters[..direct.min(parameters.len())], Self::parameter)?;
        if signature.direct_count.is_some() {
            self.word(if direct > 0 { " ORDER BY " } else { "ORDER BY " });
            self.list(&parameters[direct.min(parameters.len())..], Self::parameter)?;
        }
        self.word(")");
        Ok(())
    }

    pub(super) fn parameter(&mut self, parameter: &FunctionParameter) -> Result<()> {
        self.word(match parameter.mode {
            ParameterMode::Default | ParameterMode::Table => "",
            ParameterMode::In => "IN ",
            ParameterMode::Out => "OUT ",
            ParameterMode::InOut => "INOUT ",
            ParameterMode::Variadic => "VARIADIC ",
        });
        if let Some(name) = &parameter.name {
            self.name(name);
            self.word(" ");
        }
        self.type_name(&parameter.type_name)?;
        self.clause(" DEFAULT ", parameter.default.as_ref())
    }

    fn operand_type(&mut self, type_name: Option<&TypeName>) -> Result<()> {
        match type_name {
            Some(type_name) => self.type_name(type_name),
            None => {
                self.word("NONE");
                Ok(())
            }
        }
    }

    /// `(left, right)`.
    pub(super) fn operand_types(
        &mut self,
        left: Option<&TypeName>,
        right: Option<&TypeName>,
    ) -> Result<()> {
        self.word(" (");
        self.operand_type(left)?;
        self.word(", ");
        self.operand_type(right)?;
        self.word(")");
        Ok(())
    }

    pub(super) fn object(&mut self, object: &ObjectReference) -> Result<()> {
        match object {
            ObjectReference::Name(name) => self.object_name(name),
            // Names of types stay what they are: ALTER takes no SQL words.
            ObjectReference::Type(type_name) => {
                let bare = type_name.modifiers.is_empty()
                    && type_name.array_bounds.is_empty()
                    && !type_name.percent_type
                    && !type_name.setof;
                if bare {
                    self.dotted(&type_name.names);
                } else {
                    self.type_name(type_name)?;
                }
            }
            ObjectReference::Function(signature) => self.signature(signature)?,
            ObjectReference::Operator { name, left, right, .. } => {
                self.any_operator(name);
                self.operand_types(left.as_ref(), right.as_ref())?;
            }
            ObjectReference::OnRelation { name, relation } => {
                self.name(name);
                self.word(" ON ");
                self.object_name(relation);
            }
            ObjectReference::OnDomain { name, domain } => {
                self.name(name);
                self.word(" ON DOMAIN ");
                self.dotted(&domain.names);
            }
            ObjectReference::Cast { source, target } => {
                self.word("(");
                self.type_name(source)?;
                self.word(" AS ");
                self.type_name(target)?;
                self.word(")");
            }
            ObjectReference::UsingMethod { name, method } => {
                self.object_name(name);
                self.optional_name(" USING ", Some(method));
            }
            ObjectReference::Transform { type_name, language } => {
                self.word("FOR ");
                self.type_name(type_name)?;
                self.optional_name(" LANGUAGE ", Some(language));
            }
            ObjectReference::LargeObject(number) => self.word(number),
        }
        Ok(())
    }

    pub(super) fn rename(&mut self, node: &Rename) -> Result<()> {
        self.word("ALTER ");
        self.kind_words(node.of);
        self.word_if(node.if_exists, "IF EXISTS ");
        self.word_if(node.only, "ONLY ");
        self.object(&node.object)?;
        self.word(match (node.kind, &node.part) {
            (ObjectKind::TableConstraint | ObjectKind::DomainConstraint, _) => {
                " RENAME CONSTRAINT "
            }
            (ObjectKind::TypeAttribute, _) => " RENAME ATTRIBUTE ",
            (_, Some(_)) => " RENAME COLUMN ",
            (_, None) => " RENAME",
        });
        if let Some(part) = &node.part {
            self.name(part);
        }
        self.optional_name(" TO ", Some(&node.new_name));
        self.behavior(node.behavior);
        Ok(())
    }

    pub(super) fn alter_table(&mut self, node: &AlterTable) -> Result<()> {
        self.word("ALTER ");
        self.kind_words(node.kind);
        self.word_if(node.if_exists, "IF EXISTS ");
        self.word_if(node.only, "ONLY ");
        self.relation(&node.relation);
        self.word(" ");
        let part = if node.kind == ObjectKind::Type { "ATTRIBUTE " } else { "COLUMN " };
        self.list(&node.actions, |printer, action| printer.action(action, part))
    }

    fn selector(&mut self, column: &ColumnSelector) {
        match column {
            ColumnSelector::Name(name) => self.name(name),
            ColumnSelector::Number(number) => self.word(&number.to_string()),
        }
    }

    /// `ALTER COLUMN name `.
    fn alter_column(&mut self, name: &str) {
        self.word("ALTER COLUMN ");
        self.name(name);
        self.word(" ");
    }

    /// `part` is COLUMN or ATTRIBUTE.
    #[expect(clippy::too_many_lines, reason = "one flat match")]
    fn action(&mut self, action: &AlterTableAction, part: &str) -> Result<()> {
        use AlterTableAction as A;
        match action {
            A::AddColumn { column, if_not_exists, behavior } => {
                self.word("ADD ");
                self.word(part);
                self.word_if(*if_not_exists, "IF NOT EXISTS ");
                self.column(column)?;
                self.behavior(*behavior);
            }
            A::DropColumn { name, if_exists, behavior } => {
                self.word("DROP ");
                self.word(part);
                self.word_if(*if_exists, "IF EXISTS ");
                self.name(name);
                self.behavior(*behavior);
            }
            A::ColumnDefault { column, default } => {
                self.word("ALTER COLUMN ");
                self.selector(column);
                match default {
                    Some(default) => self.clause(" SET DEFAULT ", Some(default))?,
                    None => self.word(" DROP DEFAULT"),
                }
            }
            A::SetNotNull(name) => {
                self.alter_column(name);
                self.word("SET NOT NULL");
            }
            A::DropNotNull(name) => {
                self.alter_column(name);
                self.word("DROP NOT NULL");
            }
            A::SetExpression { column, expr } => {
                self.alter_column(column);
                self.special("SET EXPRESSION AS ", std::slice::from_ref(expr))?;
            }
            A::DropExpression { column, if_exists } => {
                self.alter_column(column);
                self.word(if *if_exists { "DROP EXPRESSION IF EXISTS" } else { "DROP EXPRESSION" });
            }
            A::SetStatistics { column, target } => {
                self.word("ALTER COLUMN ");
                self.selector(column);
                let target = target.map_or("DEFAULT".to_owned(), |target| target.to_string());
                self.word(&format!(" SET STATISTICS {target}"));
            }
            A::SetColumnOptions { column, options } => {
                self.alter_column(column);
                self.word("SET ");
                self.definition(options)?;
            }
            A::ResetColumnOptions { column, options } => {
                self.alter_column(column);
                self.word("RESET ");
                self.definition(options)?;
            }
            A::ChangeColumnOptions { column, options } => {
                self.alter_column(column);
                self.option_changes(options)?;
            }
            A::SetStorage { column, storage } => {
                self.alter_column(column);
                self.optional_name("SET STORAGE ", Some(storage));
            }
            A::SetCompression { column, compression } => {
                self.alter_column(column);
                self.optional_name("SET COMPRESSION ", Some(compression));
            }
            A::AddIdentity { column, always, options } => {
                self.alter_column(column);
                self.word("ADD GENERATED ");
                self.word(if *always { "ALWAYS" } else { "BY DEFAULT" });
                self.word(" AS IDENTITY");
                self.identity_options(options)?;
            }
            A::SetIdentity { column, changes } => {
                self.alter_column(column);
                self.identity_changes(changes)?;
            }
            A::DropIdentity { column, if_exists } => {
                self.alter_column(column);
                self.word(if *if_exists { "DROP IDENTITY IF EXISTS" } else { "DROP IDENTITY" });
            }
            A::AlterType { column, type_name, collation, using, behavior } => {
                self.word("ALTER ");
                self.word(part);
                self.name(column);
                self.word(" TYPE ");
                self.type_name(type_name)?;
                if let Some(collation) = collation {
                    self.word(" COLLATE ");
                    self.object_name(collation);
                }
                self.clause(" USING ", using.as_ref())?;
                self.behavior(*behavior);
            }
            A::AddConstraint(constraint) => {
                self.word("ADD ");
                self.constraint(constraint)?;
            }
            A::AlterConstraint { name, attributes, inherit } => {
                self.optional_name("ALTER CONSTRAINT ", Some(name));
                self.word_if(*inherit, " INHERIT");
                self.constraint_attributes(*attributes);
            }
            A::ValidateConstraint(name) => self.optional_name("VALIDATE CONSTRAINT ", Some(name)),
            A::DropConstraint { name, if_exists, behavior } => {
                self.word("DROP CONSTRAINT ");
                self.word_if(*if_exists, "IF EXISTS ");
                self.name(name);
                self.behavior(*behavior);
            }
            A::Trigger(how, target) => self.trigger_action(*how, target),
            A::Rule(how, name) => {
                self.word(enablement(*how));
                self.optional_name(" RULE ", Some(name));
            }
            A::ClusterOn(name) => self.optional_name("CLUSTER ON ", Some(name)),
            A::SetWithoutCluster => self.word("SET WITHOUT CLUSTER"),
            A::SetWithoutOids => self.word("SET WITHOUT OIDS"),
            A::SetLogged => self.word("SET LOGGED"),
            A::SetUnlogged => self.word("SET UNLOGGED"),
            A::Inherit(relation) => {
                self.word("INHERIT ");
                self.relation(relation);
            }
            A::NoInherit(relation) => {
                self.word("NO INHERIT ");
                self.relation(relation);
            }
            A::OfType(type_name) => {
                self.word("OF ");
                self.dotted(&type_name.names);
            }
            A::NotOf => self.word("NOT OF"),
            A::OwnerTo(role) => {
                self.word("OWNER TO ");
                self.role(role);
            }
            A::SetTablespace(name) => self.optional_name("SET TABLESPACE ", Some(name)),
            A::SetAccessMethod(Some(name)) => self.optional_name("SET ACCESS METHOD ", Some(name)),
            A::SetAccessMethod(None) => self.word("SET ACCESS METHOD DEFAULT"),
            A::SetOptions(options) => {
                self.word("SET ");
                self.definition(options)?;
            }
            A::ResetOptions(options) => {
                self.word("RESET ");
                self.definition(options)?;
            }
            A::ChangeOptions(options) => self.option_changes(options)?,
            A::ReplicaIdentity(identity) => {
                self.word("REPLICA IDENTITY ");
                match identity {
                    ReplicaIdentity::Nothing => self.word("NOTHING"),
                    ReplicaIdentity::Full => self.word("FULL"),
                    ReplicaIdentity::Default => self.word("DEFAULT"),
                    ReplicaIdentity::Index(name) => self.optional_name("USING INDEX ", Some(name)),
                }
            }
            A::RowSecurity(true) => self.word("ENABLE ROW LEVEL SECURITY"),
            A::RowSecurity(false) => self.word("DISABLE ROW LEVEL SECURITY"),
            A::ForceRowSecurity(true) => self.word("FORCE ROW LEVEL SECURITY"),
            A::ForceRowSecurity(false) => self.word("NO FORCE ROW LEVEL SECURITY"),
            A::AttachPartition { relation, bound } => {
                self.word("ATTACH PARTITION ");
                self.relation(relation);
                if let Some(bound) = bound {
                    self.word(" ");
                    self.partition_bound(bound)?;
                }
            }
            A::DetachPartition { relation, concurrently, finalize } => {
                self.word("DETACH PARTITION ");
                self.relation(relation);
                self.word_if(*concurrently, " CONCURRENTLY");
                self.word_if(*finalize, " FINALIZE");
            }
        }
        Ok(())
    }

    fn trigger_action(&mut self, how: Enablement, target: &TriggerTarget) {
        self.word(enablement(how));
        self.word(" TRIGGER ");
        match target {
            TriggerTarget::Name(name) => self.name(name),
            TriggerTarget::All => self.word("ALL"),
            TriggerTarget::User => self.word("USER"),
        }
    }

    fn identity_changes(&mut self, changes: &[IdentityChange]) -> Result<()> {
        for (index, change) in changes.iter().enumerate() {
            self.word_if(index > 0, " ");
            match change {
                IdentityChange::SetGenerated(true) => self.word("SET GENERATED ALWAYS"),
                IdentityChange::SetGenerated(false) => self.word("SET GENERATED BY DEFAULT"),
                IdentityChange::Option(option) => {
                    let restarts =
                        matches!(option.kind, crate::ast::SequenceOptionKind::Restart(_));
                    self.word_if(!restarts, "SET ");
                    self.sequence_option(option)?;
                }
            }
        }
        Ok(())
    }

    /// `OPTIONS (SET name 'value', ...)`.
    pub(super) fn option_changes(&mut self, options: &[OptionChange]) -> Result<()> {
        self.word("OPTIONS ");
        self.in_parentheses(options, |printer, option| {
            printer.word(match option.action {
                OptionAction::Default => "",
                OptionAction::Add => "ADD ",
                OptionAction::Set => "SET ",
                OptionAction::Drop => "DROP ",
            });
            printer.name(&option.name);
            if let Some(value) = &option.value {
                printer.word(" ");
                printer.string(value);
            }
            Ok(())
        })
    }

    pub(super) fn alter_domain(&mut self, node: &AlterDomain) -> Result<()> {
        self.word("ALTER DOMAIN ");
        self.object_name(&node.name);
        self.word(" ");
        match &node.action {
            AlterDomainAction::SetDefault(Some(value)) => {
                self.clause("SET DEFAULT ", Some(value))?;
            }
            AlterDomainAction::SetDefault(None) => self.word("DROP DEFAULT"),
            AlterDomainAction::SetNotNull => self.word("SET NOT NULL"),
            AlterDomainAction::DropNotNull => self.word("DROP NOT NULL"),
            AlterDomainAction::AddConstraint(constraint) => {
                self.word("ADD ");
                self.constraint(constraint)?;
            }
            AlterDomainAction::DropConstraint { name, if_exists, behavior } => {
                self.word("DROP CONSTRAINT ");
                self.word_if(*if_exists, "IF EXISTS ");
                self.name(name);
                self.behavior(*behavior);
            }
            AlterDomainAction::ValidateConstraint(name) => {
                self.optional_name("VALIDATE CONSTRAINT ", Some(name));
            }
        }
        Ok(())
    }
}

/// The words of how a trigger or rule is enabled.
pub(super) fn enablement(how: Enablement) -> &'static str {
    match how {
        Enablement::Enable => "ENABLE",
        Enablement::EnableAlways => "ENABLE ALWAYS",
        Enablement::EnableReplica => "ENABLE REPLICA",
        Enablement::Disable => "DISABLE",
    }
}
