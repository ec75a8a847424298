-- Sends the requests of a file (length, newline, request) in order; prints one line of JSON.
local requests, place = {}, 0

function init(arguments)
  local file = assert(io.open(arguments[1], "rb"))
  while true do
    local length = file:read("*l")
    if not length then break end
    requests[#requests + 1] = file:read(tonumber(length))
  end
  file:close()
end

function request()
  place = place % #requests + 1
  return requests[place]
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  print(string.format(
    '{"answers": %d, "failed": %d, "p50_us": %.1f, "p99_us": %.1f}',
    summary.requests, failed, latency:percentile(50), latency:percentile(99)
  ))
end
