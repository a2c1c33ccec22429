-- One channel's subscription to one rule, written or taken away; the rule's count follows.
-- KEYS: the rule's subscribers, the channel's rules, the count by rule, the tenant's channels, all
-- channels that have decided anything.
-- ARGV: channel, rule, the subscription ("" takes it away), and, where the change rests on what
-- was there before, that ("" for nothing).
-- Returns 1 where that changed who subscribes, 0 where not, -1 where another change came first.
local held = redis.call('HGET', KEYS[1], ARGV[1]) or ''
if ARGV[4] and held ~= ARGV[4] and held ~= ARGV[3] then return -1 end
local changed
if ARGV[3] ~= '' then
  changed = redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
  redis.call('SADD', KEYS[2], ARGV[2])
  redis.call('SADD', KEYS[4], ARGV[1])
  redis.call('SADD', KEYS[5], ARGV[1])
else
  changed = redis.call('HDEL', KEYS[1], ARGV[1])
  redis.call('SREM', KEYS[2], ARGV[2])
end
local count = redis.call('HLEN', KEYS[1])
if count == 0 then
  redis.call('HDEL', KEYS[3], ARGV[2])
else
  redis.call('HSET', KEYS[3], ARGV[2], count)
end
return changed
