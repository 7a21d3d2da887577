import type { RedisCommand } from './redis-backend.ts';

/** The number of arguments before the options of a command. Commands without options are absent. */
const optionOffsets: Readonly<Record<string, number>> = {
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

/** The number of values that follow each option. */
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
 * Converts a command's name and its options to capitals, for an engine that requires them. Only places where options
 * can be are read, so keys and values stay as they are.
 */
export function upperCaseOptions([rawName, ...parameters]: RedisCommand): RedisCommand {
  const name = rawName.toUpperCase();
  const first = optionOffsets[name];
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
