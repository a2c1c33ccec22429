-- Who does something first, of all processes: the first call's mark stays until it expires.
-- KEYS: what is done once. ARGV: the mark of this call, seconds to remember it.
-- Returns 1 for the first call, and again where the client sent that very call twice.
local held = redis.call('GET', KEYS[1])
if not held then
  redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
  return 1
end
return held == ARGV[1] and 1 or 0
