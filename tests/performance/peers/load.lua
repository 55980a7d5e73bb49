-- wrk -s load.lua URL -- BODIES_FILE [TOKEN]
-- Sends the bodies, one a line, in turn, and looks into a sample of the answers.
local bodies, count, position, answers = {}, 0, 0, 0
local SAMPLE = 8
local worker
failed = 0

function setup(thread) worker = thread end

function init(arguments)
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  wrk.headers["Accept"] = "application/json"
  if arguments[2] then wrk.headers["Authorization"] = "Bearer " .. arguments[2] end
  for line in io.lines(arguments[1]) do
    count = count + 1
    bodies[count] = wrk.format(nil, nil, nil, line)
  end
  position = math.floor((os.time() * 7919) % count)
end

function request()
  position = position % count + 1
  return bodies[position]
end

function response(status, headers, body)
  answers = answers + 1
  -- wrk counts other statuses itself.
  if status == 200 and answers % SAMPLE == 1
    and (body:find('"errors"%s*:%s*%[%s*{') or not body:find('"data"%s*:%s*{')) then
    failed = failed + 1
    if failed == 1 then io.stderr:write("a failed answer: " .. body:sub(1, 600) .. "\n") end
  end
end

function done(summary, latency)
  local function milliseconds(percentile) return latency:percentile(percentile) / 1000 end
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"microseconds":%d,"bytes":%d,"p50_ms":%.3f,"p95_ms":%.3f,"p99_ms":%.3f,"errors":%d}\n',
    summary.requests, summary.duration, summary.bytes,
    milliseconds(50), milliseconds(95), milliseconds(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout
      + worker:get("failed")))
end
