-- A suspended channel, or everything parked with a tenant, is sent to again.
-- ARGV: channel, or platform|tenant.
-- Returns the number of channels that were waiting for it.
root = KEYS[1]
local now, name = now_ms(), ARGV[1]
local function wake(channel)
  redis.call('HDEL', of('channel', channel), 'suspended', 'retry_at')
  local lane = redis.call('HGET', of('channel', channel), 'lane')
  if lane then redis.call('ZADD', due(channel, lane), now, channel) end
  schedule(channel, now)
end
if tenant(name) ~= name then
  if redis.call('HEXISTS', of('channel', name), 'suspended') == 0 then return 0 end
  wake(name)
  return 1
end
if redis.call('HDEL', root .. 'stopped', name) == 0 then return 0 end
local parked = redis.call('SMEMBERS', root .. 'parked:' .. name)
for _, channel in ipairs(parked) do
  if redis.call('HEXISTS', of('channel', channel), 'suspended') == 0 then wake(channel) end
end
redis.call('DEL', root .. 'parked:' .. name)
return #parked
