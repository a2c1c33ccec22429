-- What the scripts of the outbox share; each sets `root`, the beginning of every key.
-- A channel is named platform|tenant|address. Its hash holds fence, flight and lane (the delivery
-- under way), free_at and retry_at (ms), suspended, quiet_until (ms, before which no alert is due),
-- and when it was out of reach: down (ms, while it is), down_from and down_until (the last time). It
-- is in at most one due-index at a time: its score there is when its next delivery is due or, with
-- one under way, when the lease ends.
-- What is stopped is platform|tenant, or platform|* where one token serves every tenant.
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
local function stopped(channel)
  for _, name in ipairs({tenant(channel), platform(channel) .. '|*'}) do
    if redis.call('HEXISTS', root .. 'stopped', name) == 1 then return name end
  end
end
local function count(name, by) redis.call('HINCRBY', root .. 'counters', name, by or 1) end

-- A channel is put where its next delivery is due, or nowhere; one under way keeps its place.
local function schedule(channel, now)
  local state = redis.call('HMGET', of('channel', channel), 'flight', 'suspended', 'free_at', 'retry_at', 'quiet_until')
  if state[1] then return end
  for _, lane in ipairs(LANES) do redis.call('ZREM', due(channel, lane), channel) end
  if state[2] then return end
  local at = math.max(now, tonumber(state[3] or '0'), tonumber(state[4] or '0'))
  local loud = math.max(at, tonumber(state[5] or '0'))
  local alerts = redis.call('LLEN', of('queue:alert', channel)) > 0
  if redis.call('LLEN', of('queue:later', channel)) > 0 and not (alerts and loud == at) then
    redis.call('ZADD', due(channel, 'later'), at, channel)
  elseif alerts then
    redis.call('ZADD', due(channel, 'alert'), loud, channel)
  end
end

local function out_of_reach(channel, now) redis.call('HSETNX', of('channel', channel), 'down', now) end

-- A channel whose token is stopped is kept apart until it is resumed.
local function park(channel, now, name)
  for _, lane in ipairs(LANES) do redis.call('ZREM', due(channel, lane), channel) end
  redis.call('SADD', root .. 'parked:' .. name, channel)
  out_of_reach(channel, now)
end

-- What waits for a channel, or is under way there, is due at once.
local function wake(channel, now)
  redis.call('HDEL', of('channel', channel), 'suspended', 'retry_at')
  local lane = redis.call('HGET', of('channel', channel), 'lane')
  if lane then redis.call('ZADD', due(channel, lane), now, channel) end
  schedule(channel, now)
end

-- Send again with a token that was stopped; returns how many channels waited for it.
local function go_on(name, now)
  redis.call('ZREM', root .. 'paused', name)
  if redis.call('HDEL', root .. 'stopped', name) == 0 then return 0 end
  local parked = redis.call('SMEMBERS', root .. 'parked:' .. name)
  for _, channel in ipairs(parked) do
    if redis.call('HEXISTS', of('channel', channel), 'suspended') == 0 then wake(channel, now) end
  end
  redis.call('DEL', root .. 'parked:' .. name)
  return #parked
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

-- A place in what a platform takes of all processes together, one each `gap` ms: returns the ms to
-- wait for it, and true where that is longer than `most` and the place was not taken.
local function place(name, now, gap, most)
  if gap <= 0 then return 0 end
  local key = root .. 'budget:' .. name
  local at = math.max(now, tonumber(redis.call('GET', key) or '0'))
  local wait = math.ceil(at - now)
  if wait > most then return wait, true end
  redis.call('SET', key, at + gap, 'PX', 60000)
  return wait
end

-- What is there, and perhaps twice, is looked at again at a time.
local function audit(channel, id, at)
  redis.call('ZADD', root .. 'audits:' .. platform(channel), at, channel .. ':' .. id)
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
