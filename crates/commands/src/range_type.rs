//! CREATE TYPE ... AS RANGE.

use crate::work::Work;
use analyze::Analyzer;
use catalog::facts;
use catalog::object::RangeType;
use error::{Error, Result, SqlState};
use syntax::ast::{DefinitionOption, OptionValue};
use types::Oid;

/// What the options of CREATE TYPE ... AS RANGE say. 42601, 42P17, 42704; 0A000 for functions of users.
pub(crate) fn definition(
    work: &mut dyn Work,
    schema: Oid,
    name: &str,
    options: &[DefinitionOption],
    sql: &str,
) -> Result<RangeType> {
    let (mut subtype, mut class, mut collation) = (None, None, None);
    let (mut multirange, mut difference) = (None, Oid::INVALID);
    for option in options {
        let text = || option_name(option);
        match &*option.name {
            "subtype" => {
                if subtype.is_some() {
                    let position = syntax::position(sql, option.location);
                    return Err(Error::new(
                        SqlState::SYNTAX_ERROR,
                        "conflicting or redundant options",
                    )
                    .at(position));
                }
                subtype = Some(option_type(work, option, sql)?);
            }
            "subtype_opclass" => class = Some(text()?),
            "collation" => collation = Some(text()?),
            "multirange_type_name" => multirange = Some(text()?),
            "subtype_diff" => {
                let function = facts().functions_named(&text()?).next().map(|f| f.oid);
                difference = function
                    .ok_or_else(|| Error::unsupported("a function of a user as subtype_diff"))?;
            }
            "canonical" => return Err(Error::unsupported("a canonical function of a range type")),
            other => {
                let text = format!("type attribute \"{other}\" not recognized");
                return Err(Error::new(SqlState::SYNTAX_ERROR, text));
            }
        }
    }
    let subtype = subtype.ok_or_else(|| {
        Error::new(SqlState::SYNTAX_ERROR, "type attribute \"subtype\" is required")
    })?;
    let shown = work.resolver().text_context().names.type_name(subtype);
    let shown = shown.unwrap_or_else(|| types::format_type(subtype, None));
    if types::builtin_type(subtype).is_some_and(|row| row.kind == 'p') {
        let text = format!("range subtype cannot be {shown}");
        return Err(Error::new(SqlState::DATATYPE_MISMATCH, text));
    }
    let operator_class = operator_class(subtype, class.as_deref(), &shown)?;
    let own = expression::default_collation(subtype);
    let collation = match collation {
        None => own,
        Some(_) if !own.is_valid() => {
            let text =
                "range collation specified but subtype does not support collation".to_owned();
            return Err(Error::new(SqlState::WRONG_OBJECT_TYPE, text));
        }
        Some(name) => facts().collation_named(&name).map(|found| found.oid).ok_or_else(|| {
            let text = format!("collation \"{name}\" for encoding \"UTF8\" does not exist");
            Error::new(SqlState::UNDEFINED_OBJECT, text)
        })?,
    };
    let multirange = match multirange {
        Some(given) => given,
        None => multirange_name(name),
    };
    if work.catalog().type_oid_named(schema, &multirange).is_some()
        || work.catalog().relation(schema, &multirange).is_some()
    {
        let text = format!("type \"{multirange}\" already exists");
        let detail = format!("Failed while creating a multirange type for type \"{name}\".");
        let hint = "You can manually specify a multirange type name using the \"multirange_type_name\" attribute.";
        return Err(Error::new(SqlState::DUPLICATE_OBJECT, text).detail(detail).hint(hint));
    }
    Ok(RangeType { subtype, operator_class, collation, multirange, difference })
}

/// `range` in the name becomes `multirange`; else `_multirange` follows it.
fn multirange_name(name: &str) -> String {
    const NAME_MAX: usize = 63;
    let mut made = match name.find("range") {
        Some(place) => format!("{}multi{}", &name[..place], &name[place..]),
        None => {
            let mut end = name.len().min(NAME_MAX - "_multirange".len());
            while !name.is_char_boundary(end) {
                end -= 1;
            }
            format!("{}_multirange", &name[..end])
        }
    };
    let mut end = made.len().min(NAME_MAX);
    while !made.is_char_boundary(end) {
        end -= 1;
    }
    made.truncate(end);
    made
}

fn operator_class(subtype: Oid, name: Option<&str>, shown: &str) -> Result<Oid> {
    if let Some(name) = name {
        let found = facts().operator_classes.values().find(|class| class.name == name);
        return found.map(|class| class.oid).ok_or_else(|| {
            let text =
                format!("operator class \"{name}\" does not exist for access method \"btree\"");
            Error::new(SqlState::UNDEFINED_OBJECT, text)
        });
    }
    let like = match types::lies_as(subtype) {
        own if types::element_of(own).is_some() => types::type_oid::ANYARRAY,
        own if types::range::is_range(own) => types::type_oid::ANYRANGE,
        own if types::builtin_type(own).is_none() => types::type_oid::RECORD,
        own => own,
    };
    let class = facts().default_operator_class(like).map(|class| class.oid);
    class.ok_or_else(|| {
        let text =
            format!("data type {shown} has no default operator class for access method \"btree\"");
        Error::new(SqlState::UNDEFINED_OBJECT, text)
            .hint("You must specify an operator class for the range type or define a default operator class for the subtype.")
    })
}

/// The last part of the name that an option gives.
fn option_name(option: &DefinitionOption) -> Result<String> {
    match &option.value {
        Some(OptionValue::TypeName(name)) => {
            Ok(name.names.last().map(|name| name.to_string()).unwrap_or_default())
        }
        Some(OptionValue::String(text)) => Ok(text.to_string()),
        Some(
            OptionValue::Integer(_)
            | OptionValue::Float(_)
            | OptionValue::Operator(_)
            | OptionValue::Boolean(_)
            | OptionValue::Star
            | OptionValue::None
            | OptionValue::List(_),
        )
        | None => {
            let text = format!("{} requires a parameter", option.name);
            Err(Error::new(SqlState::SYNTAX_ERROR, text))
        }
    }
}

/// The type that an option names.
fn option_type(work: &mut dyn Work, option: &DefinitionOption, sql: &str) -> Result<Oid> {
    let Some(OptionValue::TypeName(name)) = &option.value else {
        let text = format!("argument of {} must be a type name", option.name);
        return Err(Error::new(SqlState::SYNTAX_ERROR, text));
    };
    Ok(Analyzer::new(sql, work.resolver()).type_name(name)?.0)
}
