//! Objects to names.

use catalog::facts::{Function, Operator, facts};
use catalog::{Access, PG_CATALOG};
use types::{Oid, quote_identifier};

/// Whether a name is qualified by its schema.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    /// Where the search path does not find it.
    WhereNeeded,
    /// Always.
    Qualified,
}

/// A role's name.
pub(crate) fn role_name(access: &Access, role: Oid) -> Option<String> {
    access.catalog.role_by_oid(role).map(|role| role.name.clone())
}

/// A schema's name.
pub(crate) fn schema_name(access: &Access, schema: Oid) -> Option<String> {
    if let Some(found) = access.catalog.schema_by_oid(schema) {
        return Some(found.name.clone());
    }
    let rows = catalog::facts::raw_rows_of(catalog::facts::RawTable::Namespace, schema);
    rows.first().map(|fields| fields.text(1).to_owned())
}

/// The schema and name of a relation of any kind.
pub(crate) fn relation_place(access: &Access, relation: Oid) -> Option<(Oid, String)> {
    if let Some(object) = access.catalog.object(relation) {
        return object.schema().map(|schema| (schema, object.name().to_owned()));
    }
    facts().relations.get(&relation).map(|fact| (fact.namespace, fact.name.to_owned()))
}

/// Whether the search path finds the relation by its name alone; `None` where there is no such relation.
pub(crate) fn is_visible_relation(access: &Access, relation: Oid) -> Option<bool> {
    let (_, name) = relation_place(access, relation)?;
    let first = access.search_path.iter().find_map(|schema| {
        let own = access.catalog.relation(*schema, &name).map(|object| object.oid());
        own.or_else(|| facts().relation_named(*schema, &name).map(|fact| fact.oid))
    });
    Some(first == Some(relation))
}

fn qualified(access: &Access, schema: Oid, name: &str) -> String {
    let schema = schema_name(access, schema).unwrap_or_else(|| schema.to_string());
    format!("{}.{}", quote_identifier(&schema), quote_identifier(name))
}

/// A relation's name.
pub(crate) fn relation_name(access: &Access, relation: Oid, shown: Shown) -> Option<String> {
    let (schema, name) = relation_place(access, relation)?;
    if shown == Shown::WhereNeeded && is_visible_relation(access, relation) == Some(true) {
        return Some(quote_identifier(&name));
    }
    Some(qualified(access, schema, &name))
}

/// The type of the elements where it is an array of rows, and the relation whose rows they are.
fn row_type(access: &Access, type_id: Oid) -> Option<(Oid, bool)> {
    use catalog::object::Object;
    let object = access.catalog.relation_of_row_type(type_id)?;
    match object {
        Object::Table(_) | Object::View(_) | Object::Type(_) => {}
        Object::Role(_)
        | Object::Database(_)
        | Object::Schema(_)
        | Object::Index(_)
        | Object::Function(_)
        | Object::Sequence(_) => return None,
    }
    Some((object.oid(), types::element_of(type_id).is_some()))
}

/// Something where the type exists.
pub(super) fn known_type(access: &Access, type_id: Oid) -> Option<()> {
    let own = types::element_of(type_id).unwrap_or(type_id);
    let known = types::builtin_type(type_id).is_some() || row_type(access, own).is_some();
    known.then_some(())
}

/// The SQL name of a type.
pub(crate) fn format_type(access: &Access, type_id: Oid, typmod: Option<i32>) -> String {
    match row_type(access, type_id) {
        None => types::format_type(type_id, typmod),
        Some((relation, is_array)) => {
            let name = match access.catalog.user_type(relation) {
                Some(own) => Some(user_type_name(access, own, type_id)),
                None => relation_name(access, relation, Shown::WhereNeeded),
            };
            format!("{}{}", name.unwrap_or_else(|| "???".into()), if is_array { "[]" } else { "" })
        }
    }
}

/// The name of a type that a user made, with its schema where the search path does not find it.
fn user_type_name(access: &Access, own: &catalog::object::UserType, type_id: Oid) -> String {
    let element = types::element_of(type_id).unwrap_or(type_id);
    let (oid, name) = match &own.definition {
        catalog::object::TypeDefinition::Range(range) if types::is_own_multirange(element) => {
            (element, &range.multirange)
        }
        catalog::object::TypeDefinition::Range(_)
        | catalog::object::TypeDefinition::Enum(_)
        | catalog::object::TypeDefinition::Domain(_)
        | catalog::object::TypeDefinition::Composite { .. } => (own.oid, &own.name),
    };
    let path = &access.search_path;
    let first = path.iter().find_map(|schema| access.catalog.type_oid_named(*schema, name));
    if first == Some(oid) {
        return quote_identifier(name);
    }
    qualified(access, own.schema, name)
}

/// Whether the search path finds the type by its name alone.
pub(crate) fn is_visible_type(access: &Access, type_id: Oid) -> Option<bool> {
    if types::builtin_type(type_id).is_some() {
        return Some(access.search_path.contains(&PG_CATALOG));
    }
    let relation = row_type(access, type_id)?.0;
    if let Some(own) = access.catalog.user_type(relation) {
        let shown = user_type_name(access, own, type_id);
        return Some(shown == quote_identifier(&own.name));
    }
    is_visible_relation(access, relation)
}

fn function(function: Oid) -> Option<&'static Function> {
    facts().functions.get(&function)
}

/// Whether the search path finds the function by name and argument types.
pub(crate) fn is_visible_function(access: &Access, oid: Oid) -> Option<bool> {
    if let Some(own) = access.catalog.function(oid) {
        return Some(is_visible_user_function(access, own));
    }
    function(oid).map(|function| access.search_path.contains(&function.namespace))
}

/// Whether the search path finds the operator by name and operand types.
pub(crate) fn is_visible_operator(access: &Access, oid: Oid) -> Option<bool> {
    facts().operators.get(&oid).map(|operator| access.search_path.contains(&operator.namespace))
}

/// Whether no function of the same arguments comes before it in the search path.
fn is_visible_user_function(access: &Access, own: &catalog::object::Function) -> bool {
    let path = &access.search_path;
    let Some(place) = path.iter().position(|schema| *schema == own.schema) else { return false };
    let before = &path[..place];
    !access
        .catalog
        .functions_named(&own.name)
        .any(|other| before.contains(&other.schema) && other.arguments == own.arguments)
        && !facts()
            .functions_named(&own.name)
            .any(|other| before.contains(&other.namespace) && other.arguments == own.arguments)
}

/// The name of a function that a user made, qualified where the search path does not find it.
pub(crate) fn user_function_name(access: &Access, own: &catalog::object::Function) -> String {
    if is_visible_user_function(access, own) {
        quote_identifier(&own.name)
    } else {
        qualified(access, own.schema, &own.name)
    }
}

/// A function's name, qualified unless it is the only one of that name.
pub(super) fn function_alone(access: &Access, oid: Oid) -> Option<String> {
    if let Some(own) = access.catalog.function(oid) {
        let path = &access.search_path;
        let others = access.catalog.functions_named(&own.name);
        let count = others.filter(|other| path.contains(&other.schema)).count()
            + facts().functions_named(&own.name).count();
        let alone = count == 1 && path.contains(&own.schema);
        return Some(if alone {
            quote_identifier(&own.name)
        } else {
            qualified(access, own.schema, &own.name)
        });
    }
    let found = function(oid)?;
    let path = &access.search_path;
    let mut same =
        facts().functions_named(found.name).filter(|other| path.contains(&other.namespace));
    let alone = same.next().is_some_and(|first| first.oid == oid) && same.next().is_none();
    Some(if alone {
        quote_identifier(found.name)
    } else {
        qualified(access, found.namespace, found.name)
    })
}

/// `name(integer,text)`.
pub(crate) fn function_signature(access: &Access, oid: Oid) -> Option<String> {
    if let Some(own) = access.catalog.function(oid) {
        let types: Vec<String> =
            own.arguments.iter().map(|type_id| format_type(access, *type_id, None)).collect();
        return Some(format!("{}({})", user_function_name(access, own), types.join(",")));
    }
    let found = function(oid)?;
    let name = if is_visible_function(access, oid) == Some(true) {
        quote_identifier(found.name)
    } else {
        qualified(access, found.namespace, found.name)
    };
    let types: Vec<String> =
        found.arguments.iter().map(|type_id| format_type(access, *type_id, None)).collect();
    Some(format!("{name}({})", types.join(",")))
}

fn operator_schema(access: &Access, operator: &Operator) -> String {
    let schema = schema_name(access, operator.namespace);
    quote_identifier(&schema.unwrap_or_else(|| operator.namespace.to_string()))
}

/// An operator's name, qualified unless it is the only one of that name.
pub(super) fn operator_alone(access: &Access, oid: Oid) -> Option<String> {
    let found = facts().operators.get(&oid)?;
    let path = &access.search_path;
    let same = facts().operators_named(found.name).filter(|o| path.contains(&o.namespace)).count();
    Some(if same == 1 {
        found.name.to_owned()
    } else {
        format!("{}.{}", operator_schema(access, found), found.name)
    })
}

/// `+(integer,integer)`.
pub(super) fn operator_signature(access: &Access, oid: Oid) -> Option<String> {
    let found = facts().operators.get(&oid)?;
    let operand = |type_id: Oid| {
        if type_id.is_valid() { format_type(access, type_id, None) } else { "NONE".to_owned() }
    };
    let prefix = if is_visible_operator(access, oid) == Some(true) {
        String::new()
    } else {
        format!("{}.", operator_schema(access, found))
    };
    Some(format!("{prefix}{}({},{})", found.name, operand(found.left), operand(found.right)))
}

/// A collation's name.
pub(super) fn collation(oid: Oid) -> Option<String> {
    let found = facts().collations.iter().find(|collation| collation.oid == oid)?;
    Some(quote_identifier(found.name))
}
