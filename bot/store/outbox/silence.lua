-- Its channel was muted while it waited: it is not told, and the next one has its turn.
-- ARGV: channel, id, fence, reason.
-- Returns 1, or 0: not ours.
root = KEYS[1]
local channel, id, now = ARGV[1], ARGV[2], now_ms()
if not mine(channel, id, ARGV[3]) then return 0 end
settle(channel, id, 'muted', ARGV[4])
note(channel, now, id, 'muted', ARGV[4])
count('muted')
schedule(channel, now)
return 1
