-- A role for auditors on PostgreSQL, that can read and nothing else. As an administrator, once; then a password:
-- \password doorstep_auditor
CREATE ROLE doorstep_auditor LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
ALTER ROLE doorstep_auditor SET default_transaction_read_only = on;

-- In each database, by the role that owns its tables (doorstep_<site>_audit for the ledger); also for tables made later.
DO $$ BEGIN EXECUTE format('GRANT CONNECT ON DATABASE %I TO doorstep_auditor', current_database()); END $$;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO doorstep_auditor;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO doorstep_auditor;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO doorstep_auditor;
