/*
 * The counters in Redis, all of a tenant's in one hash slot, and the scripts that change them. What they share:
 * - A rate (`w`) is a hash from second to the quota that was drawn in it. The last 60 + leaseSeconds whole seconds count, so
 *   that what is drawn now and spent until its lease ends still fits any 60 seconds.
 * - Calls under way (`c`) are a hash from draw to `slots:until`, in milliseconds: those of an isolate that dies free by time.
 * - A budget (`b`) is one number of nano-dollars for its period, which holds what is settled and what is held.
 * - A hold is money that was drawn and is not settled: `amount|version|touchedAtMs|keyId|day|budgets`, where the budgets that it
 *   is charged to are `kd`, `km`, `td`, `tm`: the key's or the tenant's, of the day or of the month.
 * Numbers are kept as floats: some engines' whole numbers have 32 bits.
 */

/** The window of every rate. */
export const windowSeconds = 60;
/** How long drawn quota may be spent. */
export const leaseSeconds = 2;
/** How long the slots of calls that are under way are believed in without being renewed. */
export const slotLifeMs = 30_000;

/** How long a hold goes untouched before whoever drew it must have died. */
export const unsettledAfterMs = 15 * 60_000;
/** How often a hold of calls that are under way is touched. */
export const touchHoldEveryMs = unsettledAfterMs / 3;
/** Where calls under way hold what is missing, it may be free by then. */
const heldForMs = 4_000;

/** Beyond what waiting calls need, a draw takes an eighth of what is free, unless that is little: then none. */
const share = 8;
const minShareFactor = 2;

const common = `
local function number(text) return tonumber(text) + 0.0 end
local function text(value) return string.format('%.0f', value) end
local clock = redis.call('TIME')
local second = number(clock[1])
local nowMs = second * 1000 + math.floor(number(clock[2]) / 1000)
`;

/**
 * Draws quota from every limit of a call, or from none. KEYS: one for each limit, then the tenant's holds. ARGV: the draw's
 * id, which names its slots and its hold, key id, day, then for each limit kind, limit, what the call needs, what all calls
 * that wait need, and what is likely to be needed soon. Gives, with spaces between them, the outcome
 * (`ok`, `refused`, or `unknown` for a budget that has no number yet), the index of the limit that decided, the time in
 * milliseconds, and for each limit what was granted, what is free then, and when as much as is needed frees (-1: never, or
 * for a budget: not before its period ends).
 */
export const acquireScript = `${common}
local window, lease = ${windowSeconds}, ${leaseSeconds}
local drawId, keyId, day = ARGV[1], ARGV[2], ARGV[3]
local limits, money, budgets = {}, nil, {}
local refused, unknown = 0, 0
for i = 1, #KEYS - 1 do
  local at = 3 + (i - 1) * 5
  local kind, limit, need = ARGV[at + 1], number(ARGV[at + 2]), number(ARGV[at + 3])
  local demand, want = number(ARGV[at + 4]), number(ARGV[at + 5])
  local free, freesAtMs = limit, -1
  if kind == 'w' then
    local fields = redis.call('HGETALL', KEYS[i])
    local drawn, old = {}, {}
    for f = 1, #fields, 2 do
      local s, n = number(fields[f]), number(fields[f + 1])
      if s < second - (window + lease) then old[#old + 1] = fields[f]
      elseif n > 0 then free = free - n; drawn[#drawn + 1] = { s, n } end
    end
    for o = 1, #old do redis.call('HDEL', KEYS[i], old[o]) end
    if need > free and need <= limit then
      table.sort(drawn, function(a, b) return a[1] < b[1] end)
      local open = free
      for d = 1, #drawn do
        open = open + drawn[d][2]
        if open >= need then freesAtMs = (drawn[d][1] + window + lease + 1) * 1000; break end
      end
    end
  elseif kind == 'c' then
    local fields = redis.call('HGETALL', KEYS[i])
    for f = 1, #fields, 2 do
      local used, untilMs = string.match(fields[f + 1], '^(%d+):(%d+)$')
      if number(untilMs) <= nowMs then redis.call('HDEL', KEYS[i], fields[f])
      else free = free - number(used) end
    end
    freesAtMs = nowMs + 1000
  else
    local ofKey = string.find(KEYS[i], ':' .. keyId .. ':', 1, true)
    local ofDay = string.find(KEYS[i], ':' .. day, 1, true)
    budgets[#budgets + 1] = (ofKey and 'k' or 't') .. (ofDay and 'd' or 'm')
    local charged = redis.call('GET', KEYS[i])
    if charged == false or charged == nil then if unknown == 0 then unknown = i end
    else free = limit - number(charged) end
  end
  local grant = math.max(need, math.min(demand, math.max(free, 0)))
  local share = math.floor(free / ${share})
  if share >= need * ${minShareFactor} then grant = math.max(grant, math.min(want, share)) end
  if need > free and refused == 0 then refused = i end
  limits[i] = { kind, grant, free, freesAtMs }
  if kind == 'b' and (money == nil or grant < money) then money = grant end
end
local outcome, decided = 'ok', 0
if unknown > 0 then outcome, decided = 'unknown', unknown
elseif refused > 0 then outcome, decided = 'refused', refused end
if outcome == 'refused' and limits[decided][1] == 'b' then
  local ofKey = string.find(KEYS[decided], ':' .. keyId .. ':', 1, true)
  local held, records = 0, redis.call('HVALS', KEYS[#KEYS])
  for r = 1, #records do
    local amount, touchedAtMs, holder = string.match(records[r], '^(%d+)|%d+|(%d+)|([^|]*)|')
    if (not ofKey or holder == keyId) and nowMs - number(touchedAtMs) < ${unsettledAfterMs} then held = held + number(amount) end
  end
  local need = number(ARGV[3 + (decided - 1) * 5 + 3])
  if need <= limits[decided][3] + held then limits[decided][4] = nowMs + ${heldForMs} end
end
local reply = { outcome, text(decided), text(nowMs) }
for i = 1, #limits do
  local kind, grant = limits[i][1], limits[i][2]
  if kind == 'b' then grant = money end
  if outcome ~= 'ok' then grant = 0
  elseif kind == 'w' then
    if grant > 0 then
      redis.call('HINCRBY', KEYS[i], text(second), text(grant))
      redis.call('EXPIRE', KEYS[i], window + lease + 2)
    end
  elseif kind == 'c' then
    if grant > 0 then
      redis.call('HSET', KEYS[i], drawId, text(grant) .. ':' .. text(nowMs + ${slotLifeMs}))
      redis.call('EXPIRE', KEYS[i], 60)
    end
  elseif grant > 0 then redis.call('INCRBY', KEYS[i], text(grant)) end
  reply[#reply + 1] = text(grant)
  reply[#reply + 1] = text(limits[i][3] - grant)
  reply[#reply + 1] = text(limits[i][4])
end
if outcome == 'ok' and money ~= nil and money > 0 then
  redis.call('HSET', KEYS[#KEYS], drawId, text(money) .. '|0|' .. text(nowMs) .. '|' .. keyId .. '|' .. day .. '|' .. table.concat(budgets, ','))
end
return table.concat(reply, ' ')
`;

/** Hands quota of a rate back to the second that it was drawn in. KEYS: the rate. ARGV: second, amount. */
export const returnQuotaScript = `${common}
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then
  redis.call('HINCRBY', KEYS[1], ARGV[1], text(-number(ARGV[2])))
end
return 1
`;

/**
 * Settles a part of a hold: what was spent stays charged, what is still held too, the rest is given back to its budgets.
 * KEYS: the holds, then the budgets. ARGV: hold id, the version that it has, what stays held, what was spent. Safe to repeat:
 * gives 0 and changes nothing where the hold has another version, or is gone.
 */
export const settleScript = `${common}
local record = redis.call('HGET', KEYS[1], ARGV[1])
if record == false or record == nil then return 0 end
local amount, version, rest = string.match(record, '^(%d+)|(%d+)|%d+(|.*)$')
if version ~= ARGV[2] then return 0 end
local held = number(ARGV[3])
local back = number(amount) - held - number(ARGV[4])
if back ~= 0 then
  for i = 2, #KEYS do
    if redis.call('EXISTS', KEYS[i]) == 1 then redis.call('INCRBY', KEYS[i], text(-back)) end
  end
end
if held > 0 then
  redis.call('HSET', KEYS[1], ARGV[1], text(held) .. '|' .. text(number(version) + 1) .. '|' .. text(nowMs) .. rest)
else
  redis.call('HDEL', KEYS[1], ARGV[1])
end
return 1
`;

/**
 * Gives a budget its number, where it has none: what the ledger says, and what is held for calls under way, for it is charged
 * too. KEYS: the budget, the holds. ARGV: what the ledger says, how many seconds the number lives, the budget's two letters,
 * key id, day or month.
 */
export const seedScript = `${common}
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
local charged, records = number(ARGV[1]), redis.call('HVALS', KEYS[2])
for r = 1, #records do
  local amount, holder, day, budgets = string.match(records[r], '^(%d+)|%d+|%d+|([^|]*)|([^|]*)|(.*)$')
  if amount and string.find(budgets, ARGV[3], 1, true) and string.sub(day, 1, #ARGV[5]) == ARGV[5]
    and (string.sub(ARGV[3], 1, 1) == 't' or holder == ARGV[4]) then charged = charged + number(amount) end
end
redis.call('SET', KEYS[1], text(charged), 'EX', ARGV[2])
return 1
`;

/** Says how many slots of a draw are in use, and that they still are. KEYS: the limit. ARGV: the draw's id, how many. */
export const keepSlotsScript = `${common}
if ARGV[2] == '0' then redis.call('HDEL', KEYS[1], ARGV[1])
else
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ':' .. text(nowMs + ${slotLifeMs}))
  redis.call('EXPIRE', KEYS[1], 60)
end
return 1
`;
