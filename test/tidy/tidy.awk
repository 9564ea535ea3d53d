# tidy.awk - reads the project's files and tells what breaks a rule.
#
# usage: awk -v tables=FOLDER -v exceptions=TABLE -f tidy.awk FILE...
#
# FILEs are paths below the current folder, which is the root of the project;
# FOLDER holds rooms.tsv, words.tsv and calls.txt. A finding is a line
# "file:line: rule: message". The rules are:
#
#   name       the first line of a file is "name - what it is."
#   length     600 lines ask for a reason, 1000 are too many
#   width      80 columns
#   ascii      no other characters in C and in scripts
#   space      no tab in C, no space at the end of a line
#   word       words.tsv
#   room       every C file has a room
#   include    rooms.tsv
#   listed     every C file of src is named in src/CMakeLists.txt
#   function   70 lines
#   if         no #if inside a function
#   os         #if of a system only where rooms.tsv lets it
#   call       no system call, but where rooms.tsv lets it
#   memory     no malloc, but where rooms.tsv lets it
#   exception  an exception that nothing needs
#
# This is no parser of C. It takes comments and strings out, counts braces, and
# relies on clang-format for the rest.

BEGIN {
  # Without errno.h, time.h and the like: those are answers of a system.
  c11 = " assert.h ctype.h inttypes.h limits.h stdalign.h stdarg.h " \
    "stdatomic.h stdbool.h stddef.h stdint.h stdio.h stdlib.h string.h "
  systems = "(_WIN32|_WIN64|WIN32|_MSC_VER|__MINGW32__|__CYGWIN__|" \
    "__linux__|__linux|linux|__ANDROID__|__GLIBC__|__APPLE__|__MACH__|" \
    "TARGET_OS_[A-Z]+|__FreeBSD__|__NetBSD__|__OpenBSD__|__DragonFly__|" \
    "__unix__|__unix|__sun|_AIX|__MVS__|__HAIKU__|__QNX__|__GNU__)"
  systems = "(^|[^A-Za-z0-9_])" systems "([^A-Za-z0-9_]|$)"
  allocators = " malloc calloc realloc reallocarray free strdup strndup " \
    "aligned_alloc posix_memalign "
  rooms_read()
  exceptions_read()
  words_read()
  calls_read()
}

# --- the tables ---

# A pattern of rooms.tsv as a regular expression.
function pattern_of(glob) {
  gsub(/\./, "[.]", glob)
  gsub(/\*/, "[^/]*", glob)
  return "^" glob "$"
}

# Patterns, separated by spaces, as one regular expression.
function patterns_of(globs, parts, i, n, all) {
  n = split(globs, parts, " ")
  all = ""
  for (i = 1; i <= n; i++)
    all = all (i > 1 ? "|" : "") pattern_of(parts[i])
  return all
}

function rooms_read(line, column) {
  while ((getline line < (tables "/rooms.tsv")) > 0) {
    if (line ~ /^#/ || split(line, column, "\t") != 4)
      continue
    room_count++
    room_path[room_count] = pattern_of(column[1])
    room_ours[room_count] = patterns_of(column[2])
    room_system[room_count] = column[3]
    room_may[room_count] = " " column[4] " "
  }
}

function exceptions_read(line, column, row) {
  while ((getline line < exceptions) > 0) {
    row++
    if (line ~ /^#/ || split(line, column, "\t") != 4)
      continue
    exception_count++
    exception_row[exception_count] = row
    exception_rule[exception_count] = column[1]
    exception_file[exception_count] = column[2]
    exception_text[exception_count] = column[3]
  }
}

function words_read(line, column) {
  while ((getline line < (tables "/words.tsv")) > 0) {
    if (line ~ /^#/ || split(line, column, "\t") != 2)
      continue
    word_count++
    word_pattern[word_count] = column[1]
    word_why[word_count] = column[2]
  }
}

function calls_read(line, names, i, n) {
  while ((getline line < (tables "/calls.txt")) > 0) {
    if (line ~ /^#/)
      continue
    n = split(line, names, " ")
    for (i = 1; i <= n; i++)
      calls[names[i]] = 1
  }
}

# --- findings ---

function finding(rule, path, row, message, i) {
  for (i = 1; i <= exception_count; i++) {
    if (exception_rule[i] == rule && exception_file[i] == path &&
        index(message, exception_text[i])) {
      exception_used[i] = 1
      return
    }
  }
  printf "%s:%d: %s: %s\n", path, row, rule, message
}

# --- one file ---

function file_begin(i) {
  path = FILENAME
  sub(/^\.\//, "", path)
  base = path
  sub(/^.*\//, "", base)
  is_c = path ~ /\.[ch]$/
  is_script = path ~ /\.(sh|awk|cmake)$/ || base == "CMakeLists.txt" ||
    path ~ /^tools\/[a-z]+$/ || path == ".ci/run"
  in_comment = in_directive = depth = 0
  head = function_name = ""
  head_comment = is_c
  reason_given = has_shebang = 0
  room = 0
  for (i = 1; is_c && i <= room_count && !room; i++) {
    if (path ~ room_path[i])
      room = i
  }
  if (is_c && !room)
    finding("room", path, 1, "rooms.tsv has no room for this file")
  if (path ~ /^src\/.*\.c$/)
    file_must_be_listed()
}

function file_must_be_listed(line, name) {
  name = path
  sub(/^src\//, "", name)
  gsub(/\./, "[.]", name)
  while ((getline line < "src/CMakeLists.txt") > 0) {
    if (line ~ ("(^|[ (])" name "([ )]|$)")) {
      close("src/CMakeLists.txt")
      return
    }
  }
  close("src/CMakeLists.txt")
  finding("listed", path, 1, "src/CMakeLists.txt does not name this file")
}

function file_end() {
  if (is_c && rows >= 1000)
    finding("length", path, rows, rows " lines; 1000 do not merge")
  else if (is_c && rows > 600 && !reason_given)
    finding("length", path, rows, rows " lines, and the head comment has no" \
      " \"Length:\" with the reason")
}

# The name may be written with the folders it is known by, as in uv/loop.h.
function name_check(start, title) {
  if (!is_c && !is_script)
    return
  if (FNR == 1 && is_script && $0 ~ /^#!/) {
    has_shebang = 1
    return
  }
  if (FNR != 1 + has_shebang)
    return
  start = is_c ? "/* " : "# "
  title = substr($0, length(start) + 1)
  sub(/ - .*$/, "", title)
  if (index($0, start title " - ") != 1 ||
      substr("/" path, length(path) - length(title) + 1) != "/" title)
    finding("name", path, FNR, "the first line is not \"" start base \
      " - what it is.\"")
}

# --- one line ---

function text_check(i) {
  if ((is_c || is_script) && length($0) > 80)
    finding("width", path, FNR, length($0) " columns")
  if ((is_c || is_script) && /[^\t -~]/)
    finding("ascii", path, FNR, "a character that is not ASCII")
  if (/[ \t]$/)
    finding("space", path, FNR, "a space at the end")
  if (is_c && /\t/)
    finding("space", path, FNR, "a tab")
  for (i = 1; i <= word_count; i++) {
    if ($0 ~ word_pattern[i])
      finding("word", path, FNR, word_why[i])
  }
}

# |line| without comments, and with empty strings.
function code_of(line, out, mark, at) {
  out = ""
  while (line != "") {
    if (in_comment) {
      at = index(line, "*/")
      if (!at)
        return out
      line = substr(line, at + 2)
      in_comment = 0
      out = out " "
      continue
    }
    if (!match(line, /["']|\/\*|\/\//))
      return out line
    out = out substr(line, 1, RSTART - 1)
    mark = substr(line, RSTART, RLENGTH)
    line = substr(line, RSTART + RLENGTH)
    if (mark == "//")
      return out
    if (mark == "/*") {
      in_comment = 1
      continue
    }
    if (mark == "\"")
      match(line, /^([^"\\]|\\.)*"/)
    else
      match(line, /^([^'\\]|\\.)*'/)
    out = out mark mark
    line = RLENGTH > 0 ? substr(line, RLENGTH + 1) : ""
  }
  return out
}

function exists(name, line, result) {
  if (!(name in known)) {
    result = (getline line < name)
    close(name)
    known[name] = result >= 0
  }
  return known[name]
}

# The path of the header of ours that |name| means here, or "".
function header_path(name, folder, places, i, n, at) {
  folder = path
  sub(/[^\/]*$/, "", folder)
  n = split(folder " src/ include/ test/", places, " ")
  for (i = 1; i <= n; i++) {
    at = places[i] name
    while (sub(/[^\/]+\/\.\.\//, "", at))
      continue
    if (exists(at))
      return at
  }
  return ""
}

function include_check(name, quoted, ours) {
  if (!match($0, /["<][^">]*[">]/) || !room)
    return
  quoted = substr($0, RSTART, 1) == "\""
  name = substr($0, RSTART + 1, RLENGTH - 2)
  ours = quoted ? header_path(name) : \
    (exists("include/" name) ? "include/" name : "")
  if (ours != "") {
    if (ours !~ room_ours[room])
      finding("include", path, FNR, "this room may not include " ours)
  } else if (quoted) {
    finding("include", path, FNR, "there is no " name)
  } else if (room_system[room] != "any" &&
      !(room_system[room] == "c11" && index(c11, " " name " "))) {
    finding("include", path, FNR, "this room may not include <" name ">")
  }
}

function directive_check(code) {
  if (code ~ /^[ \t]*#[ \t]*include/)
    include_check()
  if (code !~ /^[ \t]*#[ \t]*(if|elif)/)
    return
  if (function_name != "")
    finding("if", path, FNR, "#if inside " function_name "()")
  if (code ~ systems && room && !index(room_may[room], " os "))
    finding("os", path, FNR, "a system is asked for by name")
}

# Names that are called. What follows . or > is a member, not a call; what
# follows a word is a declaration.
function calls_check(code, name, before) {
  while (match(code, /[A-Za-z_][A-Za-z_0-9]*[ ]*\(/)) {
    name = substr(code, RSTART, RLENGTH)
    before = substr(code, 1, RSTART - 1)
    code = substr(code, RSTART + RLENGTH)
    sub(/[ ]*\($/, "", name)
    if (before ~ /(->|[.])[ ]*$/)
      continue
    if ((name in calls) && !index(room_may[room], " calls "))
      finding("call", path, FNR, name "() outside the room for it")
    if (index(allocators, " " name " ") &&
        !index(room_may[room], " memory "))
      finding("memory", path, FNR, name "() instead of the library's own")
  }
}

# |head| is what stands between the last end of something and a brace.
function brace_open() {
  depth++
  kind[depth] = "block"
  if (head ~ /extern ""[ ]*$/) {
    kind[depth] = "extern"
  } else if (function_name == "" && head ~ /\)[ ]*$/ && head !~ /=/ &&
      match(head, /[A-Za-z_][A-Za-z_0-9]*[ ]*\(/)) {
    kind[depth] = "function"
    function_name = substr(head, RSTART, RLENGTH)
    sub(/[ ]*\($/, "", function_name)
    function_start = head_row
  }
}

function brace_close(rows) {
  if (depth > 0 && kind[depth] == "function") {
    rows = FNR - function_start + 1
    if (rows > 70)
      finding("function", path, function_start, function_name "() has " rows \
        " lines")
    function_name = ""
  }
  if (depth > 0)
    depth--
}

function braces_count(code, mark) {
  while (match(code, /[{};]/)) {
    head_add(substr(code, 1, RSTART - 1))
    mark = substr(code, RSTART, 1)
    code = substr(code, RSTART + 1)
    if (mark == "{")
      brace_open()
    else if (mark == "}")
      brace_close()
    head = ""
  }
  head_add(code)
}

function head_add(text) {
  if (head == "" && text ~ /[^ \t]/)
    head_row = FNR
  if (head != "" || text ~ /[^ \t]/)
    head = head " " text
}

function code_check(code, directive) {
  code = code_of($0)
  directive = in_directive || code ~ /^[ \t]*#/
  if (directive && !in_directive)
    directive_check(code)
  in_directive = directive && $0 ~ /\\$/
  if (room)
    calls_check(code)
  if (!directive)
    braces_count(code)
}

FNR == 1 {
  if (path != "")
    file_end()
  file_begin()
}

{
  rows = FNR
  name_check()
  text_check()
  if (is_c) {
    code_check()
    if (head_comment && /Length:/)
      reason_given = 1
    if (head_comment && !in_comment)
      head_comment = 0
  }
}

END {
  if (path != "")
    file_end()
  for (i = 1; i <= exception_count; i++) {
    if (!exception_used[i])
      printf "exceptions.tsv:%d: exception: nothing needs it: %s %s\n",
        exception_row[i], exception_rule[i], exception_file[i]
  }
}
