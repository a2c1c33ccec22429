-- A delivery is settled once: taken off its outbox, its outcome noted with the server's time.
-- KEYS: outbox, outcomes. ARGV: delivery id, outcome.
-- Returns 1 settled, 0 it was settled before.
if redis.call('LREM', KEYS[1], 1, ARGV[1]) == 0 then
  return 0
end
local now = redis.call('TIME')
redis.call('HSET', KEYS[2], ARGV[1], now[1] .. ' ' .. ARGV[2])
return 1
