-- A tenant has gone: none of its channels is due, parked, stopped, told the week or a dead letter.
-- ARGV: platform|tenant, then its channels.
-- Returns how many channels were known.
root = KEYS[1]
local gone, known = {}, 0
for at = 2, #ARGV do
  gone[ARGV[at]] = true
  for _, lane in ipairs(LANES) do redis.call('ZREM', due(ARGV[at], lane), ARGV[at]) end
  redis.call('SREM', root .. 'decided', ARGV[at])
  known = known + redis.call('SREM', root .. 'channels', ARGV[at])
end
for _, name in ipairs(redis.call('ZRANGE', root .. 'dead', 0, -1)) do
  if gone[string.match(name, '^(.*):[^:]*$')] then redis.call('ZREM', root .. 'dead', name) end
end
local own = string.match(ARGV[1], '|(.+)$')
if own then
  -- A notice names a channel as people do, with its tenant at the end, or platform and tenant.
  for _, text in ipairs(redis.call('LRANGE', root .. 'notices', 0, -1)) do
    local about = cjson.decode(text).about
    if string.sub(about, -#own - 1) == '@' .. own or about == platform(ARGV[1]) .. ' ' .. own then
      redis.call('LREM', root .. 'notices', 0, text)
    end
  end
end
redis.call('HDEL', root .. 'stopped', ARGV[1])
redis.call('DEL', root .. 'parked:' .. ARGV[1])
return known
