-- It was definitely refused, or never begun: back to its place, due again after a while.
-- ARGV: channel, id, fence, ms to wait, reason ("" where it was not even tried), 1 where the channel
-- is out of reach rather than busy.
-- Returns 1, or 0: not ours.
root = KEYS[1]
local channel, id, now = ARGV[1], ARGV[2], now_ms()
if not mine(channel, id, ARGV[3]) then return 0 end
local at = now + tonumber(ARGV[4])
if ARGV[5] ~= '' then
  redis.call('HINCRBY', delivery(channel, id), 'tries', 1)
  count('retried')
  note(channel, now, id, 'refused for now', ARGV[5])
end
if ARGV[6] == '1' then out_of_reach(channel, now) end
redis.call('HSET', of('channel', channel), 'retry_at', at)
give_back(channel, id, at, ARGV[5])
schedule(channel, now)
return 1
