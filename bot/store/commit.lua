-- One look, whole or not at all: compare-and-set on the cycle, then every write of the look.
-- KEYS: the cycle first, then every key written. ARGV: the cycle expected, the look's id,
-- then each write as its number of words and the words.
-- Returns 1 committed, 2 this very look was committed before (its reply was lost), 0 conflict,
-- 3 what it would move somewhere (RENAMENX) is held there already.
local held = redis.call('HMGET', KEYS[1], 'n', 'look')
local n = tonumber(held[1] or '0')
if held[2] == ARGV[2] then
  return 2
end
if n ~= tonumber(ARGV[1]) then
  return 0
end
local at = 3
while at <= #ARGV do
  if ARGV[at + 1] == 'RENAMENX' and redis.call('EXISTS', ARGV[at + 3]) == 1 then
    return 3
  end
  at = at + tonumber(ARGV[at]) + 1
end
at = 3
while at <= #ARGV do
  local count = tonumber(ARGV[at])
  local words = {}
  for word = 1, count do
    words[word] = ARGV[at + word]
  end
  if words[1] == 'ENQUEUE' then
    -- A row of the outbox: root, channel, id, lane, body; shared.lua says how it is queued.
    root = words[2]
    enqueue(words[3], words[4], words[5], words[6], now_ms())
  else
    redis.call(unpack(words))
  end
  at = at + count + 1
end
local now = redis.call('TIME')
redis.call('HSET', KEYS[1], 'n', n + 1, 'look', ARGV[2], 'at', now[1])
return 1
