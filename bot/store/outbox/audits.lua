-- Lend what is there and may be there twice, to be looked at.
-- ARGV: most, lease in ms, then platforms.
-- Returns for each: channel, id, receipt, thread, when it was first sent in ms, looks so far.
root = KEYS[1]
local now, lent = now_ms(), {}
for at = 3, #ARGV do
  local index = root .. 'audits:' .. ARGV[at]
  local room = tonumber(ARGV[1]) - #lent
  if room > 0 then
    for _, name in ipairs(redis.call('ZRANGEBYSCORE', index, '-inf', now, 'LIMIT', 0, room)) do
      local channel, id = string.match(name, '^(.*):([^:]*)$')
      local held = redis.call('HMGET', delivery(channel, id), 'receipt', 'thread', 'earliest', 'looks')
      if held[1] then
        redis.call('ZADD', index, now + tonumber(ARGV[2]), name)
        lent[#lent + 1] = {channel, id, held[1], held[2] or '', held[3] or now, held[4] or '0'}
      else
        redis.call('ZREM', index, name)
      end
    end
  end
end
return lent
