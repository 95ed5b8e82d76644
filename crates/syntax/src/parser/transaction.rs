//! Transaction control, SET CONSTRAINTS, LOCK.

use super::Parser;
use crate::ast::{
    IsolationLevel, LockMode, LockTable, SetConstraints, TransactionMode, TransactionStatement,
};
use crate::kind::Kind;
use error::Result;

impl Parser<'_> {
    /// WORK or TRANSACTION.
    fn transaction_word(&mut self) {
        if !self.accept(Kind::WORK) {
            self.accept(Kind::TRANSACTION);
        }
    }

    /// SAVEPOINT, unless it is the name.
    fn savepoint_word(&mut self) {
        if self.is(Kind::SAVEPOINT) && self.kind_at(1).is_label() {
            self.bump();
        }
    }

    /// `AND [NO] CHAIN`.
    fn chain(&mut self) -> Result<bool> {
        if !self.accept(Kind::AND) {
            return Ok(false);
        }
        let no = self.accept(Kind::NO);
        self.expect(Kind::CHAIN)?;
        Ok(!no)
    }

    pub(super) fn transaction(&mut self) -> Result<TransactionStatement> {
        let word = self.kind();
        self.bump();
        match word {
            Kind::BEGIN => {
                self.transaction_word();
                Ok(TransactionStatement::Begin(self.optional_transaction_modes()?))
            }
            Kind::START => {
                self.expect(Kind::TRANSACTION)?;
                Ok(TransactionStatement::Start(self.optional_transaction_modes()?))
            }
            Kind::COMMIT if self.accept(Kind::PREPARED) => {
                Ok(TransactionStatement::CommitPrepared(self.string()?))
            }
            Kind::COMMIT | Kind::END => {
                self.transaction_word();
                Ok(TransactionStatement::Commit { chain: self.chain()? })
            }
            Kind::ROLLBACK if self.accept(Kind::PREPARED) => {
                Ok(TransactionStatement::RollbackPrepared(self.string()?))
            }
            Kind::ROLLBACK | Kind::ABORT => {
                self.transaction_word();
                if word == Kind::ROLLBACK && self.accept(Kind::TO) {
                    self.savepoint_word();
                    let (name, location) = self.located_name()?;
                    return Ok(TransactionStatement::RollbackTo(name, location));
                }
                Ok(TransactionStatement::Rollback { chain: self.chain()? })
            }
            Kind::SAVEPOINT => {
                let (name, location) = self.located_name()?;
                Ok(TransactionStatement::Savepoint(name, location))
            }
            Kind::RELEASE => {
                self.savepoint_word();
                let (name, location) = self.located_name()?;
                Ok(TransactionStatement::Release(name, location))
            }
            _ => {
                self.expect(Kind::TRANSACTION)?;
                Ok(TransactionStatement::Prepare(self.string()?))
            }
        }
    }

    fn optional_transaction_modes(&mut self) -> Result<Vec<TransactionMode>> {
        if matches!(self.kind(), Kind::ISOLATION | Kind::READ | Kind::DEFERRABLE | Kind::NOT) {
            self.transaction_modes()
        } else {
            Ok(Vec::new())
        }
    }

    /// One mode or more; commas between them are optional.
    pub(super) fn transaction_modes(&mut self) -> Result<Vec<TransactionMode>> {
        let mut modes = vec![self.transaction_mode()?];
        loop {
            let comma = self.accept(Kind::COMMA);
            let more =
                matches!(self.kind(), Kind::ISOLATION | Kind::READ | Kind::DEFERRABLE | Kind::NOT);
            if !comma && !more {
                return Ok(modes);
            }
            modes.push(self.transaction_mode()?);
        }
    }

    fn transaction_mode(&mut self) -> Result<TransactionMode> {
        if self.accept(Kind::ISOLATION) {
            self.expect(Kind::LEVEL)?;
            let level = if self.accept_all(&[Kind::READ, Kind::UNCOMMITTED]) {
                IsolationLevel::ReadUncommitted
            } else if self.accept_all(&[Kind::READ, Kind::COMMITTED]) {
                IsolationLevel::ReadCommitted
            } else if self.accept_all(&[Kind::REPEATABLE, Kind::READ]) {
                IsolationLevel::RepeatableRead
            } else {
                self.expect(Kind::SERIALIZABLE)?;
                IsolationLevel::Serializable
            };
            return Ok(TransactionMode::Isolation(level));
        }
        if self.accept(Kind::READ) {
            let only = self.accept(Kind::ONLY);
            if !only {
                self.expect(Kind::WRITE)?;
            }
            return Ok(TransactionMode::ReadOnly(only));
        }
        let not = self.accept(Kind::NOT);
        self.expect(Kind::DEFERRABLE)?;
        Ok(TransactionMode::Deferrable(!not))
    }

    /// Behind SET, at CONSTRAINTS.
    pub(super) fn set_constraints(&mut self) -> Result<SetConstraints> {
        self.bump();
        let constraints =
            if self.accept(Kind::ALL) { Vec::new() } else { self.list(Self::relation_name)? };
        let deferred = self.accept(Kind::DEFERRED);
        if !deferred {
            self.expect(Kind::IMMEDIATE)?;
        }
        Ok(SetConstraints { constraints, deferred })
    }

    pub(super) fn lock_table(&mut self) -> Result<LockTable> {
        self.bump();
        self.accept(Kind::TABLE);
        let tables = self.list(Self::relation_expression)?;
        let mut mode = LockMode::AccessExclusive;
        if self.accept(Kind::IN) {
            mode = self.lock_mode()?;
            self.expect(Kind::MODE)?;
        }
        Ok(LockTable { tables, mode, no_wait: self.accept(Kind::NOWAIT) })
    }

    fn lock_mode(&mut self) -> Result<LockMode> {
        const MODES: &[(&[Kind], LockMode)] = &[
            (&[Kind::ACCESS, Kind::SHARE], LockMode::AccessShare),
            (&[Kind::ROW, Kind::SHARE], LockMode::RowShare),
            (&[Kind::ROW, Kind::EXCLUSIVE], LockMode::RowExclusive),
            (&[Kind::SHARE, Kind::UPDATE, Kind::EXCLUSIVE], LockMode::ShareUpdateExclusive),
            (&[Kind::SHARE, Kind::ROW, Kind::EXCLUSIVE], LockMode::ShareRowExclusive),
            (&[Kind::SHARE], LockMode::Share),
            (&[Kind::EXCLUSIVE], LockMode::Exclusive),
            (&[Kind::ACCESS, Kind::EXCLUSIVE], LockMode::AccessExclusive),
        ];
        for (words, mode) in MODES {
            if self.accept_all(words) {
                return Ok(*mode);
            }
        }
        Err(self.unexpected())
    }
}
