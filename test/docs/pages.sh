#!/bin/sh
# pages.sh - what the README and the pages of docs say is so.
#
# A page that is wrong is worse than none. What can be told by looking is told
# here: files, functions and links that are named, and programs that are shown.
. "${0%/*}/../support/test.sh"

pages() {
  (cd "$GYRE_SOURCE_DIR" && find README.md docs -name '*.md' | LC_ALL=C sort)
}

# What stands between backquotes in page $1, outside of code blocks, one a line.
quoted() {
  sed -e '/^```/,/^```/d' -e '/^    /d' "$GYRE_SOURCE_DIR/$1" |
    grep -o '`[^`]*`' | tr -d '`'
}

# The files that docs/map.md lists in its section $1: the first column.
map_lists() {
  awk -v room="### $1" '
    /^### / { inside = index($0 ":", room ":") == 1 }
    inside && /^\| `/ { split($0, column, "|"); print column[2] }' \
    "$GYRE_SOURCE_DIR/docs/map.md" | grep -o '`[^`]*`' | tr -d '`' |
    LC_ALL=C sort
}

# Fail unless the map lists the C files of folder $1 in its section, and no
# others.
expect_mapped() {
  (cd "$GYRE_SOURCE_DIR/$1" && ls ./*.[ch]) | sed 's,^\./,,' |
    LC_ALL=C sort >there
  map_lists "$1" >listed
  diff listed there >differ || fail "docs/map.md and $1 differ: $(cat differ)"
}

test_the_map_lists_every_file_of_the_core() {
  expect_mapped src
}

test_the_map_lists_every_poller() {
  expect_mapped src/poller
}

test_the_map_lists_every_file_of_unix() {
  expect_mapped src/unix
}

test_every_file_that_a_page_names_is_there() {
  for page in $(pages); do
    quoted "$page" |
      grep -E '^(\.ci|bench|cmake|docs|examples|include|src|test|tools)/' |
      grep -v '[*<,: ]' >named || continue
    while read -r file; do
      [ -e "$GYRE_SOURCE_DIR/$file" ] || echo "$page names $file"
    done <named
  done >wrong
  # src/win is what will be.
  grep -v ' src/win$' wrong >missing || return 0
  fail "$(cat missing)"
}

test_every_function_that_a_page_names_is_there() {
  for page in $(pages); do
    quoted "$page" | sed -n 's/^\([a-z_0-9]*\)([A-Z]*)$/\1/p' >named
    while read -r function; do
      grep -rqw "$function" "$GYRE_SOURCE_DIR/src" "$GYRE_SOURCE_DIR/include" ||
        echo "$page names $function()"
    done <named
  done >missing
  [ ! -s missing ] || fail "$(cat missing)"
}

test_every_link_leads_somewhere() {
  for page in $(pages); do
    grep -o '](\([^)]*\))' "$GYRE_SOURCE_DIR/$page" |
      sed -e 's/^](//' -e 's/)$//' -e 's/#.*//' |
      grep -v '^[a-z]*://' >links || continue
    folder=$(dirname "$GYRE_SOURCE_DIR/$page")
    while read -r link; do
      [ -z "$link" ] || [ -e "$folder/$link" ] || echo "$page leads to $link"
    done <links
  done >missing
  [ ! -s missing ] || fail "$(cat missing)"
}

test_the_readme_shows_the_first_program_as_it_is() {
  sed -n '/^```c$/,/^```$/p' "$GYRE_SOURCE_DIR/README.md" |
    awk '/^```$/ { exit } !/^```/' >shown
  diff shown "$GYRE_SOURCE_DIR/examples/hello-loop.c" >differ ||
    fail "it differs: $(cat differ)"
}

# A page shows an example, or some of it, below a line that is a link to it and
# a colon.
test_every_example_that_a_page_shows_is_as_it_is_shown() {
  for page in $(pages); do
    awk -v root="$GYRE_SOURCE_DIR" -v page="$page" '
      /^\[examples\/.*\.(c|js)\]\(.*\):$/ {
        file = substr($0, 2, index($0, "]") - 2)
      }
      inside && /^```$/ {
        text = ""
        while ((getline line < (root "/" file)) > 0)
          text = text line "\n"
        close(root "/" file)
        if (index(text, shown) == 0)
          print page " shows something else than " file
        inside = 0
        file = ""
        next
      }
      inside { shown = shown $0 "\n" }
      /^```[a-z]+$/ && file != "" { inside = 1; shown = "" }' \
      "$GYRE_SOURCE_DIR/$page"
  done >wrong
  [ ! -s wrong ] || fail "$(cat wrong)"
}

test_every_page_of_the_guide_shows_a_program() {
  for page in "$GYRE_SOURCE_DIR"/docs/guide/[!R]*.md; do
    grep -q '^\[examples/.*):$' "$page" || echo "${page##*/} shows none"
  done >wrong
  [ ! -s wrong ] || fail "$(cat wrong)"
}

test_the_readme_shows_what_the_first_program_prints() {
  need_build
  program=$GYRE_BUILD_DIR/examples/hello-loop
  [ -x "$program" ] || skip "this build has no examples"
  "$program" | sed 's/^/    /' >printed
  sed -n '/^It prints:$/,/^The same/p' "$GYRE_SOURCE_DIR/README.md" |
    grep '^    ' >shown
  diff shown printed >differ || fail "it differs: $(cat differ)"
}

test_decisions_are_numbered_and_have_a_status() {
  cd "$GYRE_SOURCE_DIR/docs/adr"
  for page in *.md; do
    number=$(printf '%s' "$page" | sed 's/^0*\([0-9]*\)-.*/\1/')
    sed -n 1p "$page" | grep -q "^# $number\. " ||
      fail "$page does not begin with its number"
    grep -q '^Status: ' "$page" || fail "$page has no status"
  done
  expect_equal "$(ls | cut -c 1-4 | uniq -d)" ''
}

test_main "$@"
