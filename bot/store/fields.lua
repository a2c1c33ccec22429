-- Some fields of many hashes in one answer: one for each hash costs a client more than it reads.
-- KEYS: the hashes. ARGV: the fields.
-- Returns the values, those of a hash together, nil for a field that is not there.
local found = {}
for _, key in ipairs(KEYS) do
  local values = redis.call('HMGET', key, unpack(ARGV))
  for at = 1, #ARGV do
    found[#found + 1] = values[at]
  end
end
return found
