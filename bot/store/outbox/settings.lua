-- A channel's settings, if they are still what the change began with; what waits for the end of
-- quiet hours waits anew for those that are set now.
-- KEYS: root, the channel's settings, the channels of its tenant, all that have decided anything.
-- ARGV: channel, the settings expected ("" where there are none), the new ones.
-- Returns 1 where they now are the new ones, 0 where another change came first.
root = KEYS[1]
local held = redis.call('GET', KEYS[2]) or ''
-- The same change sent twice, its first answer lost, is there already.
if held == ARGV[3] then return 1 end
if held ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[2], ARGV[3])
redis.call('SADD', KEYS[3], ARGV[1])
redis.call('SADD', KEYS[4], ARGV[1])
if redis.call('HDEL', of('channel', ARGV[1]), 'quiet_until') == 1 then schedule(ARGV[1], now_ms()) end
return 1
