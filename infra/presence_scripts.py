"""The scripts of presence. All take the project's hash and channel as their keys.

Their arguments begin with the command that announces (PUBLISH, or SPUBLISH on a cluster) and
the milliseconds for which a sign of life counts. A field `here:<user>:<process>` holds
"<since> <until>", a field `report:<user>` "<since> <until> <task> <dragged task>"; instants are
milliseconds of Redis's clock, absent ids are empty.
"""

from typing import Final

_PRELUDE: Final = """
local key, channel, publish, lifetime = KEYS[1], KEYS[2], ARGV[1], tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function text(number) return string.format('%.0f', number) end
local function until_of(value) return tonumber(string.match(value, '^%d+ (%d+)')) end
local function announce()
  redis.call('PEXPIRE', key, lifetime * 2)
  redis.call(publish, channel, '')
end
"""

# Further: the fields there may be, then a field and when it began for each.
HERE: Final = (
    _PRELUDE
    + """
local is_news = false
for i = 4, #ARGV, 2 do
  local known = redis.call('HGET', key, ARGV[i])
  local since = ARGV[i + 1]
  if known and until_of(known) > now then
    since = string.match(known, '^%d+')
  else
    known = false
  end
  if known or redis.call('HLEN', key) < tonumber(ARGV[3]) then
    redis.call('HSET', key, ARGV[i], since .. ' ' .. text(now + lifetime))
    is_news = is_news or not known
  end
end
redis.call('PEXPIRE', key, lifetime * 2)
if is_news then announce() end
return {}
"""
)

# Further: a field and its user for each. With the last of a user's fields goes the report.
LEAVE: Final = (
    _PRELUDE
    + """
local is_news, is_elsewhere = false, {}
for i = 3, #ARGV, 2 do
  is_news = redis.call('HDEL', key, ARGV[i]) == 1 or is_news
end
for _, field in ipairs(redis.call('HKEYS', key)) do
  local user = string.match(field, '^here:([^:]+)')
  if user then is_elsewhere[user] = true end
end
for i = 4, #ARGV, 2 do
  if not is_elsewhere[ARGV[i]] then
    is_news = redis.call('HDEL', key, 'report:' .. ARGV[i]) == 1 or is_news
  end
end
if is_news then announce() end
return {}
"""
)

# Further: the fields there may be, the user, the task, the dragged task, and "1" for "only if
# nothing is known".
REPORT: Final = (
    _PRELUDE
    + """
local field = 'report:' .. ARGV[4]
local known = redis.call('HGET', key, field)
if known and ARGV[7] == '1' then return {} end
if not known and redis.call('HLEN', key) >= tonumber(ARGV[3]) then return {} end
local since = text(now)
if known and until_of(known) > now then since = string.match(known, '^%d+') end
redis.call('HSET', key, field,
  since .. ' ' .. text(now + lifetime) .. ' ' .. ARGV[5] .. ' ' .. ARGV[6])
announce()
return {}
"""
)

# Answers with "<user> <since> <task> <dragged task>" for each who is there. What is reported of
# a task counts while they are; a card that is dragged is let go where no report renews it.
READ: Final = (
    _PRELUDE
    + """
local here, reports = {}, {}
local all = redis.call('HGETALL', key)
for i = 1, #all, 2 do
  local kind, user = string.match(all[i], '^(%a+):([^:]+)')
  local since, is_over = string.match(all[i + 1], '^%d+'), until_of(all[i + 1]) <= now
  if kind == 'report' then
    reports[user] = {all[i], all[i + 1], is_over}
  elseif is_over then
    redis.call('HDEL', key, all[i])
  elseif not here[user] or tonumber(since) < tonumber(here[user]) then
    here[user] = since
  end
end
local found = {}
for user, report in pairs(reports) do
  local since, _, task, dragged = string.match(report[2], '^(%d+) (%d+) (%S*) (%S*)$')
  if report[3] then dragged = '' end
  if here[user] or not report[3] then
    found[#found + 1] = table.concat({user, here[user] or since, task, dragged}, ' ')
    here[user] = nil
  else
    redis.call('HDEL', key, report[1])
  end
end
for user, since in pairs(here) do
  found[#found + 1] = table.concat({user, since, '', ''}, ' ')
end
return found
"""
)
