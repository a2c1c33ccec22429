-- A suspended channel, or everything parked with a token, is sent to again.
-- ARGV: channel, or platform|tenant.
-- Returns the number of channels that were waiting for it.
root = KEYS[1]
local now, name = now_ms(), ARGV[1]
if tenant(name) == name then return go_on(name, now) end
if redis.call('HEXISTS', of('channel', name), 'suspended') == 0 then return 0 end
wake(name, now)
return 1
