CREATE TABLE weather_history (id SERIAL PRIMARY KEY, location VARCHAR(100), temperature NUMERIC(5,2), conditions TEXT, timestamp TIMESTAMP WITH TIME ZONE);
CREATE INDEX weather_location ON weather_history (location);
CREATE TABLE pgbench_accounts (aid int4 NOT NULL, bid int4, abalance int4, filler char(84)) WITH (fillfactor = 100);
ALTER TABLE pgbench_accounts ADD PRIMARY KEY (aid);
\d
\d weather_history
\d pgbench_accounts
\dt
\di
\du
\dn
\df lower
\d missing
