import type { RedisCommand } from './redis-backend.ts';

/** Behind how many arguments the options of a command start. Commands that take none are absent. */
const optionsBehind: Readonly<Record<string, number>> = {
  SET: 2,
  GETEX: 1,
  EXPIRE: 2,
  PEXPIRE: 2,
  EXPIREAT: 2,
  PEXPIREAT: 2,
  ZADD: 1,
  ZRANGE: 3,
  ZRANGEBYSCORE: 3,
  ZREVRANGE: 3,
  ZREVRANGEBYSCORE: 3,
  SCAN: 1,
  HSCAN: 2,
  SSCAN: 2,
  ZSCAN: 2,
};

/** Each option with the number of values that follow it. */
const optionValues: Readonly<Record<string, number>> = {
  NX: 0,
  XX: 0,
  GT: 0,
  LT: 0,
  CH: 0,
  INCR: 0,
  GET: 0,
  KEEPTTL: 0,
  PERSIST: 0,
  BYSCORE: 0,
  BYLEX: 0,
  REV: 0,
  WITHSCORES: 0,
  EX: 1,
  PX: 1,
  EXAT: 1,
  PXAT: 1,
  MATCH: 1,
  COUNT: 1,
  TYPE: 1,
  LIMIT: 2,
};

/**
 * Writes a command's name and its options in capitals, for an engine that knows them only so. Keys and values stay as
 * they are, whatever they look like: only the places where options can stand are read.
 */
export function upperCaseOptions([givenName, ...parameters]: RedisCommand): RedisCommand {
  const name = givenName.toUpperCase();
  const first = optionsBehind[name];
  if (first === undefined) return [name, ...parameters];
  const result = [...parameters];
  let index = first;
  while (index < result.length) {
    const option = (result[index] ?? '').toUpperCase();
    const values = Object.hasOwn(optionValues, option) ? optionValues[option] : undefined;
    if (values === undefined) break;
    result[index] = option;
    index += 1 + values;
  }
  return [name, ...result];
}
