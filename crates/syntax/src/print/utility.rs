//! Which printer a statement that is no query has; transactions, settings, cursors, COPY, maintenance.

use super::Printer;
use crate::ast::{
    CopyEndpoint, CopySource, CopyStatement, DeclareCursor, DefinitionOption, DiscardTarget,
    DoOption, Fetch, FetchDirection, IsolationLevel, LockMode, Name, OptionValue, Reindex,
    ReindexTarget, SetAction, SetValue, SetVariable, ShowVariable, StatementKind, TransactionMode,
    TransactionStatement, Vacuum,
};
use error::Result;

impl Printer {
    #[expect(clippy::too_many_lines, reason = "one flat match")]
    #[expect(clippy::wildcard_enum_match_arm, reason = "the other kinds are those of other files")]
    pub(super) fn utility(&mut self, kind: &StatementKind) -> Result<()> {
        use StatementKind as S;
        match kind {
            S::CreateTable(node) => self.create_table(node)?,
            S::CreateTableAs(node) => self.create_table_as(node)?,
            S::AlterTable(node) | S::AlterCompositeType(node) => self.alter_table(node)?,
            S::CreateIndex(node) => self.create_index(node)?,
            S::CreateSequence(node) => self.create_sequence(node)?,
            S::AlterSequence(node) => {
                self.word("ALTER SEQUENCE ");
                self.word_if(node.if_exists, "IF EXISTS ");
                self.relation(&node.relation);
                self.sequence_options(&node.options)?;
            }
            S::CreateView(node) => self.create_view(node)?,
            S::RefreshMaterializedView(node) => {
                self.word("REFRESH MATERIALIZED VIEW ");
                self.word_if(node.concurrently, "CONCURRENTLY ");
                self.relation(&node.relation);
                self.word_if(!node.with_data, " WITH NO DATA");
            }
            S::CreateTrigger(node) => self.create_trigger(node)?,
            S::CreateRule(node) => self.create_rule(node)?,
            S::CreatePolicy(node) => self.create_policy(node)?,
            S::AlterPolicy(node) => {
                self.optional_name("ALTER POLICY ", Some(&node.name));
                self.word(" ON ");
                self.relation(&node.relation);
                if let Some(roles) = &node.roles {
                    self.word(" TO ");
                    self.roles(roles);
                }
                self.policy_conditions(node.using.as_ref(), node.with_check.as_ref())?;
            }
            S::CreateStatistics(node) => self.create_statistics(node)?,
            S::Truncate(node) => {
                self.word("TRUNCATE ");
                self.list(&node.tables, Self::table_in_from)?;
                self.word_if(node.restart_identity, " RESTART IDENTITY");
                self.behavior(node.behavior);
            }
            S::CreateSchema(node) => self.create_schema(node)?,
            S::CreateExtension(node) => self.create_extension(node),
            S::CreateType(node) => self.create_type(node)?,
            S::AlterEnum(node) => self.alter_enum(node),
            S::CreateDomain(node) => self.create_domain(node)?,
            S::AlterDomain(node) => self.alter_domain(node)?,
            S::CreateFunction(node) => self.create_function(node)?,
            S::AlterFunction(node) => self.alter_function(node)?,
            S::CreateAggregate(node) => self.create_definition("AGGREGATE ", node)?,
            S::CreateOperator(node) => self.create_definition("OPERATOR ", node)?,
            S::CreateCollation(node) => self.create_definition("COLLATION ", node)?,
            S::CreateTextSearch(node) => {
                self.word("CREATE ");
                self.kind_words(node.kind);
                self.object_name(&node.name);
                self.word(" ");
                self.definition(&node.definition)?;
            }
            S::RefreshCollation(name) => {
                self.word("ALTER COLLATION ");
                self.object_name(name);
                self.word(" REFRESH VERSION");
            }
            S::CreateCast(node) => self.create_cast(node)?,
            S::Drop(node) => self.drop_objects(node)?,
            S::Rename(node) => self.rename(node)?,
            S::AlterOwner(node) => {
                self.word("ALTER ");
                self.kind_words(node.kind);
                self.object(&node.object)?;
                self.word(" OWNER TO ");
                self.role(&node.owner);
            }
            S::AlterObjectSchema(node) => {
                self.word("ALTER ");
                self.kind_words(node.kind);
                self.word_if(node.if_exists, "IF EXISTS ");
                self.object(&node.object)?;
                self.optional_name(" SET SCHEMA ", Some(&node.schema));
            }
            S::Comment(node) => {
                self.word("COMMENT ON ");
                self.labelled(node.kind, &node.object)?;
                self.label_text(node.text.as_deref());
            }
            S::SecurityLabel(node) => {
                self.word("SECURITY LABEL ");
                self.optional_name("FOR ", node.provider.as_ref());
                self.word_if(node.provider.is_some(), " ");
                self.word("ON ");
                self.labelled(node.kind, &node.object)?;
                self.label_text(node.label.as_deref());
            }
            S::CreateRole(node) => self.create_role(node),
            S::AlterRole(node) => self.alter_role(node),
            S::AlterRoleSet(node) => self.alter_role_set(node)?,
            S::DropRole(node) => {
                self.word("DROP ROLE ");
                self.word_if(node.if_exists, "IF EXISTS ");
                self.roles(&node.roles);
            }
            S::CreateDatabase(node) => {
                self.optional_name("CREATE DATABASE ", Some(&node.name));
                self.database_options(&node.options)?;
            }
            S::AlterDatabase(node) => self.alter_database(node)?,
            S::AlterDatabaseSet(node) => {
                self.optional_name("ALTER DATABASE ", Some(&node.name));
                self.word(" ");
                self.set(&node.set)?;
            }
            S::DropDatabase(node) => {
                self.word("DROP DATABASE ");
                self.word_if(node.if_exists, "IF EXISTS ");
                self.name(&node.name);
                self.word_if(node.force, " WITH (FORCE)");
            }
            S::Grant(node) => self.grant(node)?,
            S::GrantRole(node) => self.grant_role(node),
            S::AlterDefaultPrivileges(node) => self.default_privileges(node)?,
            S::ReassignOwned(node) => {
                self.word("REASSIGN OWNED BY ");
                self.roles(&node.roles);
                self.word(" TO ");
                self.role(&node.new_role);
            }
            S::DropOwned(node) => {
                self.word("DROP OWNED BY ");
                self.roles(&node.roles);
                self.behavior(node.behavior);
            }
            S::AlterSystem(node) => {
                self.word("ALTER SYSTEM ");
                self.set(node)?;
            }
            kind => return self.session(kind),
        }
        Ok(())
    }

    /// Statements about transactions and the session.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the other kinds are those of other files")]
    #[expect(clippy::too_many_lines, reason = "one flat match")]
    fn session(&mut self, kind: &StatementKind) -> Result<()> {
        use StatementKind as S;
        match kind {
            S::Transaction(node) => self.transaction(node),
            S::SetConstraints(node) => {
                self.word("SET CONSTRAINTS ");
                self.word_if(node.constraints.is_empty(), "ALL");
                self.list(&node.constraints, |printer, name| {
                    printer.relation(name);
                    Ok(())
                })?;
                self.word(if node.deferred { " DEFERRED" } else { " IMMEDIATE" });
            }
            S::LockTable(node) => {
                self.word("LOCK TABLE ");
                self.list(&node.tables, Self::table_in_from)?;
                self.word(lock_mode(node.mode));
                self.word_if(node.no_wait, " NOWAIT");
            }
            S::Set(node) => self.set(node)?,
            S::Show(ShowVariable::All) => self.word("SHOW ALL"),
            S::Show(ShowVariable::Name(name)) => {
                self.word("SHOW ");
                self.setting(name);
            }
            S::Discard(target) => self.word(match target {
                DiscardTarget::All => "DISCARD ALL",
                DiscardTarget::Plans => "DISCARD PLANS",
                DiscardTarget::Sequences => "DISCARD SEQUENCES",
                DiscardTarget::Temporary => "DISCARD TEMP",
            }),
            S::Prepare(node) => {
                self.optional_name("PREPARE ", Some(&node.name));
                if !node.types.is_empty() {
                    self.in_parentheses(&node.types, Self::type_name)?;
                }
                self.word(" AS ");
                self.statement(&node.statement.kind)?;
            }
            S::Execute(node) => self.execute(node)?,
            S::Deallocate(name) => self.name_or_all("DEALLOCATE ", name.as_ref()),
            S::DeclareCursor(node) => self.declare(node)?,
            S::Fetch(node) => self.fetch(node),
            S::ClosePortal(name) => self.name_or_all("CLOSE ", name.as_ref()),
            S::Copy(node) => self.copy(node)?,
            S::Explain(node) => {
                self.word("EXPLAIN ");
                if !node.options.is_empty() {
                    self.utility_options(&node.options)?;
                    self.word(" ");
                }
                self.statement(&node.statement.kind)?;
            }
            S::Vacuum(node) => self.vacuum(node)?,
            S::Reindex(node) => self.reindex(node)?,
            S::Cluster(node) => {
                self.word("CLUSTER");
                if !node.options.is_empty() {
                    self.word(" ");
                    self.utility_options(&node.options)?;
                }
                if let Some(relation) = &node.relation {
                    self.word(" ");
                    self.relation(relation);
                }
                self.optional_name(" USING ", node.index.as_ref());
            }
            S::Checkpoint => self.word("CHECKPOINT"),
            S::Listen(name) => self.optional_name("LISTEN ", Some(name)),
            S::Unlisten(Some(name)) => self.optional_name("UNLISTEN ", Some(name)),
            S::Unlisten(None) => self.word("UNLISTEN *"),
            S::Notify(node) => {
                self.optional_name("NOTIFY ", Some(&node.channel));
                if let Some(payload) = &node.payload {
                    self.word(", ");
                    self.string(payload);
                }
            }
            S::Do(node) => {
                self.word("DO");
                for (option, _) in &node.options {
                    match option {
                        DoOption::Code(code) => {
                            self.word(" ");
                            self.string(code);
                        }
                        DoOption::Language(language) => {
                            self.word(" LANGUAGE ");
                            self.name_or_string(language);
                        }
                    }
                }
            }
            S::Call(node) => {
                self.word("CALL ");
                self.call(&node.call)?;
            }
            S::Return(value) => self.clause("RETURN ", Some(value))?,
            S::Load(file) => {
                self.word("LOAD ");
                self.string(file);
            }
            kind => return self.foreign(kind),
        }
        Ok(())
    }

    fn name_or_all(&mut self, word: &str, name: Option<&Name>) {
        match name {
            Some(name) => self.optional_name(word, Some(name)),
            None => {
                self.word(word);
                self.word("ALL");
            }
        }
    }

    fn transaction(&mut self, node: &TransactionStatement) {
        let chain = |chain: bool| if chain { " AND CHAIN" } else { "" };
        match node {
            TransactionStatement::Begin(modes) => {
                self.word("BEGIN");
                self.transaction_modes(modes);
            }
            TransactionStatement::Start(modes) => {
                self.word("START TRANSACTION");
                self.transaction_modes(modes);
            }
            TransactionStatement::Commit { chain: yes } => {
                self.word("COMMIT");
                self.word(chain(*yes));
            }
            TransactionStatement::Rollback { chain: yes } => {
                self.word("ROLLBACK");
                self.word(chain(*yes));
            }
            TransactionStatement::Savepoint(name, _) => {
                self.optional_name("SAVEPOINT ", Some(name));
            }
            TransactionStatement::Release(name, _) => self.optional_name("RELEASE ", Some(name)),
            TransactionStatement::RollbackTo(name, _) => {
                self.optional_name("ROLLBACK TO SAVEPOINT ", Some(name));
            }
            TransactionStatement::Prepare(id) => {
                self.word("PREPARE TRANSACTION ");
                self.string(id);
            }
            TransactionStatement::CommitPrepared(id) => {
                self.word("COMMIT PREPARED ");
                self.string(id);
            }
            TransactionStatement::RollbackPrepared(id) => {
                self.word("ROLLBACK PREPARED ");
                self.string(id);
            }
        }
    }

    fn transaction_modes(&mut self, modes: &[TransactionMode]) {
        for (index, mode) in modes.iter().enumerate() {
            self.word(if index == 0 { " " } else { ", " });
            self.word(match mode {
                TransactionMode::Isolation(IsolationLevel::ReadUncommitted) => {
                    "ISOLATION LEVEL READ UNCOMMITTED"
                }
                TransactionMode::Isolation(IsolationLevel::ReadCommitted) => {
                    "ISOLATION LEVEL READ COMMITTED"
                }
                TransactionMode::Isolation(IsolationLevel::RepeatableRead) => {
                    "ISOLATION LEVEL REPEATABLE READ"
                }
                TransactionMode::Isolation(IsolationLevel::Serializable) => {
                    "ISOLATION LEVEL SERIALIZABLE"
                }
                TransactionMode::ReadOnly(true) => "READ ONLY",
                TransactionMode::ReadOnly(false) => "READ WRITE",
                TransactionMode::Deferrable(true) => "DEFERRABLE",
                TransactionMode::Deferrable(false) => "NOT DEFERRABLE",
            });
        }
    }

    /// A setting's name, whose dots separate.
    fn setting(&mut self, name: &str) {
        for (index, part) in name.split('.').enumerate() {
            self.word_if(index > 0, ".");
            self.name(part);
        }
    }

    /// SET or RESET, also inside another statement.
    pub(super) fn set(&mut self, node: &SetVariable) -> Result<()> {
        let resets = matches!(node.action, SetAction::Reset(_) | SetAction::ResetAll);
        self.word(if resets { "RESET " } else { "SET " });
        self.word_if(node.local, "LOCAL ");
        match &node.action {
            SetAction::Value { name, values, .. } => {
                self.setting(name);
                self.word(" TO ");
                if let [SetValue::Interval(type_name, text)] = values.as_slice() {
                    return self.zone_interval(name, type_name, text);
                }
                self.list(values, |printer, value| {
                    match value {
                        SetValue::Integer(value) => printer.word(&value.to_string()),
                        SetValue::Float(text) => printer.word(text),
                        SetValue::String(text) | SetValue::Interval(_, text) => {
                            printer.string(text);
                        }
                    }
                    Ok(())
                })?;
            }
            SetAction::Default(name) => {
                self.setting(name);
                self.word(" TO DEFAULT");
            }
            SetAction::FromCurrent(name) => {
                self.setting(name);
                self.word(" FROM CURRENT");
            }
            SetAction::Reset(name) => self.setting(name),
            SetAction::ResetAll => self.word("ALL"),
            SetAction::Transaction(modes) => {
                self.word("TRANSACTION");
                self.transaction_modes(modes);
            }
            SetAction::SessionCharacteristics(modes) => {
                self.word("SESSION CHARACTERISTICS AS TRANSACTION");
                self.transaction_modes(modes);
            }
            SetAction::Snapshot(id) => {
                self.word("TRANSACTION SNAPSHOT ");
                self.string(id);
            }
        }
        Ok(())
    }

    /// TIME ZONE is the only setting that takes an interval.
    fn zone_interval(
        &mut self,
        name: &str,
        type_name: &crate::ast::TypeName,
        text: &str,
    ) -> Result<()> {
        let written = self.out.len() - " TO ".len() - name.len();
        self.out.truncate(written);
        self.word("TIME ZONE ");
        let mut printer = Self::default();
        printer.type_name(type_name)?;
        let (word, fields) = printer.out.split_at("interval".len());
        self.word(word);
        if fields.starts_with('(') {
            self.word(fields);
            self.word(" ");
            self.string(text);
        } else {
            self.word(" ");
            self.string(text);
            self.word(fields);
        }
        Ok(())
    }

    fn declare(&mut self, node: &DeclareCursor) -> Result<()> {
        self.optional_name("DECLARE ", Some(&node.name));
        self.word_if(node.binary, " BINARY");
        match node.insensitive {
            Some(true) => self.word(" INSENSITIVE"),
            Some(false) => self.word(" ASENSITIVE"),
            None => {}
        }
        match node.scroll {
            Some(true) => self.word(" SCROLL"),
            Some(false) => self.word(" NO SCROLL"),
            None => {}
        }
        self.word(if node.hold { " CURSOR WITH HOLD FOR " } else { " CURSOR FOR " });
        self.statement(&node.query.kind)
    }

    fn fetch(&mut self, node: &Fetch) {
        self.word(if node.is_move { "MOVE " } else { "FETCH " });
        let (word, count) = match node.direction {
            FetchDirection::Forward(count) => ("FORWARD ", count),
            FetchDirection::Backward(count) => ("BACKWARD ", count),
            FetchDirection::Absolute(count) => ("ABSOLUTE ", count),
            FetchDirection::Relative(count) => ("RELATIVE ", count),
        };
        self.word(word);
        if count == i64::MAX {
            self.word("ALL");
        } else {
            self.word(&count.to_string());
        }
        self.optional_name(" FROM ", Some(&node.cursor));
    }

    fn copy(&mut self, node: &CopyStatement) -> Result<()> {
        self.word("COPY ");
        match &node.source {
            CopySource::Table { relation, columns } => {
                self.relation(relation);
                for (index, (name, _)) in columns.iter().enumerate() {
                    self.word(if index == 0 { " (" } else { ", " });
                    self.name(name);
                }
                self.word_if(!columns.is_empty(), ")");
            }
            CopySource::Query(query) => {
                self.word("(");
                self.statement(&query.kind)?;
                self.word(")");
            }
        }
        self.word(if node.is_from { " FROM " } else { " TO " });
        match &node.endpoint {
            CopyEndpoint::Client => self.word(if node.is_from { "STDIN" } else { "STDOUT" }),
            CopyEndpoint::File(path) => self.string(path),
            CopyEndpoint::Program(command) => {
                self.word("PROGRAM ");
                self.string(command);
            }
        }
        if !node.options.is_empty() {
            self.word(" WITH ");
            self.copy_options(&node.options)?;
        }
        self.clause(" WHERE ", node.where_clause.as_ref())
    }

    /// Options with a Boolean can only have been written in the old syntax.
    fn copy_options(&mut self, options: &[DefinitionOption]) -> Result<()> {
        let old = |option: &DefinitionOption| matches!(option.value, Some(OptionValue::Boolean(_)));
        if !options.iter().any(old) {
            return self.utility_options(options);
        }
        for (index, option) in options.iter().enumerate() {
            self.word_if(index > 0, " ");
            let word = match &*option.name {
                "force_quote" => "FORCE QUOTE",
                "force_null" => "FORCE NULL",
                "force_not_null" => "FORCE NOT NULL",
                name => name,
            };
            match &option.value {
                Some(OptionValue::String(format)) if word == "format" => self.word(format),
                Some(OptionValue::List(names)) => {
                    self.word(word);
                    for (index, name) in names.iter().enumerate() {
                        self.word(if index == 0 { " " } else { ", " });
                        if let OptionValue::String(name) = name {
                            self.name(name);
                        }
                    }
                }
                Some(OptionValue::Boolean(_)) | None => self.word(word),
                Some(value) => {
                    self.word(word);
                    self.word(" ");
                    self.option_value(value)?;
                }
            }
        }
        Ok(())
    }

    fn vacuum(&mut self, node: &Vacuum) -> Result<()> {
        self.word(if node.vacuum { "VACUUM" } else { "ANALYZE" });
        if !node.options.is_empty() {
            self.word(" ");
            self.utility_options(&node.options)?;
        }
        for (index, relation) in node.relations.iter().enumerate() {
            self.word(if index == 0 { " " } else { ", " });
            self.word_if(relation.only, "ONLY ");
            self.relation(&relation.relation);
            self.column_list(&relation.columns);
        }
        Ok(())
    }

    fn reindex(&mut self, node: &Reindex) -> Result<()> {
        self.word("REINDEX ");
        let (concurrently, options): (Vec<DefinitionOption>, Vec<DefinitionOption>) = node
            .options
            .iter()
            .cloned()
            .partition(|option| &*option.name == "concurrently" && option.value.is_none());
        if !options.is_empty() {
            self.utility_options(&options)?;
            self.word(" ");
        }
        let concurrently = if concurrently.is_empty() { "" } else { "CONCURRENTLY " };
        let (word, relation, name) = match &node.target {
            ReindexTarget::Index(relation) => ("INDEX ", Some(relation), None),
            ReindexTarget::Table(relation) => ("TABLE ", Some(relation), None),
            ReindexTarget::Schema(name) => ("SCHEMA ", None, Some(name)),
            ReindexTarget::System(name) => ("SYSTEM ", None, name.as_ref()),
            ReindexTarget::Database(name) => ("DATABASE ", None, name.as_ref()),
        };
        self.word(word);
        self.word(concurrently);
        if let Some(relation) = relation {
            self.relation(relation);
        }
        self.optional_name("", name);
        Ok(())
    }
}

/// ` IN mode MODE`; nothing for the strongest, which is meant without words.
fn lock_mode(mode: LockMode) -> &'static str {
    match mode {
        LockMode::AccessShare => " IN ACCESS SHARE MODE",
        LockMode::RowShare => " IN ROW SHARE MODE",
        LockMode::RowExclusive => " IN ROW EXCLUSIVE MODE",
        LockMode::ShareUpdateExclusive => " IN SHARE UPDATE EXCLUSIVE MODE",
        LockMode::Share => " IN SHARE MODE",
        LockMode::ShareRowExclusive => " IN SHARE ROW EXCLUSIVE MODE",
        LockMode::Exclusive => " IN EXCLUSIVE MODE",
        LockMode::AccessExclusive => "",
    }
}
