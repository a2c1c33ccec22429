-- The channel has quiet hours: its alerts wait until they end, and what is no alert does not.
-- ARGV: channel, id, fence, ms until they end.
-- Returns 1, or 0: not ours.
root = KEYS[1]
local channel, id, now = ARGV[1], ARGV[2], now_ms()
if not mine(channel, id, ARGV[3]) then return 0 end
redis.call('HSET', of('channel', channel), 'quiet_until', now + tonumber(ARGV[4]))
give_back(channel, id, now, '')
schedule(channel, now)
return 1
