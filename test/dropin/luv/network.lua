-- network.lua - TCP, local pipes, datagrams, names and polling.
local uv = require("luv")
local left = 0

local function begin()
  left = left + 1
end

local function done()
  left = left - 1
end

local function echo_over(server, connect)
  assert(server:listen(128, function(err)
    assert(not err, err)
    local client = server:get_type() == "tcp" and uv.new_tcp()
      or uv.new_pipe(false)
    server:accept(client)
    client:read_start(function(err, data)
      assert(not err, err)
      if data then
        client:write(data)
      else
        client:shutdown(function()
          client:close()
        end)
      end
    end)
  end))
  local waiting = 20
  for i = 1, 20 do
    begin()
    local got = 0
    local size = i * 10007
    local client
    client = connect(function(err)
      assert(not err, err)
      client:write({ string.rep("x", size - 1), "y" })
      client:shutdown()
      client:read_start(function(err, data)
        assert(not err, err)
        if data then
          got = got + #data
          return
        end
        assert(got == size, got .. " of " .. size)
        client:close()
        waiting = waiting - 1
        if waiting == 0 then
          server:close()
        end
        done()
      end)
    end)
  end
end

local tcp = uv.new_tcp()
assert(tcp:bind("127.0.0.1", 0))
local port = tcp:getsockname().port
echo_over(tcp, function(cb)
  local client = uv.new_tcp()
  client:connect("127.0.0.1", port, cb)
  return client
end)

local pipe = uv.new_pipe(false)
assert(pipe:bind("echo.sock"))
echo_over(pipe, function(cb)
  local client = uv.new_pipe(false)
  client:connect("echo.sock", cb)
  return client
end)

local udp = uv.new_udp()
assert(udp:bind("127.0.0.1", 0))
local heard = 0
begin()
udp:recv_start(function(err, data, from)
  assert(not err, err)
  if data then
    heard = heard + 1
    assert(data == "datagram " .. heard)
    if heard == 50 then
      udp:close()
      done()
    end
  end
end)
local sender = uv.new_udp()
for i = 1, 50 do
  sender:send("datagram " .. i, "127.0.0.1", udp:getsockname().port,
    function(err)
      assert(not err, err)
      if i == 50 then
        sender:close()
      end
    end)
end

begin()
uv.getaddrinfo("localhost", nil, { socktype = "stream" }, function(err, list)
  assert(not err, err)
  assert(#list > 0)
  done()
end)
begin()
uv.getnameinfo({ ip = "127.0.0.1", port = 80 }, function(err, host, service)
  assert(not err, err)
  assert(#host > 0 and #service > 0)
  done()
end)
uv.run()
assert(left == 0, left)
print("ok")
