#!/bin/sh
# reference.sh - the reference tells of every public symbol.
#
# Doxygen makes it, and ends with an error for what has no text. What there is
# to tell of, the tables of the ABI say.
. "${0%/*}/../support/test.sh"

tables=$GYRE_SOURCE_DIR/test/abi

# Make the reference of the headers in folder $1, in ./pages, and its names in
# pages.tag.
reference_make() {
  command -v doxygen >/dev/null || skip "there is no doxygen"
  cp -R "$GYRE_SOURCE_DIR/docs" "$GYRE_SOURCE_DIR/examples" .
  [ "$1" = include ] || mv "$1" include
  {
    echo "@INCLUDE = docs/reference/Doxyfile"
    echo "OUTPUT_DIRECTORY = pages"
    echo "GENERATE_TAGFILE = pages.tag"
  } | doxygen - >log 2>&1
}

# Fail unless all names in the file $1 are names of the reference.
expect_told() {
  {
    sed -n 's/.*<name>\([^<]*\)<.*/\1/p' pages.tag
    sed -n 's/.*<enumvalue[^>]*>\([^<]*\)<.*/\1/p' pages.tag
  } | LC_ALL=C sort -u >told
  LC_ALL=C sort -u "$1" | LC_ALL=C comm -23 - told >missing
  [ ! -s missing ] || fail "not told of: $(cat missing)"
}

# What complains of parameters and enumerators in the headers of folder $1.
complaints() {
  awk -v check=1 -f "$GYRE_SOURCE_DIR/docs/reference/filter.awk" \
    "$1"/uv/*.h "$1"/gyre.h
}

test_the_reference_tells_of_every_public_symbol() {
  cp -R "$GYRE_SOURCE_DIR/include" .
  reference_make include || fail "$(cat log)"
  [ ! -s log ] || fail "$(cat log)"
  # Column 3 of the constants is their number on Linux, 2 that of the macros.
  {
    cut -f 1 "$tables/functions.tsv" "$tables/callbacks.tsv" | grep '^uv_'
    awk -F '\t' 'FNR > 1 && $3 != "-" { print $2 }' "$tables/enums.tsv"
    awk -F '\t' 'FNR > 1 && $2 != "-" { print $1 }' "$tables/macros.tsv"
    cut -f 1 "$tables/types.tsv" | grep '^uv_'
    sed -n 's/^UV_EXTERN.*[ *]\(gyre_[a-z_]*\)(.*/\1/p' include/gyre.h
  } >owed
  [ "$(wc -l <owed)" -gt 690 ] || fail "only $(wc -l <owed) names are owed"
  expect_told owed
}

test_every_parameter_and_enumerator_is_told_of() {
  complaints "$GYRE_SOURCE_DIR/include" >log
  [ ! -s log ] || fail "$(cat log)"
}

test_a_function_without_a_text_is_an_error() {
  cp -R "$GYRE_SOURCE_DIR/include" headers
  awk '/^\/\* Disarm/ { skip = 1 } !skip { print } /\*\// { skip = 0 }' \
    "$GYRE_SOURCE_DIR/include/uv/timer.h" >headers/uv/timer.h
  ! reference_make headers || fail "nobody minds"
  grep -q 'uv_timer_stop.*is not documented' log || fail "$(cat log)"
}

test_a_parameter_without_a_text_is_an_error() {
  cp -R "$GYRE_SOURCE_DIR/include" headers
  sed 's/|timeout|/some/' "$GYRE_SOURCE_DIR/include/uv/timer.h" \
    >headers/uv/timer.h
  complaints headers >log
  grep -q 'uv_timer_start() does not say what |timeout| is' log ||
    fail "nobody minds: $(cat log)"
}

test_an_enumerator_without_a_text_is_an_error() {
  cp -R "$GYRE_SOURCE_DIR/include" headers
  sed 's,  UV_RUN_NOWAIT  .*,  , ' "$GYRE_SOURCE_DIR/include/uv/loop.h" \
    >headers/uv/loop.h
  complaints headers >log
  grep -q 'nothing says what UV_RUN_NOWAIT is' log ||
    fail "nobody minds: $(cat log)"
}

test_main "$@"
