# uvloop.sh - Python's asyncio over uvloop.
. "$DROPIN/client.sh"

for name in streams datagrams processes basics; do
  expect_ok "$name" 120 python3 "$programs/$name.py"
done
done_well
