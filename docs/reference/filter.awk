# filter.awk - a header of ours as Doxygen wants it.
#
# The headers are written to be read as they are. Doxygen is given, instead:
#
# - a group for each header, with its head comment on top, and all that is in it
#   as members;
# - each comment in front of a declaration as that declaration's text, and as
#   that of the declarations which follow it without a blank line;
# - |name| as code, "Returns ..." and "Since ..." as what they are, and columns
#   of a name and a text as a list;
# - a field or an enumerator that is told of in such a list, with its line, and
#   one that has the name of a function, with that;
# - struct uv_x_s under the name that programs have for it, uv_x_t, and nothing
#   of what is private;
# - the maps of errors and of types written out.
#
# With -v check=1 it prints none of this, but the parameters that no text names,
# and the enumerators that no text is of.

# What the fields that all handles, streams and requests have are, from |file|.
function fields_learn(file,   line, key, s, n) {
  key = ""
  while ((getline line < file) > 0) {
    if (line ~ /^\/\*/) {
      n = 0
    } else if (line ~ /^ \*   [a-z_]+  /) {
      sub(/^ \*   /, "", line)
      sub(/ *\*\/$/, "", line)
      key = line
      sub(/ .*/, "", key)
      sub(/^[a-z_]+ +/, "", line)
      field[key] = line
    } else if (line ~ /^#define UV_[A-Z]+_FIELDS/) {
      s = line
      sub(/^#define /, "", s)
      sub(/ .*/, "", s)
      while ((getline line < file) > 0 && line !~ /PRIVATE/) {
        sub(/ *\\$/, "", line)
        body[s] = body[s] line "\n"
      }
    }
  }
  close(file)
}

# What the enumerators are that some text of |file| lists.
function rows_learn(file,   line, key, name) {
  key = ""
  while ((getline line < file) > 0) {
    if (line ~ /^ \*  +UV_[A-Z0-9_]+  /) {
      sub(/^ \* */, "", line)
      key = line
      sub(/ .*/, "", key)
      sub(/^[^ ]* */, "", line)
      anywhere[key] = line
    } else if (key != "" && line ~ /^ \*    +/) {
      sub(/^ \* */, "", line)
      anywhere[key] = anywhere[key] " " line
    } else {
      key = ""
    }
    sub(/ *\*\/.*/, "", anywhere[key])
    if (match(line, /^UV_EXTERN.*[ *]uv_[a-z_0-9]+\(/)) {
      name = line
      sub(/\(.*/, "", name)
      sub(/.*[ *]/, "", name)
      operation[toupper(name)] = name
    }
  }
  close(file)
}

BEGIN {
  # Variables of the environment, and what stands for any name.
  split("GYRE_POLLER UV_THREADPOOL_SIZE UV_NAME uv_name_t", names, " ")
  for (i in names)
    words[names[i]]
}

# The lines of a comment, without its signs, into text[1..count].
function comment_read(   line, indent) {
  count = 0
  indent = index($0, "/*")
  line = substr($0, indent + 3)
  for (;;) {
    done = line ~ /\*\/ *$/
    sub(/ *\*\/ *$/, "", line)
    text[++count] = line
    if (done || (getline) <= 0)
      break
    line = $0
    sub(/^ *\*\/ *$/, "*/", line)
    sub(/^ *\* ?/, "", line)
    if (line == "/")
      break
  }
  while (count > 0 && text[count] == "")
    count--
}

function escape(s) {
  gsub(/&/, "\\&amp;", s)
  gsub(/</, "\\&lt;", s)
  gsub(/>/, "\\&gt;", s)
  gsub(/@/, "\\@", s)
  gsub(/#/, "\\#", s)
  gsub(/%/, "%%", s)
  return s
}

# The names of constants and types in |s|, which Doxygen takes for words, as
# links.
function linked(s,   out, before, name) {
  out = ""
  while (match(s, /(GYRE|UV)_[A-Z][A-Z0-9_]*[A-Z0-9]|uv_[a-z0-9_]+_(t|cb)/)) {
    before = substr(s, 1, RSTART - 1)
    name = substr(s, RSTART, RLENGTH)
    s = substr(s, RSTART + RLENGTH)
    out = out before (before ~ /[A-Za-z0-9_>]$/ || s ~ /^[*_(<]/ ||
      name in words ? "" : "#") name
  }
  return out s
}

# One paragraph: code as code, and what has a place of its own there.
function paragraph(s,   out, part, since) {
  since = ""
  if (match(s, /Since libuv [0-9.]+[0-9]\.$/)) {
    since = "\n\n@since " substr(s, RSTART + 6)
    s = substr(s, 1, RSTART - 1)
  }
  s = escape(s)
  out = ""
  while (match(s, /\|[A-Za-z_*][^| ]*\|/)) {
    part = substr(s, RSTART + 1, RLENGTH - 2)
    out = out substr(s, 1, RSTART - 1) "<code>" part "</code>"
    s = substr(s, RSTART + RLENGTH)
  }
  s = linked(out s)
  sub(/^Returns /, "@return ", s)
  return s since "\n"
}

# Keep that |key| is told of by |s|.
function told(key, s,   keys, n, i) {
  n = split(key, keys, /[ ,]+/)
  for (i = 1; i <= n; i++) {
    row[keys[i]] = s
    if (keys[i] ~ /^UV_/)
      anywhere[keys[i]] = s
  }
}

# The rows of text[from..to], which are indented, as a list; "" when they are
# kept for the members of what is declared.
function rows(from, to,   i, line, at, key, s, out) {
  if (text[from] !~ /[^ ]  /) {
    out = "@code{.c}\n"
    for (i = from; i <= to; i++)
      out = out text[i] "\n"
    return out "@endcode\n"
  }
  out = "<dl>\n"
  key = ""
  for (i = from; i <= to; i++) {
    line = text[i]
    match(line, /^ */)
    at = RLENGTH
    if (key == "" || at <= margin + 1) {
      if (key != "") {
        told(key, s)
        out = out "<dt><code>" escape(key) "</code></dt><dd>" paragraph(s) \
          "</dd>\n"
      }
      margin = at
      line = substr(line, at + 1)
      at = match(line, /  +/)
      if (at == 0) {
        key = line
        s = ""
      } else {
        key = substr(line, 1, at - 1)
        s = substr(line, at + RLENGTH)
      }
    } else {
      s = s (s == "" ? "" : " ") substr(line, at + 1)
    }
  }
  told(key, s)
  return out "<dt><code>" escape(key) "</code></dt><dd>" paragraph(s) \
    "</dd>\n</dl>\n"
}

# The comment in text[from..count] as Doxygen's. |members| says that what is
# declared has members, which take the rows.
function render(from, members,   i, begin, s, out, list) {
  out = ""
  s = ""
  split("", row)
  for (i = from; i <= count + 1; i++) {
    if (i > count || text[i] == "" || text[i] ~ /^  /) {
      if (s != "")
        out = out paragraph(s) "\n"
      s = ""
    }
    if (i <= count && text[i] ~ /^  /) {
      for (begin = i; i < count && text[i + 1] ~ /^  /; i++)
        ;
      list = rows(begin, i)
      if (!members)
        out = out list "\n"
    } else if (i <= count && text[i] != "") {
      s = s (s == "" ? "" : " ") text[i]
    }
  }
  return out
}

# A row as a text of its own.
function sentence(s) {
  s = toupper(substr(s, 1, 1)) substr(s, 2)
  return paragraph(s ~ /\.$/ ? s : s ".")
}

function say(s) {
  if (!check)
    print s
}

function emit(doc) {
  if (doc != "")
    say("/** " doc "*/")
}

# The name that the declaration |s| of a field or an enumerator declares.
function member_name(s) {
  sub(/ *\/\*.*/, "", s)
  sub(/ *=.*/, "", s)
  sub(/\[.*/, "", s)
  sub(/[,;].*/, "", s)
  if (s ~ /\(\*/) {
    sub(/.*\(\*/, "", s)
    sub(/\).*/, "", s)
  }
  sub(/.*[ *]/, "", s)
  return s
}

# Keep which parameters the function |s| has, and what |doc| says of them.
function parameters(s, doc,   name, parts, n, i, p) {
  if (s !~ /^UV_EXTERN/ || s !~ /\(/)
    return
  name = s
  sub(/\(.*/, "", name)
  sub(/.*[ *]/, "", name)
  sub(/^[^(]*\(/, "", s)
  sub(/\);.*/, "", s)
  n = split(s, parts, ",")
  for (i = 1; i <= n; i++) {
    p = member_name(parts[i])
    if (p != "void" && p != "...")
      owed[name] = owed[name] " " p
  }
  docs[name] = doc " " head
  order[++functions] = name
  if (doc ~ /^ (The same|As uv_[a-z_0-9]+\(\)|As above)/)
    docs[name] = docs[name] " " docs[order[functions - 1]]
}

function named(p, doc) {
  return doc ~ ("\\|[*&]?" p "(\\||->|\\[)")
}

# Is |p| told of with the function |name|, or one that its text names?
function named_there(p, name,   doc, other) {
  doc = docs[name]
  if (named(p, doc))
    return 1
  while (match(doc, /(uv|gyre)_[a-z_0-9]+\(\)/)) {
    other = substr(doc, RSTART, RLENGTH - 2)
    if ((" " owed[other] " ") ~ (" " p " ") && named(p, docs[other]))
      return 1
    doc = substr(doc, RSTART + RLENGTH)
  }
  return 0
}

# A line of code, under the names that programs have.
function public(s) {
  while (match(s, /uv_[a-z_]+_s[^a-z_0-9]/) || match(s, /uv_[a-z_]+_s$/)) {
    if (substr(s, RSTART, RLENGTH) ~ /_s$/)
      s = substr(s, 1, RSTART + RLENGTH - 2) "t"
    else
      s = substr(s, 1, RSTART + RLENGTH - 3) "t" substr(s, RSTART + RLENGTH - 1)
  }
  return s
}

FNR == 1 {
  folder = FILENAME
  sub(/[^\/]*$/, "", folder)
  fields_learn(folder "handle.h")
  fields_learn(folder "request.h")
  rows_learn(FILENAME)
  comment_read()
  group = FILENAME
  sub(/.*\//, "", group)
  header = group == "uv.h" || group == "gyre.h" ? group : "uv/" group
  sub(/\.h$/, "", group)
  gsub(/-/, "_", group)
  sub(/^[^ ]* - /, "", text[1])
  head = ""
  for (i = 1; i <= count; i++)
    head = head " " text[i]
  sub(/^ /, "", head)
  match(head, /\.( |$)/)
  title = substr(head, 1, RSTART - 1)
  if (match(title, /: /) || (length(title) > 45 && match(title, /[;,] /)))
    title = substr(title, 1, RSTART - 1)
  title = toupper(substr(title, 1, 1)) substr(title, 2)
  first = toupper(substr(text[1], 1, 1)) substr(text[1], 2)
  text[1] = first
  say("/** @defgroup " group " " title "\n" render(1, 0) \
    "\n\nThe header: <code>" header "</code>.\n@{ */")
  doc = ""
  fresh = 0
  depth = 0
  next
}

# A comment: of what follows, if something does.
/^ *\/\*/ {
  comment_read()
  raw = ""
  for (i = 1; i <= count; i++)
    raw = raw " " text[i]
  waiting = 1
  next
}

/^ *$/ {
  # A comment that stands alone is of nothing.
  waiting = 0
  if (depth == 0)
    doc = ""
  say("")
  next
}

/^#define (UV_HANDLE|UV_STREAM|UV_REQ)_FIELDS/ {
  emit(render(1, 0))
  say("#define " $2)
  while (/\\$/ && (getline) > 0)
    ;
  waiting = 0
  next
}

# The map of the errors: their messages, to be shown with the codes.
/^#define UV_(ERRNO|HANDLE_TYPE|REQ_TYPE)_MAP\(/ {
  map = $2
  emit(render(1, 0))
  waiting = 0
  sub(/ *\\$/, "")
  say($0)
  while ((getline) > 0) {
    s = $0
    sub(/^ *XX\(/, "", s)
    name = s
    sub(/,.*/, "", name)
    sub(/^[^,]*, */, "", s)
    sub(/\) *\\?$/, "", s)
    gsub(/"/, "", s)
    entries[map] = entries[map] name "\t" s "\n"
    if ($0 !~ /\\$/)
      break
  }
  next
}

/^ *#undef XX/ || /^ *#define XX/ || /^ *#define [A-Z_]+_H_?$/ {
  next
}

/^ *UV_(ERRNO|HANDLE_TYPE|REQ_TYPE)_MAP\(XX\)/ {
  map = $1
  n = split(map in entries ? entries[map] : "", lines, "\n")
  for (j in entries)
    if (index(j, substr($1, 1, index($1, "("))) == 1)
      n = split(entries[j], lines, "\n")
  for (i = 1; i < n; i++) {
    split(lines[i], pair, "\t")
    if ($1 ~ /ERRNO/)
      emit(toupper(substr(pair[2], 1, 1)) substr(pair[2], 2) ".\n")
    else
      emit("A uv_" pair[2] "_t.\n")
    say("UV_" pair[1] ",")
  }
  next
}

# What is private, and what is there under another name.
/^ *GY_[A-Z_]+PRIVATE/ || /^ *GY_[A-Z_]*(TAIL|ROOM)/ ||
/^#define (GY_|UV__)/ || /^typedef struct uv_[a-z_]+_s uv_[a-z_]+_t;$/ {
  while (/\\$/ && (getline) > 0)
    ;
  waiting = 0
  next
}

/^(struct|union) (uv__|gy_)[a-z_]+ \{/ {
  while ($0 !~ /^}/ && (getline) > 0)
    ;
  waiting = 0
  next
}

# A condition may stand between a text and what it is of, and part two forms.
/^#/ {
  if (waiting)
    doc = render(1, 0)
  waiting = 0
  if (/^#ifdef _WIN32/)
    windows = 1
  if (/^#endif/)
    windows = 0
  if (/^#if/)
    before = doc
  else if (/^#el/)
    doc = before
  else if (/^#endif/)
    doc = before = ""
  else if (/^#define/)
    emit(doc)
  do
    say($0)
  while (/\\$/ && (getline) > 0)
  next
}

# The end of a struct or an enum.
depth > 0 && /^ *}/ {
  depth--
  say(public($0))
  doc = ""
  waiting = 0
  if (depth == 0)
    split("", body_row)
  next
}

depth > 0 && /^ *UV_(HANDLE|STREAM|REQ)_FIELDS/ {
  waiting = 0
  n = split(body[$1], lines, "\n")
  for (i = 1; i <= n; i++) {
    name = member_name(lines[i])
    if (name in field) {
      emit(sentence(field[name]))
      say(lines[i])
    }
  }
  next
}

# Anything else is declared.
{
  whole = $0
  opens = $0 ~ /\{ *$/
  if (!opens && $0 !~ /^ *}/ && depth == 0)
    while (whole !~ /;/ && whole !~ /\{ *$/ && (getline) > 0)
      whole = whole "\n" $0
  opens = whole ~ /\{ *$/
  if (opens)
    enum = whole ~ /enum/
  if (whole ~ /^extern "C"/ || whole == "}") {
    say(whole)
    waiting = 0
    next
  }
  if (waiting) {
    doc = render(1, opens)
    if (depth == 0 && opens) {
      split("", body_row)
      for (i in row)
        body_row[i] = row[i]
      hides = raw ~ /fields are private/
    }
    source = raw
    waiting = 0
    own = 1
  } else {
    own = 0
  }
  if (depth > 0) {
    name = member_name(whole)
    if (!own && name in body_row)
      emit(sentence(body_row[name]))
    else if (!own && enum && name in anywhere)
      emit(sentence(anywhere[name]))
    else if (!own && enum && name in operation)
      emit("That of " operation[name] "().\n")
    else if (enum && (i = match(whole, / *\/\*.*\*\//))) {
      name = substr(whole, i, RLENGTH)
      whole = substr(whole, 1, i - 1)
      gsub(/ *\/\* *| *\*\/ */, "", name)
      emit(sentence(name))
    } else if (!own && enum) {
      if (check && !windows)
        print "nothing says what " name " is"
    }
    else if (!own && hides) {
      if (opens)
        while ($0 !~ /^ *}/ && (getline) > 0)
          ;
      next
    } else
      emit(doc)
  } else {
    emit(doc)
    if (check && doc != "") {
      flat = whole
      gsub(/\n */, " ", flat)
      parameters(flat, source)
    }
  }
  say(public(whole))
  if (opens) {
    depth++
    doc = ""
  }
}

END {
  say("/** @} */")
  if (!check)
    exit
  for (i = 1; i <= functions; i++) {
    n = split(owed[order[i]], parts, " ")
    for (j = 1; j <= n; j++)
      if (!named_there(parts[j], order[i]))
        print order[i] "() does not say what |" parts[j] "| is"
  }
}
