//! CREATE VIEW, materialized views, CREATE RULE.

use super::Parser;
use super::expression::expr;
use super::select::bare_select;
use crate::ast::{
    CheckOption, CommonTable, CreateRule, CreateTableAs, CreateView, Distinct, ExprKind, FromItem,
    FromTable, Location, Name, OnCommit, Persistence, RefreshMaterializedView, RelationName,
    RuleEvent, Select, SelectBody, SelectCore, StatementKind, TableSource, Target, With,
};
use crate::kind::Kind;
use error::Result;

impl Parser<'_> {
    /// Behind CREATE [OR REPLACE] and its persistence, at [RECURSIVE] VIEW.
    pub(super) fn create_view(
        &mut self,
        or_replace: bool,
        persistence: Persistence,
    ) -> Result<CreateView> {
        let recursive = self.accept(Kind::RECURSIVE);
        self.expect(Kind::VIEW)?;
        let relation = self.relation_name()?;
        let columns = if recursive {
            self.parenthesised(Self::column_name)?
        } else {
            self.optional_column_list()?
        };
        let options = self.with_options()?;
        self.expect(Kind::AS)?;
        let mut query = self.query()?;
        let location = self.location();
        let check_option = self.check_option()?;
        if recursive {
            if check_option != CheckOption::None {
                let message = "WITH CHECK OPTION not supported on recursive views";
                return Err(self.feature_error(message, location));
            }
            query = recursive_query(&relation, &columns, query);
        }
        Ok(CreateView { or_replace, persistence, relation, columns, options, query, check_option })
    }

    fn check_option(&mut self) -> Result<CheckOption> {
        if !self.accept(Kind::WITH) {
            return Ok(CheckOption::None);
        }
        let local = self.accept(Kind::LOCAL);
        if !local {
            self.accept(Kind::CASCADED);
        }
        self.expect_all(&[Kind::CHECK, Kind::OPTION])?;
        Ok(if local { CheckOption::Local } else { CheckOption::Cascaded })
    }

    /// Behind CREATE [UNLOGGED], at MATERIALIZED.
    pub(super) fn create_materialized_view(
        &mut self,
        persistence: Persistence,
    ) -> Result<CreateTableAs> {
        self.expect_all(&[Kind::MATERIALIZED, Kind::VIEW])?;
        let if_not_exists = self.if_not_exists()?;
        let relation = self.relation_name()?;
        let columns = self.optional_column_list()?;
        let access_method = if self.accept(Kind::USING) { Some(self.column_name()?) } else { None };
        let options = self.with_options()?;
        let tablespace =
            if self.accept(Kind::TABLESPACE) { Some(self.column_name()?) } else { None };
        self.expect(Kind::AS)?;
        let source = TableSource::Select(Box::new(self.query()?));
        Ok(CreateTableAs {
            relation,
            columns,
            persistence,
            materialized_view: true,
            if_not_exists,
            access_method,
            options,
            on_commit: OnCommit::None,
            tablespace,
            source,
            with_data: self.with_data()?,
        })
    }

    pub(super) fn refresh(&mut self) -> Result<RefreshMaterializedView> {
        self.bump();
        self.expect_all(&[Kind::MATERIALIZED, Kind::VIEW])?;
        let concurrently = self.accept(Kind::CONCURRENTLY);
        let relation = self.relation_name()?;
        Ok(RefreshMaterializedView { relation, concurrently, with_data: self.with_data()? })
    }

    /// Behind CREATE [OR REPLACE], at RULE.
    pub(super) fn create_rule(&mut self, or_replace: bool) -> Result<CreateRule> {
        self.bump();
        let name = self.column_name()?;
        self.expect_all(&[Kind::AS, Kind::ON])?;
        let event = match self.kind() {
            Kind::SELECT => RuleEvent::Select,
            Kind::INSERT => RuleEvent::Insert,
            Kind::UPDATE => RuleEvent::Update,
            Kind::DELETE => RuleEvent::Delete,
            _ => return Err(self.unexpected()),
        };
        self.bump();
        self.expect(Kind::TO)?;
        let relation = self.relation_name()?;
        let where_clause = self.where_clause()?;
        self.expect(Kind::DO)?;
        let instead = self.accept(Kind::INSTEAD);
        if !instead {
            self.accept(Kind::ALSO);
        }
        let actions = self.rule_actions()?;
        Ok(CreateRule { or_replace, name, event, relation, where_clause, instead, actions })
    }

    fn rule_actions(&mut self) -> Result<Vec<StatementKind>> {
        if self.accept(Kind::NOTHING) {
            return Ok(Vec::new());
        }
        let is_list = self.is(Kind::LEFT_PAREN)
            && !matches!(self.kind_at(1), Kind::LEFT_PAREN | Kind::VALUES | Kind::TABLE);
        if !is_list {
            return Ok(vec![self.rule_action()?]);
        }
        self.bump();
        let mut actions = Vec::new();
        loop {
            if !matches!(self.kind(), Kind::SEMICOLON | Kind::RIGHT_PAREN) {
                actions.push(self.rule_action()?);
            }
            if !self.accept(Kind::SEMICOLON) {
                break;
            }
        }
        self.expect(Kind::RIGHT_PAREN)?;
        Ok(actions)
    }

    fn rule_action(&mut self) -> Result<StatementKind> {
        if self.is(Kind::NOTIFY) {
            return Ok(StatementKind::Notify(Box::new(self.notify()?)));
        }
        self.preparable_statement()
    }
}

/// `WITH RECURSIVE relation (columns) AS (query) SELECT columns FROM relation`.
fn recursive_query(relation: &RelationName, columns: &[Name], query: Select) -> Select {
    let table = CommonTable {
        name: relation.name.clone(),
        columns: columns.to_vec(),
        materialized: None,
        query: StatementKind::Select(Box::new(query)),
        search: None,
        cycle: None,
        location: Location::NONE,
    };
    let targets = columns.iter().map(|name| Target {
        value: expr(ExprKind::Column(vec![name.clone()]), Location::NONE),
        alias: None,
        location: Location::NONE,
    });
    let relation = RelationName {
        database: None,
        schema: None,
        name: relation.name.clone(),
        location: Location::NONE,
    };
    let from = FromTable { relation, only: false, alias: None, sample: None };
    let core = SelectCore {
        distinct: Distinct::All,
        targets: targets.collect(),
        into: None,
        from: vec![FromItem::Table(Box::new(from))],
        where_clause: None,
        group_by: Vec::new(),
        group_distinct: false,
        having: None,
        windows: Vec::new(),
    };
    let mut select = bare_select(SelectBody::Select(Box::new(core)), Location::NONE);
    select.with = Some(With { recursive: true, tables: vec![table], location: Location::NONE });
    select
}
