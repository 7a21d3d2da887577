import { gunzipSync } from 'node:zlib';
import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import type { Database } from '../../src/db/client.ts';
import type { openRedis } from '../../src/limits/redis-client.ts';

/** Reads all values of each column that is not empty, joined to one text. What is compressed is decompressed. */
export async function dumpColumns(database: Database): Promise<Map<string, string>> {
  const columns = new Map<string, string[]>();
  const { rows: tables } = await database.execute(sql`
    SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'`);
  expect(tables.length).toBeGreaterThan(10);
  for (const { name } of tables) {
    const { rows } = await database.execute(sql`SELECT to_json(t)::text AS row FROM ${sql.identifier(String(name))} t`);
    for (const { row } of rows) {
      for (const [column, value] of Object.entries(JSON.parse(String(row)) as object)) {
        const place = `${String(name)}.${column}`;
        const values = columns.get(place) ?? columns.set(place, []).get(place);
        values?.push(JSON.stringify(value), decompress(value));
      }
    }
  }
  return new Map([...columns].map(([place, values]) => [place, values.join('\n')]));
}

/** Bytes are in hex; those of gzip begin with 1f 8b. */
function decompress(value: unknown): string {
  const isGzip = typeof value === 'string' && value.startsWith('\\x1f8b');
  return isGzip ? gunzipSync(Buffer.from(value.slice(2), 'hex')).toString() : '';
}

/** Reads all keys of Redis with their values. */
export async function dumpRedis(redis: ReturnType<typeof openRedis>): Promise<string> {
  const readers: Readonly<Record<string, (name: string) => Promise<unknown>>> = {
    string: (name) => redis.get(name),
    hash: (name) => redis.hgetall(name),
    zset: (name) => redis.zrange(name, 0, -1, { withScores: true }),
    set: (name) => redis.smembers(name),
    list: (name) => redis.lrange(name, 0, -1),
    // The key has expired since its name was read.
    none: async () => null,
  };
  const found: string[] = [];
  for (const name of await redis.keys('*')) {
    const read = readers[await redis.type(name)];
    expect(read).toBeDefined();
    found.push(`${name} ${JSON.stringify(await read?.(name))}`);
  }
  return found.join('\n');
}
