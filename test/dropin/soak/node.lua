-- node.lua - asks soak/node.js for each of its answers in turn.
local requests = {}
local turn = 0

function init()
  for _, path in ipairs({ "/", "/", "/", "/", "/file", "/stream", "/later",
    "/pool", "/name" }) do
    table.insert(requests, wrk.format("GET", path))
  end
  table.insert(requests, wrk.format("POST", "/echo", nil,
    string.rep("e", 5000)))
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function done(summary)
  local errors = summary.errors
  print("answers " .. summary.requests)
  print("wrong " .. errors.connect + errors.read + errors.write
    + errors.status + errors.timeout)
end
