-- Comments, and the functions that show them.
CREATE TABLE noted (id int PRIMARY KEY, name text);
CREATE TABLE plain (id int);
COMMENT ON TABLE noted IS 'a table';
COMMENT ON COLUMN noted.name IS 'a column';
SELECT obj_description('noted'::regclass), obj_description('noted'::regclass, 'pg_class');
SELECT obj_description('plain'::regclass), obj_description('plain'::regclass, 'pg_class');
SELECT col_description('noted'::regclass, 1), col_description('noted'::regclass, 2);
SELECT obj_description('public'::regnamespace, 'pg_namespace');
COMMENT ON TABLE noted IS NULL;
SELECT obj_description('noted'::regclass, 'pg_class');
COMMENT ON TABLE missing IS 'x';
COMMENT ON COLUMN noted.missing IS 'x';
