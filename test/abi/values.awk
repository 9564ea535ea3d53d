# values.awk - make compile-time checks of enums.tsv and macros.tsv.
#
# awk -v enums=linux -v macros=linux_i686 -f values.awk enums.tsv macros.tsv
BEGIN {
  FS = "\t"
  print "#include <uv.h>"
  print "#define HOLDS(name, fact) typedef char name[(fact) ? 1 : -1]"
}

FNR == 1 {
  is_enums = ($1 == "enum")
  column = is_enums ? enums : macros
  at = 0
  for (i = 1; i <= NF; i++)
    if ($i == column)
      at = i
  if (!at) {
    print FILENAME ": no column " column > "/dev/stderr"
    exit 2
  }
  next
}

$at == "-" {
  next
}

is_enums {
  printf "HOLDS(enum_value_of_%s, (int)%s == (%s));\n", $2, $2, $at
  # C++ lets a constant become no enum but its own.
  if ($1 != "(anonymous)") {
    printf "%s enum_of_%s(void);\n", $1, $2
    printf "%s enum_of_%s(void) { return %s; }\n", $1, $2, $2
  }
  next
}

{
  printf "#ifndef %s\n#error \"%s is not a macro\"\n#endif\n", $1, $1
  printf "HOLDS(macro_value_of_%s, (%s) == (%s));\n", $1, $1, $at
}
