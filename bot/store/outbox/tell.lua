-- What the installer should know, beside what deliveries say. ARGV: about, text.
-- The same text again is one notice, with the time it was last so.
root = KEYS[1]
local last = redis.call('LINDEX', root .. 'notices', 0)
if last then
  local told = cjson.decode(last)
  if told.about == ARGV[1] and told.text == ARGV[2] then
    redis.call('LPOP', root .. 'notices')
  end
end
notify(now_ms(), ARGV[1], ARGV[2])
return 1
