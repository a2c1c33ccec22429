-- From here on it may have been sent: the fence must still be ours, and the budget have room.
-- ARGV: channel, id, fence, sure (1: nothing sent before can have arrived), pace of the channel
-- in ms, gap of the platform in ms (0: none), longest wait for a place in ms, a counter or "".
-- Returns {1, ms to wait before sending}, {2, ms after which to try again}, or {0, 0}: not ours.
root = KEYS[1]
local channel, id, now = ARGV[1], ARGV[2], now_ms()
if not mine(channel, id, ARGV[3]) then return {0, 0} end
if stopped(channel) then return {2, 0} end
local most = tonumber(ARGV[7])
local wait, over = place(platform(channel), now, tonumber(ARGV[6]), most)
if over then return {2, wait - most} end
local key, starts = delivery(channel, id), now + wait
redis.call('HSET', key, 'state', 'sending', 'since', starts)
if ARGV[4] == '1' then
  redis.call('HSET', key, 'first', starts)
  redis.call('HDEL', key, 'doubted')
else
  redis.call('HSET', key, 'doubted', 1)
end
redis.call('HSET', of('channel', channel), 'free_at', starts + tonumber(ARGV[5]))
count('begun')
redis.call('HSETNX', key, 'earliest', starts)
if ARGV[8] ~= '' then
  count(ARGV[8])
  -- What an earlier attempt brought there may still turn up.
  redis.call('HSET', key, 'again', 1)
end
return {1, wait}
