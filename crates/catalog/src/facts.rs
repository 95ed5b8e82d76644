//! Built-in objects: what a reference PostgreSQL 18 says of its functions, operators, casts and the rest.
//!
//! The tables are `data/*.tsv`, made by `scripts/catalog_facts.py`, as COPY writes them. They are read once, on first use.

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use std::sync::{LazyLock, OnceLock};
use types::Oid;

mod parse;

pub use parse::Fields;
use parse::rows;

/// What kind of function pg_proc lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FunctionKind {
    /// A plain function.
    Plain,
    /// An aggregate.
    Aggregate,
    /// A window function.
    Window,
    /// A procedure.
    Procedure,
}

/// How a function's results depend on the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Volatility {
    /// On its arguments alone.
    Immutable,
    /// On the database too, the same within a statement.
    Stable,
    /// On anything.
    Volatile,
}

/// A row of pg_proc.
#[derive(Debug)]
#[expect(missing_docs, reason = "the fields are pg_proc's columns")]
pub struct Function {
    pub oid: Oid,
    pub name: &'static str,
    pub namespace: Oid,
    pub language: Oid,
    pub cost: &'static str,
    pub rows: &'static str,
    pub variadic: Oid,
    pub support: Oid,
    pub kind: FunctionKind,
    pub security_definer: bool,
    pub leakproof: bool,
    pub strict: bool,
    pub returns_set: bool,
    pub volatility: Volatility,
    pub parallel: &'static str,
    pub result: Oid,
    /// The types of the input arguments.
    pub arguments: Vec<Oid>,
    /// The types of all arguments where some are OUT.
    pub all_arguments: Option<Vec<Oid>>,
    /// Per argument `i`, `o`, `b`, `v` or `t`.
    pub modes: Option<Vec<&'static str>>,
    pub names: Option<Vec<&'static str>>,
    /// The defaults of the last arguments, as SQL text.
    pub defaults: Vec<String>,
    pub source: &'static str,
    pub acl: Option<&'static str>,
}

/// A row of pg_operator.
#[derive(Debug)]
#[expect(missing_docs, reason = "the fields are pg_operator's columns")]
pub struct Operator {
    pub oid: Oid,
    pub name: &'static str,
    pub namespace: Oid,
    pub can_merge: bool,
    pub can_hash: bool,
    /// Invalid for a prefix operator.
    pub left: Oid,
    pub right: Oid,
    pub result: Oid,
    pub commutator: Oid,
    pub negator: Oid,
    pub function: Oid,
    pub restrict: Oid,
    pub join: Oid,
}

/// When a cast applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CastContext {
    /// In any expression.
    Implicit,
    /// When a value goes into a column too.
    Assignment,
    /// When it is written.
    Explicit,
}

/// How a cast is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CastMethod {
    /// By a function.
    Function(Oid),
    /// The values are the same.
    Binary,
    /// Through the text form.
    InOut,
}

/// A row of pg_cast.
#[derive(Debug)]
#[expect(missing_docs, reason = "the fields are pg_cast's columns")]
pub struct Cast {
    pub oid: Oid,
    pub source: Oid,
    pub target: Oid,
    pub context: CastContext,
    pub method: CastMethod,
}

/// A row of pg_aggregate.
#[derive(Debug)]
#[expect(missing_docs, reason = "the fields are pg_aggregate's columns")]
pub struct AggregateFact {
    pub function: Oid,
    /// `n`, `o` or `h`.
    pub kind: &'static str,
    pub direct_arguments: usize,
    pub transition: &'static str,
    pub finish: &'static str,
    pub sort_operator: Oid,
    pub transition_type: Oid,
    pub initial: Option<&'static str>,
}

/// A row of pg_opclass.
#[derive(Debug)]
#[expect(missing_docs, reason = "the fields are pg_opclass's columns")]
pub struct OperatorClass {
    pub oid: Oid,
    pub method: Oid,
    pub name: &'static str,
    pub namespace: Oid,
    pub family: Oid,
    pub input_type: Oid,
    pub default: bool,
    pub key_type: Oid,
}

/// A row of pg_amop for an index search.
#[derive(Debug)]
#[expect(missing_docs, reason = "the fields are pg_amop's columns")]
pub struct FamilyOperator {
    pub oid: Oid,
    pub family: Oid,
    pub left: Oid,
    pub right: Oid,
    pub strategy: u16,
    pub operator: Oid,
    pub method: Oid,
}

/// A row of pg_collation.
#[derive(Debug)]
#[expect(missing_docs, reason = "the fields are pg_collation's columns")]
pub struct Collation {
    pub oid: Oid,
    pub name: &'static str,
    pub namespace: Oid,
}

/// A system relation: a row of pg_class with its columns.
#[derive(Debug)]
#[expect(missing_docs, reason = "the fields are pg_class's columns")]
pub struct SystemRelation {
    pub oid: Oid,
    pub name: &'static str,
    pub namespace: Oid,
    pub row_type: Oid,
    pub kind: &'static str,
    pub shared: bool,
    pub columns: Vec<SystemColumn>,
    /// All of the row as COPY wrote it.
    pub fields: Fields,
}

/// A column of a system relation.
#[derive(Debug)]
#[expect(missing_docs, reason = "the fields are pg_attribute's columns")]
pub struct SystemColumn {
    pub name: &'static str,
    pub type_id: Oid,
    pub typmod: i32,
    pub not_null: bool,
    pub collation: Oid,
}

/// All built-in objects and the ways to find them.
pub struct Facts {
    /// pg_proc by OID.
    pub functions: HashMap<Oid, Function>,
    functions_by_name: HashMap<&'static str, Vec<Oid>>,
    functions_by_source: HashMap<&'static str, Oid>,
    /// pg_operator by OID.
    pub operators: HashMap<Oid, Operator>,
    operators_by_name: HashMap<&'static str, Vec<Oid>>,
    casts: HashMap<(Oid, Oid), Cast>,
    /// pg_aggregate by function.
    pub aggregates: HashMap<Oid, AggregateFact>,
    /// pg_opclass by OID.
    pub operator_classes: HashMap<Oid, OperatorClass>,
    /// pg_amop.
    pub family_operators: Vec<FamilyOperator>,
    family_of_operator: HashMap<Oid, Vec<usize>>,
    /// pg_collation.
    pub collations: Vec<Collation>,
    /// System relations by OID.
    pub relations: HashMap<Oid, SystemRelation>,
    relations_by_name: HashMap<(Oid, &'static str), Oid>,
}

/// The built-in objects.
pub fn facts() -> &'static Facts {
    static FACTS: LazyLock<Facts> = LazyLock::new(read);
    &FACTS
}

/// The rows of a data file, as COPY wrote them, for relations that show them as they are.
pub fn raw_rows(table: RawTable) -> Vec<Fields> {
    rows(table.text()).collect()
}

/// The rows of a data file whose first field is this OID.
pub fn raw_rows_of(table: RawTable, oid: Oid) -> Vec<Fields> {
    type Lines = HashMap<Oid, Vec<&'static str>>;
    static INDEXES: [OnceLock<Lines>; TABLE_COUNT] = [const { OnceLock::new() }; TABLE_COUNT];
    let index = INDEXES[table as usize].get_or_init(|| {
        let mut lines = Lines::new();
        for line in table.text().lines() {
            let first = line.split('\t').next().and_then(|word| word.parse().ok());
            lines.entry(Oid(first.unwrap_or(0))).or_default().push(line);
        }
        lines
    });
    index.get(&oid).into_iter().flatten().flat_map(|line| rows(line)).collect()
}

/// How many data files there are.
const TABLE_COUNT: usize = RawTable::SharedDescription as usize + 1;

/// Data files that pg_catalog relations show as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the catalogs'")]
pub enum RawTable {
    Aggregate,
    AccessMethod,
    AccessMethodOperator,
    AccessMethodProcedure,
    Attribute,
    Cast,
    Class,
    Collation,
    Conversion,
    Description,
    Index,
    Language,
    Namespace,
    Operator,
    OperatorClass,
    OperatorFamily,
    Procedure,
    Range,
    Roles,
    SharedDescription,
}

impl RawTable {
    fn text(self) -> &'static str {
        match self {
            Self::Aggregate => include_str!("../data/pg_aggregate.tsv"),
            Self::AccessMethod => include_str!("../data/pg_am.tsv"),
            Self::AccessMethodOperator => include_str!("../data/pg_amop.tsv"),
            Self::AccessMethodProcedure => include_str!("../data/pg_amproc.tsv"),
            Self::Attribute => include_str!("../data/pg_attribute.tsv"),
            Self::Cast => include_str!("../data/pg_cast.tsv"),
            Self::Class => include_str!("../data/pg_class.tsv"),
            Self::Collation => include_str!("../data/pg_collation.tsv"),
            Self::Conversion => include_str!("../data/pg_conversion.tsv"),
            Self::Description => include_str!("../data/pg_description.tsv"),
            Self::Index => include_str!("../data/pg_index.tsv"),
            Self::Language => include_str!("../data/pg_language.tsv"),
            Self::Namespace => include_str!("../data/pg_namespace.tsv"),
            Self::Operator => include_str!("../data/pg_operator.tsv"),
            Self::OperatorClass => include_str!("../data/pg_opclass.tsv"),
            Self::OperatorFamily => include_str!("../data/pg_opfamily.tsv"),
            Self::Procedure => include_str!("../data/pg_proc.tsv"),
            Self::Range => include_str!("../data/pg_range.tsv"),
            Self::Roles => include_str!("../data/pg_roles.tsv"),
            Self::SharedDescription => include_str!("../data/pg_shdescription.tsv"),
        }
    }
}

impl Facts {
    /// The functions of a name, in any schema.
    pub fn functions_named(&self, name: &str) -> impl Iterator<Item = &Function> {
        self.functions_by_name.get(name).into_iter().flatten().map(|oid| &self.functions[oid])
    }

    /// The function with this prosrc, the one with the lowest OID if there are several.
    pub fn function_by_source(&self, source: &str) -> Option<&Function> {
        self.functions_by_source.get(source).map(|oid| &self.functions[oid])
    }

    /// The operators of a name.
    pub fn operators_named(&self, name: &str) -> impl Iterator<Item = &Operator> {
        self.operators_by_name.get(name).into_iter().flatten().map(|oid| &self.operators[oid])
    }

    /// The cast from a type to another.
    pub fn cast(&self, source: Oid, target: Oid) -> Option<&Cast> {
        self.casts.get(&(source, target))
    }

    /// All casts.
    pub fn casts(&self) -> impl Iterator<Item = &Cast> {
        self.casts.values()
    }

    /// The default B+tree operator class of a type: its own, or that of what it is binary-compatible with.
    pub fn default_operator_class(&self, type_id: Oid) -> Option<&OperatorClass> {
        let exact = |type_id| {
            self.operator_classes
                .values()
                .find(|class| class.method == BTREE && class.default && class.input_type == type_id)
        };
        exact(type_id).or_else(|| {
            use types::type_oid::{ANYARRAY, TEXT, VARCHAR};
            match type_id {
                VARCHAR => exact(TEXT),
                _ if types::element_of(type_id).is_some() => exact(ANYARRAY),
                _ => None,
            }
        })
    }

    /// Where an operator stands in B+tree operator families.
    pub fn btree_strategies(&self, operator: Oid) -> impl Iterator<Item = &FamilyOperator> {
        let places = self.family_of_operator.get(&operator).into_iter().flatten();
        places.map(|&index| &self.family_operators[index]).filter(|row| row.method == BTREE)
    }

    /// The operator of a B+tree family with this strategy (1 `<` to 5 `>`) and these operands.
    pub fn btree_operator(
        &self,
        family: Oid,
        left: Oid,
        right: Oid,
        strategy: u16,
    ) -> Option<&Operator> {
        self.family_operators
            .iter()
            .find(|row| {
                row.family == family
                    && row.left == left
                    && row.right == right
                    && row.strategy == strategy
            })
            .and_then(|row| self.operators.get(&row.operator))
    }

    /// A system relation by schema and name.
    pub fn relation_named(&self, schema: Oid, name: &str) -> Option<&SystemRelation> {
        // Keys hold static text, so the look-up goes by a borrowed pair of the same shape.
        self.relations_by_name.get(&NameKey(schema, name)).map(|oid| &self.relations[oid])
    }

    /// The system relation of a row type, found by going through them.
    pub fn relation_of_row_type(&self, type_id: Oid) -> Option<&SystemRelation> {
        self.relations.values().find(|relation| relation.row_type == type_id)
    }

    /// The collation of a name in pg_catalog.
    pub fn collation_named(&self, name: &str) -> Option<&Collation> {
        self.collations.iter().find(|collation| collation.name == name)
    }
}

/// pg_am's OID of B+trees.
pub const BTREE: Oid = Oid(403);

#[derive(Hash, PartialEq, Eq)]
struct NameKey<'a>(Oid, &'a str);

impl hashbrown::Equivalent<(Oid, &'static str)> for NameKey<'_> {
    fn equivalent(&self, key: &(Oid, &'static str)) -> bool {
        self.0 == key.0 && self.1 == key.1
    }
}

fn read() -> Facts {
    let functions: HashMap<Oid, Function> =
        rows(RawTable::Procedure.text()).map(|row| function(&row)).map(|f| (f.oid, f)).collect();
    let mut functions_by_name: HashMap<&'static str, Vec<Oid>> = HashMap::new();
    let mut functions_by_source: HashMap<&'static str, Oid> = HashMap::new();
    let mut oids: Vec<Oid> = functions.keys().copied().collect();
    oids.sort_unstable();
    for oid in oids {
        let function = &functions[&oid];
        functions_by_name.entry(function.name).or_default().push(oid);
        functions_by_source.entry(function.source).or_insert(oid);
    }
    let operators: HashMap<Oid, Operator> =
        rows(RawTable::Operator.text()).map(|row| operator(&row)).map(|o| (o.oid, o)).collect();
    let mut operators_by_name: HashMap<&'static str, Vec<Oid>> = HashMap::new();
    for operator in operators.values() {
        operators_by_name.entry(operator.name).or_default().push(operator.oid);
    }
    for list in operators_by_name.values_mut() {
        list.sort_unstable();
    }
    let family_operators: Vec<FamilyOperator> =
        rows(RawTable::AccessMethodOperator.text()).map(|row| family_operator(&row)).collect();
    let mut family_of_operator: HashMap<Oid, Vec<usize>> = HashMap::new();
    for (index, row) in family_operators.iter().enumerate() {
        family_of_operator.entry(row.operator).or_default().push(index);
    }
    let relations = relations();
    Facts {
        relations_by_name: relations.values().map(|r| ((r.namespace, r.name), r.oid)).collect(),
        relations,
        functions,
        functions_by_name,
        functions_by_source,
        operators,
        operators_by_name,
        casts: rows(RawTable::Cast.text())
            .map(|row| cast(&row))
            .map(|c| ((c.source, c.target), c))
            .collect(),
        aggregates: rows(RawTable::Aggregate.text())
            .map(|row| aggregate(&row))
            .map(|a| (a.function, a))
            .collect(),
        operator_classes: rows(RawTable::OperatorClass.text())
            .map(|row| operator_class(&row))
            .map(|c| (c.oid, c))
            .collect(),
        family_operators,
        family_of_operator,
        collations: rows(RawTable::Collation.text())
            .map(|row| Collation { oid: row.oid(0), name: row.text(1), namespace: row.oid(2) })
            .collect(),
    }
}

fn function(row: &Fields) -> Function {
    Function {
        oid: row.oid(0),
        name: row.text(1),
        namespace: row.oid(2),
        language: row.oid(4),
        cost: row.text(5),
        rows: row.text(6),
        variadic: row.oid(7),
        support: row.oid(8),
        kind: match row.text(9) {
            "a" => FunctionKind::Aggregate,
            "w" => FunctionKind::Window,
            "p" => FunctionKind::Procedure,
            _ => FunctionKind::Plain,
        },
        security_definer: row.bool(10),
        leakproof: row.bool(11),
        strict: row.bool(12),
        returns_set: row.bool(13),
        volatility: match row.text(14) {
            "i" => Volatility::Immutable,
            "s" => Volatility::Stable,
            _ => Volatility::Volatile,
        },
        parallel: row.text(15),
        result: row.oid(18),
        arguments: row.oids(19),
        all_arguments: row.optional(20).map(parse::oid_array),
        modes: row.optional(21).map(parse::text_array),
        names: row.optional(22).map(parse::text_array),
        defaults: row.optional(23).map(parse::expressions).unwrap_or_default(),
        source: row.text(24),
        acl: row.optional(26),
    }
}

fn operator(row: &Fields) -> Operator {
    Operator {
        oid: row.oid(0),
        name: row.text(1),
        namespace: row.oid(2),
        can_merge: row.bool(5),
        can_hash: row.bool(6),
        left: row.oid(7),
        right: row.oid(8),
        result: row.oid(9),
        commutator: row.oid(10),
        negator: row.oid(11),
        function: row.oid(12),
        restrict: row.oid(13),
        join: row.oid(14),
    }
}

fn cast(row: &Fields) -> Cast {
    Cast {
        oid: row.oid(0),
        source: row.oid(1),
        target: row.oid(2),
        context: match row.text(4) {
            "i" => CastContext::Implicit,
            "a" => CastContext::Assignment,
            _ => CastContext::Explicit,
        },
        method: match row.text(5) {
            "b" => CastMethod::Binary,
            "i" => CastMethod::InOut,
            _ => CastMethod::Function(row.oid(3)),
        },
    }
}

fn aggregate(row: &Fields) -> AggregateFact {
    AggregateFact {
        function: row.oid(0),
        kind: row.text(1),
        direct_arguments: row.text(2).parse().unwrap_or(0),
        transition: row.text(3),
        finish: row.text(4),
        sort_operator: row.oid(5),
        transition_type: row.oid(6),
        initial: row.optional(7),
    }
}

fn operator_class(row: &Fields) -> OperatorClass {
    OperatorClass {
        oid: row.oid(0),
        method: row.oid(1),
        name: row.text(2),
        namespace: row.oid(3),
        family: row.oid(5),
        input_type: row.oid(6),
        default: row.bool(7),
        key_type: row.oid(8),
    }
}

fn family_operator(row: &Fields) -> FamilyOperator {
    FamilyOperator {
        oid: row.oid(0),
        family: row.oid(1),
        left: row.oid(2),
        right: row.oid(3),
        strategy: row.text(4).parse().unwrap_or(0),
        operator: row.oid(6),
        method: row.oid(7),
    }
}

fn relations() -> HashMap<Oid, SystemRelation> {
    let mut columns: HashMap<Oid, Vec<SystemColumn>> = HashMap::new();
    for row in rows(RawTable::Attribute.text()) {
        columns.entry(row.oid(0)).or_default().push(SystemColumn {
            name: row.text(1),
            type_id: base_type(row.oid(2)),
            typmod: row.text(5).parse().unwrap_or(-1),
            not_null: row.bool(11),
            collation: row.oid(13),
        });
    }
    rows(RawTable::Class.text())
        .map(|row| SystemRelation {
            oid: row.oid(0),
            name: row.text(1),
            namespace: row.oid(2),
            row_type: row.oid(3),
            kind: row.text(10),
            shared: row.bool(8),
            columns: columns.remove(&row.oid(0)).unwrap_or_default(),
            fields: row,
        })
        .map(|relation| (relation.oid, relation))
        .collect()
}

/// The type under a domain of information_schema, whose values are the same; any other type as it is.
fn base_type(type_id: Oid) -> Oid {
    use types::type_oid::{INT4, NAME, TIMESTAMPTZ, VARCHAR};
    match type_id {
        Oid(12435) => INT4,
        Oid(12438 | 12448) => VARCHAR,
        Oid(12440) => NAME,
        Oid(12446) => TIMESTAMPTZ,
        _ => type_id,
    }
}
