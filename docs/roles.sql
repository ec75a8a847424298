-- Two roles for PostgreSQL 15 or newer: one that changes the schema, one that serves.
--
-- Run it in Consentry's database as a superuser, before the first `consentry migrate` or at any
-- time after; it may be repeated. Then give each role a way to log in, for instance with psql's
-- \password. Everything of ours lies in the schema `public`.

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'consentry_migrator') THEN
    CREATE ROLE consentry_migrator LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'consentry_runtime') THEN
    CREATE ROLE consentry_runtime LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;
  END IF;
  -- Nobody else connects, and nobody makes temporary tables.
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO consentry_migrator, consentry_runtime',
                 current_database());
END
$$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO consentry_migrator;
GRANT USAGE ON SCHEMA public TO consentry_runtime;

-- What was made before the roles were is the migrator's too.
DO $$
DECLARE one regclass;
BEGIN
  FOR one IN SELECT oid FROM pg_class
             WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') LOOP
    EXECUTE format('ALTER TABLE %s OWNER TO consentry_migrator', one);
  END LOOP;
END
$$;

SET ROLE consentry_migrator;

-- The tables of this release and of every later one.
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO consentry_runtime;
ALTER DEFAULT PRIVILEGES IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO consentry_runtime;

-- Which revision the schema is at is read by who serves, and written by who migrates.
CREATE TABLE IF NOT EXISTS alembic_version (
  version_num varchar(32) NOT NULL CONSTRAINT alembic_version_pkc PRIMARY KEY
);
REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM consentry_runtime;

RESET ROLE;
