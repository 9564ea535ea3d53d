# client.sh - what every client's script sources.
#
# It runs in an empty folder of its own, with Debian's programs in place and
# Gyre where the loader looks for libuv. $programs is the folder of what it
# feeds to them. It ends with a status other than 0 when something is not as it
# must be.
set -eu

fail() {
  printf 'failed: %s\n' "$*" >&2
  exit 1
}

# The command after $1 and $2 must end well within $2 seconds, in a folder of
# its own, with the last line "ok".
expect_ok() {
  name=$1
  seconds=$2
  shift 2
  mkdir -p "$name"
  (cd "$name" && exec timeout "$seconds" "$@") </dev/null >"$name.out" 2>&1 || {
    status=$?
    tail -n 30 "$name.out" >&2
    fail "$name ended with $status"
  }
  [ "$(tail -n 1 "$name.out")" = ok ] || {
    tail -n 30 "$name.out" >&2
    fail "$name did not say ok"
  }
  checks=$((${checks:-0} + 1))
}

# $2, which is called $1, must be $3.
expect_equal() {
  [ "$2" = "$3" ] || fail "$1 is \"$2\", and not \"$3\""
  checks=$((${checks:-0} + 1))
}

# A port of 127.0.0.1 that nobody uses, for streams and for datagrams.
free_port() {
  python3 - <<'END'
import socket
while True:
    stream = socket.socket()
    stream.bind(("127.0.0.1", 0))
    port = stream.getsockname()[1]
    datagram = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        datagram.bind(("127.0.0.1", port))
    except OSError:
        continue
    print(port)
    break
END
}

# Repeat the command until it succeeds, for 30 seconds at most.
wait_for() {
  tries=300
  until "$@" >/dev/null 2>&1; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || fail "waited in vain for: $*"
    sleep 0.1
  done
}

# What a script ends with.
done_well() {
  printf '%d checks\n' "$checks"
}
