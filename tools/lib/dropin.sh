# dropin.sh - fetches programs that were built for libuv, and runs them on
# another library of that name.

# Beside what test/dropin names, what its scripts call.
dropin_packages='libnode108 python3-uvloop lua-luv lua5.1 neovim bind9
  bind9-dnsutils cmake knot-resolver rakudo python3 openssl gcc libc6-dev make
  wrk curl libwebsockets-dev libwebsockets-evlib-uv libcap-dev libh2o-dev
  libssl-dev zlib1g-dev netdata-core libnode-dev g++'

# The newest Node.js that Debian built on its shared library.
dropin_node() {
  apt-cache madison nodejs | awk '$3 ~ /^18\./ && / Packages$/ {
    print "nodejs=" $3
    exit
  }'
}

# Unpack what the machine lacks into $1/root, unless that was done.
dropin_fetch() {
  dropin_root=$PWD/$1/root
  [ "$(cat "$dropin_root/complete" 2>/dev/null)" != "$dropin_packages" ] ||
    return 0
  command -v apt-get >/dev/null || die "this wants apt-get, of Debian"
  say "fetching Debian's programs into $1"
  rm -rf "$dropin_root"
  mkdir -p "$1/debs/partial" "$dropin_root/usr"
  as_root apt-get -qq update >"$1/fetch.log" 2>&1 || :
  # A Node.js from elsewhere must not count as Debian's.
  awk -v RS= -v ORS='\n\n' '!/^Package: (nodejs|npm)\n/' /var/lib/dpkg/status \
    >"$1/status"
  as_root apt-get -qq -y --download-only --no-install-recommends \
    -o Dir::State::status="$PWD/$1/status" \
    -o Dir::Cache::archives="$PWD/$1/debs" \
    install "$(dropin_node)" $dropin_packages >>"$1/fetch.log" 2>&1 || {
    tail -n 20 "$1/fetch.log" >&2
    die "cannot fetch Debian's programs"
  }
  for package in "$1"/debs/*.deb; do
    [ ! -f "$package" ] || dpkg -x "$package" "$dropin_root"
  done
  printf '%s\n' "$dropin_packages" >"$dropin_root/complete"
}

# Fetch the source of an addon of Node.js into $1/addon, if npm is here.
dropin_fetch_addon() {
  [ ! -d "$1/addon/node_modules/unix-dgram/src" ] || return 0
  command -v npm >/dev/null || return 1
  say "fetching the source of an addon of Node.js into $1"
  quietly "$1/addon.log" "fetching an addon" npm install --prefix "$1/addon" \
    --ignore-scripts --no-audit --no-fund unix-dgram@2.0.7 nan@2.22.0
}

# May this process lay a folder over another, in a namespace of its own?
dropin_allowed() {
  mkdir -p "$1/probe"
  namespace='-m'
  [ "$(id -u)" -eq 0 ] || namespace='-rm'
  unshare $namespace mount -t overlay overlay \
    -o "lowerdir=$PWD/$1/probe:/usr" /usr >/dev/null 2>&1
}

# Run the rest of the arguments with what was fetched laid over /usr.
dropin_inside() {
  namespace='-m'
  [ "$(id -u)" -eq 0 ] || namespace='-rm'
  unshare $namespace sh -c '
    mount -t overlay overlay -o "lowerdir=$0/usr:/usr" /usr && exec "$@"
  ' "$dropin_root" "$@"
}

# Have the client $1 do its work over the poller $2 with the libuv in $3. What
# it says is in $dropin_output; it fails, too, when another libuv was loaded.
# With $soak, have it serve for so many minutes, with $preload loaded first.
dropin_run() {
  scratch=$PWD/build/dropin/run/${soak:+soak-}$1${preload:+-$sanitize}-$2
  dropin_output=$scratch.out
  rm -rf "$scratch" "$dropin_output"
  mkdir -p "$scratch/loader" "$scratch/work"
  (
    DROPIN=$PWD/test/dropin
    programs=$DROPIN/$1
    script=$1
    [ -z "$soak" ] || script=soak
    GYRE_POLLER=$2
    LD_LIBRARY_PATH=$3
    LD_DEBUG=files
    LD_DEBUG_OUTPUT=$scratch/loader/log
    cd "$scratch/work"
    # Some are compiled first, with the headers that go with the library.
    UV_LIBRARY=$3
    UV_INCLUDE=$3/include
    ADDON=$DROPIN/../../build/dropin/addon/node_modules
    export ADDON DROPIN programs GYRE_POLLER PATH UV_LIBRARY UV_INCLUDE
    PATH=/usr/sbin:/usr/bin:/sbin:/bin
    dropin_inside env LD_LIBRARY_PATH="$LD_LIBRARY_PATH" LD_DEBUG="$LD_DEBUG" \
      LD_DEBUG_OUTPUT="$LD_DEBUG_OUTPUT" PWD="$PWD" sh "$DROPIN/$script.sh" \
      "$1" "$soak" "$preload"
  ) >"$dropin_output" 2>&1 </dev/null || return 1
  loaded=$(cat "$scratch"/loader/log.* |
    sed -n 's/.*calling init: \(.*libuv\.so\.1.*\)/\1/p' | sort | uniq -c)
  rm -rf "$scratch/loader"
  case $loaded in
    *"$3/libuv.so.1"*) ;;
    *)
      echo "the loader did not load $3/libuv.so.1" >>"$dropin_output"
      return 1
      ;;
  esac
  if [ "$(printf '%s\n' "$loaded" | wc -l)" -ne 1 ]; then
    printf 'another libuv was loaded, too:\n%s\n' "$loaded" >>"$dropin_output"
    return 1
  fi
}
