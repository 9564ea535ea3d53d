# errors.awk - make a program that compares the errors' names and messages
# with errno.tsv.
BEGIN {
  FS = "\t"
  print "#include \"errors.h\""
  print ""
  print "const struct error_row error_rows[] = {"
}

NR > 1 {
  printf "  {UV_%s, \"%s\", \"%s\"},\n", $1, $1, $4
}

END {
  print "};"
  print ""
  print "const size_t error_count = sizeof(error_rows) / sizeof(error_rows[0]);"
}
