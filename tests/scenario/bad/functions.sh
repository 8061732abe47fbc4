# What the cases can say besides afloat and the shell's own words. Each command line of a case is a shell of its own.

# sql TEXT: as the owner of the tables. admin TEXT: as the server's administrator.
sql() {
  case $AFLOAT_URL in
  sqlite:*) sqlite3 -bail "$APP_DB" "$1" ;;
  *) psql -qAtX -v ON_ERROR_STOP=1 -d "$AFLOAT_URL" -c "$1" ;;
  esac
}
admin() { psql -qAtX -v ON_ERROR_STOP=1 -d "$ADMIN_URL" -c "$1"; }

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
