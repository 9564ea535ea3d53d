# layout.awk - make compile-time checks of types.tsv and fields.tsv.
#
# awk -v column=win64 -f layout.awk types.tsv fields.tsv
#
# A broken promise is an array of negative size, whose name tells which one:
# that is an error in C99 and in C++98 alike, which no static_assert is.
BEGIN {
  FS = "\t"
  print "#include <stddef.h>"
  print "#include <uv.h>"
  print "#define HOLDS(name, fact) typedef char name[(fact) ? 1 : -1]"
}

function word(text) {
  gsub(/[^A-Za-z0-9_]/, "_", text)
  return text
}

# The tables give the types as Linux has them. Two differ on Windows, where
# uv_buf_t is a WSABUF and a library is an HMODULE.
function typed(type, field, c_type) {
  if (c_type ~ /[\[{]/)
    return 0
  if (column ~ /^win/)
    return !(type == "uv_buf_t" && field == "len") && \
           !(type == "uv_lib_t" && field == "handle")
  return 1
}

FNR == 1 {
  at = 0
  for (i = 1; i <= NF; i++)
    if ($i == column)
      at = i
  if (!at) {
    print FILENAME ": no column " column > "/dev/stderr"
    exit 2
  }
  is_types = ($2 == "kind")
  next
}

$at == "-" {
  next
}

is_types {
  split($at, want, "/")
  name = word($1)
  printf "struct aligned_%s { char before; %s it; };\n", name, $1
  printf "HOLDS(size_of_%s_is_%s, sizeof(%s) == %s);\n", \
         name, want[1], $1, want[1]
  printf "HOLDS(alignment_of_%s_is_%s,\n", name, want[2]
  printf "      offsetof(struct aligned_%s, it) == %s);\n", name, want[2]
  next
}

{
  split($at, want, "+")
  name = word($1 "_" $2)
  printf "HOLDS(offset_of_%s_is_%s, offsetof(%s, %s) == %s);\n", \
         name, want[1], $1, $2, want[1]
  printf "HOLDS(size_of_%s_is_%s, sizeof(((%s*)0)->%s) == %s);\n", \
         name, want[2], $1, $2, want[2]
  if (typed($1, $2, $3)) {
    printf "void type_of_%s(%s* it, %s** to);\n", name, $1, $3
    printf "void type_of_%s(%s* it, %s** to) { *to = &it->%s; }\n", \
           name, $1, $3, $2
  }
}
