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
 *   that it is charged to are `kd`, `km`, `td`, `tm`: of the key or the tenant, of the day or the month. `ed`, `em`, `fd`, `fm` are
 *   those of an end user, limited by the key (e) or the tenant (f), whose subject is the last of the list. No subject has the letters
 *   k, t, d, m but `other`, so that no pair of letters is found in it.
 * - The end users of a tenant that have counters of their own are a sorted set from a subject to the hour of its last acquisition.
 *   The number of new ones is `hour:count`.
 * - The marker of the budgets of end users, one for a key or a tenant and a period, says what missing counters have spent: `0`
 *   nothing, `n` nothing but the one of requests without an end user, `1` what the ledger has charged.
 * Numbers are floats, because the integers of some engines have 32 bits.
 *
 * What may change: during a deployment, Workers of two versions run their scripts on the same keys, and a monthly counter lives
 * for 40 days. So a new version must read the formats of the version before, and must write what that one can read. redis-counters.ts fills
 * KEYS and ARGV in the order of the scripts and reads their replies; acquire-script.ts has the largest one; read-limit-status.ts reads the counters, src/billing the holds. test/unit/limits/driven runs the scripts
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
/** The lifetimes of the counters of budgets. */
export const budgetTtlSeconds = { daily: 3 * 86_400, monthly: 40 * 86_400 };
/** How long Redis remembers that it knows a tenant: longer than a monthly counter. */
const tenantStateTtlSeconds = 41 * 86_400;

/** The helpers of all scripts: numbers as floats and as texts without an exponent, and the clock of Redis, which all isolates share. */
export const common = `
local function number(text) return tonumber(text) + 0.0 end
local function text(value) return string.format('%.0f', value) end
local clock = redis.call('TIME')
local second = number(clock[1])
local nowMs = second * 1000 + math.floor(number(clock[2]) / 1000)
`;

/**
 * Returns quota of rates to the seconds in which it was acquired. A negative amount charges a rate.
 * KEYS: the rates. ARGV: for each its second and amount. Not safe to repeat: a repeated return would admit more than the limit.
 */
export const returnQuotaScript = `${common}
local replies = {}
for i = 1, #KEYS do
  if redis.call('HEXISTS', KEYS[i], ARGV[2 * i - 1]) == 1 then
    redis.call('HINCRBY', KEYS[i], ARGV[2 * i - 1], text(-number(ARGV[2 * i])))
  end
  replies[i] = '1'
end
return table.concat(replies, ' ')
`;

/**
 * Settles parts of holds: the costs and what remains on hold stay charged, the rest goes back to the budgets. A budget whose
 * counter was lost is not charged with the costs of requests that started before its cut: it counts their ledger rows.
 * KEYS: the holds, then for each hold its budgets, then their seeds. ARGV: for each hold its id, its version, what remains on hold,
 * whether to defer, the number of its budgets, and the number of costs, then the second and the cost of requests.
 * Returns for each, separated by spaces, 1. Safe to repeat: 0 and no change if the hold has another version, and -1 if it does not
 * exist. With `1` for whether to defer, the cut in seconds and no change if requests started before it.
 */
export const settleScript = `${common}
local function settle(holdId, holdVersion, remaining, mayDefer, firstKey, budgets, firstCost, lastCost)
  local record = redis.call('HGET', KEYS[1], holdId)
  if record == false or record == nil then return -1 end
  local amount, version, owner = string.match(record, '^(%d+)|(%d+)|%d+(|.*)$')
  if version ~= holdVersion then return 0 end
  local cuts, lastCut = {}, 0
  for i = 1, budgets do
    local seed = redis.call('GET', KEYS[firstKey + budgets + i - 1])
    cuts[i] = 0
    if seed then cuts[i] = number(string.match(seed, '^(%d+)|')) end
    lastCut = math.max(lastCut, cuts[i])
    -- A lost counter that is not set yet: its cut will be later than now.
    if mayDefer and redis.call('EXISTS', KEYS[firstKey + i - 1]) == 0 then lastCut = math.max(lastCut, second + 1) end
  end
  if mayDefer then
    for c = firstCost, lastCost, 2 do if number(ARGV[c]) < lastCut then return lastCut end end
  end
  for i = 1, budgets do
    local refund, budget = number(amount) - remaining, KEYS[firstKey + i - 1]
    for c = firstCost, lastCost, 2 do if number(ARGV[c]) >= cuts[i] then refund = refund - number(ARGV[c + 1]) end end
    if refund ~= 0 and redis.call('EXISTS', budget) == 1 then redis.call('INCRBY', budget, text(-refund)) end
  end
  if remaining > 0 then
    redis.call('HSET', KEYS[1], holdId, text(remaining) .. '|' .. text(number(version) + 1) .. '|' .. text(nowMs) .. owner)
  else
    redis.call('HDEL', KEYS[1], holdId)
  end
  return 1
end
local replies, key, arg = {}, 2, 1
while arg <= #ARGV do
  local budgets, costs = number(ARGV[arg + 4]), number(ARGV[arg + 5])
  local last = arg + 5 + 2 * costs
  replies[#replies + 1] = text(settle(ARGV[arg], ARGV[arg + 1], number(ARGV[arg + 2]), ARGV[arg + 3] == '1', key, budgets, arg + 6, last))
  key, arg = key + 2 * budgets, last + 1
end
return table.concat(replies, ' ')
`;

/**
 * Creates holds that were lost, and charges them to the budgets that have counters. The counters of end users that are missing were
 * lost too, so that their markers no longer say that they have spent nothing.
 * KEYS: the holds, then for each hold its budgets and the markers of those of end users. ARGV: for each hold its id, its version, its
 * amount, key id, day, how it names its budgets, the number of its budgets and of its markers.
 * Returns for each, separated by spaces, 1 if it was lost, also when it is repeated, and 0 if it was not.
 */
export const recreateScript = `${common}
local function recreate(arg, firstKey, firstMarker, lastMarker)
  local record = redis.call('HGET', KEYS[1], ARGV[arg])
  if record then
    if string.match(record, '^%d+|(%d+)|') == ARGV[arg + 1] then return 1 end
    return 0
  end
  local amount, isMissing = ARGV[arg + 2], false
  for i = firstKey, firstMarker - 1 do
    if redis.call('EXISTS', KEYS[i]) == 1 then redis.call('INCRBY', KEYS[i], amount) else isMissing = true end
  end
  if isMissing then for i = firstMarker, lastMarker do redis.call('SET', KEYS[i], '1', 'EX', ${tenantStateTtlSeconds}) end end
  local owner = ARGV[arg + 3] .. '|' .. ARGV[arg + 4] .. '|' .. ARGV[arg + 5]
  redis.call('HSET', KEYS[1], ARGV[arg], amount .. '|' .. ARGV[arg + 1] .. '|' .. text(nowMs) .. '|' .. owner)
  return 1
end
local replies, key = {}, 2
for arg = 1, #ARGV, 8 do
  local markers = key + number(ARGV[arg + 6])
  local nextKey = markers + number(ARGV[arg + 7])
  replies[#replies + 1] = text(recreate(arg, key, markers, nextKey - 1))
  key = nextKey
end
return table.concat(replies, ' ')
`;

/**
 * Sets the counter of a budget that has none: what the ledger has charged, and what is on hold. A counter was lost, and is not
 * new, if the isolate or a hold knows it, or if Redis knows nothing of a tenant that the ledger has charged. It is set after a
 * while, in which each isolate sends what it has on hold. From the cut on, requests are charged to it when they are settled;
 * those before are charged when the ledger has their rows.
 * KEYS: the budget, the holds, the seed of the budget, the state of the tenant. ARGV: what the ledger has charged, the lifetime
 * of the counter in seconds, the two letters of the budget, key id, day or month, the cut in seconds, \`1\` if the isolate knows
 * the counter, and for the budget of an end user its subject.
 * Returns the milliseconds to wait, 0 if the counter exists.
 */
export const seedScript = `${common}
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
local charged, isLost, records = number(ARGV[1]), ARGV[7] == '1', redis.call('HVALS', KEYS[2])
for r = 1, #records do
  local amount, holdKeyId, day, budgets = string.match(records[r], '^(%d+)|%d+|%d+|([^|]*)|([^|]*)|(.*)$')
  if amount and string.find(budgets, ARGV[3], 1, true) and string.sub(day, 1, #ARGV[5]) == ARGV[5]
    and (string.match(ARGV[3], '^[tf]') or holdKeyId == ARGV[4])
    and (ARGV[8] == nil or string.sub(budgets, -#ARGV[8] - 1) == ',' .. ARGV[8]) then
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

/** Sets how many slots of leases are in use and renews their lifetimes. KEYS: the limits. ARGV: for each the lease id and the slots. */
export const setSlotsScript = `${common}
local replies = {}
for i = 1, #KEYS do
  local leaseId, slots = ARGV[2 * i - 1], ARGV[2 * i]
  if slots == '0' then redis.call('HDEL', KEYS[i], leaseId)
  else
    redis.call('HSET', KEYS[i], leaseId, slots .. ':' .. text(nowMs + ${slotTtlMs}))
    redis.call('EXPIRE', KEYS[i], 60)
  end
  replies[i] = '1'
end
return table.concat(replies, ' ')
`;

/**
 * Sets the markers of the budgets of end users that have none. They say that missing counters have spent nothing only where the
 * ledger has charged nothing, and Redis has not lost the markers.
 * KEYS: the state of the tenant, then the markers. ARGV: for each marker what the ledger says, its lifetime in seconds, and \`1\` if
 * the isolate knows it.
 */
export const markScript = `${common}
local recoversUntilMs = redis.call('GET', KEYS[1])
local isRecovering = recoversUntilMs and nowMs < number(recoversUntilMs) + ${lossAppliesMs}
for i = 2, #KEYS do
  local value, ttl, isKnown = ARGV[3 * i - 5], ARGV[3 * i - 4], ARGV[3 * i - 3] == '1'
  if redis.call('EXISTS', KEYS[i]) == 0 then
    if isKnown or isRecovering then value = '1' end
    redis.call('SET', KEYS[i], value, 'EX', ttl)
    if value == '1' and not recoversUntilMs then
      recoversUntilMs, isRecovering = text(nowMs + ${recoveryMs}), true
      redis.call('SET', KEYS[1], recoversUntilMs, 'EX', ${tenantStateTtlSeconds})
    end
  end
end
return 1
`;
