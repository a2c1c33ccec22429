-- What the scripts of the outbox share; each sets `root`, the beginning of every key.
-- A channel is named platform|tenant|address. Its hash holds fence, flight and lane (the delivery
-- under way), free_at and retry_at (ms), suspended. It is in at most one due-index at a time: its
-- score there is when its next delivery is due or, with one under way, when the lease ends.
local root
local LANES = {'alert', 'later'}
local LOG, KEPT, NOTICES = 500, 30 * 24 * 3600, 200

local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function of(kind, channel) return root .. kind .. ':' .. channel end
local function delivery(channel, id) return root .. 'delivery:' .. channel .. ':' .. id end
local function platform(channel) return string.match(channel, '^[^|]*') end
local function tenant(channel) return string.match(channel, '^[^|]*|[^|]*') end
local function due(channel, lane) return root .. 'due:' .. platform(channel) .. ':' .. lane end
local function count(name, by) redis.call('HINCRBY', root .. 'counters', name, by or 1) end

-- A channel is put where its next delivery is due, or nowhere; one under way keeps its place.
local function schedule(channel, now)
  local state = redis.call('HMGET', of('channel', channel), 'flight', 'suspended', 'free_at', 'retry_at')
  if state[1] then return end
  for _, lane in ipairs(LANES) do redis.call('ZREM', due(channel, lane), channel) end
  if state[2] then return end
  local at = math.max(now, tonumber(state[3] or '0'), tonumber(state[4] or '0'))
  for _, lane in ipairs(LANES) do
    if redis.call('LLEN', of('queue:' .. lane, channel)) > 0 then
      redis.call('ZADD', due(channel, lane), at, channel)
      return
    end
  end
end

local function enqueue(channel, id, lane, body, now)
  local key = delivery(channel, id)
  if redis.call('EXISTS', key) == 1 then return 0 end
  redis.call('HSET', key, 'body', body, 'lane', lane, 'state', 'waiting', 'at', now, 'tries', 0)
  redis.call('RPUSH', of('queue:' .. lane, channel), id)
  redis.call('SADD', root .. 'channels', channel)
  schedule(channel, now)
  return 1
end

local function mine(channel, id, fence)
  local held = redis.call('HMGET', of('channel', channel), 'flight', 'fence')
  return held[1] == id and held[2] == fence
end

local function land(channel)
  redis.call('HDEL', of('channel', channel), 'flight', 'lane')
end

local function note(channel, now, id, outcome, reason)
  local key = of('log', channel)
  redis.call('LPUSH', key, cjson.encode({at = now, id = id, outcome = outcome, reason = reason}))
  redis.call('LTRIM', key, 0, LOG - 1)
end

local function notify(now, about, text)
  local key = root .. 'notices'
  redis.call('LPUSH', key, cjson.encode({at = now, about = about, text = text}))
  redis.call('LTRIM', key, 0, NOTICES - 1)
end

-- A delivery leaves its queue for good.
local function settle(channel, id, state, reason)
  local key = delivery(channel, id)
  for _, lane in ipairs(LANES) do redis.call('LREM', of('queue:' .. lane, channel), 0, id) end
  redis.call('HSET', key, 'state', state, 'reason', reason)
  redis.call('EXPIRE', key, KEPT)
  redis.call('ZREM', root .. 'dead', channel .. ':' .. id)
  if redis.call('HGET', of('channel', channel), 'flight') == id then land(channel) end
end

-- A refused delivery goes back to its place in the queue. One that an earlier, unanswered send may
-- have brought there after all stays in flight as `sending`: the next to claim it looks first.
local function give_back(channel, id, at, reason)
  local key = delivery(channel, id)
  local held = redis.call('HMGET', key, 'doubted', 'state', 'lane')
  redis.call('HSET', key, 'reason', reason)
  local doubted = held[2] == 'sending' and held[1]
  if doubted then
    redis.call('ZADD', due(channel, held[3]), at, channel)
  else
    redis.call('HSET', key, 'state', 'waiting')
    redis.call('HDEL', key, 'first', 'since', 'doubted')
    land(channel)
  end
  return doubted
end
