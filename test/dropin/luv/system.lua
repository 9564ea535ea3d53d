-- system.lua - timers, files, watching, processes, signals, threads, work.
local uv = require("luv")
local order = {}
local finished = {}

local timer = uv.new_timer()
local ticks = 0
timer:start(5, 2, function()
  ticks = ticks + 1
  if ticks == 5 then
    timer:close()
    finished.timer = true
  end
end)

local prepare, check, idle = uv.new_prepare(), uv.new_check(), uv.new_idle()
prepare:start(function()
  table.insert(order, "prepare")
  prepare:close()
end)
check:start(function()
  table.insert(order, "check")
  check:close()
end)
idle:start(function()
  table.insert(order, "idle")
  idle:close()
end)

local async = uv.new_async(function(value)
  assert(value == 42)
  finished.async = true
end)
local thread = uv.new_thread(function(async)
  async:send(42)
end, async)
thread:join()

uv.fs_open("file", "w+", 420, function(err, fd)
  assert(not err, err)
  uv.fs_write(fd, { "hello ", "file" }, -1, function(err, size)
    assert(not err and size == 10, err)
    uv.fs_read(fd, 100, 6, function(err, data)
      assert(data == "file", err)
      local stat = uv.fs_fstat(fd)
      assert(stat.size == 10 and stat.type == "file")
      uv.fs_close(fd, function()
        finished.file = true
      end)
    end)
  end)
end)
assert(uv.fs_mkdir("dir", 493))
for i = 1, 5 do
  assert(uv.fs_close(uv.fs_open("dir/" .. i, "w", 420)))
end
local names = 0
local scan = uv.fs_scandir("dir")
while uv.fs_scandir_next(scan) do
  names = names + 1
end
assert(names == 5)
local _, message, code = uv.fs_stat("none")
assert(code == "ENOENT", message)

local event = uv.new_fs_event()
event:start("dir", {}, function(err, name, events)
  assert(not err and name == "fresh")
  event:close()
  finished.event = true
end)
assert(uv.fs_close(uv.fs_open("dir/fresh", "w", 420)))

local out = uv.new_pipe(false)
local text = ""
local child, pid
child, pid = uv.spawn("sh", {
  args = { "-c", "echo from $WORD; exit 9" },
  env = { "WORD=child", "PATH=" .. os.getenv("PATH") },
  stdio = { nil, out, nil }
}, function(code, signal)
  assert(code == 9 and signal == 0)
  child:close()
  finished.child = true
end)
assert(type(pid) == "number", pid)
out:read_start(function(err, data)
  assert(not err, err)
  if data then
    text = text .. data
  else
    assert(text == "from child\n")
    out:close()
    finished.output = true
  end
end)

local signal = uv.new_signal()
signal:start("sigusr1", function(name)
  assert(name == "sigusr1")
  signal:close()
  async:close()
  finished.signal = true
end)
uv.kill(uv.os_getpid(), "sigusr1")

local work = uv.new_work(function(a, b)
  return a + b
end, function(sum)
  assert(sum == 5)
  finished.work = true
end)
work:queue(2, 3)

uv.run()
for _, name in ipairs({ "timer", "async", "file", "event", "child", "output",
  "signal", "work" }) do
  assert(finished[name], name)
end
assert(table.concat(order, " ") == "idle prepare check")
assert(uv.cwd() == os.getenv("PWD") and #uv.cpu_info() > 0)
assert(uv.get_total_memory() > 0 and uv.os_homedir() and uv.exepath())
assert(#uv.random(16) == 16 and uv.os_uname().sysname == "Linux")
print("ok")
