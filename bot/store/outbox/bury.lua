-- It will never be taken: a dead letter with its reason, and the next one's turn.
-- ARGV: channel, id, fence, reason.
-- Returns 1, or 0: not ours.
root = KEYS[1]
local channel, id, now = ARGV[1], ARGV[2], now_ms()
if not mine(channel, id, ARGV[3]) then return 0 end
settle(channel, id, 'dead', ARGV[4])
redis.call('PERSIST', delivery(channel, id))
redis.call('ZADD', root .. 'dead', now, channel .. ':' .. id)
count('lost')
note(channel, now, id, 'never told', ARGV[4])
schedule(channel, now)
return 1
