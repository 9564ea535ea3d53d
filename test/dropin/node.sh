# node.sh - Node.js 18.
. "$DROPIN/client.sh"

for name in http streams fs watch child worker cluster dgram dns tls timers \
  signals zlib system; do
  expect_ok "$name" 120 node "$programs/$name.js"
done
export SCHEDULE=none
expect_ok cluster-shared 60 node "$programs/cluster.js"
unset SCHEDULE
expect_equal "input from a pipe" \
  "$(printf 'hello there' | timeout 60 node "$programs/stdin.js")" \
  "read 11 bytes"
printf 'from a file' >input
expect_equal "input from a file" \
  "$(timeout 60 node "$programs/stdin.js" <input)" "read 11 bytes"
# The phases, as its guide has them.
examples=$DROPIN/../../examples/node
timeout 60 node "$examples/phases.js" >phases.txt
diff "$examples/phases.txt" phases.txt >&2 || fail "the order of the phases"
checks=$((checks + 1))
# A terminal of its own: the reader of "raw" types a key.
expect_ok terminal 60 python3 "$programs/terminal.py" node \
  "$programs/stdin.js" terminal
done_well
