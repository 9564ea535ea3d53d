# raku.sh - Rakudo over MoarVM: sockets, processes, timers, watching, signals.
. "$DROPIN/client.sh"

export HOME="$PWD"
expect_ok work 120 raku "$programs/work.raku"
done_well
