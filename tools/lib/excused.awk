# excused.awk - of the tests in the second file, prints those that a row of the
# first excuses, each with its reason.
#
# A row is a name, in which a * stands for anything, a tab, and the reason. A
# test has that name over any poller.

NR == FNR {
  split($0, row, "\t")
  pattern = row[1]
  gsub(/[].\\^$+?()|[]/, "\\\\&", pattern)
  gsub(/\*/, ".*", pattern)
  reasons["^" pattern "(@.*)?$"] = row[2]
  next
}

{
  for (pattern in reasons) {
    if ($0 ~ pattern) {
      print "skipped " $0 ": " reasons[pattern]
      next
    }
  }
}
