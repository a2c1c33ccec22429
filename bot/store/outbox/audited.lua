-- It was looked at: how many copies still stand beside it, and how many were taken back.
-- ARGV: channel, id, looks so far, standing, taken back, ms until the next look (0: none).
-- Returns 1, or 0: another was first.
root = KEYS[1]
local channel, id, now = ARGV[1], ARGV[2], now_ms()
local key, name = delivery(channel, id), ARGV[1] .. ':' .. ARGV[2]
local index = root .. 'audits:' .. platform(channel)
if (redis.call('HGET', key, 'looks') or '0') ~= ARGV[3] then return 0 end
redis.call('HINCRBY', key, 'looks', 1)
local standing, back, wait = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
if back > 0 then
  count('taken_back', back)
  note(channel, now, id, 'taken back', 'it stood there twice')
end
if wait > 0 then
  redis.call('ZADD', index, now + wait, name)
  return 1
end
redis.call('ZREM', index, name)
if standing > 0 then
  count('duplicates', standing)
  note(channel, now, id, 'duplicate', 'it stands there twice')
end
return 1
