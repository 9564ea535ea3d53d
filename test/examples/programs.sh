#!/bin/sh
# programs.sh - the examples do what they say.
. "${0%/*}/../support/test.sh"

# Set $program to the example $1 of the build under test.
example_find() {
  need_build
  program=$GYRE_BUILD_DIR/examples/$1
  [ -x "$program" ] || skip "this build has no examples"
}

# What the screen of the demo says to a terminal, in the file "screen".
demo_on_a_terminal() {
  example_find demo
  script -qec true /dev/null >/dev/null 2>&1 || skip "there is no script"
  script -qec "stty rows 40 cols 100; '$program' --seconds 1" /dev/null \
    </dev/null >screen
}

test_hello_loop_ticks_three_times() {
  example_find hello-loop
  expect_equal "$("$program")" "tick, 2 left
tick, 1 left
tick, 0 left
done, by the contract of libuv 1.52.1"
}

test_phases_come_in_their_order() {
  example_find phases
  "$program" | sed -n 's/^  \([a-z]*\) .*/\1/p' >phases
  expect_equal "$(paste -s -d ' ' phases)" "timers idle prepare poll poll check\
 close close timers idle prepare check close close close close"
}

test_idle_timeout_fires_once_after_the_last_sign() {
  example_find idle-timeout
  expect_equal "$("$program")" "5 signs, then 100 ms or more of silence"
}

test_pollers_are_all_woken() {
  example_find pollers
  unset GYRE_POLLER
  "$program" >out
  [ -s out ] || fail "there is no poller"
  # io_uring may be forbidden; whoever asks for it is told.
  ! grep -v -e ': woken$' -e '^io_uring: ' out || fail "$(cat out)"
}

test_embedded_loop_runs_in_a_foreign_one() {
  example_find embed
  unset GYRE_POLLER
  "$program" | sort >out
  if grep -q 'no descriptor' out; then
    skip "the default poller has no descriptor"
  fi
  expect_equal "$(cat out)" "a timer of the guest
nothing is left for the guest
work of the guest is done"
}

test_lookup_answers_and_says_what_has_no_answer() {
  example_find lookup
  status=0
  "$program" localhost 192.0.2.1 "$(printf '\377')" >out || status=$?
  grep -qE '^localhost has address (127\.0\.0\.1|::1)$' out || fail "localhost"
  grep -q '^192\.0\.2\.1 is ' out || fail "an address"
  LC_ALL=C grep -q ': invalid argument$' out || fail "no UTF-8"
  expect_equal "$status" 1
}

test_lookup_of_nothing_says_how_to_use_it() {
  example_find lookup
  status=0
  "$program" 2>err || status=$?
  expect_equal "$status:$(cat err)" '2:usage: lookup NAME...'
}

# Wait until the file $1 has the line $2, which the program $pid writes.
await_line() {
  until grep -qxF -- "$2" "$1"; do
    kill -0 "$pid" 2>/dev/null || fail "it ended, and never said: $2"
  done
}

# Skip the test where files cannot be watched by the system.
need_fs_event() {
  [ "$(uname)" = Linux ] || skip "this system tells nothing of files"
}

# Start $program with "$@"; it ends by itself when its directory is removed,
# which is when the test ends at the latest.
start_program() {
  : >out
  : >err
  "$program" "$@" >out 2>err &
  pid=$!
}

test_tail_follow_survives_rotation_and_truncation() {
  need_fs_event
  example_find tail-follow
  mkdir logs
  start_program logs/app
  echo one >>logs/app
  await_line out one
  mv logs/app logs/app.1
  echo two >>logs/app.1
  await_line out two
  echo three >>logs/app
  await_line out three
  : >logs/app
  await_line err 'tail-follow: logs/app was truncated'
  echo four >>logs/app
  await_line out four
  rm logs/app
  await_line err 'tail-follow: logs/app is gone'
  rm -r logs
  wait "$pid" || fail "it ended with $?"
  expect_equal "$(paste -s -d ' ' out)" 'one two three four'
}

test_tail_follow_loses_no_line_of_a_log_that_rotates_in_haste() {
  need_fs_event
  example_find tail-follow
  mkdir logs
  start_program logs/app
  for i in 1 2 3 4 5 6 7 8 9; do
    echo "$i" >>logs/app
    echo "$i again" >>logs/app
    await_line out "$i"
    mv logs/app "logs/app.$i"
    echo "$i, the last" >>"logs/app.$i"
  done
  echo end >>logs/app
  await_line out end
  rm -r logs
  wait "$pid" || fail "it ended with $?"
  expect_equal "$(wc -l <out | tr -d ' ')" 28
}

test_watch_directory_tells_of_what_is_below() {
  need_fs_event
  example_find watch-directory
  mkdir top
  start_program top
  await_line out 'watching top'
  mkdir -p top/a/b
  echo text >top/a/b/c
  await_line out 'name   a/b/c: a file'
  mv top/a top/d
  await_line out 'name   d/b/c: a file'
  echo text >>top/d/b/c
  await_line out 'change d/b/c: a file'
  rm top/d/b/c
  await_line out 'name   d/b/c: nothing'
  rm -r top
  wait "$pid" || fail "it ended with $?"
  expect_equal "$(tail -n 1 out)" 'top is gone'
}

test_watch_directory_says_what_it_cannot_watch() {
  need_fs_event
  example_find watch-directory
  status=0
  "$program" missing 2>err || status=$?
  expect_equal "$status:$(cat err)" \
    '1:watch-directory: missing: no such file or directory'
}

test_command_gets_our_input_and_its_output_is_numbered() {
  example_find run-command
  status=0
  printf 'one\ntwo\n' | "$program" sh -c 'cat; exit 3' >out || status=$?
  expect_equal "$status:$(cat out)" "3:     1  one
     2  two"
}

test_command_that_a_signal_ends_is_told_by_the_status() {
  example_find run-command
  status=0
  "$program" sh -c 'kill -9 $$' </dev/null >out || status=$?
  expect_equal "$status:$(cat out)" 137:
}

test_command_that_reads_nothing_holds_nobody_up() {
  example_find run-command
  yes | "$program" true >out || fail "it ended with $?"
  expect_equal "$(cat out)" ''
}

test_command_that_is_not_there_is_127() {
  example_find run-command
  status=0
  "$program" no-such-command </dev/null 2>err || status=$?
  expect_equal "$status:$(cat err)" \
    '127:no-such-command: no such file or directory'
}

test_copy_tree_copies_all_there_is() {
  example_find copy-tree
  mkdir -p from/a/b from/empty
  echo one >from/one
  echo two >from/a/b/two
  chmod 750 from/a/b/two
  ln -s ../one from/a/link
  expect_equal "$("$program" from to)" "2 files, 8 bytes, 0 failed"
  diff -r from to || fail "they differ"
  expect_equal "$(readlink to/a/link)" ../one
  [ -x to/a/b/two ] || fail "permissions were lost"
  status=0
  "$program" none to2 >out 2>err || status=$?
  expect_equal "$status:$(grep -c 'no such file' err)" 1:1
}

test_demo_loses_nothing_whatever_the_poller() {
  example_find demo
  pollers=$("$program" --help | sed -n 's/.*one of//p')
  [ -n "$pollers" ] || fail "the demo knows no poller"
  for poller in $pollers; do
    status=0
    "$program" --seconds 1 --connections 300 --poller "$poller" >out 2>err ||
      status=$?
    # A kernel may refuse an io_uring, and that is said.
    ! grep -q '^demo: io_uring: ' err || continue
    [ "$status" -eq 0 ] || fail "on $poller: $status: $(cat err)"
    grep -q "turns of one loop on $poller:" out || fail "it ran on another"
    grep -q ' measured, 0 early' out || fail "a timer was early on $poller"
  done
}

test_demo_draws_no_escape_sequence_into_a_file() {
  example_find demo
  "$program" --seconds 1 >out
  ! LC_ALL=C grep -q "$(printf '\033')" out || fail "there is one"
}

test_demo_draws_over_itself_on_a_terminal() {
  demo_on_a_terminal
  LC_ALL=C grep -q "$(printf '\033')\[23A" screen || fail "it does not go up"
  LC_ALL=C grep -q "$(printf '\033')\[46m" screen || fail "it has no colours"
  LC_ALL=C grep -q "$(printf '\033')\[?25h" screen || fail "the cursor is gone"
}

test_demo_has_no_colours_when_there_shall_be_none() {
  export NO_COLOR=1
  demo_on_a_terminal
  LC_ALL=C grep -q "$(printf '\033')\[23A" screen || fail "it does not go up"
  ! LC_ALL=C grep -q "$(printf '\033')\[[0-9;]*m" screen || fail "it has some"
}

test_demo_ends_early_when_it_is_interrupted() {
  example_find demo
  # A shell lets its background processes ignore the signal; env undoes that
  # where it can.
  env --default-signal=INT true 2>/dev/null || skip "this env cannot do that"
  env --default-signal=INT "$program" --seconds 600 >out &
  pid=$!
  # It has begun when the first line of its table is there.
  while ! [ -s out ]; do
    kill -0 "$pid" 2>/dev/null || fail "it has ended by itself"
  done
  kill -INT "$pid"
  wait "$pid" || fail "it ended with $?"
  grep -q 'turns of one loop' out || fail "there is no summary"
}

test_demo_refuses_what_it_does_not_understand() {
  example_find demo
  for bad in '--seconds 0' '--seconds 1x' '--seconds' '--loud yes'; do
    status=0
    "$program" $bad >out 2>err || status=$?
    expect_equal "$status" 2
    grep -q '^usage: demo' err || fail "it does not say how to use it"
  done
  status=0
  "$program" --poller carrier-pigeon >out 2>err || status=$?
  expect_equal "$status:$(cat err)" \
    "1:demo: carrier-pigeon: invalid argument"
}

test_main "$@"
