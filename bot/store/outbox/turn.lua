-- A place in a platform's budget for a call beside the sending itself.
-- ARGV: platform, gap in ms. Returns the ms to wait for it.
root = KEYS[1]
local wait = place(ARGV[1], now_ms(), tonumber(ARGV[2]), math.huge)
return wait
