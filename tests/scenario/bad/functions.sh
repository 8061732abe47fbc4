# What the cases can say besides afloat and the shell's own words. Each command line of a case is a shell of its own.

# sql TEXT: as the owner of the tables. admin TEXT: as the server's administrator. ADMIN_URL=… admin TEXT: elsewhere.
sql() {
  case $AFLOAT_URL in
  sqlite:*) sqlite3 -bail "$APP_DB" "$1" ;;
  *) psql -qAtX -v ON_ERROR_STOP=1 -d "$AFLOAT_URL" -c "$1" ;;
  esac
}
admin() { PGOPTIONS='-c client_min_messages=warning -c default_transaction_read_only=off' psql -qAtX -v ON_ERROR_STOP=1 -d "$ADMIN_URL" -c "$1"; }

# hold TEXT: another session begins a transaction with it and keeps it open until `release`.
hold() {
  wait_for_release='touch held; while [ -e held ]; do sleep 0.02; done'
  case $AFLOAT_URL in
  sqlite:*) sqlite3 "$APP_DB" "$1" ".shell $wait_for_release" > hold.log 2>&1 < /dev/null & ;;
  *) PGAPPNAME=report psql -qAtX -d "$AFLOAT_URL" -c BEGIN -c "$1" -c "\\! $wait_for_release" > hold.log 2>&1 < /dev/null & ;;
  esac
  echo $! > hold.pid
  until [ -e held ]; do sleep 0.02; done
}
release() {
  rm held
  while kill -0 "$(cat hold.pid)" 2> /dev/null; do sleep 0.02; done
}

# not_a_server: something that listens, and answers like a web server; its port is in the file `port`.
not_a_server() {
  perl -MIO::Socket::INET -e '
    my $s = IO::Socket::INET->new(Listen => 5, LocalAddr => "127.0.0.1") or die;
    print $s->sockport, "\n";
    close STDOUT;
    exit if fork;
    alarm 20;
    for (1 .. 2) { my $c = $s->accept or exit; sysread $c, my $request, 100; print $c "HTTP/1.1 400 Bad Request\r\n\r\n"; close $c }' > port 2> /dev/null
}

# A server of its own that is in recovery: it answers, and nobody can write.
as_server() {
  (cd / && if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi)
}
start_standby() {
  as_server mkdir -m 755 "$STANDBY"
  as_server "$PG_BIN/initdb" -D "$STANDBY/data" -U postgres -A trust --locale=C --no-sync > standby.log
  as_server touch "$STANDBY/data/standby.signal"
  as_server "$PG_BIN/pg_ctl" -D "$STANDBY/data" -w -l "$STANDBY/log" start >> standby.log \
    -o "-c fsync=off -c listen_addresses= -c unix_socket_directories=$STANDBY"
}
stop_standby() {
  as_server "$PG_BIN/pg_ctl" -D "$STANDBY/data" -m immediate -w stop >> standby.log
  as_server rm -r "$STANDBY"
}

# cut: ends every session of afloat in this database, as an administrator or a failing network would.
cut() {
  admin "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name LIKE 'afloat%'" > cut.log
}

# take_lease: what another runner does that believes this one to be dead.
take_lease() { sql "UPDATE ${LEDGER}lease SET token = token + 1, holder = 'afloat (process 1 on elsewhere)'"; }

# at POINT TEXT afloat …: runs TEXT when afloat reaches the point ("before commit 1.1"; tests/faulty/main.cpp).
at() {
  AFLOAT_FAULT=run AFLOAT_FAULT_POINT=$1 AFLOAT_FAULT_COMMAND=". $FUNCTIONS; $2"
  export AFLOAT_FAULT AFLOAT_FAULT_POINT AFLOAT_FAULT_COMMAND
  shift 3
  afloat_faulty "$@"
}

# small_disk: a tablespace `small` that holds 2 MB; more_disk: 50 MB. Only root may mount it.
small_disk() {
  as_server mkdir -m 700 "$SOCKET/small" && mount -t tmpfs -o "size=2m,mode=700,uid=$(id -u postgres)" none "$SOCKET/small" &&
    admin "CREATE TABLESPACE small LOCATION '$SOCKET/small'" && admin 'GRANT CREATE ON TABLESPACE small TO migrator'
}
more_disk() { mount -o remount,size=50m "$SOCKET/small"; }
no_disk() { admin "ALTER TABLE users SET TABLESPACE pg_default" && admin 'DROP TABLESPACE small' && umount "$SOCKET/small"; }
