# results.awk - reads what CTest prints, and tells it in fewer words.
#
# A test that failed is told with its output, one that was skipped by its name,
# one that passed only as a number. The last line is "N passed, N failed,
# N skipped". The exit status is 0 when CTest's own is, its own count of tests
# is the sum of these three, and that sum is not 0.

function clear_progress() {
  if (progress)
    printf "\r\033[K"
}

# "name" of "3/9 Test  #7: name ....***Failed  0.01 sec".
function name_of(line) {
  sub(/^ *[0-9]+\/[0-9]+ Test +#[0-9]+: /, "", line)
  sub(/ .*/, "", line)
  return line
}

# "Failed  0.01 sec" of the same.
function reason_of(line) {
  sub(/^ *[0-9]+\/[0-9]+ Test +#[0-9]+: [^ ]+ \.*/, "", line)
  sub(/\*\*\*/, " ", line)
  gsub(/  +/, " ", line)
  sub(/^ /, "", line)
  return line
}

/^ *[0-9]+\/[0-9]+ Test +#[0-9]+: / {
  telling = 0
  done++
  if (/\*\*\*Skipped/) {
    skipped++
    clear_progress()
    print "skipped " name_of($0)
  } else if (/   Passed +[0-9.]+ sec/ && !/\*\*\*/) {
    passed++
  } else {
    failed++
    telling = 1
    clear_progress()
    print "FAILED  " name_of($0) ": " reason_of($0)
  }
  if (progress) {
    split($1, fraction, "/")
    printf "\r%d of %d, %d failed", done, fraction[2], failed
    fflush()
  }
  next
}

/^ *Start +[0-9]+: / {
  next
}

/^[0-9]+% tests passed, [0-9]+ tests? failed out of [0-9]+/ {
  telling = 0
  total = $NF
  next
}

/^No tests were found/ {
  none = 1
}

/^ctest ended with [0-9]+$/ {
  status = $NF
  next
}

# What the failed test has printed.
telling && NF {
  print "        " $0
  next
}

/^Errors while running CTest$/ {
  next
}

# Before the first test CTest speaks only when it cannot start.
!done && /[Ee]rror|[Cc]annot|[Uu]nable/ {
  print
}

END {
  clear_progress()
  if (none)
    print "no test has such a name"
  if (total != passed + failed + skipped)
    printf "CTest counts %d tests, their results are %d\n", total,
      passed + failed + skipped
  printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
  exit !(status == "0" && total > 0 && total == passed + failed + skipped &&
    failed == 0)
}
