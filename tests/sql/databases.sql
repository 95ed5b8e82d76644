-- Recorded from a cluster of initdb --locale-provider=builtin --locale=C.UTF-8, which is what a data directory is.
\l template*
SELECT datname, datlocprovider, datcollate, datctype, datlocale FROM pg_database WHERE datname LIKE 'template%' ORDER BY 1;
