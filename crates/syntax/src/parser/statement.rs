//! Which statement begins here.

use super::Parser;
use super::create_table::TableForm;
use crate::ast::{Persistence, RoleStatementKind, Statement, StatementKind};
use crate::kind::Kind;
use error::Result;

impl Parser<'_> {
    /// All statements of the text.
    pub(crate) fn statements(&mut self) -> Result<Vec<Statement>> {
        let mut statements = Vec::new();
        loop {
            while self.accept(Kind::SEMICOLON) {}
            if self.is(Kind::END_OF_INPUT) {
                return Ok(statements);
            }
            self.height = 0;
            statements.push(self.statement()?);
            if !self.is(Kind::SEMICOLON) && !self.is(Kind::END_OF_INPUT) {
                return Err(self.unexpected());
            }
        }
    }

    /// One statement, with its place.
    pub(super) fn statement(&mut self) -> Result<Statement> {
        let outer = self.enter()?;
        let location = self.location();
        let kind = self.statement_kind()?;
        self.leave(outer)?;
        Ok(Statement { kind, location, length: self.end_of_previous() - location.0 })
    }

    #[expect(clippy::too_many_lines, reason = "one flat match")]
    fn statement_kind(&mut self) -> Result<StatementKind> {
        Ok(match self.kind() {
            Kind::SELECT | Kind::VALUES | Kind::TABLE | Kind::LEFT_PAREN => {
                StatementKind::Select(Box::new(self.query()?))
            }
            Kind::INSERT => StatementKind::Insert(Box::new(self.insert(None)?)),
            Kind::UPDATE => StatementKind::Update(Box::new(self.update(None)?)),
            Kind::DELETE => StatementKind::Delete(Box::new(self.delete(None)?)),
            Kind::MERGE => StatementKind::Merge(Box::new(self.merge(None)?)),
            Kind::WITH | Kind::WITH_LA => self.preparable_statement()?,
            Kind::BEGIN
            | Kind::START
            | Kind::COMMIT
            | Kind::END
            | Kind::ROLLBACK
            | Kind::ABORT
            | Kind::SAVEPOINT
            | Kind::RELEASE => StatementKind::Transaction(Box::new(self.transaction()?)),
            Kind::PREPARE if self.kind_at(1) == Kind::TRANSACTION => {
                StatementKind::Transaction(Box::new(self.transaction()?))
            }
            Kind::PREPARE => {
                self.bump();
                StatementKind::Prepare(Box::new(self.prepare()?))
            }
            Kind::EXECUTE => StatementKind::Execute(Box::new(self.execute()?)),
            Kind::DEALLOCATE => StatementKind::Deallocate(self.deallocate()?),
            Kind::DECLARE => StatementKind::DeclareCursor(Box::new(self.declare_cursor()?)),
            Kind::FETCH | Kind::MOVE => StatementKind::Fetch(Box::new(self.fetch_statement()?)),
            Kind::CLOSE => StatementKind::ClosePortal(self.close_portal()?),
            Kind::SET => self.set()?,
            Kind::RESET => {
                let action = self.reset_action()?;
                StatementKind::Set(Box::new(crate::ast::SetVariable { local: false, action }))
            }
            Kind::SHOW => StatementKind::Show(self.show()?),
            Kind::DISCARD => StatementKind::Discard(self.discard()?),
            Kind::COPY => StatementKind::Copy(Box::new(self.copy()?)),
            Kind::EXPLAIN => StatementKind::Explain(Box::new(self.explain()?)),
            Kind::VACUUM | Kind::ANALYZE | Kind::ANALYSE => {
                StatementKind::Vacuum(Box::new(self.vacuum()?))
            }
            Kind::REINDEX => StatementKind::Reindex(Box::new(self.reindex()?)),
            Kind::CLUSTER => StatementKind::Cluster(Box::new(self.cluster()?)),
            Kind::CHECKPOINT => {
                self.bump();
                StatementKind::Checkpoint
            }
            Kind::LISTEN => {
                self.bump();
                StatementKind::Listen(self.column_name()?)
            }
            Kind::UNLISTEN => {
                self.bump();
                let all = self.accept(Kind::STAR);
                StatementKind::Unlisten(if all { None } else { Some(self.column_name()?) })
            }
            Kind::NOTIFY => StatementKind::Notify(Box::new(self.notify()?)),
            Kind::DO => StatementKind::Do(Box::new(self.do_block()?)),
            Kind::CALL => StatementKind::Call(Box::new(self.call()?)),
            Kind::LOAD => {
                self.bump();
                StatementKind::Load(self.string()?)
            }
            Kind::LOCK => StatementKind::LockTable(Box::new(self.lock_table()?)),
            Kind::TRUNCATE => StatementKind::Truncate(Box::new(self.truncate()?)),
            Kind::CREATE => self.create()?,
            Kind::ALTER => self.alter()?,
            Kind::DROP => self.drop_statement()?,
            Kind::GRANT => self.grant()?,
            Kind::REVOKE => self.revoke()?,
            Kind::COMMENT => StatementKind::Comment(Box::new(self.comment()?)),
            Kind::REASSIGN => StatementKind::ReassignOwned(Box::new(self.reassign_owned()?)),
            Kind::REFRESH => StatementKind::RefreshMaterializedView(Box::new(self.refresh()?)),
            Kind::SECURITY => StatementKind::SecurityLabel(Box::new(self.security_label()?)),
            Kind::IMPORT => {
                StatementKind::ImportForeignSchema(Box::new(self.import_foreign_schema()?))
            }
            _ => return Err(self.unexpected()),
        })
    }

    fn create(&mut self) -> Result<StatementKind> {
        self.bump();
        if self.accept_all(&[Kind::OR, Kind::REPLACE]) {
            return self.create_or_replace();
        }
        let at = self.at;
        let persistence = self.persistence()?;
        match self.kind() {
            Kind::TABLE => return self.create_table(persistence, TableForm::Any),
            Kind::SEQUENCE => {
                return Ok(StatementKind::CreateSequence(Box::new(
                    self.create_sequence(persistence)?,
                )));
            }
            Kind::VIEW | Kind::RECURSIVE => {
                return Ok(StatementKind::CreateView(Box::new(
                    self.create_view(false, persistence)?,
                )));
            }
            Kind::MATERIALIZED if persistence != Persistence::Temporary => {
                let node = self.create_materialized_view(persistence)?;
                return Ok(StatementKind::CreateTableAs(Box::new(node)));
            }
            _ if self.at != at => return Err(self.unexpected()),
            _ => {}
        }
        debug_assert_eq!(persistence, Persistence::Permanent);
        self.create_object()
    }

    fn create_object(&mut self) -> Result<StatementKind> {
        Ok(match self.kind() {
            Kind::INDEX => StatementKind::CreateIndex(Box::new(self.create_index(false)?)),
            Kind::UNIQUE => {
                self.bump();
                StatementKind::CreateIndex(Box::new(self.create_index(true)?))
            }
            Kind::DATABASE => StatementKind::CreateDatabase(Box::new(self.create_database()?)),
            Kind::ROLE => {
                StatementKind::CreateRole(Box::new(self.create_role(RoleStatementKind::Role)?))
            }
            Kind::USER if !self.at_user_mapping() => {
                StatementKind::CreateRole(Box::new(self.create_role(RoleStatementKind::User)?))
            }
            Kind::GROUP => {
                StatementKind::CreateRole(Box::new(self.create_role(RoleStatementKind::Group)?))
            }
            Kind::SCHEMA => StatementKind::CreateSchema(Box::new(self.create_schema()?)),
            Kind::EXTENSION => StatementKind::CreateExtension(Box::new(self.create_extension()?)),
            Kind::TYPE => StatementKind::CreateType(Box::new(self.create_type()?)),
            Kind::DOMAIN => StatementKind::CreateDomain(Box::new(self.create_domain()?)),
            Kind::COLLATION => StatementKind::CreateCollation(Box::new(self.create_collation()?)),
            Kind::CAST => StatementKind::CreateCast(Box::new(self.create_cast()?)),
            Kind::OPERATOR => match self.kind_at(1) {
                Kind::CLASS => {
                    self.bump();
                    StatementKind::CreateOperatorClass(Box::new(self.create_operator_class()?))
                }
                Kind::FAMILY => {
                    self.bump();
                    StatementKind::CreateOperatorFamily(Box::new(self.create_operator_family()?))
                }
                _ => StatementKind::CreateOperator(Box::new(self.create_operator()?)),
            },
            Kind::POLICY => StatementKind::CreatePolicy(Box::new(self.create_policy()?)),
            Kind::STATISTICS => {
                StatementKind::CreateStatistics(Box::new(self.create_statistics()?))
            }
            Kind::CONSTRAINT => {
                self.bump();
                StatementKind::CreateTrigger(Box::new(self.create_trigger(false, true)?))
            }
            Kind::FUNCTION | Kind::PROCEDURE | Kind::AGGREGATE | Kind::RULE | Kind::TRIGGER => {
                return self.create_replaceable(false);
            }
            _ => return self.create_system_object(),
        })
    }

    /// Objects of the system: foreign data, replication, text search, access methods ...
    fn create_system_object(&mut self) -> Result<StatementKind> {
        Ok(match self.kind() {
            Kind::LANGUAGE | Kind::TRUSTED | Kind::PROCEDURAL | Kind::TRANSFORM => {
                return self.create_replaceable(false);
            }
            Kind::ACCESS => {
                StatementKind::CreateAccessMethod(Box::new(self.create_access_method()?))
            }
            Kind::CONVERSION | Kind::DEFAULT => {
                StatementKind::CreateConversion(Box::new(self.create_conversion()?))
            }
            Kind::EVENT => {
                StatementKind::CreateEventTrigger(Box::new(self.create_event_trigger()?))
            }
            Kind::FOREIGN => return self.create_foreign(),
            Kind::PUBLICATION => {
                StatementKind::CreatePublication(Box::new(self.create_publication()?))
            }
            Kind::SERVER => StatementKind::CreateForeignServer(Box::new(self.create_server()?)),
            Kind::SUBSCRIPTION => {
                StatementKind::CreateSubscription(Box::new(self.create_subscription()?))
            }
            Kind::TABLESPACE => {
                StatementKind::CreateTablespace(Box::new(self.create_tablespace()?))
            }
            Kind::TEXT => StatementKind::CreateTextSearch(Box::new(self.create_text_search()?)),
            Kind::USER => StatementKind::CreateUserMapping(Box::new(self.create_user_mapping()?)),
            Kind::ASSERTION => return self.create_assertion(),
            _ => return Err(self.unexpected()),
        })
    }

    /// CREATE ASSERTION, which PostgreSQL parses and refuses.
    fn create_assertion(&mut self) -> Result<StatementKind> {
        let location = self.location_before();
        self.bump();
        self.object_name()?;
        self.expect_all(&[Kind::CHECK, Kind::LEFT_PAREN])?;
        self.expression()?;
        self.expect(Kind::RIGHT_PAREN)?;
        self.constraint_attributes()?;
        Err(self.feature_error("CREATE ASSERTION is not yet implemented", location))
    }

    fn create_or_replace(&mut self) -> Result<StatementKind> {
        let at = self.at;
        let persistence = self.persistence()?;
        if persistence != Persistence::Unlogged
            && matches!(self.kind(), Kind::VIEW | Kind::RECURSIVE)
        {
            return Ok(StatementKind::CreateView(Box::new(self.create_view(true, persistence)?)));
        }
        if self.at != at {
            return Err(self.unexpected());
        }
        if self.accept(Kind::CONSTRAINT) {
            return Ok(StatementKind::CreateTrigger(Box::new(self.create_trigger(true, true)?)));
        }
        self.create_replaceable(true)
    }

    /// What OR REPLACE may stand before.
    fn create_replaceable(&mut self, or_replace: bool) -> Result<StatementKind> {
        Ok(match self.kind() {
            Kind::FUNCTION | Kind::PROCEDURE => {
                StatementKind::CreateFunction(Box::new(self.create_function(or_replace)?))
            }
            Kind::AGGREGATE => {
                StatementKind::CreateAggregate(Box::new(self.create_aggregate(or_replace)?))
            }
            Kind::RULE => StatementKind::CreateRule(Box::new(self.create_rule(or_replace)?)),
            Kind::TRIGGER => {
                StatementKind::CreateTrigger(Box::new(self.create_trigger(or_replace, false)?))
            }
            Kind::LANGUAGE | Kind::TRUSTED | Kind::PROCEDURAL => {
                StatementKind::CreateLanguage(Box::new(self.create_language(or_replace)?))
            }
            Kind::TRANSFORM => {
                StatementKind::CreateTransform(Box::new(self.create_transform(or_replace)?))
            }
            _ => return Err(self.unexpected()),
        })
    }
}
