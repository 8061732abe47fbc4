# shellcheck shell=bash
# What the scripts share: installing packages on Debian and finding the program. Source it, do not run it.

# Packages that a build of the program needs.
# shellcheck disable=SC2034
k_build_packages=(g++ cmake ninja-build pkg-config libpqxx-dev libpq-dev libssl-dev libzstd-dev libcli11-dev libfmt-dev
  libtomlplusplus-dev nlohmann-json3-dev libsqlite3-dev libpg-query-dev libprotobuf-c-dev)

say() { printf '%s\n' "$*"; }
fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# The command line's way to root: nothing when we are root, sudo where there is one.
as_root() {
  if [[ $(id -u) -eq 0 ]]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "need root to run: $*
  hint: Run it as root once; the rest works without."
  fi
}

is_installed() {
  # A Python from elsewhere (pyenv, a container image) serves as well as Debian's.
  if [[ $1 == python3 ]] && python3 -c 'import sqlite3' 2>/dev/null; then return 0; fi
  [[ $(dpkg-query --show --showformat='${Status}' "$1" 2>/dev/null) == "install ok installed" ]]
}

apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet=2 --no-install-recommends "$@" >/dev/null
}

# Installs what is missing of the packages named. Does nothing, and needs no root, when all are there.
need_packages() {
  local package missing=()
  for package in "$@"; do
    is_installed "$package" || missing+=("$package")
  done
  [[ ${#missing[@]} -gt 0 ]] || return 0
  command -v apt-get >/dev/null || fail "cannot install ${missing[*]}: this is not a Debian system
  hint: Install what these packages hold by other means; README.md names the libraries."
  say "Installing ${missing[*]}"
  as_root apt-get update --quiet=2
  local rest=()
  for package in "${missing[@]}"; do
    case $package in
      postgresql-[0-9]*) install_postgresql "$package" ;;
      *) rest+=("$package") ;;
    esac
  done
  if [[ ${#rest[@]} -gt 0 ]]; then apt_install "${rest[@]}"; fi
}

# Debian's package makes and starts a cluster "main" unless it is told not to; we only want the programs.
install_postgresql() {
  local settings=/etc/postgresql-common/createcluster.conf
  apt_install postgresql-common
  if as_root test -f "$settings"; then
    as_root sed -i 's/^#\?create_main_cluster *=.*/create_main_cluster = false/' "$settings"
  fi
  apt_install "$1"
}

# PostgreSQL refuses to run as root: the tests then start it as the user postgres.
server_user() { if [[ $(id -u) -eq 0 ]]; then say postgres; else id -un; fi; }
as_server() {
  if [[ $(id -u) -eq 0 ]] && id postgres >/dev/null 2>&1; then runuser -u postgres -- "$@"; else "$@"; fi
}

# Prints the folder for other versions of PostgreSQL: $AFLOAT_SERVERS, or build/servers; a clone below a private folder,
# such as root's home, hides it from the server's user, so that it is kept in /var/tmp then.
servers_folder() {
  local root=$1 shared=/var/tmp/afloat-servers
  if [[ -n ${AFLOAT_SERVERS:-} ]]; then
    realpath -m "$AFLOAT_SERVERS"
  elif as_server test -x "$root"; then
    say "$root/build/servers"
  else
    mkdir -m 755 "$shared" 2>/dev/null || true
    [[ -O $shared && ! -L $shared ]] || fail "$shared belongs to somebody else
  hint: Set AFLOAT_SERVERS to a folder that the user $(server_user) can read."
    say "$shared"
  fi
}

# Configures and builds one preset, with more options for CMake if there are any; what the compiler says is shown only
# when it fails. From nothing in units (cmake/units.cmake); a build that is there stays as it is.
build_preset() {
  local root=$1 preset=$2 log
  shift 2
  [[ -f $root/build/$preset/CMakeCache.txt ]] || set -- -DAFLOAT_UNITS=ON "$@"
  log=$(mktemp)
  if ! (cd "$root" && cmake --preset "$preset" "$@" && cmake --build --preset "$preset") >"$log" 2>&1; then
    tail -n 60 "$log" >&2
    rm -f "$log"
    fail "the $preset build failed"
  fi
  rm -f "$log"
}

# Prints the program's path: $AFLOAT, or the newest build that is there.
find_afloat() {
  local root=$1 candidate
  if [[ -n ${AFLOAT:-} ]]; then
    [[ -x $AFLOAT ]] || fail "AFLOAT=$AFLOAT is not a program"
    realpath "$AFLOAT"
    return
  fi
  # shellcheck disable=SC2012 # names of our own build folders
  candidate=$(cd "$root" && ls -t build/release/afloat build/dev/afloat 2>/dev/null | head -n 1) || true
  [[ -n $candidate ]] || fail "afloat is not built yet
  hint: Run scripts/quickstart, or: cmake --preset release && cmake --build --preset release"
  say "$root/$candidate"
}

# Waits until a command succeeds, looking ten times a second. For processes that we have just started.
wait_until() {
  local seconds=$1 what=$2 tries
  shift 2
  for ((tries = seconds * 10; tries > 0; --tries)); do
    if "$@"; then return 0; fi
    sleep 0.1
  done
  fail "waited ${seconds}s for $what"
}

# A heading with a sentence or two under it, folded to 80 columns.
section() {
  local bold='' plain=''
  if [[ -t 1 ]]; then bold=$'\033[1m' plain=$'\033[0m'; fi
  printf '\n%s== %s%s\n' "$bold" "$1" "$plain"
  [[ $# -lt 2 ]] || printf '%s\n' "$2" | fold -s -w 80
}
