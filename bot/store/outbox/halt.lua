-- Nothing more is sent to a channel (suspend) or with a tenant's token (stop), and one notice
-- says so; what waits is kept.
-- ARGV: channel, id, fence, suspend or stop, reason, the channel as people know it.
-- Returns 2 halted by this very call, 1 halted before, 0 not ours.
root = KEYS[1]
local channel, id, now = ARGV[1], ARGV[2], now_ms()
if not mine(channel, id, ARGV[3]) then return 0 end
local first
if ARGV[4] == 'suspend' then
  first = redis.call('HSETNX', of('channel', channel), 'suspended', ARGV[5])
else
  first = redis.call('HSETNX', root .. 'stopped', tenant(channel), ARGV[5])
end
if first == 1 then
  count(ARGV[4] == 'suspend' and 'suspended' or 'stopped')
  notify(now, ARGV[6], ARGV[5])
end
note(channel, now, id, ARGV[4] == 'suspend' and 'suspended' or 'stopped', ARGV[5])
give_back(channel, id, now, ARGV[5])
schedule(channel, now)
for _, lane in ipairs(LANES) do redis.call('ZREM', due(channel, lane), channel) end
if ARGV[4] == 'stop' then redis.call('SADD', root .. 'parked:' .. tenant(channel), channel) end
return first + 1
