import { subjectLength } from './end-users.ts';
import {
  budgetTtlSeconds,
  common,
  heldBudgetRetryMs,
  leaseSeconds,
  slotTtlMs,
  unsettledAfterMs,
  windowSeconds,
} from './redis-scripts.ts';

/**
 * Beyond the demand of the waiting requests, a lease takes at most an eighth of what is free, so that other isolates find enough. It
 * takes nothing beyond the demand if the eighth is less than two such requests: close to a limit, leases have to be exact. Of the
 * limit of an end user it takes up to a half, because few isolates have requests of one end user, and they come in bursts.
 */
const shareDivisor = 8;
const endUserShareDivisor = 2;
const minShareFactor = 2;

/** The bound of the counters that clients can create by inventing end users: how many a tenant may add in an hour. */
export const maxNewEndUsersPerHour = 10_000;
/** The current hour and the one before. */
const registryTtlSeconds = 7_200;

/** A refusal by the budget of an end user reads no more open holds: their number grows with the end users. */
const maxHoldsRead = 1_000;

/** Chooses between the counters of the end user and those that it shares: `keys` are the counters of the limits. */
const chooseEndUserCounters = `
local subject = ARGV[4 + count * 5]
local isShared, isRegistered, newcomers, hour = false, true, nil, math.floor(second / 3600)
local registry, newcomersKey, markers = KEYS[count + 2], KEYS[count + 3], {}
if subject then
  local nextKey, shared, hasCounter = count + 4, {}, false
  for i = 1, count do
    local kind = ARGV[3 + (i - 1) * 5 + 1]
    if #kind > 1 then
      shared[i], nextKey = KEYS[nextKey], nextKey + 1
      if kind == 'bu' then markers[i], nextKey = KEYS[nextKey], nextKey + 1 end
    end
  end
  if #subject == ${subjectLength} then
    local seen = redis.call('ZSCORE', registry, subject)
    isRegistered = seen and number(seen) == hour
    if not seen or number(seen) < hour - 1 then
      local countedHour, counted = string.match(redis.call('GET', newcomersKey) or '', '^(%d+):(%d+)$')
      newcomers = 0
      if countedHour and number(countedHour) == hour then newcomers = number(counted) end
      if newcomers >= ${maxNewEndUsersPerHour} then
        for i in pairs(shared) do hasCounter = hasCounter or redis.call('EXISTS', KEYS[i]) == 1 end
        if hasCounter then newcomers = nil else isShared = true end
      end
    end
  end
  if isShared then
    subject = 'other'
    for i, key in pairs(shared) do keys[i] = key end
  end
end
`;

/** Remembers an end user that has counters of its own, once an hour. */
const registerEndUser = `
if outcome == 'ok' and subject and not isShared and not isRegistered then
  if newcomers then
    if newcomers == 0 then redis.call('ZREMRANGEBYSCORE', registry, '-inf', text(hour - 2)) end
    redis.call('SET', newcomersKey, text(hour) .. ':' .. text(newcomers + 1), 'EX', ${registryTtlSeconds})
  end
  redis.call('ZADD', registry, text(hour), subject)
  redis.call('EXPIRE', registry, ${registryTtlSeconds})
end
`;

/**
 * Acquires a lease of every limit of a request, or of none.
 * KEYS: one for each limit, then the holds of the tenant. With limits of an end user also: the registry of end users and the number
 * of new ones, then for each of these limits its counter that end users share, and for each of its budgets the marker.
 * ARGV: lease id, which names the slots and the hold; key id; day; then for each limit its kind, the limit, the shortfall of
 * the request, the demand of all waiting requests, and the amount that is likely to be used soon; at the end the subject of the
 * end user. The kind of a limit of an end user has a `u` behind it.
 * Returns, separated by spaces, the outcome (`ok`, `refused`, `unknown` for a budget without a counter, or `unmarked` for the budget of
 * an end user that has neither a counter nor a marker), the index of the
 * limit that decided, the time in milliseconds, and for each limit the granted amount, the amount that is free then, and when
 * the shortfall is free (-1: never, or for a budget not before its period ends). A slot is free then even if the isolate that
 * holds it has died; most are free before. At the end `other` if the end user has no counters of its own.
 */
export const acquireScript = `${common}
local window, lease = ${windowSeconds}, ${leaseSeconds}
local leaseId, keyId, day = ARGV[1], ARGV[2], ARGV[3]
local limits, budgetGrant, budgets, created = {}, nil, {}, {}
local refused, unknown, unmarked, unknownEndUser = 0, 0, 0, 0
local count, keys = math.floor((#ARGV - 3) / 5), {}
for i = 1, count do keys[i] = KEYS[i] end
local holds = KEYS[count + 1]
${chooseEndUserCounters}
for i = 1, count do
  local offset = 3 + (i - 1) * 5
  local kind, limit, shortfall = string.sub(ARGV[offset + 1], 1, 1), number(ARGV[offset + 2]), number(ARGV[offset + 3])
  local demand, forecast, isEndUser = number(ARGV[offset + 4]), number(ARGV[offset + 5]), #ARGV[offset + 1] > 1
  local free, freesAtMs = limit, -1
  if kind == 'w' then
    local fields = redis.call('HGETALL', keys[i])
    local counted, expired = {}, {}
    for f = 1, #fields, 2 do
      local entrySecond, amount = number(fields[f]), number(fields[f + 1])
      if entrySecond < second - (window + lease) then expired[#expired + 1] = fields[f]
      elseif amount > 0 then free = free - amount; counted[#counted + 1] = { entrySecond, amount } end
    end
    for e = 1, #expired do redis.call('HDEL', keys[i], expired[e]) end
    if shortfall > free and shortfall <= limit then
      table.sort(counted, function(a, b) return a[1] < b[1] end)
      local freeThen = free
      for c = 1, #counted do
        freeThen = freeThen + counted[c][2]
        if freeThen >= shortfall then freesAtMs = (counted[c][1] + window + lease + 1) * 1000; break end
      end
    end
  elseif kind == 'c' then
    local fields = redis.call('HGETALL', keys[i])
    local leases = {}
    for f = 1, #fields, 2 do
      local slots, expiresAtMs = string.match(fields[f + 1], '^(%d+):(%d+)$')
      if number(expiresAtMs) <= nowMs then redis.call('HDEL', keys[i], fields[f])
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
    local ownerLetter = isEndUser and (isKeyBudget and 'e' or 'f') or (isKeyBudget and 'k' or 't')
    budgets[#budgets + 1] = ownerLetter .. (isDaily and 'd' or 'm')
    local charged = redis.call('GET', keys[i])
    if charged == false or charged == nil then
      local marker = isEndUser and redis.call('GET', markers[i])
      if marker == '0' or (marker == 'n' and subject ~= 'none') then
        created[i] = isDaily and ${budgetTtlSeconds.daily} or ${budgetTtlSeconds.monthly}
      elseif isEndUser and not marker then if unmarked == 0 then unmarked = i end
      elseif isEndUser then if unknownEndUser == 0 then unknownEndUser = i end
      elseif unknown == 0 then unknown = i end
    else free = limit - number(charged) end
  end
  local grant = math.max(shortfall, math.min(demand, math.max(free, 0)))
  local share = math.floor(free / (isEndUser and ${endUserShareDivisor} or ${shareDivisor}))
  if share >= shortfall * ${minShareFactor} then grant = math.max(grant, math.min(forecast, share)) end
  if shortfall > free and refused == 0 then refused = i end
  limits[i] = { kind, grant, free, freesAtMs }
  if kind == 'b' and (budgetGrant == nil or grant < budgetGrant) then budgetGrant = grant end
end
local outcome, decisive = 'ok', 0
-- A refused request sets no counter of an end user: clients invent end users, and only those of admitted requests are counted.
if unknown > 0 then outcome, decisive = 'unknown', unknown
elseif refused > 0 then outcome, decisive = 'refused', refused
elseif unmarked > 0 then outcome, decisive = 'unmarked', unmarked
elseif unknownEndUser > 0 then outcome, decisive = 'unknown', unknownEndUser end
for i = 1, #limits do
  local shortfall = number(ARGV[3 + (i - 1) * 5 + 3])
  if outcome == 'refused' and limits[i][1] == 'b' and shortfall > limits[i][3] then
    local isEndUser = #ARGV[3 + (i - 1) * 5 + 1] > 1
    local isKeyBudget, onHold = string.find(KEYS[i], ':' .. keyId .. ':', 1, true), 0
    local ending = ',' .. (subject or '')
    if isEndUser and redis.call('HLEN', holds) > ${maxHoldsRead} then onHold = shortfall - limits[i][3]
    else
      local records = redis.call('HVALS', holds)
      for r = 1, #records do
        local amount, touchedAtMs, holdKeyId = string.match(records[r], '^(%d+)|%d+|(%d+)|([^|]*)|')
        if (not isKeyBudget or holdKeyId == keyId) and nowMs - number(touchedAtMs) < ${unsettledAfterMs}
          and (not isEndUser or string.sub(records[r], -#ending) == ending) then onHold = onHold + number(amount) end
      end
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
      redis.call('HINCRBY', keys[i], text(second), text(grant))
      redis.call('EXPIRE', keys[i], window + lease + 2)
    end
  elseif kind == 'c' then
    if grant > 0 then
      redis.call('HSET', keys[i], leaseId, text(grant) .. ':' .. text(nowMs + ${slotTtlMs}))
      redis.call('EXPIRE', keys[i], 60)
    end
  elseif created[i] then
    redis.call('SET', keys[i], text(grant), 'EX', created[i])
    -- The marker does not say what an end user has spent that shares this counter.
    if subject == 'other' then redis.call('SET', markers[i], '1', 'EX', created[i]) end
  elseif grant > 0 then redis.call('INCRBY', keys[i], text(grant)) end
  reply[#reply + 1] = text(grant)
  reply[#reply + 1] = text(limits[i][3] - grant)
  reply[#reply + 1] = text(limits[i][4])
end
if outcome == 'ok' and budgetGrant ~= nil and budgetGrant > 0 then
  redis.call('HSET', holds, leaseId, text(budgetGrant) .. '|0|' .. text(nowMs) .. '|' .. keyId .. '|' .. day .. '|' .. table.concat(budgets, ',') .. (next(markers) and ',' .. subject or ''))
end
${registerEndUser}
if isShared then reply[#reply + 1] = 'other' end
return table.concat(reply, ' ')
`;
