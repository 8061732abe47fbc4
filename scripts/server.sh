# shellcheck shell=bash
# A throw-away PostgreSQL 15 for the examples, on a Unix socket in a folder of its own. Source it after lib.sh.

# shellcheck disable=SC2154 # server_folder is set by whoever sources this

server_bin=/usr/lib/postgresql/15/bin
server_started=no

# The server refuses to run as root.
as_server_user() (
  cd "$server_folder" || exit
  if [[ $(id -u) -eq 0 ]]; then runuser -u postgres -- "$@"; else "$@"; fi
)

# Starts the server in $server_folder, which is there and empty but for folders; makes the roles owner and app, which owns
# nothing. PGHOST and PGPORT lead to it afterwards.
start_server() {
  if [[ $(id -u) -eq 0 ]]; then chown -R postgres "$server_folder"; fi
  chmod 711 "$server_folder"
  as_server_user "$server_bin/initdb" --pgdata "$server_folder/data" --username postgres --auth trust --no-sync \
    --encoding UTF8 --locale C >/dev/null
  server_started=yes
  as_server_user "$server_bin/pg_ctl" start --pgdata "$server_folder/data" --wait --silent --log "$server_folder/server.log" \
    --options "-c listen_addresses='' -c unix_socket_directories='$server_folder' -c unix_socket_permissions=0700 -c fsync=off \
-c shared_buffers=256MB -c max_wal_size=4GB"
  export PGHOST=$server_folder PGPORT=5432
  sql postgres postgres "CREATE ROLE owner LOGIN; CREATE ROLE app LOGIN"
}

stop_server() {
  [[ $server_started == no ]] || as_server_user "$server_bin/pg_ctl" stop --pgdata "$server_folder/data" --mode immediate --silent || true
}

sql() { # ROLE DATABASE SQL
  as_server_user "$server_bin/psql" --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 --username "$1" \
    --dbname "$2" --command "$3"
}

server_url() { # DATABASE
  say "postgres:///$1?host=$server_folder&port=5432&user=owner"
}

# pgbench as the role app in $server_folder/logs, with SIDE.sql as its transaction; the process is $! afterwards.
start_release() { # SIDE DATABASE OPTION...
  local side=$1 database=$2
  shift 2
  local command=("$server_bin/pgbench" --no-vacuum --time 3600 --username app --file "$side.sql" --log --log-prefix "$side" "$@"
    "$database")
  # runuser would stand between us and pgbench, and does not pass SIGALRM on: setpriv becomes pgbench.
  if [[ $(id -u) -eq 0 ]]; then
    command=(setpriv --reuid postgres --regid postgres --init-groups "${command[@]}")
  fi
  (cd "$server_folder/logs" && exec "${command[@]}" >"$server_folder/logs/$side.out" 2>&1) &
}

# SIGALRM is how pgbench learns that its time is over: it ends its transactions and prints its report.
stop_release() { # SIDE PID
  kill -ALRM "$2" || true
  wait "$2" || fail "pgbench of the $1 release ended badly:
$(tail -n 20 "$server_folder/logs/$1.out")"
}

report_of() { # SIDE PATTERN; the number in pgbench's report
  sed -n "s/^$2: *\([0-9]*\).*/\1/p" "$server_folder/logs/$1.out"
}

longest_ms() { # the slowest transaction of both releases, from pgbench's logs: client, transaction, time in µs, …
  cat "$server_folder"/logs/old.[0-9]* "$server_folder"/logs/new.[0-9]* |
    awk '$3 > most { most = $3 } END { printf "%.0f", most / 1000 }'
}
