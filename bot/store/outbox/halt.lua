-- Nothing more is sent to a channel (suspend) or with a token (stop), and one notice says so; what
-- waits is kept. A stop may end by itself.
-- ARGV: channel, id, fence, suspend or stop, reason, the channel as people know it; of a stop also
-- platform|tenant, and after how many ms it ends (0: when it is resumed).
-- Returns 2 halted by this very call, 1 halted before, 0 not ours.
root = KEYS[1]
local channel, id, now = ARGV[1], ARGV[2], now_ms()
if not mine(channel, id, ARGV[3]) then return 0 end
local outcome = ARGV[4] == 'suspend' and 'suspended' or 'stopped'
local first
if outcome == 'suspended' then
  first = redis.call('HSETNX', of('channel', channel), 'suspended', ARGV[5])
else
  first = redis.call('HSETNX', root .. 'stopped', ARGV[7], ARGV[5])
  local span = tonumber(ARGV[8])
  if first == 1 and span > 0 then redis.call('ZADD', root .. 'paused', now + span, ARGV[7]) end
end
if first == 1 then
  count(outcome)
  notify(now, ARGV[6], ARGV[5])
end
note(channel, now, id, outcome, ARGV[5])
give_back(channel, id, now, ARGV[5])
schedule(channel, now)
for _, lane in ipairs(LANES) do redis.call('ZREM', due(channel, lane), channel) end
out_of_reach(channel, now)
if outcome == 'stopped' then park(channel, now, ARGV[7]) end
return first + 1
