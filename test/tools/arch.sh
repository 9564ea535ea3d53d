#!/bin/sh
# arch.sh - which tests tools/test-arch leaves out, and that it says so.
. "${0%/*}/../support/test.sh"

lib=$GYRE_SOURCE_DIR/tools/lib

rows() {
  grep -v '^#' "$lib/emulated.tsv"
}

test_every_row_is_about_a_test_and_has_a_reason() {
  rows >rows
  while IFS='	' read -r where test reason rest; do
    case $where in
      emulated | musl | i686 | aarch64 | riscv64 | s390x) ;;
      *) fail "where is $where?" ;;
    esac
    [ -n "$reason" ] && [ -z "$rest" ] || fail "$test has no reason"
    name=${test##*/}
    pattern=$(printf '%s' "$name" | sed 's/\*/[a-z0-9_]*/g')
    # A test may run in several ways, which are the end of its name.
    grep -q "${pattern%%_by_*}" "$GYRE_SOURCE_DIR/test/${test%/*}.c" ||
      fail "there is no test $test"
  done <rows
}

test_a_row_excuses_its_test_over_every_poller_and_no_other() {
  printf 'api/a/test_b\tbecause\napi/c/test_*_d\tsince\n' >rows
  printf '%s\n' api/a/test_b@epoll api/a/test_b api/a/test_bb@epoll \
    api/c/test_x_d@poll api/c/test_d@poll >tests
  awk -f "$lib/excused.awk" rows tests >excused
  expect_equal "$(cat excused)" "skipped api/a/test_b@epoll: because
skipped api/a/test_b: because
skipped api/c/test_x_d@poll: since"
}

test_without_rows_nothing_is_excused() {
  : >rows
  echo api/a/test_b >tests
  expect_equal "$(awk -f "$lib/excused.awk" rows tests)" ""
}

test_ctest_leaves_out_what_is_excused() {
  arch_rows() {
    printf 'api/a/test_b\tbecause\napi/c/test_*_d\tsince\n'
  }
  sed -n '/^arch_rows_as_regex()/,/^}/p' "$lib/arch.sh" >function
  . ./function
  expect_equal "$(arch_rows_as_regex s390x)" \
    '^(api/a/test_b|api/c/test_.*_d)(@.*)?$'
  arch_rows() {
    :
  }
  expect_equal "$(arch_rows_as_regex musl)" '^(a test of no name)(@.*)?$'
}

test_main "$@"
