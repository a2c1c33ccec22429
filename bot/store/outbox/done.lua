-- It is there: accepted with an old fence too, since what has been sent has been sent.
-- ARGV: channel, id, receipt, thread, how (sent, reconciled), ms until one that was sent again is
-- looked at, then pairs of a subject and the message that later news of it go under.
-- Returns 1, or 0: it was settled before.
root = KEYS[1]
local channel, id, now = ARGV[1], ARGV[2], now_ms()
local key = delivery(channel, id)
local held = redis.call('HMGET', key, 'state', 'receipt', 'at')
if not held[1] then return 0 end
if held[1] == 'done' then
  if held[2] ~= ARGV[3] then audit(channel, id, now) end
  return 0
end
settle(channel, id, 'done', ARGV[5])
redis.call('HSET', key, 'receipt', ARGV[3], 'thread', ARGV[4], 'done_at', now)
local hash = of('channel', channel)
local down = redis.call('HGET', hash, 'down')
if down then redis.call('HSET', hash, 'down_from', down, 'down_until', now) end
redis.call('HDEL', hash, 'retry_at', 'down')
for at = 7, #ARGV, 2 do redis.call('HSET', of('parents', channel), ARGV[at], ARGV[at + 1]) end
if redis.call('HEXISTS', key, 'again') == 1 then audit(channel, id, now + tonumber(ARGV[6])) end
count('sent')
count('sent_ms', now - tonumber(held[3]))
if ARGV[5] == 'reconciled' then count('reconciled') end
note(channel, now, id, ARGV[5], '')
schedule(channel, now)
return 1
