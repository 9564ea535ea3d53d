# say.sh - how the tools speak, and how they run what is loud.

# End with a message about what is wrong.
die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

say() {
  printf '%s\n' "$*"
}

# Run a command with its output in the file $1; show the end of it, and end,
# when the command fails. $2 says what is being done.
quietly() {
  log=$1
  what=$2
  shift 2
  "$@" >"$log" 2>&1 </dev/null && return 0
  tail -n 60 "$log" >&2
  die "$what failed; the whole output is in $log"
}
