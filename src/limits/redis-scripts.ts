/*
 * The counters in Redis, all of one tenant in one hash slot, and the scripts that change them. Their formats:
 * - A rate (`w`) is a hash from a second to the quota that was acquired in it. The last 60 + leaseSeconds whole seconds count,
 *   so that quota that is acquired now and consumed until its lease ends still fits any 60 seconds.
 * - A concurrency limit (`c`) is a hash from a lease id to `slots:expiresAt`, in milliseconds. The slots of an isolate that
 *   dies become free by time.
 * - A budget (`b`) is one number of nano-dollars for its period: what is settled and what is on hold.
 * - The seed of a budget exists only if its counter was lost: `cut|counted`. Requests that started before the cut, a second, are
 *   charged by their ledger rows, of which `counted` nano-dollars are in the counter.
 * - The state of a tenant is when its lost counters may be set, in milliseconds, or 0. Without it Redis may have lost its keys.
 * - A hold is money that was acquired and is not settled: `amount|version|touchedAtMs|keyId|day|budgets`, where the budgets
 *   that it is charged to are `kd`, `km`, `td`, `tm`: of the key or the tenant, of the day or the month.
 * Numbers are floats, because the integers of some engines have 32 bits.
 *
 * What may change: during a deployment, Workers of two versions run their scripts on the same keys, and a monthly counter lives
 * for 40 days. So a new version must read the formats of the version before, and must write what that one can read. redis-counters.ts fills
 * KEYS and ARGV in the order of the scripts and reads their replies; src/billing reads the holds. test/unit/limits/driven runs the scripts
 * by a clock of its own, and `npm run test:limits` against several Workers.
 */

/** The window of every rate limit: limits are amounts a minute. */
export const windowSeconds = 60;
/**
 * How long leased quota may be consumed. A longer lease saves round trips, but keeps quota from other isolates for longer and extends
 * the window in which a rate counts. See docs/explanation/admission-control.md.
 */
export const leaseSeconds = 2;
/** How long Redis counts the slots of requests in progress without an update. Isolates send one every third of it. */
export const slotTtlMs = 30_000;

/**
 * After how long without an update a hold counts as abandoned by its isolate, in milliseconds. It is then listed as unsettled, and an
 * operator decides. An isolate may miss two updates in a row before that.
 */
export const unsettledAfterMs = 15 * 60_000;
/** How often the hold of requests in progress is updated. */
export const holdTouchIntervalMs = unsettledAfterMs / 3;
/** The retry delay in an error about a budget that requests in progress hold: short, because most requests settle within seconds. */
export const heldBudgetRetryMs = 4_000;

/**
 * How long a lost counter is not set. Each isolate that is in use has to ask Redis in that time, because its leases end: it
 * sends what it has on hold.
 */
const recoveryMs = leaseSeconds * 1000 + 1_000;
/** How long after that a counter that does not exist counts as lost and not as new: each counter is set with the first request that needs it. */
const lossAppliesMs = 60_000;
/** How long Redis remembers that it knows a tenant: longer than a monthly counter. */
const tenantStateTtlSeconds = 41 * 86_400;

/**
 * Beyond the demand of the waiting requests, a lease takes at most an eighth of what is free, so that other isolates find enough. It
 * takes nothing beyond the demand if the eighth is less than two such requests: close to a limit, leases have to be exact.
 */
const shareDivisor = 8;
const minShareFactor = 2;

/** The helpers of all scripts: numbers as floats and as texts without an exponent, and the clock of Redis, which all isolates share. */
const common = `
local function number(text) return tonumber(text) + 0.0 end
local function text(value) return string.format('%.0f', value) end
local clock = redis.call('TIME')
local second = number(clock[1])
local nowMs = second * 1000 + math.floor(number(clock[2]) / 1000)
`;

/**
 * Acquires a lease of every limit of a request, or of none.
 * KEYS: one for each limit, then the holds of the tenant.
 * ARGV: lease id, which names the slots and the hold; key id; day; then for each limit its kind, the limit, the shortfall of
 * the request, the demand of all waiting requests, and the amount that is likely to be used soon.
 * Returns, separated by spaces, the outcome (`ok`, `refused`, or `unknown` for a budget without a counter), the index of the
 * limit that decided, the time in milliseconds, and for each limit the granted amount, the amount that is free then, and when
 * the shortfall is free (-1: never, or for a budget not before its period ends). A slot is free then even if the isolate that
 * holds it has died; most are free before.
 */
export const acquireScript = `${common}
local window, lease = ${windowSeconds}, ${leaseSeconds}
local leaseId, keyId, day = ARGV[1], ARGV[2], ARGV[3]
local limits, budgetGrant, budgets = {}, nil, {}
local refused, unknown = 0, 0
for i = 1, #KEYS - 1 do
  local offset = 3 + (i - 1) * 5
  local kind, limit, shortfall = ARGV[offset + 1], number(ARGV[offset + 2]), number(ARGV[offset + 3])
  local demand, forecast = number(ARGV[offset + 4]), number(ARGV[offset + 5])
  local free, freesAtMs = limit, -1
  if kind == 'w' then
    local fields = redis.call('HGETALL', KEYS[i])
    local counted, expired = {}, {}
    for f = 1, #fields, 2 do
      local entrySecond, amount = number(fields[f]), number(fields[f + 1])
      if entrySecond < second - (window + lease) then expired[#expired + 1] = fields[f]
      elseif amount > 0 then free = free - amount; counted[#counted + 1] = { entrySecond, amount } end
    end
    for e = 1, #expired do redis.call('HDEL', KEYS[i], expired[e]) end
    if shortfall > free and shortfall <= limit then
      table.sort(counted, function(a, b) return a[1] < b[1] end)
      local freeThen = free
      for c = 1, #counted do
        freeThen = freeThen + counted[c][2]
        if freeThen >= shortfall then freesAtMs = (counted[c][1] + window + lease + 1) * 1000; break end
      end
    end
  elseif kind == 'c' then
    local fields = redis.call('HGETALL', KEYS[i])
    local leases = {}
    for f = 1, #fields, 2 do
      local slots, expiresAtMs = string.match(fields[f + 1], '^(%d+):(%d+)$')
      if number(expiresAtMs) <= nowMs then redis.call('HDEL', KEYS[i], fields[f])
      else free = free - number(slots); leases[#leases + 1] = { number(expiresAtMs), number(slots) } end
    end
    if shortfall > free and shortfall <= limit then
      table.sort(leases, function(a, b) return a[1] < b[1] end)
      local freeThen = free
      for l = 1, #leases do
        freeThen = freeThen + leases[l][2]
        if freeThen >= shortfall then freesAtMs = leases[l][1]; break end
      end
    end
  else
    local isKeyBudget = string.find(KEYS[i], ':' .. keyId .. ':', 1, true)
    local isDaily = string.find(KEYS[i], ':' .. day, 1, true)
    budgets[#budgets + 1] = (isKeyBudget and 'k' or 't') .. (isDaily and 'd' or 'm')
    local charged = redis.call('GET', KEYS[i])
    if charged == false or charged == nil then if unknown == 0 then unknown = i end
    else free = limit - number(charged) end
  end
  local grant = math.max(shortfall, math.min(demand, math.max(free, 0)))
  local share = math.floor(free / ${shareDivisor})
  if share >= shortfall * ${minShareFactor} then grant = math.max(grant, math.min(forecast, share)) end
  if shortfall > free and refused == 0 then refused = i end
  limits[i] = { kind, grant, free, freesAtMs }
  if kind == 'b' and (budgetGrant == nil or grant < budgetGrant) then budgetGrant = grant end
end
local outcome, decisive = 'ok', 0
if unknown > 0 then outcome, decisive = 'unknown', unknown
elseif refused > 0 then outcome, decisive = 'refused', refused end
for i = 1, #limits do
  local shortfall = number(ARGV[3 + (i - 1) * 5 + 3])
  if outcome == 'refused' and limits[i][1] == 'b' and shortfall > limits[i][3] then
    local isKeyBudget = string.find(KEYS[i], ':' .. keyId .. ':', 1, true)
    local onHold, records = 0, redis.call('HVALS', KEYS[#KEYS])
    for r = 1, #records do
      local amount, touchedAtMs, holdKeyId = string.match(records[r], '^(%d+)|%d+|(%d+)|([^|]*)|')
      if (not isKeyBudget or holdKeyId == keyId) and nowMs - number(touchedAtMs) < ${unsettledAfterMs} then onHold = onHold + number(amount) end
    end
    if shortfall <= limits[i][3] + onHold then limits[i][4] = nowMs + ${heldBudgetRetryMs} end
  end
end
local reply = { outcome, text(decisive), text(nowMs) }
for i = 1, #limits do
  local kind, grant = limits[i][1], limits[i][2]
  if kind == 'b' then grant = budgetGrant end
  if outcome ~= 'ok' then grant = 0
  elseif kind == 'w' then
    if grant > 0 then
      redis.call('HINCRBY', KEYS[i], text(second), text(grant))
      redis.call('EXPIRE', KEYS[i], window + lease + 2)
    end
  elseif kind == 'c' then
    if grant > 0 then
      redis.call('HSET', KEYS[i], leaseId, text(grant) .. ':' .. text(nowMs + ${slotTtlMs}))
      redis.call('EXPIRE', KEYS[i], 60)
    end
  elseif grant > 0 then redis.call('INCRBY', KEYS[i], text(grant)) end
  reply[#reply + 1] = text(grant)
  reply[#reply + 1] = text(limits[i][3] - grant)
  reply[#reply + 1] = text(limits[i][4])
end
if outcome == 'ok' and budgetGrant ~= nil and budgetGrant > 0 then
  redis.call('HSET', KEYS[#KEYS], leaseId, text(budgetGrant) .. '|0|' .. text(nowMs) .. '|' .. keyId .. '|' .. day .. '|' .. table.concat(budgets, ','))
end
return table.concat(reply, ' ')
`;

/**
 * Returns quota of a rate to the second in which it was acquired. A negative amount charges the rate.
 * KEYS: the rate. ARGV: second, amount. Not safe to repeat: a repeated return would admit more than the limit.
 */
export const returnQuotaScript = `${common}
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then
  redis.call('HINCRBY', KEYS[1], ARGV[1], text(-number(ARGV[2])))
end
return 1
`;

/**
 * Settles a part of a hold: the costs and what remains on hold stay charged, the rest goes back to the budgets. A budget whose
 * counter was lost is not charged with the costs of requests that started before its cut: it counts their ledger rows.
 * KEYS: the holds, then the budgets, then their seeds. ARGV: hold id, its version, what remains on hold, whether to defer, then
 * the second and the cost of requests.
 * Returns 1. Safe to repeat: returns 0 and changes nothing if the hold has another version, and -1 if it does not exist. With
 * `1` for whether to defer, returns the cut in seconds and changes nothing if requests started before it.
 */
export const settleScript = `${common}
local record = redis.call('HGET', KEYS[1], ARGV[1])
if record == false or record == nil then return -1 end
local amount, version, owner = string.match(record, '^(%d+)|(%d+)|%d+(|.*)$')
if version ~= ARGV[2] then return 0 end
local budgets, cuts, lastCut = (#KEYS - 1) / 2, {}, 0
for i = 1, budgets do
  local seed = redis.call('GET', KEYS[1 + budgets + i])
  cuts[i] = 0
  if seed then cuts[i] = number(string.match(seed, '^(%d+)|')) end
  lastCut = math.max(lastCut, cuts[i])
  -- A lost counter that is not set yet: its cut will be later than now.
  if ARGV[4] == '1' and redis.call('EXISTS', KEYS[1 + i]) == 0 then lastCut = math.max(lastCut, second + 1) end
end
if ARGV[4] == '1' then
  for c = 5, #ARGV, 2 do if number(ARGV[c]) < lastCut then return lastCut end end
end
local remaining = number(ARGV[3])
for i = 1, budgets do
  local refund = number(amount) - remaining
  for c = 5, #ARGV, 2 do if number(ARGV[c]) >= cuts[i] then refund = refund - number(ARGV[c + 1]) end end
  if refund ~= 0 and redis.call('EXISTS', KEYS[1 + i]) == 1 then redis.call('INCRBY', KEYS[1 + i], text(-refund)) end
end
if remaining > 0 then
  redis.call('HSET', KEYS[1], ARGV[1], text(remaining) .. '|' .. text(number(version) + 1) .. '|' .. text(nowMs) .. owner)
else
  redis.call('HDEL', KEYS[1], ARGV[1])
end
return 1
`;

/**
 * Creates a hold that was lost, and charges it to the budgets that have counters.
 * KEYS: the holds, then the budgets. ARGV: hold id, its version, its amount, key id, day, the budgets' letters.
 * Returns 1 if the hold was lost, also when it is repeated, and 0 if it was not.
 */
export const recreateScript = `${common}
local record = redis.call('HGET', KEYS[1], ARGV[1])
if record then
  if string.match(record, '^%d+|(%d+)|') == ARGV[2] then return 1 end
  return 0
end
for i = 2, #KEYS do
  if redis.call('EXISTS', KEYS[i]) == 1 then redis.call('INCRBY', KEYS[i], ARGV[3]) end
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3] .. '|' .. ARGV[2] .. '|' .. text(nowMs) .. '|' .. ARGV[4] .. '|' .. ARGV[5] .. '|' .. ARGV[6])
return 1
`;

/**
 * Sets the counter of a budget that has none: what the ledger has charged, and what is on hold. A counter was lost, and is not
 * new, if the isolate or a hold knows it, or if Redis knows nothing of a tenant that the ledger has charged. It is set after a
 * while, in which each isolate sends what it has on hold. From the cut on, requests are charged to it when they are settled;
 * those before are charged when the ledger has their rows.
 * KEYS: the budget, the holds, the seed of the budget, the state of the tenant. ARGV: what the ledger has charged, the lifetime
 * of the counter in seconds, the two letters of the budget, key id, day or month, the cut in seconds, \`1\` if the isolate knows
 * the counter.
 * Returns the milliseconds to wait, 0 if the counter exists.
 */
export const seedScript = `${common}
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
local charged, isLost, records = number(ARGV[1]), ARGV[7] == '1', redis.call('HVALS', KEYS[2])
for r = 1, #records do
  local amount, holdKeyId, day, budgets = string.match(records[r], '^(%d+)|%d+|%d+|([^|]*)|([^|]*)|(.*)$')
  if amount and string.find(budgets, ARGV[3], 1, true) and string.sub(day, 1, #ARGV[5]) == ARGV[5]
    and (string.sub(ARGV[3], 1, 1) == 't' or holdKeyId == ARGV[4]) then
    charged = charged + number(amount)
    isLost = true
  end
end
local recoversUntilMs = redis.call('GET', KEYS[4])
if not recoversUntilMs then
  isLost = isLost or number(ARGV[1]) > 0
  recoversUntilMs = '0'
  if isLost then recoversUntilMs = text(nowMs + ${recoveryMs}) end
elseif nowMs < number(recoversUntilMs) + ${lossAppliesMs} then isLost = true
end
redis.call('SET', KEYS[4], recoversUntilMs, 'EX', ${tenantStateTtlSeconds})
if number(recoversUntilMs) > nowMs then return number(recoversUntilMs) - nowMs end
redis.call('SET', KEYS[1], text(charged), 'EX', ARGV[2])
if isLost then redis.call('SET', KEYS[3], ARGV[6] .. '|' .. ARGV[1], 'EX', ARGV[2]) end
return 0
`;

/**
 * Reads the seeds of budgets. KEYS: budgets, then their seeds. Returns, separated by spaces, for each \`-\` if it has no counter,
 * 0 if its counter was never lost, and else its cut in seconds.
 */
export const readSeedsScript = `
local budgets, cuts = #KEYS / 2, {}
for i = 1, budgets do
  local seed = redis.call('GET', KEYS[budgets + i])
  if redis.call('EXISTS', KEYS[i]) == 0 then cuts[i] = '-'
  elseif seed then cuts[i] = string.match(seed, '^(%d+)|')
  else cuts[i] = '0' end
end
return table.concat(cuts, ' ')
`;

/**
 * Charges a budget whose counter was lost with the ledger rows of requests before its cut that came after the last count.
 * KEYS: the budget, its seed. ARGV: the cut, what the ledger has charged for requests before the cut. Safe to repeat.
 */
export const countLateRowsScript = `${common}
local seed = redis.call('GET', KEYS[2])
if not seed or redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local cut, counted = string.match(seed, '^(%d+)|(%d+)$')
if cut ~= ARGV[1] or number(ARGV[2]) <= number(counted) then return 0 end
redis.call('INCRBY', KEYS[1], text(number(ARGV[2]) - number(counted)))
local ttl = tonumber(redis.call('TTL', KEYS[1]))
if ttl < 1 then ttl = ${tenantStateTtlSeconds} end
redis.call('SET', KEYS[2], cut .. '|' .. ARGV[2], 'EX', text(ttl))
return 1
`;

/** Sets how many slots of a lease are in use and renews their lifetime. KEYS: the limit. ARGV: lease id, slots. */
export const setSlotsScript = `${common}
if ARGV[2] == '0' then redis.call('HDEL', KEYS[1], ARGV[1])
else
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ':' .. text(nowMs + ${slotTtlMs}))
  redis.call('EXPIRE', KEYS[1], 60)
end
return 1
`;
