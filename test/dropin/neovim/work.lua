-- work.lua - what plugins do; ends the editor, with status 1 on an error.
local function wait(what, condition)
  assert(vim.wait(20000, condition, 5), "waited in vain for " .. what)
end

local function main()
  local lines, code = {}, nil
  local job = vim.fn.jobstart({ "sh", "-c", "read x; echo got $x; exit 4" }, {
    on_stdout = function(_, data)
      vim.list_extend(lines, data)
    end,
    on_exit = function(_, status)
      code = status
    end
  })
  assert(job > 0)
  vim.fn.chansend(job, "input\n")
  wait("a job", function()
    return code
  end)
  assert(code == 4 and lines[1] == "got input", vim.inspect(lines))
  assert(vim.fn.system("printf '%s' abc") == "abc")
  assert(vim.fn.system("cat", "piped") == "piped")
  assert(not pcall(vim.fn.jobstart, { "/none/at/all" }))

  local terminal_code
  vim.cmd("new")
  vim.fn.termopen({ "sh", "-c", "tty; stty size; exit 3" }, {
    on_exit = function(_, status)
      terminal_code = status
    end
  })
  wait("a terminal", function()
    return terminal_code
  end)
  assert(terminal_code == 3)
  wait("what it shows", function()
    local text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, true), "\n")
    return text:match("/dev/pts/")
  end)

  local child = vim.fn.jobstart({ vim.v.progpath, "--embed", "--headless", "-u",
    "NONE", "-i", "NONE", "-n" }, { rpc = true })
  assert(child > 0)
  for i = 1, 50 do
    assert(vim.rpcrequest(child, "nvim_eval", i .. "*2") == i * 2)
  end
  local address = vim.fn.serverstart("./server.sock")
  local self = vim.fn.sockconnect("pipe", address, { rpc = true })
  assert(self > 0)
  vim.fn.chanclose(self)
  vim.fn.chanclose(child)

  local fired = 0
  vim.fn.timer_start(2, function()
    fired = fired + 1
  end, { ["repeat"] = 5 })
  wait("a timer", function()
    return fired == 5
  end)

  local changed
  local event = vim.loop.new_fs_event()
  vim.fn.writefile({ "one" }, "watched")
  event:start("watched", {}, function()
    changed = true
    event:close()
  end)
  vim.fn.writefile({ "two" }, "watched")
  wait("a change", function()
    return changed
  end)
  vim.cmd("edit! watched")
  vim.fn.setline(1, "three")
  vim.cmd("write!")
  assert(vim.fn.readfile("watched")[1] == "three")
  assert(#vim.fn.readdir(".") > 0 and vim.fn.isdirectory("."))
end

local good, err = xpcall(main, debug.traceback)
io.stdout:write("\n", good and "ok" or tostring(err), "\n")
vim.cmd(good and "qa!" or "cquit! 1")
