-- What a channel missed becomes one summary, which takes the place of the delivery under way.
-- ARGV: channel, id, fence, the summary's id and body, then the ids that it tells.
-- Returns 1, or 0: not ours, or one of them is not waiting any more. One that is SENDING may be
-- folded only by who has looked and knows that it is not there.
root = KEYS[1]
local channel, id, now = ARGV[1], ARGV[2], now_ms()
if not mine(channel, id, ARGV[3]) then return 0 end
local oldest = now
for at = 6, #ARGV do
  local held = redis.call('HMGET', delivery(channel, ARGV[at]), 'state', 'at')
  local own = ARGV[at] == id and (held[1] == 'claimed' or held[1] == 'sending')
  if not (own or held[1] == 'waiting') then return 0 end
  oldest = math.min(oldest, tonumber(held[2]))
end
local lane = redis.call('HGET', of('channel', channel), 'lane')
for at = 6, #ARGV do
  settle(channel, ARGV[at], 'folded', 'told in ' .. ARGV[4])
  note(channel, now, ARGV[at], 'folded', 'told in ' .. ARGV[4])
end
count('folded', #ARGV - 5)
redis.call('HSET', delivery(channel, ARGV[4]), 'body', ARGV[5], 'lane', lane, 'state', 'claimed', 'at', oldest, 'tries', 0)
redis.call('LPUSH', of('queue:' .. lane, channel), ARGV[4])
redis.call('HSET', of('channel', channel), 'flight', ARGV[4], 'lane', lane)
return 1
