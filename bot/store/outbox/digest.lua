-- A channel's digest of one ISO week, queued and noted in one step: no week is told twice.
-- ARGV: channel, week, id, body ("" to note the week and tell nothing).
-- Returns 1, or 0: this week or a later one was noted before.
root = KEYS[1]
local key = of('digest', ARGV[1])
local held = redis.call('GET', key)
if held and held >= ARGV[2] then return 0 end
redis.call('SET', key, ARGV[2])
if ARGV[4] ~= '' then enqueue(ARGV[1], ARGV[3], 'later', ARGV[4], now_ms()) end
return 1
