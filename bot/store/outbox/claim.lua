-- Lend what is due, many channels at a time, one delivery each; alerts before what can wait.
-- ARGV: most, lease in ms, then platforms.
-- Returns for each: channel, id, fence, lane, state, body, at, first, since, tries, waiting, now, and
-- from when until when the channel was out of reach ("" never; until now where it still is).
root = KEYS[1]
local now, most, lease = now_ms(), tonumber(ARGV[1]), tonumber(ARGV[2])
local lent = {}

local function lend(channel, lane, index)
  local name = stopped(channel)
  if name then
    park(channel, now, name)
    return
  end
  local hash, queue = of('channel', channel), of('queue:' .. lane, channel)
  local id = redis.call('HGET', hash, 'flight') or redis.call('LINDEX', queue, 0)
  if not id then
    redis.call('ZREM', index, channel)
    return
  end
  local key = delivery(channel, id)
  local held = redis.call('HMGET', key, 'state', 'body', 'at', 'first', 'since', 'tries')
  if not held[2] then
    -- It could never be told, and would hold up everything behind it.
    settle(channel, id, 'lost', 'the store no longer holds it')
    redis.call('DEL', key)
    count('lost')
    note(channel, now, id, 'lost', 'the store no longer holds it')
    schedule(channel, now)
    return
  end
  local fence = redis.call('HINCRBY', hash, 'fence', 1)
  redis.call('HSET', hash, 'flight', id, 'lane', lane)
  redis.call('ZADD', index, now + lease, channel)
  if held[1] ~= 'sending' then redis.call('HSET', key, 'state', 'claimed') end
  local away = redis.call('HMGET', hash, 'down', 'down_from', 'down_until')
  lent[#lent + 1] = {
    channel, id, fence, lane, held[1], held[2], held[3], held[4] or '', held[5] or '',
    held[6] or '0', redis.call('LLEN', queue), now,
    away[1] or away[2] or '', away[1] and now or away[3] or '',
  }
end

for _, name in ipairs(redis.call('ZRANGEBYSCORE', root .. 'paused', '-inf', now)) do go_on(name, now) end
for _, lane in ipairs(LANES) do
  for at = 3, #ARGV do
    local index = root .. 'due:' .. ARGV[at] .. ':' .. lane
    local room = most - #lent
    if room > 0 then
      for _, channel in ipairs(redis.call('ZRANGEBYSCORE', index, '-inf', now, 'LIMIT', 0, room)) do
        lend(channel, lane, index)
      end
    end
  end
end
return lent
