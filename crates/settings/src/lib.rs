//! The rows of pg_settings and their values for a session.
