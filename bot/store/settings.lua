-- A channel's settings, if they are still what the change began with.
-- KEYS: the channel's settings, the channels of its tenant.
-- ARGV: channel, the settings expected ("" where there are none), the new ones.
-- Returns 1 where they now are the new ones, 0 where another change came first.
local held = redis.call('GET', KEYS[1]) or ''
-- The same change sent twice, its first answer lost, is there already.
if held == ARGV[3] then return 1 end
if held ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[1], ARGV[3])
redis.call('SADD', KEYS[2], ARGV[1])
return 1
