-- What an owner decides about a dead letter: to try it again, or to drop it.
-- ARGV: channel, id, retry or drop, reason.
-- Returns 1, or 0: there is no such dead letter.
root = KEYS[1]
local channel, id, now = ARGV[1], ARGV[2], now_ms()
local key = delivery(channel, id)
if redis.call('HGET', key, 'state') ~= 'dead' then return 0 end
if ARGV[3] == 'drop' then
  settle(channel, id, 'dropped', ARGV[4])
  note(channel, now, id, 'dropped', ARGV[4])
  return 1
end
redis.call('ZREM', root .. 'dead', channel .. ':' .. id)
redis.call('HSET', key, 'state', 'waiting', 'tries', 0, 'reason', '')
redis.call('HDEL', key, 'first', 'since', 'doubted')
redis.call('RPUSH', of('queue:' .. redis.call('HGET', key, 'lane'), channel), id)
note(channel, now, id, 'tried again', ARGV[4])
schedule(channel, now)
return 1
