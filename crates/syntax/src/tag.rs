//! Command tags: the words that a statement's completion begins with.

use crate::ast::{
    DiscardTarget, ObjectKind, SetAction, Statement, StatementKind, TransactionStatement,
};

impl Statement {
    /// The command tag without counts: `SELECT`, `CREATE TABLE` ...
    pub fn tag(&self) -> &'static str {
        self.kind.tag()
    }
}

impl StatementKind {
    /// The command tag without counts.
    #[expect(clippy::too_many_lines, reason = "one flat match")]
    pub fn tag(&self) -> &'static str {
        match self {
            Self::Select(select) if select.has_into() => "SELECT INTO",
            Self::Select(_) => "SELECT",
            Self::Insert(_) => "INSERT",
            Self::Update(_) => "UPDATE",
            Self::Delete(_) => "DELETE",
            Self::Merge(_) => "MERGE",
            Self::CreateTable(_) => "CREATE TABLE",
            Self::CreateTableAs(node) if node.materialized_view => "CREATE MATERIALIZED VIEW",
            Self::CreateTableAs(_) => "CREATE TABLE AS",
            Self::AlterTable(node) => node.kind.alter_tag(),
            Self::MoveTablespace(node) => node.kind.alter_tag(),
            Self::CreateIndex(_) => "CREATE INDEX",
            Self::CreateSequence(_) => "CREATE SEQUENCE",
            Self::AlterSequence(_) => "ALTER SEQUENCE",
            Self::CreateView(_) => "CREATE VIEW",
            Self::RefreshMaterializedView(_) => "REFRESH MATERIALIZED VIEW",
            Self::CreateTrigger(_) => "CREATE TRIGGER",
            Self::CreateRule(_) => "CREATE RULE",
            Self::CreatePolicy(_) => "CREATE POLICY",
            Self::AlterPolicy(_) => "ALTER POLICY",
            Self::CreateStatistics(_) => "CREATE STATISTICS",
            Self::AlterStatistics(_) => "ALTER STATISTICS",
            Self::Truncate(_) => "TRUNCATE TABLE",
            Self::CreateSchema(_) => "CREATE SCHEMA",
            Self::CreateExtension(_) => "CREATE EXTENSION",
            Self::AlterExtension(_) | Self::AlterExtensionContents(_) => "ALTER EXTENSION",
            Self::CreateType(_) => "CREATE TYPE",
            Self::AlterEnum(_) | Self::AlterCompositeType(_) => "ALTER TYPE",
            Self::CreateDomain(_) => "CREATE DOMAIN",
            Self::AlterDomain(_) => "ALTER DOMAIN",
            Self::CreateFunction(node) if node.procedure => "CREATE PROCEDURE",
            Self::CreateFunction(_) => "CREATE FUNCTION",
            Self::AlterFunction(node) => node.kind.alter_tag(),
            Self::CreateAggregate(_) => "CREATE AGGREGATE",
            Self::CreateOperator(_) => "CREATE OPERATOR",
            Self::CreateCollation(_) => "CREATE COLLATION",
            Self::CreateCast(_) => "CREATE CAST",
            Self::RefreshCollation(_) => "ALTER COLLATION",
            Self::CreateTextSearch(node) => node.kind.create_text_search_tag(),
            Self::AlterTextSearchConfiguration(_) => "ALTER TEXT SEARCH CONFIGURATION",
            Self::AlterDefinition(node) => node.kind.alter_tag(),
            Self::CreateOperatorClass(_) => "CREATE OPERATOR CLASS",
            Self::CreateOperatorFamily(_) => "CREATE OPERATOR FAMILY",
            Self::AlterOperatorFamily(_) => "ALTER OPERATOR FAMILY",
            Self::CreateAccessMethod(_) => "CREATE ACCESS METHOD",
            Self::CreateConversion(_) => "CREATE CONVERSION",
            Self::CreateLanguage(_) => "CREATE LANGUAGE",
            Self::CreateTransform(_) => "CREATE TRANSFORM",
            Self::CreateEventTrigger(_) => "CREATE EVENT TRIGGER",
            Self::AlterEventTrigger(_) => "ALTER EVENT TRIGGER",
            Self::AlterObjectDepends(node) => node.kind.alter_tag(),
            Self::SecurityLabel(_) => "SECURITY LABEL",
            Self::CreateForeignDataWrapper(_) => "CREATE FOREIGN DATA WRAPPER",
            Self::AlterForeignDataWrapper(_) => "ALTER FOREIGN DATA WRAPPER",
            Self::CreateForeignServer(_) => "CREATE SERVER",
            Self::AlterForeignServer(_) => "ALTER SERVER",
            Self::CreateForeignTable(_) => "CREATE FOREIGN TABLE",
            Self::CreateUserMapping(_) => "CREATE USER MAPPING",
            Self::AlterUserMapping(_) => "ALTER USER MAPPING",
            Self::DropUserMapping(_) => "DROP USER MAPPING",
            Self::ImportForeignSchema(_) => "IMPORT FOREIGN SCHEMA",
            Self::CreatePublication(_) => "CREATE PUBLICATION",
            Self::AlterPublication(_) => "ALTER PUBLICATION",
            Self::CreateSubscription(_) => "CREATE SUBSCRIPTION",
            Self::AlterSubscription(_) => "ALTER SUBSCRIPTION",
            Self::DropSubscription(_) => "DROP SUBSCRIPTION",
            Self::Drop(node) => node.kind.drop_tag(),
            Self::Rename(node) => node.of.alter_tag(),
            Self::AlterOwner(node) => node.kind.alter_tag(),
            Self::AlterObjectSchema(node) => node.kind.alter_tag(),
            Self::Comment(_) => "COMMENT",
            Self::CreateRole(_) => "CREATE ROLE",
            Self::AlterRole(_) | Self::AlterRoleSet(_) => "ALTER ROLE",
            Self::DropRole(_) => "DROP ROLE",
            Self::CreateDatabase(_) => "CREATE DATABASE",
            Self::AlterDatabase(_) | Self::AlterDatabaseSet(_) => "ALTER DATABASE",
            Self::DropDatabase(_) => "DROP DATABASE",
            Self::CreateTablespace(_) => "CREATE TABLESPACE",
            Self::AlterTablespace(_) => "ALTER TABLESPACE",
            Self::DropTablespace(_) => "DROP TABLESPACE",
            Self::Grant(node) => {
                if node.grant {
                    "GRANT"
                } else {
                    "REVOKE"
                }
            }
            Self::GrantRole(node) => {
                if node.grant {
                    "GRANT ROLE"
                } else {
                    "REVOKE ROLE"
                }
            }
            Self::AlterDefaultPrivileges(_) => "ALTER DEFAULT PRIVILEGES",
            Self::ReassignOwned(_) => "REASSIGN OWNED",
            Self::DropOwned(_) => "DROP OWNED",
            Self::AlterSystem(_) => "ALTER SYSTEM",
            Self::Transaction(node) => node.tag(),
            Self::SetConstraints(_) => "SET CONSTRAINTS",
            Self::LockTable(_) => "LOCK TABLE",
            Self::Set(node) => match node.action {
                SetAction::Reset(_) | SetAction::ResetAll => "RESET",
                SetAction::Value { .. }
                | SetAction::Default(_)
                | SetAction::FromCurrent(_)
                | SetAction::Transaction(_)
                | SetAction::SessionCharacteristics(_)
                | SetAction::Snapshot(_) => "SET",
            },
            Self::Show(_) => "SHOW",
            Self::Discard(target) => match target {
                DiscardTarget::All => "DISCARD ALL",
                DiscardTarget::Plans => "DISCARD PLANS",
                DiscardTarget::Sequences => "DISCARD SEQUENCES",
                DiscardTarget::Temporary => "DISCARD TEMP",
            },
            Self::Prepare(_) => "PREPARE",
            Self::Execute(_) => "EXECUTE",
            Self::Deallocate(None) => "DEALLOCATE ALL",
            Self::Deallocate(Some(_)) => "DEALLOCATE",
            Self::DeclareCursor(_) => "DECLARE CURSOR",
            Self::Fetch(node) => {
                if node.is_move {
                    "MOVE"
                } else {
                    "FETCH"
                }
            }
            Self::ClosePortal(None) => "CLOSE CURSOR ALL",
            Self::ClosePortal(Some(_)) => "CLOSE CURSOR",
            Self::Copy(_) => "COPY",
            Self::Explain(_) => "EXPLAIN",
            Self::Vacuum(node) => {
                if node.vacuum {
                    "VACUUM"
                } else {
                    "ANALYZE"
                }
            }
            Self::Reindex(_) => "REINDEX",
            Self::Cluster(_) => "CLUSTER",
            Self::Checkpoint => "CHECKPOINT",
            Self::Listen(_) => "LISTEN",
            Self::Unlisten(_) => "UNLISTEN",
            Self::Notify(_) => "NOTIFY",
            Self::Do(_) => "DO",
            Self::Call(_) => "CALL",
            Self::Load(_) => "LOAD",
            Self::Return(_) => "RETURN",
        }
    }
}

impl TransactionStatement {
    fn tag(&self) -> &'static str {
        match self {
            Self::Begin(_) => "BEGIN",
            Self::Start(_) => "START TRANSACTION",
            Self::Commit { .. } => "COMMIT",
            Self::Rollback { .. } | Self::RollbackTo(..) => "ROLLBACK",
            Self::Savepoint(..) => "SAVEPOINT",
            Self::Release(..) => "RELEASE",
            Self::Prepare(_) => "PREPARE TRANSACTION",
            Self::CommitPrepared(_) => "COMMIT PREPARED",
            Self::RollbackPrepared(_) => "ROLLBACK PREPARED",
        }
    }
}

impl ObjectKind {
    pub(crate) fn alter_tag(self) -> &'static str {
        match self {
            Self::AccessMethod => "ALTER ACCESS METHOD",
            Self::Aggregate => "ALTER AGGREGATE",
            Self::Cast => "ALTER CAST",
            Self::Collation => "ALTER COLLATION",
            Self::Column | Self::Table | Self::TableConstraint => "ALTER TABLE",
            Self::Conversion => "ALTER CONVERSION",
            Self::Database => "ALTER DATABASE",
            Self::Domain | Self::DomainConstraint => "ALTER DOMAIN",
            Self::EventTrigger => "ALTER EVENT TRIGGER",
            Self::Extension => "ALTER EXTENSION",
            Self::ForeignDataWrapper => "ALTER FOREIGN DATA WRAPPER",
            Self::ForeignServer => "ALTER SERVER",
            Self::ForeignTable => "ALTER FOREIGN TABLE",
            Self::Function => "ALTER FUNCTION",
            Self::Index => "ALTER INDEX",
            Self::Language => "ALTER LANGUAGE",
            Self::LargeObject => "ALTER LARGE OBJECT",
            Self::MaterializedView => "ALTER MATERIALIZED VIEW",
            Self::Operator => "ALTER OPERATOR",
            Self::OperatorClass => "ALTER OPERATOR CLASS",
            Self::OperatorFamily => "ALTER OPERATOR FAMILY",
            Self::Parameter => "ALTER PARAMETER",
            Self::Policy => "ALTER POLICY",
            Self::Procedure => "ALTER PROCEDURE",
            Self::Publication => "ALTER PUBLICATION",
            Self::Role => "ALTER ROLE",
            Self::Routine => "ALTER ROUTINE",
            Self::Rule => "ALTER RULE",
            Self::Schema => "ALTER SCHEMA",
            Self::Sequence => "ALTER SEQUENCE",
            Self::Statistics => "ALTER STATISTICS",
            Self::Subscription => "ALTER SUBSCRIPTION",
            Self::Tablespace => "ALTER TABLESPACE",
            Self::TextSearchConfiguration => "ALTER TEXT SEARCH CONFIGURATION",
            Self::TextSearchDictionary => "ALTER TEXT SEARCH DICTIONARY",
            Self::TextSearchParser => "ALTER TEXT SEARCH PARSER",
            Self::TextSearchTemplate => "ALTER TEXT SEARCH TEMPLATE",
            Self::Transform => "ALTER TRANSFORM",
            Self::Trigger => "ALTER TRIGGER",
            Self::Type | Self::TypeAttribute => "ALTER TYPE",
            Self::View => "ALTER VIEW",
        }
    }

    fn create_text_search_tag(self) -> &'static str {
        match self.alter_tag() {
            "ALTER TEXT SEARCH CONFIGURATION" => "CREATE TEXT SEARCH CONFIGURATION",
            "ALTER TEXT SEARCH DICTIONARY" => "CREATE TEXT SEARCH DICTIONARY",
            "ALTER TEXT SEARCH PARSER" => "CREATE TEXT SEARCH PARSER",
            _ => "CREATE TEXT SEARCH TEMPLATE",
        }
    }

    pub(crate) fn drop_tag(self) -> &'static str {
        match self {
            Self::AccessMethod => "DROP ACCESS METHOD",
            Self::Aggregate => "DROP AGGREGATE",
            Self::Cast => "DROP CAST",
            Self::Collation => "DROP COLLATION",
            Self::Column | Self::Table | Self::TableConstraint => "DROP TABLE",
            Self::Conversion => "DROP CONVERSION",
            Self::Database => "DROP DATABASE",
            Self::Domain | Self::DomainConstraint => "DROP DOMAIN",
            Self::EventTrigger => "DROP EVENT TRIGGER",
            Self::Extension => "DROP EXTENSION",
            Self::ForeignDataWrapper => "DROP FOREIGN DATA WRAPPER",
            Self::ForeignServer => "DROP SERVER",
            Self::ForeignTable => "DROP FOREIGN TABLE",
            Self::Function => "DROP FUNCTION",
            Self::Index => "DROP INDEX",
            Self::Language => "DROP LANGUAGE",
            Self::LargeObject => "DROP LARGE OBJECT",
            Self::MaterializedView => "DROP MATERIALIZED VIEW",
            Self::Operator => "DROP OPERATOR",
            Self::OperatorClass => "DROP OPERATOR CLASS",
            Self::OperatorFamily => "DROP OPERATOR FAMILY",
            Self::Parameter => "DROP PARAMETER",
            Self::Policy => "DROP POLICY",
            Self::Procedure => "DROP PROCEDURE",
            Self::Publication => "DROP PUBLICATION",
            Self::Role => "DROP ROLE",
            Self::Routine => "DROP ROUTINE",
            Self::Rule => "DROP RULE",
            Self::Schema => "DROP SCHEMA",
            Self::Sequence => "DROP SEQUENCE",
            Self::Statistics => "DROP STATISTICS",
            Self::Subscription => "DROP SUBSCRIPTION",
            Self::Tablespace => "DROP TABLESPACE",
            Self::TextSearchConfiguration => "DROP TEXT SEARCH CONFIGURATION",
            Self::TextSearchDictionary => "DROP TEXT SEARCH DICTIONARY",
            Self::TextSearchParser => "DROP TEXT SEARCH PARSER",
            Self::TextSearchTemplate => "DROP TEXT SEARCH TEMPLATE",
            Self::Transform => "DROP TRANSFORM",
            Self::Trigger => "DROP TRIGGER",
            Self::Type | Self::TypeAttribute => "DROP TYPE",
            Self::View => "DROP VIEW",
        }
    }
}

impl crate::ast::JsonExpr {
    /// The function's keyword in upper case.
    pub fn keyword(&self) -> &'static str {
        use crate::ast::JsonQueryKind;
        match self {
            Self::Object { .. } => "JSON_OBJECT",
            Self::Array { .. } | Self::ArrayQuery { .. } => "JSON_ARRAY",
            Self::Parse { .. } => "JSON",
            Self::Scalar(_) => "JSON_SCALAR",
            Self::Serialize { .. } => "JSON_SERIALIZE",
            Self::Query(query) => match query.kind {
                JsonQueryKind::Exists => "JSON_EXISTS",
                JsonQueryKind::Query => "JSON_QUERY",
                JsonQueryKind::Value => "JSON_VALUE",
            },
            Self::ObjectAggregate { .. } => "JSON_OBJECTAGG",
            Self::ArrayAggregate { .. } => "JSON_ARRAYAGG",
        }
    }
}

impl crate::ast::XmlExpr {
    /// The function's keyword in upper case.
    pub fn keyword(&self) -> &'static str {
        match self {
            Self::Concat(_) => "XMLCONCAT",
            Self::Element { .. } => "XMLELEMENT",
            Self::Exists { .. } => "XMLEXISTS",
            Self::Forest(_) => "XMLFOREST",
            Self::Parse { .. } => "XMLPARSE",
            Self::ProcessingInstruction { .. } => "XMLPI",
            Self::Root { .. } => "XMLROOT",
            Self::Serialize { .. } => "XMLSERIALIZE",
            Self::IsDocument { .. } => "IS DOCUMENT",
        }
    }
}

impl crate::ast::Select {
    /// Whether this is SELECT INTO: its leftmost SELECT has the clause.
    pub fn has_into(&self) -> bool {
        let mut select = self;
        loop {
            match &select.body {
                crate::ast::SelectBody::Select(core) => return core.into.is_some(),
                crate::ast::SelectBody::Values(_) => return false,
                crate::ast::SelectBody::SetOperation(node) => select = &node.left,
            }
        }
    }
}
