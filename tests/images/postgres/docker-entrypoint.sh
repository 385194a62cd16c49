#!/usr/bin/env bash
# What the official image does, as far as it is used: POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB (each also as _FILE),
# POSTGRES_INITDB_ARGS, POSTGRES_HOST_AUTH_METHOD, and scripts in /docker-entrypoint-initdb.d on the first start.
set -Eeo pipefail

file_env() {
    local name=$1 file=$1_FILE
    if [ -n "${!name:-}" ] && [ -n "${!file:-}" ]; then
        echo "error: both $name and $file are set" >&2
        exit 1
    fi
    local value=${2:-}
    if [ -n "${!name:-}" ]; then value=${!name}; elif [ -n "${!file:-}" ]; then value=$(<"${!file}"); fi
    export "$name"="$value"
    unset "$file"
}

if [ "${1:0:1}" = '-' ]; then set -- postgres "$@"; fi
if [ "$1" = postgres ] && [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA" && chmod 00700 "$PGDATA"
    find "$PGDATA" \! -user postgres -exec chown postgres '{}' +
    mkdir -p /var/run/postgresql && chmod 03775 /var/run/postgresql
    chown postgres /var/run/postgresql
    exec gosu postgres "$BASH_SOURCE" "$@"
fi
if [ "$1" = postgres ]; then
    file_env POSTGRES_PASSWORD
    file_env POSTGRES_USER postgres
    file_env POSTGRES_DB "$POSTGRES_USER"
    file_env POSTGRES_INITDB_ARGS
    if [ ! -s "$PGDATA/PG_VERSION" ]; then
        if [ -z "$POSTGRES_PASSWORD" ] && [ "${POSTGRES_HOST_AUTH_METHOD:-}" != trust ]; then
            echo 'Error: Database is uninitialized and superuser password is not specified.' >&2
            exit 1
        fi
        eval 'initdb --username="$POSTGRES_USER" --pwfile=<(printf "%s\n" "$POSTGRES_PASSWORD") '"$POSTGRES_INITDB_ARGS"
        auth=$(postgres -C password_encryption)
        printf '\nhost all all all %s\n' "${POSTGRES_HOST_AUTH_METHOD:-$auth}" >>"$PGDATA/pg_hba.conf"
        export PGPASSWORD=$POSTGRES_PASSWORD
        pg_ctl -D "$PGDATA" -o "-c listen_addresses='' -p 5432" -w start
        sql() { psql -v ON_ERROR_STOP=1 --no-psqlrc --username "$POSTGRES_USER" --no-password "$@"; }
        if [ "$POSTGRES_DB" != postgres ]; then
            echo 'CREATE DATABASE :"db" ;' | sql --dbname postgres --set db="$POSTGRES_DB"
        fi
        for script in /docker-entrypoint-initdb.d/*; do
            case "$script" in
            *.sh) if [ -x "$script" ]; then "$script"; else . "$script"; fi ;;
            *.sql) sql --dbname "$POSTGRES_DB" -f "$script" ;;
            *.sql.gz) gunzip -c "$script" | sql --dbname "$POSTGRES_DB" ;;
            esac
        done
        pg_ctl -D "$PGDATA" -m fast -w stop
        unset PGPASSWORD
        echo 'PostgreSQL init process complete; ready for start up.'
    fi
fi
exec "$@"
