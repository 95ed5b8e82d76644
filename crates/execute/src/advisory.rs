//! Advisory locks: what functions of an execution lock.

use crate::context::Context;
use error::{Error, Result, SqlState};
use functions::{AdvisoryAction, AdvisoryKey, Environment};
use std::sync::Arc;
use storage::{LockMode, LockTag};

/// Locks or unlocks a key; tells whether that was done. 40P01, 55P03 and the like where it waits.
pub(crate) fn run(
    context: &mut Context<'_>,
    key: AdvisoryKey,
    shared: bool,
    action: AdvisoryAction,
) -> Result<bool> {
    let tag = LockTag::Advisory {
        database: context.host.database().0,
        class: key.class,
        object: key.object,
        kind: key.kind,
    };
    let mode = if shared { LockMode::Share } else { LockMode::Exclusive };
    let session = context.transaction.lock_session().map(Arc::clone);
    let session = session.ok_or_else(|| Error::internal("a transaction belongs to a session"));
    match action {
        AdvisoryAction::LockTransaction => {
            let limits = context.host.limits();
            context.transaction.lock(tag, mode, limits)?;
            Ok(true)
        }
        AdvisoryAction::LockSession => {
            session?.lock(tag, mode, context.host.limits())?;
            Ok(true)
        }
        AdvisoryAction::TryTransaction => context.transaction.try_lock(tag, mode),
        AdvisoryAction::TrySession => Ok(session?.try_lock(tag, mode)),
        AdvisoryAction::Unlock => {
            let held = session?.unlock(tag, mode);
            if !held {
                let name = if shared { "ShareLock" } else { "ExclusiveLock" };
                let text = format!("you don't own a lock of type {name}");
                context.notice(Error::warning(SqlState::WARNING, text));
            }
            Ok(held)
        }
    }
}
