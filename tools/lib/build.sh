# build.sh - configures and builds, quietly.

# How many processes at a time.
processors() {
  getconf _NPROCESSORS_ONLN 2>/dev/null || getconf NPROCESSORS_ONLN 2>/dev/null ||
    echo 2
}

# Configure preset $1 into build/$2 with the options that follow.
configure() {
  preset=$1
  dir=build/$2
  shift 2
  mkdir -p build
  say "configuring $dir"
  quietly "$dir.configure.log" "configuring" \
    cmake --preset "$preset" -B "$dir" "$@"
}

# Build the targets in the arguments, or all, in build/$1.
build() {
  dir=build/$1
  shift
  say "building $dir"
  quietly "$dir.build.log" "building" \
    cmake --build "$dir" --parallel "${jobs:-$(processors)}" ${1:+--target "$@"}
}
