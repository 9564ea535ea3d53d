# soak.sh - the server $1, node or uvloop, under load for $2 minutes: what it
# takes stays the same.
#
# The load comes in rounds. After each the server is
# left alone until the connections are gone, and is then asked for its memory
# and its descriptors. It must show:
#
# - every answer was right, and the server ends well when it is told to;
# - the descriptors, after each round, are as many as after the first;
# - the memory does not grow. The first quarter of the rounds warms up; of the
#   others, the median of the last third must not exceed that of the first
#   third by more than 5 % and 1 MB.
#
# The server loads the library $3 first, a sanitizer's, if there is one. Then it
# must not report anything: but programs leave memory behind when they end, and
# of leaks only those count that Gyre has a part in. ThreadSanitizer remembers
# for every address that was ever used what was done there, and so grows as a
# heap moves about: under it the memory is told, and not judged.
. "$DROPIN/client.sh"

server=$1
minutes=$2
preload=$3
round=10
connections=64

case $server in
  node)
    # Heaps that do not wait for more memory before they are swept.
    serve() {
      exec node --max-semi-space-size=8 --max-old-space-size=96 \
        "$DROPIN/soak/node.js"
    }
    load() {
      timeout 120 wrk -t 1 -c "$connections" -d "${round}s" --timeout 30s \
        -s "$DROPIN/soak/node.lua" "http://127.0.0.1:$(cat port)/"
    }
    ;;
  uvloop)
    serve() {
      exec python3 "$DROPIN/soak/uvloop_server.py"
    }
    load() {
      timeout 120 python3 "$DROPIN/soak/uvloop_load.py" "$round" \
        "$connections" $(cat port)
    }
    ;;
esac

# Freed memory is kept for a while, which must not be for all the time.
(
  [ -z "$preload" ] || export LD_PRELOAD="$preload" \
    ASAN_OPTIONS=quarantine_size_mb=16 LSAN_OPTIONS=exitcode=0 \
    TSAN_OPTIONS=ignore_noninstrumented_modules=1:history_size=4
  serve
) >server.log 2>&1 &
pid=$!
trap 'kill "$pid" 2>/dev/null || :; tail -n 50 server.log >&2' EXIT
wait_for test -e port

descriptors() {
  ls "/proc/$pid/fd" | wc -l
}
back() {
  [ "$(descriptors)" -eq "$first" ]
}

# One line for each round: memory in KB, descriptors, answers.
: >rounds
last=$(($(date +%s) + minutes * 60))
first=
while [ "$(date +%s)" -lt "$last" ]; do
  load >load.log 2>&1 || fail "the load: $(tail load.log)"
  grep -qx 'wrong 0' load.log || fail "wrong answers: $(tail load.log)"
  if [ -z "$first" ]; then
    # Whatever is only made once is there when nothing has changed for a while.
    sleep 6
    first=$(descriptors)
  fi
  (wait_for back) || fail "not $first descriptors: $(ls -l "/proc/$pid/fd")"
  printf '%d %d %d\n' \
    "$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$pid/status")" \
    "$(descriptors)" "$(sed -n 's/^answers //p' load.log)" >>rounds
done
kill -TERM "$pid"
wait "$pid" || fail "the server ended with $?: $(tail -n 50 server.log)"
grep -qx ok server.log || fail "the server: $(tail -n 50 server.log)"
trap - EXIT
! awk -v RS= '/leak of/ && /libuv\.so/' server.log | grep . >&2 ||
  fail "Gyre has a part in these"

judge=1
case $preload in
  *tsan*) judge=0 ;;
esac
awk -v judge="$judge" '
  function median(from, to,   sorted, i, j, t) {
    for (i = from; i <= to; i++) {
      for (j = i; j > from && sorted[j - 1] > memory[i]; j--)
        sorted[j] = sorted[j - 1]
      sorted[j] = memory[i]
    }
    return sorted[int((from + to) / 2)]
  }
  { memory[NR] = $1; descriptors = $2; answers += $3 }
  END {
    warm = int(NR / 4) + 1
    third = int((NR - warm + 1) / 3)
    if (third < 1) {
      print "too few rounds to tell"
      exit 1
    }
    before = median(warm, warm + third - 1)
    after = median(NR - third + 1, NR)
    printf "%d answers, %d rounds, memory %.1f MB, then %.1f MB, ", answers, NR,
      before / 1024, after / 1024
    print descriptors " descriptors"
    if (judge && after > before * 1.05 + 1024) {
      print "the memory grows"
      exit 1
    }
  }' rounds >verdict || {
  cat rounds >&2
  fail "$(cat verdict)"
}
cat verdict
