//! Checking a whole data directory.

use crate::engine::Engine;
use crate::session::{Session, Startup};
use catalog::object::Object;
use error::Result;
use std::sync::Arc;

/// What a check of a data directory went through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Checked {
    /// Databases.
    pub databases: usize,
    /// Tables, each compared with its indexes.
    pub tables: usize,
    /// Files.
    pub files: usize,
    /// Pages.
    pub pages: u64,
}

impl Engine {
    /// Checks every page, and each table with its indexes, while nobody else works; `wrong` gets what is found.
    pub fn check(self: &Arc<Self>, wrong: &mut dyn FnMut(String)) -> Result<Checked> {
        let mut checked = Checked::default();
        for relation in self.storage().relation_files()? {
            checked.files += 1;
            checked.pages += u64::from(self.storage().check_pages(relation, wrong)?);
        }
        let shared = self.catalogs().shared();
        let superuser = shared.role_by_oid(catalog::BOOTSTRAP_ROLE).map(|role| role.name.clone());
        let mut names: Vec<String> = Vec::new();
        for object in shared.objects_by_oid() {
            if let Object::Database(database) = object
                && database.allow_connections
            {
                names.push(database.name.clone());
            }
        }
        for database in names {
            let startup = Startup {
                user: superuser.clone().unwrap_or_default(),
                database: database.clone(),
                process: -1,
                ..Startup::default()
            };
            match self.check_database(startup, wrong) {
                Ok(tables) => checked.tables += tables,
                Err(error) => wrong(format!("database \"{database}\": {}", error.message())),
            }
            checked.databases += 1;
        }
        Ok(checked)
    }

    fn check_database(
        self: &Arc<Self>,
        startup: Startup,
        wrong: &mut dyn FnMut(String),
    ) -> Result<usize> {
        let mut session = Session::open(self, startup)?;
        let tables = session.in_work(|work| commands::check_database(work, wrong))?;
        session.rollback()?;
        Ok(tables)
    }
}
