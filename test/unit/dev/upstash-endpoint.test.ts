import { Redis } from '@upstash/redis';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { LocalServer } from '../../../src/dev/local-server.ts';
import type { RedisBackend } from '../../../src/dev/redis-backend.ts';
import { createRedisMock } from '../../../src/dev/redis-mock-backend.ts';
import { connectRedisServer } from '../../../src/dev/redis-server-backend.ts';
import { startUpstashEndpoint } from '../../../src/dev/upstash-endpoint.ts';
import { canReachServer } from '../../support/real-servers.ts';

const token = 'the token of this run';
const prefix = `local-stack-test-${process.pid}:`;
const engines = [{ name: 'the in-process Redis', open: async () => createRedisMock() }];
if (await canReachServer('Redis', 6379)) {
  engines.push({ name: 'a Redis server', open: () => connectRedisServer('redis://127.0.0.1:6379') });
}

/** Counts what is reserved in a hash, and when each reservation ends in a sorted set; refuses above the limit. */
const reserve = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now)) do
  redis.call('HINCRBY', KEYS[1], 'used', -tonumber(redis.call('HGET', KEYS[1], 'held:' .. id)))
  redis.call('HDEL', KEYS[1], 'held:' .. id)
  redis.call('ZREM', KEYS[2], id)
end
if not redis.call('SET', KEYS[3], '1', 'NX', 'PX', ARGV[4]) then return {'again', 0} end
local used = redis.call('HINCRBY', KEYS[1], 'used', ARGV[2])
if used > tonumber(ARGV[3]) then
  redis.call('HINCRBY', KEYS[1], 'used', -ARGV[2])
  return {'refused', used - ARGV[2]}
end
redis.call('HSET', KEYS[1], 'held:' .. ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], now + ARGV[4], ARGV[1])
redis.call('PEXPIRE', KEYS[1], 60000)
return {'held', used}`;

describe.each(engines)('the Upstash endpoint over $name', ({ open }) => {
  let backend: RedisBackend;
  let endpoint: LocalServer;
  let redis: Redis;
  const key = (name: string) => `${prefix}${name}`;

  beforeAll(async () => {
    backend = await open();
    endpoint = await startUpstashEndpoint({ backend, token });
    redis = new Redis({ url: endpoint.url, token, retry: false, enableTelemetry: false });
  });
  const clear = async () => {
    const keys = await redis.keys(`${prefix}*`);
    if (keys.length > 0) await redis.del(...keys);
  };
  beforeEach(clear);
  afterAll(async () => {
    await clear();
    await endpoint.close();
    await backend.close();
  });

  test('gives texts, numbers, objects and nothing back as they went in', async () => {
    await redis.set(key('text'), 'Привет 👋 "x"');
    await redis.set(key('object'), { a: [1, null], b: 'ы' });
    await redis.set(key('ok'), 'OK');
    expect(await redis.mget(key('text'), key('object'), key('ok'), key('absent'))).toEqual([
      'Привет 👋 "x"',
      { a: [1, null], b: 'ы' },
      'OK',
      null,
    ]);
    expect(await redis.incrby(key('number'), 41)).toBe(41);
    expect(await redis.get(key('number'))).toBe(41);
    expect(await redis.ping()).toBe('PONG');
  });

  test('takes the options of SET as the client writes them', async () => {
    expect(await redis.set(key('once'), 'nx', { nx: true, ex: 100 })).toBe('OK');
    expect(await redis.set(key('once'), 'second', { nx: true })).toBeNull();
    expect(await redis.get(key('once'))).toBe('nx');
    expect(await redis.ttl(key('once'))).toBeGreaterThan(50);
    expect(await redis.ttl(key('once'))).toBeLessThanOrEqual(100);
    expect(await redis.set(key('absent'), 'x', { xx: true })).toBeNull();
    await redis.set(key('once'), 'third', { px: 500_000 });
    expect(await redis.pttl(key('once'))).toBeGreaterThan(400_000);
    expect(await redis.pttl(key('once'))).toBeLessThanOrEqual(500_000);
  });

  test('forgets what has run out', async () => {
    await redis.set(key('short'), 'x', { px: 30 });
    await expect.poll(() => redis.get(key('short')), { timeout: 2000 }).toBeNull();
    await redis.set(key('long'), 'x');
    expect(await redis.expire(key('long'), 60)).toBe(1);
    expect(await redis.expire(key('absent'), 60)).toBe(0);
    expect(await redis.persist(key('long'))).toBe(1);
    expect(await redis.ttl(key('long'))).toBe(-1);
  });

  test('keeps hashes', async () => {
    expect(await redis.hset(key('hash'), { one: 1, two: 'zwei' })).toBe(2);
    expect(await redis.hincrby(key('hash'), 'one', 4)).toBe(5);
    expect(await redis.hgetall(key('hash'))).toEqual({ one: 5, two: 'zwei' });
    expect(await redis.hget(key('hash'), 'three')).toBeNull();
    expect(await redis.hgetall(key('absent'))).toBeNull();
    expect(await redis.hmget(key('hash'), 'one', 'three')).toEqual({ one: 5, three: null });
  });

  test('keeps sorted sets', async () => {
    expect(await redis.zadd(key('zset'), { score: 1, member: 'nx' }, { score: 2.5, member: 'b' })).toBe(2);
    expect(await redis.zadd(key('zset'), { nx: true }, { score: 9, member: 'nx' })).toBe(0);
    expect(await redis.zrange(key('zset'), 0, -1, { withScores: true })).toEqual(['nx', 1, 'b', 2.5]);
    expect(await redis.zrange(key('zset'), 2, 3, { byScore: true })).toEqual(['b']);
    expect(await redis.zremrangebyscore(key('zset'), 0, 1)).toBe(1);
    expect(await redis.zcard(key('zset'))).toBe(1);
  });

  test('runs a pipeline in order, an error in it standing for one command', async () => {
    const pipeline = redis
      .pipeline()
      .set(key('a'), 'text')
      .evalsha('0'.repeat(40), [], [])
      .get(key('a'))
      .get(key('none'));
    const replies = await pipeline.exec({ keepErrors: true });
    expect(replies.map(({ result }) => result)).toEqual(['OK', undefined, 'text', null]);
    expect(replies[1]?.error).toMatch(/^NOSCRIPT/);
  });

  test('runs a transaction with nothing in between', async () => {
    const increments = Array.from({ length: 25 }, async () => {
      const [before, , after] = await redis.multi().get<number>(key('n')).incr(key('n')).get<number>(key('n')).exec();
      expect(after).toBe((before ?? 0) + 1);
    });
    await Promise.all(increments);
    expect(await redis.get(key('n'))).toBe(25);
  });

  test('runs nothing of a transaction that holds an unknown command', async () => {
    const reply = await post('/multi-exec', [['SET', key('a'), '1'], ['NONSENSE']]);
    expect(reply).toEqual({
      status: 400,
      body: { error: 'EXECABORT Transaction discarded because of previous errors.' },
    });
    expect(await redis.exists(key('a'))).toBe(0);
  });

  test('runs Lua, by its text and by its hash', async () => {
    const script = 'return {KEYS[1], ARGV[1], #ARGV, {false, 7}, redis.call("GET", KEYS[1])}';
    const expected = [key('a'), 'x', 2, [null, 7], null];
    expect(await redis.eval(script, [key('a')], ['x', 2])).toEqual(expected);
    const hash = await redis.scriptLoad(script);
    expect(await redis.scriptExists(hash, '0'.repeat(40))).toEqual([1, 0]);
    expect(await redis.evalsha(hash, [key('a')], ['x', 2])).toEqual(expected);
    await expect(redis.evalsha('0'.repeat(40), [], [])).rejects.toThrow(/NOSCRIPT/);
    expect(await redis.createScript(`return ARGV[1] .. '${prefix}'`).exec([], ['y'])).toBe(`y${prefix}`);
  });

  test('runs a script that reserves, refuses and gives back', async () => {
    const call = (id: string, amount: number, holdMs = 60_000) =>
      redis.eval(reserve, [key('used'), key('ends'), key(`seen:${id}`)], [id, amount, 100, holdMs]);
    expect(await call('a', 60)).toEqual(['held', 60]);
    expect(await call('a', 60)).toEqual(['again', 0]);
    expect(await call('b', 50)).toEqual(['refused', 60]);
    expect(await call('c', 30, 40)).toEqual(['held', 90]);
    await expect.poll(() => redis.exists(key('seen:c')), { timeout: 2000 }).toBe(0);
    // The key and what it held end within a millisecond of each other. One that was refused is known: the next is another.
    let tries = 0;
    const next = () => call(`d${++tries}`, 40);
    await expect.poll(next).toEqual(['held', 100]);
    expect(await redis.hgetall(key('used'))).toEqual({ used: 100, 'held:a': 60, [`held:d${tries}`]: 40 });
    expect(await redis.zrange(key('ends'), 0, -1)).toEqual(['a', `d${tries}`]);
    expect(await redis.pttl(key('used'))).toBeGreaterThan(20_000);
  });

  test('refuses what Redis refuses', async () => {
    await expect(redis.evalsha('0'.repeat(40), [], [])).rejects.toThrow(/NOSCRIPT/);
    const unknown = await post('/', ['NONSENSE', 'x']);
    expect([unknown.status, unknown.body.error]).toEqual([
      400,
      expect.stringMatching(/^ERR unknown command 'NONSENSE'/),
    ]);
  });

  test('rejects another token and broken bodies and sends no CORS header', async () => {
    const headers = { authorization: 'Bearer guess', origin: 'https://evil.example' };
    const stranger = await fetch(endpoint.url, { method: 'POST', headers, body: '["PING"]' });
    expect([stranger.status, stranger.headers.get('access-control-allow-origin')]).toEqual([401, null]);
    const error = 'ERR The body must be a command such as ["GET","key"], or a list of commands';
    for (const body of [[], 'PING', [null], ['SET', { a: 1 }]]) {
      expect(await post('/', body)).toEqual({ status: 400, body: { error } });
    }
  });

  async function post(path: string, body: unknown) {
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(endpoint.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: response.status, body: (await response.json()) as { error?: string } };
  }
});
