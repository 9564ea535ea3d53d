# test.sh - what every test script sources, before its tests.
#
# A test is a function whose name starts with test_, and a script ends with
# `test_main "$@"`. It then behaves as a test program does: --list tells the
# names, NAME runs that test, and the exit status is 0, or 77 for skipped, else
# it has failed. A test runs under `set -e` in an empty folder, $scratch, which
# is removed afterwards. CTest gives it GYRE_SOURCE_DIR, GYRE_BUILD_DIR, CC,
# CMAKE and NM; by hand, all but the build have a default.
: "${GYRE_SOURCE_DIR:=$(cd "${0%/*}/../.." && pwd)}"
: "${CC:=cc}" "${CMAKE:=cmake}" "${NM:=nm}"

# Say why this test has failed, and end it.
fail() {
  printf 'failed: %s\n' "$*" >&2
  exit 1
}

# Say why this test cannot run here, and end it.
skip() {
  printf 'skipped: %s\n' "$*"
  exit 77
}

# Fail unless $1, which is what came out, equals $2.
expect_equal() {
  [ "$1" = "$2" ] || fail "got \"$1\", expected \"$2\""
}

# End the test unless it was told which build it is about.
need_build() {
  [ -n "${GYRE_BUILD_DIR:-}" ] || skip "GYRE_BUILD_DIR names no build"
}

test_names() {
  sed -n 's/^\(test_[a-z0-9_]*\)() {.*/\1/p' "$0" | grep -v '^test_main$'
}

test_main() {
  if [ "$#" -ne 1 ]; then
    printf 'usage: %s --list | NAME\n' "$0" >&2
    exit 2
  fi
  if [ "$1" = --list ]; then
    test_names
    exit 0
  fi
  test_names | grep -qx -- "$1" || fail "there is no test called $1"
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  cd "$scratch"
  set -e
  "$1"
}
