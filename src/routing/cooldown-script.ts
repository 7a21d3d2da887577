/** No cooldown is longer, even where a provider asks for more or Redis says so. */
export const maxCooldownMs = 120_000;
/** How many cooldowns Redis keeps for the operator's API keys, and for those of tenants: the names of models come from clients. */
export const maxSharedCooldowns = 256;

/**
 * Shares cooldowns between isolates: adds and ends some, and returns all that are left. Each isolate counts remaining time, so that its
 * clock need not agree with that of Redis. A cooldown is only ever lengthened until one ends it. What would last longer than any cooldown
 * can is deleted. Once a set is full, the cooldowns that end first go.
 * KEYS: sorted sets from a cooldown's id to when it ends, by the clock of Redis: those of the operator's API keys, those of tenants' own.
 * ARGV: for each change the index of its set, the id, and the remaining time in milliseconds, 0 for a cooldown that has ended.
 * Returns `id=remaining` for each, separated by spaces. Safe to repeat.
 */
export const cooldownScript = `
local function text(value) return string.format('%.0f', value) end
local clock = redis.call('TIME')
local nowMs = (tonumber(clock[1]) + 0.0) * 1000 + math.floor((tonumber(clock[2]) + 0.0) / 1000)
for k = 1, #KEYS do
  redis.call('ZREMRANGEBYSCORE', KEYS[k], '-inf', text(nowMs))
  redis.call('ZREMRANGEBYSCORE', KEYS[k], text(nowMs + ${maxCooldownMs} + 1), '+inf')
end
for c = 1, #ARGV, 3 do
  local key, id, remainingMs = KEYS[tonumber(ARGV[c])], ARGV[c + 1], tonumber(ARGV[c + 2]) + 0.0
  if remainingMs == 0 then redis.call('ZREM', key, id)
  else
    local untilMs = nowMs + math.min(remainingMs, ${maxCooldownMs})
    local existing = redis.call('ZSCORE', key, id)
    if not existing or tonumber(existing) + 0.0 < untilMs then redis.call('ZADD', key, text(untilMs), id) end
    redis.call('PEXPIRE', key, '${maxCooldownMs}')
  end
end
local reply = {}
for k = 1, #KEYS do
  redis.call('ZREMRANGEBYRANK', KEYS[k], '0', '-${maxSharedCooldowns + 1}')
  local entries = redis.call('ZRANGE', KEYS[k], '0', '-1', 'WITHSCORES')
  for e = 1, #entries, 2 do reply[#reply + 1] = entries[e] .. '=' .. text(tonumber(entries[e + 1]) - nowMs) end
end
return table.concat(reply, ' ')
`;
