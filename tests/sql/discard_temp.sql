-- DISCARD TEMP drops the session's temporary objects; DISCARD ALL does too.
CREATE TEMPORARY TABLE discarded (a serial PRIMARY KEY, b text);
INSERT INTO discarded (b) VALUES ('x');
CREATE FUNCTION pg_temp.discarded_too() RETURNS int LANGUAGE sql AS 'SELECT 1';
DISCARD TEMP;
SELECT * FROM discarded;
CREATE TEMPORARY TABLE discarded (a int);
BEGIN;
DISCARD TEMPORARY;
SELECT count(*) FROM pg_class WHERE relname = 'discarded';
ROLLBACK;
SELECT count(*) FROM discarded;
DISCARD ALL;
SELECT count(*) FROM pg_class WHERE relname = 'discarded';
DISCARD TEMP;
