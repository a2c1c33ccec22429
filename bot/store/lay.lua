-- The beginning of what is laid aside, or more of a list of it: never there without its end.
-- KEYS: where. ARGV: seconds until it ends; of a list how many values were laid there before, of a
-- hash ''; then the value, or field and value. A list that has it already, since the client sent it
-- twice, is left as it is.
local before = tonumber(ARGV[2])
if not before then
  redis.call('HSET', KEYS[1], ARGV[3], ARGV[4])
elseif redis.call('LLEN', KEYS[1]) == before then
  redis.call('RPUSH', KEYS[1], ARGV[3])
end
redis.call('EXPIRE', KEYS[1], ARGV[1])
