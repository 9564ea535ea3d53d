# signatures.awk - make compile-time checks of functions.tsv and callbacks.tsv.
#
# awk -v windows=1 -f signatures.awk functions.tsv callbacks.tsv
#
# Each function is assigned to a pointer of exactly its type, and each callback
# typedef is pointed to by one; -Werror turns a difference into an error.
BEGIN {
  FS = "\t"
  print "#include <uv.h>"
}

FNR == 1 {
  is_functions = ($1 == "function")
  next
}

is_functions {
  if (windows && $3 != "yes")
    next
  params = $5
  # The table writes a parameter that is a function as "type (*)(...) name".
  if (match(params, /\(\*\)\([^)]*\) [a-z_]+/)) {
    found = substr(params, RSTART, RLENGTH)
    name = found
    sub(/.* /, "", name)
    sub(/^\(\*\)/, "(*" name ")", found)
    sub(/ [a-z_]+$/, "", found)
    params = substr(params, 1, RSTART - 1) found \
             substr(params, RSTART + RLENGTH)
  }
  printf "extern %s (*pointer_to_%s)(%s);\n", $4, $1, params
  printf "%s (*pointer_to_%s)(%s) = %s;\n", $4, $1, params, $1
  next
}

{
  pointer = $2
  sub(/\(\*\)/, "(**pointer_to_" $1 ")", pointer)
  printf "static %s some_%s;\n", $1, $1
  printf "extern %s;\n%s = &some_%s;\n", pointer, pointer, $1
}
