# neovim.sh - Neovim, headless and in a terminal: jobs, terminal buffers, RPC,
# timers, watching, files.
. "$DROPIN/client.sh"

export HOME="$PWD" XDG_CONFIG_HOME="$PWD" XDG_DATA_HOME="$PWD" \
  XDG_STATE_HOME="$PWD"
mkdir -p work
(cd work && timeout 60 nvim --headless -u NONE -i NONE -n \
  -c "luafile $programs/work.lua") </dev/null >work.out 2>&1 ||
  fail "work.lua: $(tail -n 20 work.out)"
grep -q '^ok' work.out || fail "work.lua: $(tail -n 20 work.out)"
expect_equal "a file made in a terminal" \
  "$(timeout 60 python3 "$programs/type.py")" "ok"
checks=$((checks + 1))
done_well
