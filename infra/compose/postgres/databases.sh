#!/usr/bin/env bash
# At the first start: a database and a role of its own for each service, which may do nothing else.
set -euo pipefail

for service in requests notifier files; do
    psql --quiet --no-psqlrc --set=ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
        --set=role="zavhoz_$service" --set=file="/run/secrets/postgres_password_$service" <<'SQL'
\set password `cat :file`
CREATE ROLE :"role" LOGIN PASSWORD :'password';
CREATE DATABASE :"role" OWNER :"role";
REVOKE ALL ON DATABASE :"role" FROM PUBLIC;
SQL
done
psql --quiet --no-psqlrc --set=ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<'SQL'
REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC;
SQL
