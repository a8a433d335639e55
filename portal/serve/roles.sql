-- The database, the role that owns it (migrations) and the role of the portal, which owns nothing and may not TRUNCATE.
-- For psql, as a superuser of PostgreSQL. Told again, it changes nothing.
SELECT 'CREATE ROLE concentric_owner LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'concentric_owner') \gexec
SELECT 'CREATE ROLE concentric LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'concentric') \gexec
SELECT 'CREATE DATABASE concentric OWNER concentric_owner ENCODING ''UTF8'' LOCALE ''C.UTF-8'' TEMPLATE template0'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'concentric') \gexec
\connect concentric
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO concentric;
ALTER DEFAULT PRIVILEGES FOR ROLE concentric_owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO concentric;
ALTER DEFAULT PRIVILEGES FOR ROLE concentric_owner GRANT USAGE, SELECT ON SEQUENCES TO concentric;
-- Statements of rollups are guessed to be dearer than they are, and compiling them would take longer than they do.
ALTER DATABASE concentric SET jit = off;
