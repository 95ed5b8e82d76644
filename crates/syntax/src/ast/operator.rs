//! Operator classes and families, operators' options, conversions, languages, transforms, access methods.

use super::{
    DefinitionOption, FunctionSignature, Name, ObjectKind, ObjectName, ObjectReference,
    OperatorName, TypeName,
};

/// `CREATE ACCESS METHOD name TYPE INDEX | TABLE HANDLER handler`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateAccessMethod {
    pub name: Name,
    /// `true` for TABLE.
    pub is_table: bool,
    pub handler: ObjectName,
}

/// `CREATE [DEFAULT] CONVERSION name FOR 'from' TO 'to' FROM function`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateConversion {
    pub name: ObjectName,
    pub default: bool,
    pub from_encoding: Box<str>,
    pub to_encoding: Box<str>,
    pub function: ObjectName,
}

/// `CREATE [OR REPLACE] [TRUSTED] [PROCEDURAL] LANGUAGE name [HANDLER f [INLINE f] [VALIDATOR f]]`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateLanguage {
    pub name: Name,
    pub or_replace: bool,
    pub trusted: bool,
    /// None for the old form, which stands for CREATE EXTENSION.
    pub handler: Option<ObjectName>,
    pub inline: Option<ObjectName>,
    pub validator: Option<ObjectName>,
}

/// `CREATE [OR REPLACE] TRANSFORM FOR type LANGUAGE name (FROM SQL WITH FUNCTION f, TO SQL WITH FUNCTION f)`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateTransform {
    pub or_replace: bool,
    pub type_name: TypeName,
    pub language: Name,
    pub from_sql: Option<FunctionSignature>,
    pub to_sql: Option<FunctionSignature>,
}

/// What an operator of a class is for.
#[derive(Debug, Clone, PartialEq)]
pub enum OperatorPurpose {
    /// Nothing or FOR SEARCH was written.
    Search,
    /// FOR ORDER BY, with the family that sorts.
    OrderBy(ObjectName),
}

/// An operator or function of a class or family.
#[derive(Debug, Clone, PartialEq)]
pub enum OperatorClassItem {
    Operator {
        number: i32,
        name: OperatorName,
        /// Both operands' types, where written; none is NONE.
        types: Option<(Option<TypeName>, Option<TypeName>)>,
        purpose: OperatorPurpose,
    },
    Function {
        number: i32,
        types: Vec<TypeName>,
        function: FunctionSignature,
    },
    Storage(TypeName),
}

/// `CREATE OPERATOR CLASS name [DEFAULT] FOR TYPE type USING method [FAMILY family] AS items`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateOperatorClass {
    pub name: ObjectName,
    pub default: bool,
    pub type_name: TypeName,
    pub method: Name,
    pub family: Option<ObjectName>,
    pub items: Vec<OperatorClassItem>,
}

/// `CREATE OPERATOR FAMILY name USING method`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateOperatorFamily {
    pub name: ObjectName,
    pub method: Name,
}

/// `ALTER OPERATOR FAMILY name USING method ADD | DROP items`.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterOperatorFamily {
    pub name: ObjectName,
    pub method: Name,
    pub change: OperatorFamilyChange,
}

/// One change of an operator family.
#[derive(Debug, Clone, PartialEq)]
pub enum OperatorFamilyChange {
    Add(Vec<OperatorClassItem>),
    Drop(Vec<DroppedClassItem>),
}

/// `OPERATOR | FUNCTION number (types)`.
#[derive(Debug, Clone, PartialEq)]
pub struct DroppedClassItem {
    /// `false` for an operator.
    pub is_function: bool,
    pub number: i32,
    pub types: Vec<TypeName>,
}

/// `ALTER OPERATOR name (left, right) SET (...)` and `ALTER TYPE name SET (...)`.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterDefinition {
    /// Operator, Type or TextSearchDictionary.
    pub kind: ObjectKind,
    pub object: ObjectReference,
    pub options: Vec<DefinitionOption>,
}

/// `ALTER kind object [NO] DEPENDS ON EXTENSION extension`.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterObjectDepends {
    pub kind: ObjectKind,
    pub object: ObjectReference,
    pub extension: Name,
    /// NO was written.
    pub remove: bool,
}
