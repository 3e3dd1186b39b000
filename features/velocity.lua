-- Counts one transaction in the windows of its subjects, once, and returns what they hold at its time.
--
-- KEYS[1]      marker: set when the transaction was counted
-- KEYS[2..]    two keys for each subject: its ring (hash) and those it dealt with (sorted set by last time)
-- ARGV[1]      time in ms      ARGV[2] time to live in ms   ARGV[3] marker's time to live in ms
-- ARGV[4]      members kept in a sorted set                 ARGV[5] number of tiers
-- then for each tier: width of a bucket in ms, number of buckets
-- then the number of windows, and for each: tier (1-based), buckets, length in ms
-- then for each subject: amount, other party ('' for none)
--
-- A ring has a field for each bucket of each tier, "tier:slot", with "number count sum". A bucket that a later one has
-- replaced is gone (a transaction as late as that sees at least itself), and what is later is not read.
local now, ttl = tonumber(ARGV[1]), ARGV[2]
local at = 6
local tiers, windows = {}, {}
for i = 1, tonumber(ARGV[5]) do
  tiers[i] = {width = tonumber(ARGV[at]), slots = tonumber(ARGV[at + 1])}
  tiers[i].number = math.floor(now / tiers[i].width)
  at = at + 2
end
local count = tonumber(ARGV[at])
at = at + 1
for i = 1, count do
  windows[i] = {tier = tonumber(ARGV[at]), buckets = tonumber(ARGV[at + 1]), length = tonumber(ARGV[at + 2])}
  at = at + 3
end
local fresh = redis.call('SET', KEYS[1], '1', 'PX', ARGV[3], 'NX')
local answer = {fresh and 1 or 0}
for subject = 1, (#KEYS - 1) / 2 do
  local ring, others = KEYS[2 * subject], KEYS[2 * subject + 1]
  local amount, other = tonumber(ARGV[at]), ARGV[at + 1]
  at = at + 2
  local held, late, flat = {}, {}, redis.call('HGETALL', ring)
  for i = 1, #flat, 2 do
    local number, n, sum = string.match(flat[i + 1], '(%S+) (%S+) (%S+)')
    held[flat[i]] = {tonumber(number), tonumber(n), tonumber(sum)}
  end
  if fresh then
    local changed = {}
    for i, tier in ipairs(tiers) do
      local field = i .. ':' .. (tier.number % tier.slots)
      local bucket = held[field]
      if not bucket or bucket[1] < tier.number then
        bucket = {tier.number, 0, 0}
        held[field] = bucket
      end
      if bucket[1] == tier.number then
        bucket[2], bucket[3] = bucket[2] + 1, bucket[3] + amount
        changed[#changed + 1] = field
        changed[#changed + 1] = string.format('%d %d %.17g', bucket[1], bucket[2], bucket[3])
      else
        late[i] = true
      end
    end
    if #changed > 0 then redis.call('HSET', ring, unpack(changed)) end
    redis.call('PEXPIRE', ring, ttl)
    if other ~= '' then
      redis.call('ZADD', others, 'GT', now, other)
      redis.call('ZREMRANGEBYSCORE', others, '-inf', '(' .. (now - tonumber(ttl)))
      redis.call('ZREMRANGEBYRANK', others, 0, -1 - tonumber(ARGV[4]))
      redis.call('PEXPIRE', others, ttl)
    end
  end
  for _, window in ipairs(windows) do
    local tier, n, sum = tiers[window.tier], 0, 0
    if late[window.tier] then n, sum = 1, amount end
    for number = tier.number - window.buckets + 1, tier.number do
      local bucket = held[window.tier .. ':' .. (number % tier.slots)]
      if bucket and bucket[1] == number then n, sum = n + bucket[2], sum + bucket[3] end
    end
    answer[#answer + 1] = n
    answer[#answer + 1] = string.format('%.17g', sum)
    answer[#answer + 1] = redis.call('ZCOUNT', others, '(' .. (now - window.length), now)
  end
end
return answer
