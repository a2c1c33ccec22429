-- A channel no longer wants some of what waits for it; what is under way already is not stopped.
-- ARGV: channel, reason, then ids.
-- Returns how many were let go.
root = KEYS[1]
local channel, now, gone = ARGV[1], now_ms(), 0
for at = 3, #ARGV do
  if redis.call('HGET', delivery(channel, ARGV[at]), 'state') == 'waiting' then
    settle(channel, ARGV[at], 'muted', ARGV[2])
    note(channel, now, ARGV[at], 'muted', ARGV[2])
    gone = gone + 1
  end
end
if gone > 0 then
  count('muted', gone)
  schedule(channel, now)
end
return gone
