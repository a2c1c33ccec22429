-- Nobody knows yet whether it arrived: it stays SENDING, and is looked into after a while.
-- ARGV: channel, id, fence, ms to wait, reason, a counter or "", 1 where the channel is out of reach.
-- Returns 1, or 0: not ours.
root = KEYS[1]
local channel, id, now = ARGV[1], ARGV[2], now_ms()
if not mine(channel, id, ARGV[3]) then return 0 end
local key = delivery(channel, id)
redis.call('HSET', key, 'reason', ARGV[5])
redis.call('HINCRBY', key, 'tries', 1)
redis.call('ZADD', due(channel, redis.call('HGET', key, 'lane')), now + tonumber(ARGV[4]), channel)
if ARGV[6] ~= '' then count(ARGV[6]) end
if ARGV[7] == '1' then out_of_reach(channel, now) end
note(channel, now, id, 'unanswered', ARGV[5])
return 1
