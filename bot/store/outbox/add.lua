-- One delivery outside of a look: a digest, a sample. The same id is taken once.
-- ARGV: channel, id, lane, body.
-- Returns 1, or 0: it is there already.
root = KEYS[1]
return enqueue(ARGV[1], ARGV[2], ARGV[3], ARGV[4], now_ms())
