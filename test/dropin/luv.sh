# luv.sh - Lua over luv.
. "$DROPIN/client.sh"

for name in network system; do
  expect_ok "$name" 60 lua5.1 "$programs/$name.lua"
done
done_well
