//! The catalog at one moment: immutable, shared, cheap to change into the next.

use crate::object::{
    Database, Domain, ForeignKey, Function, Index, Object, RangeType, Role, Schema, Sequence,
    Table, TypeDefinition, UserType, View,
};
use imbl::HashMap;
use std::sync::Arc;
use storage::RowAddress;
use types::Oid;

/// The OID of pg_catalog.
pub const PG_CATALOG: Oid = Oid(11);
/// The role pg_database_owner.
pub const DATABASE_OWNER: Oid = Oid(6171);
/// The OID of the schema public.
pub const PUBLIC: Oid = Oid(2200);

/// An object and where its row is.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The object.
    pub object: Object,
    /// Its row in the system heap.
    pub address: RowAddress,
}

/// A change of the catalog, by one statement of a transaction.
#[derive(Debug, Clone)]
pub enum Change {
    /// A new object, or a new version of one.
    Put(Entry),
    /// An object is gone.
    Remove(Object),
}

impl Change {
    /// The object concerned.
    pub fn object(&self) -> &Object {
        match self {
            Self::Put(entry) => &entry.object,
            Self::Remove(object) => object,
        }
    }
}

/// One database's objects, and those that all databases share.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    /// Grows with every publication.
    pub version: u64,
    /// The database; invalid in what all databases share.
    pub database: Oid,
    objects: HashMap<Oid, Entry>,
    /// Relations by schema and name.
    relations: HashMap<(Oid, Arc<str>), Oid>,
    /// Types that users made by schema and name.
    types: HashMap<(Oid, Arc<str>), Oid>,
    /// Functions that users made by name, in order of creation.
    functions: HashMap<Arc<str>, Vec<Oid>>,
    schemas: HashMap<Arc<str>, Oid>,
    roles: HashMap<Arc<str>, Oid>,
    databases: HashMap<Arc<str>, Oid>,
    /// The indexes of tables, in order of creation.
    indexes: HashMap<Oid, Vec<Oid>>,
    /// The tables with foreign keys to a table, in order of creation.
    referring: HashMap<Oid, Vec<Oid>>,
    /// The tables, views and types that users made by type and by array of it.
    row_types: HashMap<Oid, Oid>,
}

impl Catalog {
    /// Applies a change.
    pub fn apply(&mut self, change: &Change) {
        let oid = change.object().oid();
        if let Some(old) = self.objects.remove(&oid) {
            self.unname(&old.object);
        }
        if let Change::Put(entry) = change {
            self.name(&entry.object);
            self.objects.insert(oid, entry.clone());
        }
    }

    fn name(&mut self, object: &Object) {
        let (name, oid): (Arc<str>, Oid) = (object.name().into(), object.oid());
        match object {
            Object::Role(_) => _ = self.roles.insert(name, oid),
            Object::Database(_) => _ = self.databases.insert(name, oid),
            Object::Schema(_) => _ = self.schemas.insert(name, oid),
            Object::Table(table) => {
                self.relations.insert((table.schema, name), oid);
                self.row_types.insert(table.row_type, oid);
                self.row_types.insert(table.array_type, oid);
                for key in &table.foreign_keys {
                    let list = self.referring.entry(key.table).or_default();
                    if let Err(place) = list.binary_search(&oid) {
                        list.insert(place, oid);
                    }
                }
            }
            Object::View(view) => {
                self.relations.insert((view.schema, name), oid);
                self.row_types.insert(view.row_type, oid);
                self.row_types.insert(view.array_type, oid);
            }
            Object::Type(own) => {
                self.types.insert((own.schema, name), oid);
                self.row_types.insert(own.oid, oid);
                self.row_types.insert(own.array_type, oid);
                if let Some((name, many, array)) = multirange(own) {
                    self.types.insert((own.schema, name.into()), many);
                    self.row_types.insert(many, oid);
                    self.row_types.insert(array, oid);
                }
            }
            Object::Function(_) => {
                let list = self.functions.entry(name).or_default();
                if let Err(place) = list.binary_search(&oid) {
                    list.insert(place, oid);
                }
            }
            Object::Sequence(sequence) => _ = self.relations.insert((sequence.schema, name), oid),
            Object::Index(index) => {
                self.relations.insert((index.schema, name), oid);
                let list = self.indexes.entry(index.table).or_default();
                if let Err(place) = list.binary_search(&oid) {
                    list.insert(place, oid);
                }
            }
        }
    }

    fn unname(&mut self, object: &Object) {
        let name: Arc<str> = object.name().into();
        match object {
            Object::Role(_) => _ = self.roles.remove(&name),
            Object::Database(_) => _ = self.databases.remove(&name),
            Object::Schema(_) => _ = self.schemas.remove(&name),
            Object::Table(table) => {
                self.relations.remove(&(table.schema, name));
                self.row_types.remove(&table.row_type);
                self.row_types.remove(&table.array_type);
                for key in &table.foreign_keys {
                    if let Some(list) = self.referring.get_mut(&key.table) {
                        list.retain(|oid| *oid != table.oid);
                    }
                }
            }
            Object::View(view) => {
                self.relations.remove(&(view.schema, name));
                self.row_types.remove(&view.row_type);
                self.row_types.remove(&view.array_type);
            }
            Object::Type(own) => {
                self.types.remove(&(own.schema, name));
                self.row_types.remove(&own.oid);
                self.row_types.remove(&own.array_type);
                if let Some((name, many, array)) = multirange(own) {
                    self.types.remove(&(own.schema, name.into()));
                    self.row_types.remove(&many);
                    self.row_types.remove(&array);
                }
            }
            Object::Function(function) => {
                if let Some(list) = self.functions.get_mut(&name) {
                    list.retain(|oid| *oid != function.oid);
                }
            }
            Object::Sequence(sequence) => _ = self.relations.remove(&(sequence.schema, name)),
            Object::Index(index) => {
                self.relations.remove(&(index.schema, name));
                if let Some(list) = self.indexes.get_mut(&index.table) {
                    list.retain(|oid| *oid != index.oid);
                }
            }
        }
    }

    /// An object by its OID.
    pub fn object(&self, oid: Oid) -> Option<&Object> {
        self.objects.get(&oid).map(|entry| &entry.object)
    }

    /// An object and its row by its OID.
    pub fn entry(&self, oid: Oid) -> Option<&Entry> {
        self.objects.get(&oid)
    }

    /// A relation of any kind by schema and name; system relations are not among them.
    pub fn relation(&self, schema: Oid, name: &str) -> Option<&Object> {
        self.relations.get(&(schema, Arc::from(name))).and_then(|oid| self.object(*oid))
    }

    /// A schema by name; built-in ones are among them once the database was made.
    pub fn schema(&self, name: &str) -> Option<&Arc<Schema>> {
        self.schemas.get(name).and_then(|oid| self.schema_by_oid(*oid))
    }

    /// A schema by OID.
    pub fn schema_by_oid(&self, oid: Oid) -> Option<&Arc<Schema>> {
        if let Some(Object::Schema(schema)) = self.object(oid) { Some(schema) } else { None }
    }

    /// A role by name.
    pub fn role(&self, name: &str) -> Option<&Arc<Role>> {
        self.roles.get(name).and_then(|oid| self.role_by_oid(*oid))
    }

    /// A role by OID.
    pub fn role_by_oid(&self, oid: Oid) -> Option<&Arc<Role>> {
        if let Some(Object::Role(role)) = self.object(oid) { Some(role) } else { None }
    }

    /// A database by name.
    pub fn database(&self, name: &str) -> Option<&Arc<Database>> {
        self.databases.get(name).and_then(|oid| self.database_by_oid(*oid))
    }

    /// A database by OID.
    pub fn database_by_oid(&self, oid: Oid) -> Option<&Arc<Database>> {
        if let Some(Object::Database(database)) = self.object(oid) { Some(database) } else { None }
    }

    /// A table by OID.
    pub fn table(&self, oid: Oid) -> Option<&Arc<Table>> {
        if let Some(Object::Table(table)) = self.object(oid) { Some(table) } else { None }
    }

    /// A view by OID.
    pub fn view(&self, oid: Oid) -> Option<&Arc<View>> {
        if let Some(Object::View(view)) = self.object(oid) { Some(view) } else { None }
    }

    /// A type that a user made, by OID.
    pub fn user_type(&self, oid: Oid) -> Option<&Arc<UserType>> {
        if let Some(Object::Type(own)) = self.object(oid) { Some(own) } else { None }
    }

    /// The OID of a type that a user made, of multirange types too, by schema and name.
    pub fn type_oid_named(&self, schema: Oid, name: &str) -> Option<Oid> {
        self.types.get(&(schema, Arc::from(name))).copied()
    }

    /// A domain by OID.
    pub fn domain(&self, oid: Oid) -> Option<(&Arc<UserType>, &Domain)> {
        let own = self.user_type(oid)?;
        if let TypeDefinition::Domain(domain) = &own.definition {
            Some((own, domain))
        } else {
            None
        }
    }

    /// A range type of a user by its OID or that of its multirange type.
    pub fn range_type(&self, oid: Oid) -> Option<(&Arc<UserType>, &RangeType)> {
        let Object::Type(own) = self.relation_of_row_type(oid)? else { return None };
        if let TypeDefinition::Range(range) = &own.definition { Some((own, range)) } else { None }
    }

    /// The type that a domain is over at last, and the typmod on the way; the type itself where it is no domain.
    pub fn base_type(&self, type_id: Oid, typmod: i32) -> (Oid, i32) {
        let (mut base, mut typmod) = (type_id, typmod);
        while let Some((_, domain)) = types::is_domain(base).then(|| self.domain(base)).flatten() {
            base = domain.base;
            typmod = domain.typmod;
        }
        (base, typmod)
    }

    /// A type that a user made, by schema and name.
    pub fn user_type_named(&self, schema: Oid, name: &str) -> Option<&Arc<UserType>> {
        self.types.get(&(schema, Arc::from(name))).and_then(|oid| self.user_type(*oid))
    }

    /// A function that a user made, by OID.
    pub fn function(&self, oid: Oid) -> Option<&Arc<Function>> {
        if let Some(Object::Function(function)) = self.object(oid) { Some(function) } else { None }
    }

    /// The functions that users made of a name, in all schemas.
    pub fn functions_named(&self, name: &str) -> impl Iterator<Item = &Arc<Function>> {
        self.functions.get(name).into_iter().flatten().filter_map(|oid| self.function(*oid))
    }

    /// An index by OID.
    pub fn index(&self, oid: Oid) -> Option<&Arc<Index>> {
        if let Some(Object::Index(index)) = self.object(oid) { Some(index) } else { None }
    }

    /// A sequence by OID.
    pub fn sequence(&self, oid: Oid) -> Option<&Arc<Sequence>> {
        if let Some(Object::Sequence(sequence)) = self.object(oid) { Some(sequence) } else { None }
    }

    /// The indexes of a table, in order of creation.
    pub fn indexes_of(&self, table: Oid) -> impl Iterator<Item = &Arc<Index>> {
        self.indexes.get(&table).into_iter().flatten().filter_map(|oid| self.index(*oid))
    }

    /// The foreign keys that refer to a table, with the tables that have them.
    pub fn foreign_keys_to(&self, table: Oid) -> impl Iterator<Item = (&Arc<Table>, &ForeignKey)> {
        let referring = self.referring.get(&table).into_iter().flatten();
        referring.filter_map(|oid| self.table(*oid)).flat_map(move |other| {
            other
                .foreign_keys
                .iter()
                .filter(move |key| key.table == table)
                .map(move |key| (other, key))
        })
    }

    /// The table or view whose row type, or the type made by a user that, or an array of which, this is.
    pub fn relation_of_row_type(&self, type_id: Oid) -> Option<&Object> {
        self.row_types.get(&type_id).and_then(|oid| self.object(*oid))
    }

    /// All objects, in no order.
    pub fn objects(&self) -> impl Iterator<Item = &Object> {
        self.objects.values().map(|entry| &entry.object)
    }

    /// All objects of user schemas and the shared ones by OID: the order in which relations list them.
    pub fn objects_by_oid(&self) -> Vec<&Object> {
        let mut list: Vec<&Object> = self.objects().collect();
        list.sort_unstable_by_key(|object| object.oid());
        list
    }

    /// Whether a role is another or a member of it, directly or not; a superuser is a member of all.
    pub fn is_member(&self, role: Oid, of: Oid) -> bool {
        // pg_database_owner stands for the database's owner.
        let of = match self.database_by_oid(self.database) {
            Some(database) if of == DATABASE_OWNER => database.owner,
            Some(_) | None => of,
        };
        role == of
            || self.role_by_oid(role).is_some_and(|r| r.superuser)
            || self.reaches(role, of, 0)
    }

    fn reaches(&self, role: Oid, of: Oid, depth: usize) -> bool {
        const DEPTH_MAX: usize = 64;
        let Some(role) = self.role_by_oid(role) else { return false };
        depth < DEPTH_MAX
            && role
                .member_of
                .iter()
                .any(|m| m.inherit && (m.role == of || self.reaches(m.role, of, depth + 1)))
    }
}

/// The name of a range type's multirange type, its OID and that of its array type.
fn multirange(own: &UserType) -> Option<(&str, Oid, Oid)> {
    let TypeDefinition::Range(range) = &own.definition else { return None };
    let many = types::range::multirange_of_range(own.oid)?;
    Some((&range.multirange, many, types::array_of(many)?))
}
