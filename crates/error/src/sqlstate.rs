//! SQLSTATE codes: the facts of PostgreSQL 18's appendix "PostgreSQL Error Codes".

use std::fmt;

/// A five-character SQLSTATE code.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SqlState([u8; 5]);

impl SqlState {
    /// A code from its five ASCII characters.
    pub const fn new(code: &[u8; 5]) -> Self {
        Self(*code)
    }

    /// The five characters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XX000")
    }

    /// A code of its five characters, digits and upper-case letters; `None` for other text.
    pub fn parse(text: &str) -> Option<Self> {
        let code: [u8; 5] = text.as_bytes().try_into().ok()?;
        let valid = code.iter().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
        valid.then_some(Self(code))
    }

    /// The codes of a PL/pgSQL condition name; a few names have several.
    pub fn conditions_named(name: &str) -> impl Iterator<Item = Self> {
        CONDITIONS.iter().filter(move |(_, known)| *known == name).map(|(code, _)| *code)
    }

    /// Its PL/pgSQL condition name, if it has one.
    pub fn condition_name(self) -> Option<&'static str> {
        CONDITIONS.iter().find(|(code, _)| *code == self).map(|(_, name)| *name)
    }
}

impl fmt::Display for SqlState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for SqlState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One constant a code, named as PostgreSQL names it.
#[expect(missing_docs, reason = "the names are the documentation")]
impl SqlState {
    pub const SUCCESSFUL_COMPLETION: Self = Self(*b"00000");
    pub const WARNING: Self = Self(*b"01000");
    pub const WARNING_DYNAMIC_RESULT_SETS_RETURNED: Self = Self(*b"0100C");
    pub const WARNING_IMPLICIT_ZERO_BIT_PADDING: Self = Self(*b"01008");
    pub const WARNING_NULL_VALUE_ELIMINATED_IN_SET_FUNCTION: Self = Self(*b"01003");
    pub const WARNING_PRIVILEGE_NOT_GRANTED: Self = Self(*b"01007");
    pub const WARNING_PRIVILEGE_NOT_REVOKED: Self = Self(*b"01006");
    pub const WARNING_STRING_DATA_RIGHT_TRUNCATION: Self = Self(*b"01004");
    pub const WARNING_DEPRECATED_FEATURE: Self = Self(*b"01P01");
    pub const NO_DATA: Self = Self(*b"02000");
    pub const NO_ADDITIONAL_DYNAMIC_RESULT_SETS_RETURNED: Self = Self(*b"02001");
    pub const SQL_STATEMENT_NOT_YET_COMPLETE: Self = Self(*b"03000");
    pub const CONNECTION_EXCEPTION: Self = Self(*b"08000");
    pub const CONNECTION_DOES_NOT_EXIST: Self = Self(*b"08003");
    pub const CONNECTION_FAILURE: Self = Self(*b"08006");
    pub const SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION: Self = Self(*b"08001");
    pub const SQLSERVER_REJECTED_ESTABLISHMENT_OF_SQLCONNECTION: Self = Self(*b"08004");
    pub const TRANSACTION_RESOLUTION_UNKNOWN: Self = Self(*b"08007");
    pub const PROTOCOL_VIOLATION: Self = Self(*b"08P01");
    pub const TRIGGERED_ACTION_EXCEPTION: Self = Self(*b"09000");
    pub const FEATURE_NOT_SUPPORTED: Self = Self(*b"0A000");
    pub const INVALID_TRANSACTION_INITIATION: Self = Self(*b"0B000");
    pub const LOCATOR_EXCEPTION: Self = Self(*b"0F000");
    pub const L_E_INVALID_SPECIFICATION: Self = Self(*b"0F001");
    pub const INVALID_GRANTOR: Self = Self(*b"0L000");
    pub const INVALID_GRANT_OPERATION: Self = Self(*b"0LP01");
    pub const INVALID_ROLE_SPECIFICATION: Self = Self(*b"0P000");
    pub const DIAGNOSTICS_EXCEPTION: Self = Self(*b"0Z000");
    pub const STACKED_DIAGNOSTICS_ACCESSED_WITHOUT_ACTIVE_HANDLER: Self = Self(*b"0Z002");
    pub const INVALID_ARGUMENT_FOR_XQUERY: Self = Self(*b"10608");
    pub const CASE_NOT_FOUND: Self = Self(*b"20000");
    pub const CARDINALITY_VIOLATION: Self = Self(*b"21000");
    pub const DATA_EXCEPTION: Self = Self(*b"22000");
    pub const ARRAY_ELEMENT_ERROR: Self = Self(*b"2202E");
    pub const ARRAY_SUBSCRIPT_ERROR: Self = Self(*b"2202E");
    pub const CHARACTER_NOT_IN_REPERTOIRE: Self = Self(*b"22021");
    pub const DATETIME_FIELD_OVERFLOW: Self = Self(*b"22008");
    pub const DATETIME_VALUE_OUT_OF_RANGE: Self = Self(*b"22008");
    pub const DIVISION_BY_ZERO: Self = Self(*b"22012");
    pub const ERROR_IN_ASSIGNMENT: Self = Self(*b"22005");
    pub const ESCAPE_CHARACTER_CONFLICT: Self = Self(*b"2200B");
    pub const INDICATOR_OVERFLOW: Self = Self(*b"22022");
    pub const INTERVAL_FIELD_OVERFLOW: Self = Self(*b"22015");
    pub const INVALID_ARGUMENT_FOR_LOG: Self = Self(*b"2201E");
    pub const INVALID_ARGUMENT_FOR_NTILE: Self = Self(*b"22014");
    pub const INVALID_ARGUMENT_FOR_NTH_VALUE: Self = Self(*b"22016");
    pub const INVALID_ARGUMENT_FOR_POWER_FUNCTION: Self = Self(*b"2201F");
    pub const INVALID_ARGUMENT_FOR_WIDTH_BUCKET_FUNCTION: Self = Self(*b"2201G");
    pub const INVALID_CHARACTER_VALUE_FOR_CAST: Self = Self(*b"22018");
    pub const INVALID_DATETIME_FORMAT: Self = Self(*b"22007");
    pub const INVALID_ESCAPE_CHARACTER: Self = Self(*b"22019");
    pub const INVALID_ESCAPE_OCTET: Self = Self(*b"2200D");
    pub const INVALID_ESCAPE_SEQUENCE: Self = Self(*b"22025");
    pub const NONSTANDARD_USE_OF_ESCAPE_CHARACTER: Self = Self(*b"22P06");
    pub const INVALID_INDICATOR_PARAMETER_VALUE: Self = Self(*b"22010");
    pub const INVALID_PARAMETER_VALUE: Self = Self(*b"22023");
    pub const INVALID_PRECEDING_OR_FOLLOWING_SIZE: Self = Self(*b"22013");
    pub const INVALID_REGULAR_EXPRESSION: Self = Self(*b"2201B");
    pub const INVALID_ROW_COUNT_IN_LIMIT_CLAUSE: Self = Self(*b"2201W");
    pub const INVALID_ROW_COUNT_IN_RESULT_OFFSET_CLAUSE: Self = Self(*b"2201X");
    pub const INVALID_TABLESAMPLE_ARGUMENT: Self = Self(*b"2202H");
    pub const INVALID_TABLESAMPLE_REPEAT: Self = Self(*b"2202G");
    pub const INVALID_TIME_ZONE_DISPLACEMENT_VALUE: Self = Self(*b"22009");
    pub const INVALID_USE_OF_ESCAPE_CHARACTER: Self = Self(*b"2200C");
    pub const MOST_SPECIFIC_TYPE_MISMATCH: Self = Self(*b"2200G");
    pub const NULL_VALUE_NOT_ALLOWED: Self = Self(*b"22004");
    pub const NULL_VALUE_NO_INDICATOR_PARAMETER: Self = Self(*b"22002");
    pub const NUMERIC_VALUE_OUT_OF_RANGE: Self = Self(*b"22003");
    pub const SEQUENCE_GENERATOR_LIMIT_EXCEEDED: Self = Self(*b"2200H");
    pub const STRING_DATA_LENGTH_MISMATCH: Self = Self(*b"22026");
    pub const STRING_DATA_RIGHT_TRUNCATION: Self = Self(*b"22001");
    pub const SUBSTRING_ERROR: Self = Self(*b"22011");
    pub const TRIM_ERROR: Self = Self(*b"22027");
    pub const UNTERMINATED_C_STRING: Self = Self(*b"22024");
    pub const ZERO_LENGTH_CHARACTER_STRING: Self = Self(*b"2200F");
    pub const FLOATING_POINT_EXCEPTION: Self = Self(*b"22P01");
    pub const INVALID_TEXT_REPRESENTATION: Self = Self(*b"22P02");
    pub const INVALID_BINARY_REPRESENTATION: Self = Self(*b"22P03");
    pub const BAD_COPY_FILE_FORMAT: Self = Self(*b"22P04");
    pub const UNTRANSLATABLE_CHARACTER: Self = Self(*b"22P05");
    pub const NOT_AN_XML_DOCUMENT: Self = Self(*b"2200L");
    pub const INVALID_XML_DOCUMENT: Self = Self(*b"2200M");
    pub const INVALID_XML_CONTENT: Self = Self(*b"2200N");
    pub const INVALID_XML_COMMENT: Self = Self(*b"2200S");
    pub const INVALID_XML_PROCESSING_INSTRUCTION: Self = Self(*b"2200T");
    pub const DUPLICATE_JSON_OBJECT_KEY_VALUE: Self = Self(*b"22030");
    pub const INVALID_ARGUMENT_FOR_SQL_JSON_DATETIME_FUNCTION: Self = Self(*b"22031");
    pub const INVALID_JSON_TEXT: Self = Self(*b"22032");
    pub const INVALID_SQL_JSON_SUBSCRIPT: Self = Self(*b"22033");
    pub const MORE_THAN_ONE_SQL_JSON_ITEM: Self = Self(*b"22034");
    pub const NO_SQL_JSON_ITEM: Self = Self(*b"22035");
    pub const NON_NUMERIC_SQL_JSON_ITEM: Self = Self(*b"22036");
    pub const NON_UNIQUE_KEYS_IN_A_JSON_OBJECT: Self = Self(*b"22037");
    pub const SINGLETON_SQL_JSON_ITEM_REQUIRED: Self = Self(*b"22038");
    pub const SQL_JSON_ARRAY_NOT_FOUND: Self = Self(*b"22039");
    pub const SQL_JSON_MEMBER_NOT_FOUND: Self = Self(*b"2203A");
    pub const SQL_JSON_NUMBER_NOT_FOUND: Self = Self(*b"2203B");
    pub const SQL_JSON_OBJECT_NOT_FOUND: Self = Self(*b"2203C");
    pub const TOO_MANY_JSON_ARRAY_ELEMENTS: Self = Self(*b"2203D");
    pub const TOO_MANY_JSON_OBJECT_MEMBERS: Self = Self(*b"2203E");
    pub const SQL_JSON_SCALAR_REQUIRED: Self = Self(*b"2203F");
    pub const SQL_JSON_ITEM_CANNOT_BE_CAST_TO_TARGET_TYPE: Self = Self(*b"2203G");
    pub const INTEGRITY_CONSTRAINT_VIOLATION: Self = Self(*b"23000");
    pub const RESTRICT_VIOLATION: Self = Self(*b"23001");
    pub const NOT_NULL_VIOLATION: Self = Self(*b"23502");
    pub const FOREIGN_KEY_VIOLATION: Self = Self(*b"23503");
    pub const UNIQUE_VIOLATION: Self = Self(*b"23505");
    pub const CHECK_VIOLATION: Self = Self(*b"23514");
    pub const EXCLUSION_VIOLATION: Self = Self(*b"23P01");
    pub const INVALID_CURSOR_STATE: Self = Self(*b"24000");
    pub const INVALID_TRANSACTION_STATE: Self = Self(*b"25000");
    pub const ACTIVE_SQL_TRANSACTION: Self = Self(*b"25001");
    pub const BRANCH_TRANSACTION_ALREADY_ACTIVE: Self = Self(*b"25002");
    pub const HELD_CURSOR_REQUIRES_SAME_ISOLATION_LEVEL: Self = Self(*b"25008");
    pub const INAPPROPRIATE_ACCESS_MODE_FOR_BRANCH_TRANSACTION: Self = Self(*b"25003");
    pub const INAPPROPRIATE_ISOLATION_LEVEL_FOR_BRANCH_TRANSACTION: Self = Self(*b"25004");
    pub const NO_ACTIVE_SQL_TRANSACTION_FOR_BRANCH_TRANSACTION: Self = Self(*b"25005");
    pub const READ_ONLY_SQL_TRANSACTION: Self = Self(*b"25006");
    pub const SCHEMA_AND_DATA_STATEMENT_MIXING_NOT_SUPPORTED: Self = Self(*b"25007");
    pub const NO_ACTIVE_SQL_TRANSACTION: Self = Self(*b"25P01");
    pub const IN_FAILED_SQL_TRANSACTION: Self = Self(*b"25P02");
    pub const IDLE_IN_TRANSACTION_SESSION_TIMEOUT: Self = Self(*b"25P03");
    pub const TRANSACTION_TIMEOUT: Self = Self(*b"25P04");
    pub const INVALID_SQL_STATEMENT_NAME: Self = Self(*b"26000");
    pub const TRIGGERED_DATA_CHANGE_VIOLATION: Self = Self(*b"27000");
    pub const INVALID_AUTHORIZATION_SPECIFICATION: Self = Self(*b"28000");
    pub const INVALID_PASSWORD: Self = Self(*b"28P01");
    pub const DEPENDENT_PRIVILEGE_DESCRIPTORS_STILL_EXIST: Self = Self(*b"2B000");
    pub const DEPENDENT_OBJECTS_STILL_EXIST: Self = Self(*b"2BP01");
    pub const INVALID_TRANSACTION_TERMINATION: Self = Self(*b"2D000");
    pub const SQL_ROUTINE_EXCEPTION: Self = Self(*b"2F000");
    pub const S_R_E_FUNCTION_EXECUTED_NO_RETURN_STATEMENT: Self = Self(*b"2F005");
    pub const S_R_E_MODIFYING_SQL_DATA_NOT_PERMITTED: Self = Self(*b"2F002");
    pub const S_R_E_PROHIBITED_SQL_STATEMENT_ATTEMPTED: Self = Self(*b"2F003");
    pub const S_R_E_READING_SQL_DATA_NOT_PERMITTED: Self = Self(*b"2F004");
    pub const INVALID_CURSOR_NAME: Self = Self(*b"34000");
    pub const EXTERNAL_ROUTINE_EXCEPTION: Self = Self(*b"38000");
    pub const E_R_E_CONTAINING_SQL_NOT_PERMITTED: Self = Self(*b"38001");
    pub const E_R_E_MODIFYING_SQL_DATA_NOT_PERMITTED: Self = Self(*b"38002");
    pub const E_R_E_PROHIBITED_SQL_STATEMENT_ATTEMPTED: Self = Self(*b"38003");
    pub const E_R_E_READING_SQL_DATA_NOT_PERMITTED: Self = Self(*b"38004");
    pub const EXTERNAL_ROUTINE_INVOCATION_EXCEPTION: Self = Self(*b"39000");
    pub const E_R_I_E_INVALID_SQLSTATE_RETURNED: Self = Self(*b"39001");
    pub const E_R_I_E_NULL_VALUE_NOT_ALLOWED: Self = Self(*b"39004");
    pub const E_R_I_E_TRIGGER_PROTOCOL_VIOLATED: Self = Self(*b"39P01");
    pub const E_R_I_E_SRF_PROTOCOL_VIOLATED: Self = Self(*b"39P02");
    pub const E_R_I_E_EVENT_TRIGGER_PROTOCOL_VIOLATED: Self = Self(*b"39P03");
    pub const SAVEPOINT_EXCEPTION: Self = Self(*b"3B000");
    pub const S_E_INVALID_SPECIFICATION: Self = Self(*b"3B001");
    pub const INVALID_CATALOG_NAME: Self = Self(*b"3D000");
    pub const INVALID_SCHEMA_NAME: Self = Self(*b"3F000");
    pub const TRANSACTION_ROLLBACK: Self = Self(*b"40000");
    pub const T_R_INTEGRITY_CONSTRAINT_VIOLATION: Self = Self(*b"40002");
    pub const T_R_SERIALIZATION_FAILURE: Self = Self(*b"40001");
    pub const T_R_STATEMENT_COMPLETION_UNKNOWN: Self = Self(*b"40003");
    pub const T_R_DEADLOCK_DETECTED: Self = Self(*b"40P01");
    pub const SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION: Self = Self(*b"42000");
    pub const SYNTAX_ERROR: Self = Self(*b"42601");
    pub const INSUFFICIENT_PRIVILEGE: Self = Self(*b"42501");
    pub const CANNOT_COERCE: Self = Self(*b"42846");
    pub const GROUPING_ERROR: Self = Self(*b"42803");
    pub const WINDOWING_ERROR: Self = Self(*b"42P20");
    pub const INVALID_RECURSION: Self = Self(*b"42P19");
    pub const INVALID_FOREIGN_KEY: Self = Self(*b"42830");
    pub const INVALID_NAME: Self = Self(*b"42602");
    pub const NAME_TOO_LONG: Self = Self(*b"42622");
    pub const RESERVED_NAME: Self = Self(*b"42939");
    pub const DATATYPE_MISMATCH: Self = Self(*b"42804");
    pub const INDETERMINATE_DATATYPE: Self = Self(*b"42P18");
    pub const COLLATION_MISMATCH: Self = Self(*b"42P21");
    pub const INDETERMINATE_COLLATION: Self = Self(*b"42P22");
    pub const WRONG_OBJECT_TYPE: Self = Self(*b"42809");
    pub const GENERATED_ALWAYS: Self = Self(*b"428C9");
    pub const UNDEFINED_COLUMN: Self = Self(*b"42703");
    pub const UNDEFINED_CURSOR: Self = Self(*b"34000");
    pub const UNDEFINED_DATABASE: Self = Self(*b"3D000");
    pub const UNDEFINED_FUNCTION: Self = Self(*b"42883");
    pub const UNDEFINED_PSTATEMENT: Self = Self(*b"26000");
    pub const UNDEFINED_SCHEMA: Self = Self(*b"3F000");
    pub const UNDEFINED_TABLE: Self = Self(*b"42P01");
    pub const UNDEFINED_PARAMETER: Self = Self(*b"42P02");
    pub const UNDEFINED_OBJECT: Self = Self(*b"42704");
    pub const DUPLICATE_COLUMN: Self = Self(*b"42701");
    pub const DUPLICATE_CURSOR: Self = Self(*b"42P03");
    pub const DUPLICATE_DATABASE: Self = Self(*b"42P04");
    pub const DUPLICATE_FUNCTION: Self = Self(*b"42723");
    pub const DUPLICATE_PSTATEMENT: Self = Self(*b"42P05");
    pub const DUPLICATE_SCHEMA: Self = Self(*b"42P06");
    pub const DUPLICATE_TABLE: Self = Self(*b"42P07");
    pub const DUPLICATE_ALIAS: Self = Self(*b"42712");
    pub const DUPLICATE_OBJECT: Self = Self(*b"42710");
    pub const AMBIGUOUS_COLUMN: Self = Self(*b"42702");
    pub const AMBIGUOUS_FUNCTION: Self = Self(*b"42725");
    pub const AMBIGUOUS_PARAMETER: Self = Self(*b"42P08");
    pub const AMBIGUOUS_ALIAS: Self = Self(*b"42P09");
    pub const INVALID_COLUMN_REFERENCE: Self = Self(*b"42P10");
    pub const INVALID_COLUMN_DEFINITION: Self = Self(*b"42611");
    pub const INVALID_CURSOR_DEFINITION: Self = Self(*b"42P11");
    pub const INVALID_DATABASE_DEFINITION: Self = Self(*b"42P12");
    pub const INVALID_FUNCTION_DEFINITION: Self = Self(*b"42P13");
    pub const INVALID_PSTATEMENT_DEFINITION: Self = Self(*b"42P14");
    pub const INVALID_SCHEMA_DEFINITION: Self = Self(*b"42P15");
    pub const INVALID_TABLE_DEFINITION: Self = Self(*b"42P16");
    pub const INVALID_OBJECT_DEFINITION: Self = Self(*b"42P17");
    pub const WITH_CHECK_OPTION_VIOLATION: Self = Self(*b"44000");
    pub const INSUFFICIENT_RESOURCES: Self = Self(*b"53000");
    pub const DISK_FULL: Self = Self(*b"53100");
    pub const OUT_OF_MEMORY: Self = Self(*b"53200");
    pub const TOO_MANY_CONNECTIONS: Self = Self(*b"53300");
    pub const CONFIGURATION_LIMIT_EXCEEDED: Self = Self(*b"53400");
    pub const PROGRAM_LIMIT_EXCEEDED: Self = Self(*b"54000");
    pub const STATEMENT_TOO_COMPLEX: Self = Self(*b"54001");
    pub const TOO_MANY_COLUMNS: Self = Self(*b"54011");
    pub const TOO_MANY_ARGUMENTS: Self = Self(*b"54023");
    pub const OBJECT_NOT_IN_PREREQUISITE_STATE: Self = Self(*b"55000");
    pub const OBJECT_IN_USE: Self = Self(*b"55006");
    pub const CANT_CHANGE_RUNTIME_PARAM: Self = Self(*b"55P02");
    pub const LOCK_NOT_AVAILABLE: Self = Self(*b"55P03");
    pub const UNSAFE_NEW_ENUM_VALUE_USAGE: Self = Self(*b"55P04");
    pub const OPERATOR_INTERVENTION: Self = Self(*b"57000");
    pub const QUERY_CANCELED: Self = Self(*b"57014");
    pub const ADMIN_SHUTDOWN: Self = Self(*b"57P01");
    pub const CRASH_SHUTDOWN: Self = Self(*b"57P02");
    pub const CANNOT_CONNECT_NOW: Self = Self(*b"57P03");
    pub const DATABASE_DROPPED: Self = Self(*b"57P04");
    pub const IDLE_SESSION_TIMEOUT: Self = Self(*b"57P05");
    pub const SYSTEM_ERROR: Self = Self(*b"58000");
    pub const IO_ERROR: Self = Self(*b"58030");
    pub const UNDEFINED_FILE: Self = Self(*b"58P01");
    pub const DUPLICATE_FILE: Self = Self(*b"58P02");
    pub const FILE_NAME_TOO_LONG: Self = Self(*b"58P03");
    pub const SNAPSHOT_TOO_OLD: Self = Self(*b"72000");
    pub const CONFIG_FILE_ERROR: Self = Self(*b"F0000");
    pub const LOCK_FILE_EXISTS: Self = Self(*b"F0001");
    pub const FDW_ERROR: Self = Self(*b"HV000");
    pub const FDW_COLUMN_NAME_NOT_FOUND: Self = Self(*b"HV005");
    pub const FDW_DYNAMIC_PARAMETER_VALUE_NEEDED: Self = Self(*b"HV002");
    pub const FDW_FUNCTION_SEQUENCE_ERROR: Self = Self(*b"HV010");
    pub const FDW_INCONSISTENT_DESCRIPTOR_INFORMATION: Self = Self(*b"HV021");
    pub const FDW_INVALID_ATTRIBUTE_VALUE: Self = Self(*b"HV024");
    pub const FDW_INVALID_COLUMN_NAME: Self = Self(*b"HV007");
    pub const FDW_INVALID_COLUMN_NUMBER: Self = Self(*b"HV008");
    pub const FDW_INVALID_DATA_TYPE: Self = Self(*b"HV004");
    pub const FDW_INVALID_DATA_TYPE_DESCRIPTORS: Self = Self(*b"HV006");
    pub const FDW_INVALID_DESCRIPTOR_FIELD_IDENTIFIER: Self = Self(*b"HV091");
    pub const FDW_INVALID_HANDLE: Self = Self(*b"HV00B");
    pub const FDW_INVALID_OPTION_INDEX: Self = Self(*b"HV00C");
    pub const FDW_INVALID_OPTION_NAME: Self = Self(*b"HV00D");
    pub const FDW_INVALID_STRING_LENGTH_OR_BUFFER_LENGTH: Self = Self(*b"HV090");
    pub const FDW_INVALID_STRING_FORMAT: Self = Self(*b"HV00A");
    pub const FDW_INVALID_USE_OF_NULL_POINTER: Self = Self(*b"HV009");
    pub const FDW_TOO_MANY_HANDLES: Self = Self(*b"HV014");
    pub const FDW_OUT_OF_MEMORY: Self = Self(*b"HV001");
    pub const FDW_NO_SCHEMAS: Self = Self(*b"HV00P");
    pub const FDW_OPTION_NAME_NOT_FOUND: Self = Self(*b"HV00J");
    pub const FDW_REPLY_HANDLE: Self = Self(*b"HV00K");
    pub const FDW_SCHEMA_NOT_FOUND: Self = Self(*b"HV00Q");
    pub const FDW_TABLE_NOT_FOUND: Self = Self(*b"HV00R");
    pub const FDW_UNABLE_TO_CREATE_EXECUTION: Self = Self(*b"HV00L");
    pub const FDW_UNABLE_TO_CREATE_REPLY: Self = Self(*b"HV00M");
    pub const FDW_UNABLE_TO_ESTABLISH_CONNECTION: Self = Self(*b"HV00N");
    pub const PLPGSQL_ERROR: Self = Self(*b"P0000");
    pub const RAISE_EXCEPTION: Self = Self(*b"P0001");
    pub const NO_DATA_FOUND: Self = Self(*b"P0002");
    pub const TOO_MANY_ROWS: Self = Self(*b"P0003");
    pub const ASSERT_FAILURE: Self = Self(*b"P0004");
    pub const INTERNAL_ERROR: Self = Self(*b"XX000");
    pub const DATA_CORRUPTED: Self = Self(*b"XX001");
    pub const INDEX_CORRUPTED: Self = Self(*b"XX002");
}

const CONDITIONS: &[(SqlState, &str)] = &[
    (SqlState::SUCCESSFUL_COMPLETION, "successful_completion"),
    (SqlState::WARNING, "warning"),
    (SqlState::WARNING_DYNAMIC_RESULT_SETS_RETURNED, "dynamic_result_sets_returned"),
    (SqlState::WARNING_IMPLICIT_ZERO_BIT_PADDING, "implicit_zero_bit_padding"),
    (
        SqlState::WARNING_NULL_VALUE_ELIMINATED_IN_SET_FUNCTION,
        "null_value_eliminated_in_set_function",
    ),
    (SqlState::WARNING_PRIVILEGE_NOT_GRANTED, "privilege_not_granted"),
    (SqlState::WARNING_PRIVILEGE_NOT_REVOKED, "privilege_not_revoked"),
    (SqlState::WARNING_STRING_DATA_RIGHT_TRUNCATION, "string_data_right_truncation"),
    (SqlState::WARNING_DEPRECATED_FEATURE, "deprecated_feature"),
    (SqlState::NO_DATA, "no_data"),
    (
        SqlState::NO_ADDITIONAL_DYNAMIC_RESULT_SETS_RETURNED,
        "no_additional_dynamic_result_sets_returned",
    ),
    (SqlState::SQL_STATEMENT_NOT_YET_COMPLETE, "sql_statement_not_yet_complete"),
    (SqlState::CONNECTION_EXCEPTION, "connection_exception"),
    (SqlState::CONNECTION_DOES_NOT_EXIST, "connection_does_not_exist"),
    (SqlState::CONNECTION_FAILURE, "connection_failure"),
    (
        SqlState::SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION,
        "sqlclient_unable_to_establish_sqlconnection",
    ),
    (
        SqlState::SQLSERVER_REJECTED_ESTABLISHMENT_OF_SQLCONNECTION,
        "sqlserver_rejected_establishment_of_sqlconnection",
    ),
    (SqlState::TRANSACTION_RESOLUTION_UNKNOWN, "transaction_resolution_unknown"),
    (SqlState::PROTOCOL_VIOLATION, "protocol_violation"),
    (SqlState::TRIGGERED_ACTION_EXCEPTION, "triggered_action_exception"),
    (SqlState::FEATURE_NOT_SUPPORTED, "feature_not_supported"),
    (SqlState::INVALID_TRANSACTION_INITIATION, "invalid_transaction_initiation"),
    (SqlState::LOCATOR_EXCEPTION, "locator_exception"),
    (SqlState::L_E_INVALID_SPECIFICATION, "invalid_locator_specification"),
    (SqlState::INVALID_GRANTOR, "invalid_grantor"),
    (SqlState::INVALID_GRANT_OPERATION, "invalid_grant_operation"),
    (SqlState::INVALID_ROLE_SPECIFICATION, "invalid_role_specification"),
    (SqlState::DIAGNOSTICS_EXCEPTION, "diagnostics_exception"),
    (
        SqlState::STACKED_DIAGNOSTICS_ACCESSED_WITHOUT_ACTIVE_HANDLER,
        "stacked_diagnostics_accessed_without_active_handler",
    ),
    (SqlState::INVALID_ARGUMENT_FOR_XQUERY, "invalid_argument_for_xquery"),
    (SqlState::CASE_NOT_FOUND, "case_not_found"),
    (SqlState::CARDINALITY_VIOLATION, "cardinality_violation"),
    (SqlState::DATA_EXCEPTION, "data_exception"),
    (SqlState::ARRAY_SUBSCRIPT_ERROR, "array_subscript_error"),
    (SqlState::CHARACTER_NOT_IN_REPERTOIRE, "character_not_in_repertoire"),
    (SqlState::DATETIME_FIELD_OVERFLOW, "datetime_field_overflow"),
    (SqlState::DIVISION_BY_ZERO, "division_by_zero"),
    (SqlState::ERROR_IN_ASSIGNMENT, "error_in_assignment"),
    (SqlState::ESCAPE_CHARACTER_CONFLICT, "escape_character_conflict"),
    (SqlState::INDICATOR_OVERFLOW, "indicator_overflow"),
    (SqlState::INTERVAL_FIELD_OVERFLOW, "interval_field_overflow"),
    (SqlState::INVALID_ARGUMENT_FOR_LOG, "invalid_argument_for_logarithm"),
    (SqlState::INVALID_ARGUMENT_FOR_NTILE, "invalid_argument_for_ntile_function"),
    (SqlState::INVALID_ARGUMENT_FOR_NTH_VALUE, "invalid_argument_for_nth_value_function"),
    (SqlState::INVALID_ARGUMENT_FOR_POWER_FUNCTION, "invalid_argument_for_power_function"),
    (
        SqlState::INVALID_ARGUMENT_FOR_WIDTH_BUCKET_FUNCTION,
        "invalid_argument_for_width_bucket_function",
    ),
    (SqlState::INVALID_CHARACTER_VALUE_FOR_CAST, "invalid_character_value_for_cast"),
    (SqlState::INVALID_DATETIME_FORMAT, "invalid_datetime_format"),
    (SqlState::INVALID_ESCAPE_CHARACTER, "invalid_escape_character"),
    (SqlState::INVALID_ESCAPE_OCTET, "invalid_escape_octet"),
    (SqlState::INVALID_ESCAPE_SEQUENCE, "invalid_escape_sequence"),
    (SqlState::NONSTANDARD_USE_OF_ESCAPE_CHARACTER, "nonstandard_use_of_escape_character"),
    (SqlState::INVALID_INDICATOR_PARAMETER_VALUE, "invalid_indicator_parameter_value"),
    (SqlState::INVALID_PARAMETER_VALUE, "invalid_parameter_value"),
    (SqlState::INVALID_PRECEDING_OR_FOLLOWING_SIZE, "invalid_preceding_or_following_size"),
    (SqlState::INVALID_REGULAR_EXPRESSION, "invalid_regular_expression"),
    (SqlState::INVALID_ROW_COUNT_IN_LIMIT_CLAUSE, "invalid_row_count_in_limit_clause"),
    (
        SqlState::INVALID_ROW_COUNT_IN_RESULT_OFFSET_CLAUSE,
        "invalid_row_count_in_result_offset_clause",
    ),
    (SqlState::INVALID_TABLESAMPLE_ARGUMENT, "invalid_tablesample_argument"),
    (SqlState::INVALID_TABLESAMPLE_REPEAT, "invalid_tablesample_repeat"),
    (SqlState::INVALID_TIME_ZONE_DISPLACEMENT_VALUE, "invalid_time_zone_displacement_value"),
    (SqlState::INVALID_USE_OF_ESCAPE_CHARACTER, "invalid_use_of_escape_character"),
    (SqlState::MOST_SPECIFIC_TYPE_MISMATCH, "most_specific_type_mismatch"),
    (SqlState::NULL_VALUE_NOT_ALLOWED, "null_value_not_allowed"),
    (SqlState::NULL_VALUE_NO_INDICATOR_PARAMETER, "null_value_no_indicator_parameter"),
    (SqlState::NUMERIC_VALUE_OUT_OF_RANGE, "numeric_value_out_of_range"),
    (SqlState::SEQUENCE_GENERATOR_LIMIT_EXCEEDED, "sequence_generator_limit_exceeded"),
    (SqlState::STRING_DATA_LENGTH_MISMATCH, "string_data_length_mismatch"),
    (SqlState::STRING_DATA_RIGHT_TRUNCATION, "string_data_right_truncation"),
    (SqlState::SUBSTRING_ERROR, "substring_error"),
    (SqlState::TRIM_ERROR, "trim_error"),
    (SqlState::UNTERMINATED_C_STRING, "unterminated_c_string"),
    (SqlState::ZERO_LENGTH_CHARACTER_STRING, "zero_length_character_string"),
    (SqlState::FLOATING_POINT_EXCEPTION, "floating_point_exception"),
    (SqlState::INVALID_TEXT_REPRESENTATION, "invalid_text_representation"),
    (SqlState::INVALID_BINARY_REPRESENTATION, "invalid_binary_representation"),
    (SqlState::BAD_COPY_FILE_FORMAT, "bad_copy_file_format"),
    (SqlState::UNTRANSLATABLE_CHARACTER, "untranslatable_character"),
    (SqlState::NOT_AN_XML_DOCUMENT, "not_an_xml_document"),
    (SqlState::INVALID_XML_DOCUMENT, "invalid_xml_document"),
    (SqlState::INVALID_XML_CONTENT, "invalid_xml_content"),
    (SqlState::INVALID_XML_COMMENT, "invalid_xml_comment"),
    (SqlState::INVALID_XML_PROCESSING_INSTRUCTION, "invalid_xml_processing_instruction"),
    (SqlState::DUPLICATE_JSON_OBJECT_KEY_VALUE, "duplicate_json_object_key_value"),
    (
        SqlState::INVALID_ARGUMENT_FOR_SQL_JSON_DATETIME_FUNCTION,
        "invalid_argument_for_sql_json_datetime_function",
    ),
    (SqlState::INVALID_JSON_TEXT, "invalid_json_text"),
    (SqlState::INVALID_SQL_JSON_SUBSCRIPT, "invalid_sql_json_subscript"),
    (SqlState::MORE_THAN_ONE_SQL_JSON_ITEM, "more_than_one_sql_json_item"),
    (SqlState::NO_SQL_JSON_ITEM, "no_sql_json_item"),
    (SqlState::NON_NUMERIC_SQL_JSON_ITEM, "non_numeric_sql_json_item"),
    (SqlState::NON_UNIQUE_KEYS_IN_A_JSON_OBJECT, "non_unique_keys_in_a_json_object"),
    (SqlState::SINGLETON_SQL_JSON_ITEM_REQUIRED, "singleton_sql_json_item_required"),
    (SqlState::SQL_JSON_ARRAY_NOT_FOUND, "sql_json_array_not_found"),
    (SqlState::SQL_JSON_MEMBER_NOT_FOUND, "sql_json_member_not_found"),
    (SqlState::SQL_JSON_NUMBER_NOT_FOUND, "sql_json_number_not_found"),
    (SqlState::SQL_JSON_OBJECT_NOT_FOUND, "sql_json_object_not_found"),
    (SqlState::TOO_MANY_JSON_ARRAY_ELEMENTS, "too_many_json_array_elements"),
    (SqlState::TOO_MANY_JSON_OBJECT_MEMBERS, "too_many_json_object_members"),
    (SqlState::SQL_JSON_SCALAR_REQUIRED, "sql_json_scalar_required"),
    (
        SqlState::SQL_JSON_ITEM_CANNOT_BE_CAST_TO_TARGET_TYPE,
        "sql_json_item_cannot_be_cast_to_target_type",
    ),
    (SqlState::INTEGRITY_CONSTRAINT_VIOLATION, "integrity_constraint_violation"),
    (SqlState::RESTRICT_VIOLATION, "restrict_violation"),
    (SqlState::NOT_NULL_VIOLATION, "not_null_violation"),
    (SqlState::FOREIGN_KEY_VIOLATION, "foreign_key_violation"),
    (SqlState::UNIQUE_VIOLATION, "unique_violation"),
    (SqlState::CHECK_VIOLATION, "check_violation"),
    (SqlState::EXCLUSION_VIOLATION, "exclusion_violation"),
    (SqlState::INVALID_CURSOR_STATE, "invalid_cursor_state"),
    (SqlState::INVALID_TRANSACTION_STATE, "invalid_transaction_state"),
    (SqlState::ACTIVE_SQL_TRANSACTION, "active_sql_transaction"),
    (SqlState::BRANCH_TRANSACTION_ALREADY_ACTIVE, "branch_transaction_already_active"),
    (
        SqlState::HELD_CURSOR_REQUIRES_SAME_ISOLATION_LEVEL,
        "held_cursor_requires_same_isolation_level",
    ),
    (
        SqlState::INAPPROPRIATE_ACCESS_MODE_FOR_BRANCH_TRANSACTION,
        "inappropriate_access_mode_for_branch_transaction",
    ),
    (
        SqlState::INAPPROPRIATE_ISOLATION_LEVEL_FOR_BRANCH_TRANSACTION,
        "inappropriate_isolation_level_for_branch_transaction",
    ),
    (
        SqlState::NO_ACTIVE_SQL_TRANSACTION_FOR_BRANCH_TRANSACTION,
        "no_active_sql_transaction_for_branch_transaction",
    ),
    (SqlState::READ_ONLY_SQL_TRANSACTION, "read_only_sql_transaction"),
    (
        SqlState::SCHEMA_AND_DATA_STATEMENT_MIXING_NOT_SUPPORTED,
        "schema_and_data_statement_mixing_not_supported",
    ),
    (SqlState::NO_ACTIVE_SQL_TRANSACTION, "no_active_sql_transaction"),
    (SqlState::IN_FAILED_SQL_TRANSACTION, "in_failed_sql_transaction"),
    (SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT, "idle_in_transaction_session_timeout"),
    (SqlState::TRANSACTION_TIMEOUT, "transaction_timeout"),
    (SqlState::INVALID_SQL_STATEMENT_NAME, "invalid_sql_statement_name"),
    (SqlState::TRIGGERED_DATA_CHANGE_VIOLATION, "triggered_data_change_violation"),
    (SqlState::INVALID_AUTHORIZATION_SPECIFICATION, "invalid_authorization_specification"),
    (SqlState::INVALID_PASSWORD, "invalid_password"),
    (
        SqlState::DEPENDENT_PRIVILEGE_DESCRIPTORS_STILL_EXIST,
        "dependent_privilege_descriptors_still_exist",
    ),
    (SqlState::DEPENDENT_OBJECTS_STILL_EXIST, "dependent_objects_still_exist"),
    (SqlState::INVALID_TRANSACTION_TERMINATION, "invalid_transaction_termination"),
    (SqlState::SQL_ROUTINE_EXCEPTION, "sql_routine_exception"),
    (
        SqlState::S_R_E_FUNCTION_EXECUTED_NO_RETURN_STATEMENT,
        "function_executed_no_return_statement",
    ),
    (SqlState::S_R_E_MODIFYING_SQL_DATA_NOT_PERMITTED, "modifying_sql_data_not_permitted"),
    (SqlState::S_R_E_PROHIBITED_SQL_STATEMENT_ATTEMPTED, "prohibited_sql_statement_attempted"),
    (SqlState::S_R_E_READING_SQL_DATA_NOT_PERMITTED, "reading_sql_data_not_permitted"),
    (SqlState::INVALID_CURSOR_NAME, "invalid_cursor_name"),
    (SqlState::EXTERNAL_ROUTINE_EXCEPTION, "external_routine_exception"),
    (SqlState::E_R_E_CONTAINING_SQL_NOT_PERMITTED, "containing_sql_not_permitted"),
    (SqlState::E_R_E_MODIFYING_SQL_DATA_NOT_PERMITTED, "modifying_sql_data_not_permitted"),
    (SqlState::E_R_E_PROHIBITED_SQL_STATEMENT_ATTEMPTED, "prohibited_sql_statement_attempted"),
    (SqlState::E_R_E_READING_SQL_DATA_NOT_PERMITTED, "reading_sql_data_not_permitted"),
    (SqlState::EXTERNAL_ROUTINE_INVOCATION_EXCEPTION, "external_routine_invocation_exception"),
    (SqlState::E_R_I_E_INVALID_SQLSTATE_RETURNED, "invalid_sqlstate_returned"),
    (SqlState::E_R_I_E_NULL_VALUE_NOT_ALLOWED, "null_value_not_allowed"),
    (SqlState::E_R_I_E_TRIGGER_PROTOCOL_VIOLATED, "trigger_protocol_violated"),
    (SqlState::E_R_I_E_SRF_PROTOCOL_VIOLATED, "srf_protocol_violated"),
    (SqlState::E_R_I_E_EVENT_TRIGGER_PROTOCOL_VIOLATED, "event_trigger_protocol_violated"),
    (SqlState::SAVEPOINT_EXCEPTION, "savepoint_exception"),
    (SqlState::S_E_INVALID_SPECIFICATION, "invalid_savepoint_specification"),
    (SqlState::INVALID_CATALOG_NAME, "invalid_catalog_name"),
    (SqlState::INVALID_SCHEMA_NAME, "invalid_schema_name"),
    (SqlState::TRANSACTION_ROLLBACK, "transaction_rollback"),
    (SqlState::T_R_INTEGRITY_CONSTRAINT_VIOLATION, "transaction_integrity_constraint_violation"),
    (SqlState::T_R_SERIALIZATION_FAILURE, "serialization_failure"),
    (SqlState::T_R_STATEMENT_COMPLETION_UNKNOWN, "statement_completion_unknown"),
    (SqlState::T_R_DEADLOCK_DETECTED, "deadlock_detected"),
    (SqlState::SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION, "syntax_error_or_access_rule_violation"),
    (SqlState::SYNTAX_ERROR, "syntax_error"),
    (SqlState::INSUFFICIENT_PRIVILEGE, "insufficient_privilege"),
    (SqlState::CANNOT_COERCE, "cannot_coerce"),
    (SqlState::GROUPING_ERROR, "grouping_error"),
    (SqlState::WINDOWING_ERROR, "windowing_error"),
    (SqlState::INVALID_RECURSION, "invalid_recursion"),
    (SqlState::INVALID_FOREIGN_KEY, "invalid_foreign_key"),
    (SqlState::INVALID_NAME, "invalid_name"),
    (SqlState::NAME_TOO_LONG, "name_too_long"),
    (SqlState::RESERVED_NAME, "reserved_name"),
    (SqlState::DATATYPE_MISMATCH, "datatype_mismatch"),
    (SqlState::INDETERMINATE_DATATYPE, "indeterminate_datatype"),
    (SqlState::COLLATION_MISMATCH, "collation_mismatch"),
    (SqlState::INDETERMINATE_COLLATION, "indeterminate_collation"),
    (SqlState::WRONG_OBJECT_TYPE, "wrong_object_type"),
    (SqlState::GENERATED_ALWAYS, "generated_always"),
    (SqlState::UNDEFINED_COLUMN, "undefined_column"),
    (SqlState::UNDEFINED_FUNCTION, "undefined_function"),
    (SqlState::UNDEFINED_TABLE, "undefined_table"),
    (SqlState::UNDEFINED_PARAMETER, "undefined_parameter"),
    (SqlState::UNDEFINED_OBJECT, "undefined_object"),
    (SqlState::DUPLICATE_COLUMN, "duplicate_column"),
    (SqlState::DUPLICATE_CURSOR, "duplicate_cursor"),
    (SqlState::DUPLICATE_DATABASE, "duplicate_database"),
    (SqlState::DUPLICATE_FUNCTION, "duplicate_function"),
    (SqlState::DUPLICATE_PSTATEMENT, "duplicate_prepared_statement"),
    (SqlState::DUPLICATE_SCHEMA, "duplicate_schema"),
    (SqlState::DUPLICATE_TABLE, "duplicate_table"),
    (SqlState::DUPLICATE_ALIAS, "duplicate_alias"),
    (SqlState::DUPLICATE_OBJECT, "duplicate_object"),
    (SqlState::AMBIGUOUS_COLUMN, "ambiguous_column"),
    (SqlState::AMBIGUOUS_FUNCTION, "ambiguous_function"),
    (SqlState::AMBIGUOUS_PARAMETER, "ambiguous_parameter"),
    (SqlState::AMBIGUOUS_ALIAS, "ambiguous_alias"),
    (SqlState::INVALID_COLUMN_REFERENCE, "invalid_column_reference"),
    (SqlState::INVALID_COLUMN_DEFINITION, "invalid_column_definition"),
    (SqlState::INVALID_CURSOR_DEFINITION, "invalid_cursor_definition"),
    (SqlState::INVALID_DATABASE_DEFINITION, "invalid_database_definition"),
    (SqlState::INVALID_FUNCTION_DEFINITION, "invalid_function_definition"),
    (SqlState::INVALID_PSTATEMENT_DEFINITION, "invalid_prepared_statement_definition"),
    (SqlState::INVALID_SCHEMA_DEFINITION, "invalid_schema_definition"),
    (SqlState::INVALID_TABLE_DEFINITION, "invalid_table_definition"),
    (SqlState::INVALID_OBJECT_DEFINITION, "invalid_object_definition"),
    (SqlState::WITH_CHECK_OPTION_VIOLATION, "with_check_option_violation"),
    (SqlState::INSUFFICIENT_RESOURCES, "insufficient_resources"),
    (SqlState::DISK_FULL, "disk_full"),
    (SqlState::OUT_OF_MEMORY, "out_of_memory"),
    (SqlState::TOO_MANY_CONNECTIONS, "too_many_connections"),
    (SqlState::CONFIGURATION_LIMIT_EXCEEDED, "configuration_limit_exceeded"),
    (SqlState::PROGRAM_LIMIT_EXCEEDED, "program_limit_exceeded"),
    (SqlState::STATEMENT_TOO_COMPLEX, "statement_too_complex"),
    (SqlState::TOO_MANY_COLUMNS, "too_many_columns"),
    (SqlState::TOO_MANY_ARGUMENTS, "too_many_arguments"),
    (SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE, "object_not_in_prerequisite_state"),
    (SqlState::OBJECT_IN_USE, "object_in_use"),
    (SqlState::CANT_CHANGE_RUNTIME_PARAM, "cant_change_runtime_param"),
    (SqlState::LOCK_NOT_AVAILABLE, "lock_not_available"),
    (SqlState::UNSAFE_NEW_ENUM_VALUE_USAGE, "unsafe_new_enum_value_usage"),
    (SqlState::OPERATOR_INTERVENTION, "operator_intervention"),
    (SqlState::QUERY_CANCELED, "query_canceled"),
    (SqlState::ADMIN_SHUTDOWN, "admin_shutdown"),
    (SqlState::CRASH_SHUTDOWN, "crash_shutdown"),
    (SqlState::CANNOT_CONNECT_NOW, "cannot_connect_now"),
    (SqlState::DATABASE_DROPPED, "database_dropped"),
    (SqlState::IDLE_SESSION_TIMEOUT, "idle_session_timeout"),
    (SqlState::SYSTEM_ERROR, "system_error"),
    (SqlState::IO_ERROR, "io_error"),
    (SqlState::UNDEFINED_FILE, "undefined_file"),
    (SqlState::DUPLICATE_FILE, "duplicate_file"),
    (SqlState::FILE_NAME_TOO_LONG, "file_name_too_long"),
    (SqlState::SNAPSHOT_TOO_OLD, "snapshot_too_old"),
    (SqlState::CONFIG_FILE_ERROR, "config_file_error"),
    (SqlState::LOCK_FILE_EXISTS, "lock_file_exists"),
    (SqlState::FDW_ERROR, "fdw_error"),
    (SqlState::FDW_COLUMN_NAME_NOT_FOUND, "fdw_column_name_not_found"),
    (SqlState::FDW_DYNAMIC_PARAMETER_VALUE_NEEDED, "fdw_dynamic_parameter_value_needed"),
    (SqlState::FDW_FUNCTION_SEQUENCE_ERROR, "fdw_function_sequence_error"),
    (SqlState::FDW_INCONSISTENT_DESCRIPTOR_INFORMATION, "fdw_inconsistent_descriptor_information"),
    (SqlState::FDW_INVALID_ATTRIBUTE_VALUE, "fdw_invalid_attribute_value"),
    (SqlState::FDW_INVALID_COLUMN_NAME, "fdw_invalid_column_name"),
    (SqlState::FDW_INVALID_COLUMN_NUMBER, "fdw_invalid_column_number"),
    (SqlState::FDW_INVALID_DATA_TYPE, "fdw_invalid_data_type"),
    (SqlState::FDW_INVALID_DATA_TYPE_DESCRIPTORS, "fdw_invalid_data_type_descriptors"),
    (SqlState::FDW_INVALID_DESCRIPTOR_FIELD_IDENTIFIER, "fdw_invalid_descriptor_field_identifier"),
    (SqlState::FDW_INVALID_HANDLE, "fdw_invalid_handle"),
    (SqlState::FDW_INVALID_OPTION_INDEX, "fdw_invalid_option_index"),
    (SqlState::FDW_INVALID_OPTION_NAME, "fdw_invalid_option_name"),
    (
        SqlState::FDW_INVALID_STRING_LENGTH_OR_BUFFER_LENGTH,
        "fdw_invalid_string_length_or_buffer_length",
    ),
    (SqlState::FDW_INVALID_STRING_FORMAT, "fdw_invalid_string_format"),
    (SqlState::FDW_INVALID_USE_OF_NULL_POINTER, "fdw_invalid_use_of_null_pointer"),
    (SqlState::FDW_TOO_MANY_HANDLES, "fdw_too_many_handles"),
    (SqlState::FDW_OUT_OF_MEMORY, "fdw_out_of_memory"),
    (SqlState::FDW_NO_SCHEMAS, "fdw_no_schemas"),
    (SqlState::FDW_OPTION_NAME_NOT_FOUND, "fdw_option_name_not_found"),
    (SqlState::FDW_REPLY_HANDLE, "fdw_reply_handle"),
    (SqlState::FDW_SCHEMA_NOT_FOUND, "fdw_schema_not_found"),
    (SqlState::FDW_TABLE_NOT_FOUND, "fdw_table_not_found"),
    (SqlState::FDW_UNABLE_TO_CREATE_EXECUTION, "fdw_unable_to_create_execution"),
    (SqlState::FDW_UNABLE_TO_CREATE_REPLY, "fdw_unable_to_create_reply"),
    (SqlState::FDW_UNABLE_TO_ESTABLISH_CONNECTION, "fdw_unable_to_establish_connection"),
    (SqlState::PLPGSQL_ERROR, "plpgsql_error"),
    (SqlState::RAISE_EXCEPTION, "raise_exception"),
    (SqlState::NO_DATA_FOUND, "no_data_found"),
    (SqlState::TOO_MANY_ROWS, "too_many_rows"),
    (SqlState::ASSERT_FAILURE, "assert_failure"),
    (SqlState::INTERNAL_ERROR, "internal_error"),
    (SqlState::DATA_CORRUPTED, "data_corrupted"),
    (SqlState::INDEX_CORRUPTED, "index_corrupted"),
];
