# exports.awk - list the functions of functions.tsv for exports.c.
BEGIN {
  FS = "\t"
  print "#include \"exports.h\""
  print ""
  print "const char* const export_names[] = {"
}

NR > 1 {
  printf "  \"%s\",\n", $1
}

END {
  print "};"
  print ""
  print "const size_t export_count ="
  print "    sizeof(export_names) / sizeof(export_names[0]);"
}
