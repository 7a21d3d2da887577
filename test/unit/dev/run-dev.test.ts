import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { type DevProcess, failDev, probeFiles, productFiles, startDev } from '../../support/dev-process.ts';
import { filterRunning, listProcessTree } from '../../support/processes.ts';
import { canReachServer, createTestDatabase } from '../../support/real-servers.ts';

const scratch = mkdtempSync(join(tmpdir(), 'local-stack-'));
const dataDir = join(scratch, 'data');
const realServers = (await canReachServer('Postgres', 5432)) && (await canReachServer('Redis', 6379));

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

async function start(files: readonly string[], variables: Record<string, string> = {}): Promise<DevProcess> {
  const dev = await startDev(files, { LOCAL_DATA_DIR: dataDir, ...variables });
  onTestFinished(async () => {
    for (const { pid } of filterRunning(listProcessTree(dev.pid))) process.kill(pid, 'SIGKILL');
  });
  return dev;
}

async function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers } };
  return await fetch(url, { ...init, body: JSON.stringify(body) });
}

const ask = ({ url }: DevProcess) =>
  post(`${url}/api/chat/completions`, { prompt: 'Hello' }, { 'x-api-key': 'dev-api-key-12345' });

async function received({ url }: DevProcess): Promise<unknown[]> {
  const response = await fetch(`${url}/received`);
  return ((await response.json()) as { received: unknown[] }).received;
}

/** These build on one another: one data folder, through everything that can happen to it. */
describe('the local stack, from start to start', () => {
  test('starts from nothing, answers, and on Ctrl-C writes what is queued and leaves no process behind', async () => {
    const dev = await start(productFiles);
    expect(dev.stderr()).toBe('');
    for (const page of ['/', '/console', '/playground', '/docs'])
      expect(dev.stdout()).toMatch(new RegExp(`http://localhost:\\d+${page} `));
    expect(dev.stdout()).toContain(
      'Providers: stub.\nTo add openai (OPENAI_API_KEY), claude (ANTHROPIC_API_KEY), ollama (OLLAMA_URL)',
    );
    const banner = dev.stdout().slice(0, dev.stdout().indexOf('Try it'));
    expect(banner).not.toContain('"level"');
    const replies = await Promise.all([ask(dev), ask(dev), ask(dev)]);
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200]);
    const tree = listProcessTree(dev.pid);
    expect(tree.map(({ command }) => command)).toContain('workerd');
    const { code } = await dev.end('SIGINT');
    expect({ code, running: filterRunning(tree) }).toEqual({ code: 0, running: [] });
    const database = await PGlite.create(join(dataDir, 'postgres'));
    const { rows } = await database.query('SELECT count(*)::int AS rows FROM usage_ledger');
    await database.close();
    expect(rows).toEqual([{ rows: 3 }]);
  });

  test('starts again with what it had, refuses a second start on it, and lets one in as soon as it stops', async () => {
    const dev = await start(productFiles);
    expect((await ask(dev)).status).toBe(200);
    const second = await failDev({ LOCAL_DATA_DIR: dataDir });
    expect(second).toMatchObject({ code: 1, stderr: expect.stringMatching(/^The data folder .* is in use .*\n$/) });
    expect(second.stderr).toContain(`process ${dev.pid}`);
    expect((await ask(dev)).status).toBe(200);
    const ended = dev.end('SIGTERM');
    const next = await start(productFiles);
    expect((await ended).code).toBe(0);
    expect((await ask(next)).status).toBe(200);
    await next.end('SIGHUP');
  });

  test('brings messages of every kind to the product as they were sent, and hides what is local', async () => {
    const dev = await start(probeFiles);
    await post(`${dev.url}/send-each-kind`, {});
    await expect
      .poll(() => received(dev))
      .toEqual([{ at: '1970-01-01T00:00:00.000Z' }, { map: [['at', { date: 0 }]] }, 'text', { bytes: [0, 255] }]);
    const { bindings } = (await (await fetch(dev.url)).json()) as { bindings: string[] };
    expect(bindings).toContain('PROBE_QUEUE');
    expect(bindings.filter((name) => name.startsWith('LOCAL_'))).toEqual([]);
    expect((await fetch(`${dev.url}/__local/drain`, { headers: { 'x-local-secret': 'guess' } })).status).toBe(200);
    expect(await received(dev)).toHaveLength(4);
    await dev.end('SIGINT');
  });

  test('loses nothing when it is killed: the next start enqueues again what was queued', async () => {
    const killed = await start(probeFiles, { LOG_LEVEL: 'error' });
    await post(`${killed.url}/send`, { sent: 'before the kill' });
    const tree = listProcessTree(killed.pid);
    await killed.end('SIGKILL');
    await expect.poll(() => filterRunning(tree)).toEqual([]);
    const next = await start(probeFiles);
    await expect.poll(() => received(next)).toEqual([{ sent: 'before the kill' }]);
    await next.end('SIGINT');
  });

  test('keeps what a consumer puts off over Ctrl-C, and says so', async () => {
    const dev = await start(probeFiles, { LOG_LEVEL: 'error' });
    await post(`${dev.url}/send`, { sent: 'put off' });
    expect((await dev.end('SIGINT')).code).toBe(0);
    expect(dev.stdout()).toContain('Messages not processed yet: 1. The next start continues with them.');
    const next = await start(probeFiles);
    await expect.poll(() => received(next)).toEqual([{ sent: 'put off' }]);
    await next.end('SIGINT');
    const last = await start(probeFiles);
    await fetch(`${last.url}/cdn-cgi/handler/scheduled`);
    expect(await received(last)).toEqual([]);
    await last.end('SIGINT');
  });

  test('loads a changed source, and goes on with what was queued', async () => {
    const probe = probeFiles[1] ?? '';
    const entry = join(scratch, 'entry.ts');
    const write = (reply: string) =>
      writeFileSync(
        entry,
        `import probe from '${probe}';\nexport { Journal } from '${probe}';
        export default { ...probe, fetch: (request, env, context) => request.url.endsWith('/reply')
          ? new Response('${reply}') : probe.fetch(request, env, context) };`,
      );
    write('old');
    const dev = await start([probeFiles[0] ?? '', entry]);
    const reply = async () => (await fetch(`${dev.url}/reply`)).text();
    expect(await reply()).toBe('old');
    await post(`${dev.url}/send`, { sent: 'before the change' });
    write('new');
    await expect.poll(reply).toBe('new');
    await fetch(`${dev.url}/cdn-cgi/handler/scheduled`);
    await expect.poll(() => received(dev)).toEqual([{ sent: 'before the change' }]);
    await dev.end('SIGINT');
  });

  test('stops, and takes all with it, when the process that runs the Worker dies', async () => {
    const dev = await start(probeFiles);
    const tree = listProcessTree(dev.pid);
    const worker = tree.find(({ parent, command }) => parent === dev.pid && command !== 'sh');
    const ended = dev.end('SIGCONT');
    process.kill(worker?.pid ?? 0, 'SIGKILL');
    expect((await ended).code).toBe(1);
    expect(dev.stderr()).toBe('The process that runs the Worker has ended unexpectedly.\n');
    await expect.poll(() => filterRunning(tree)).toEqual([]);
  });

  test('leaves no process when its two processes are killed at the same time', async () => {
    const dev = await start(probeFiles);
    const tree = listProcessTree(dev.pid);
    const worker = tree.find(({ parent, command }) => parent === dev.pid && command !== 'sh');
    process.kill(worker?.pid ?? 0, 'SIGSTOP');
    await dev.end('SIGKILL');
    process.kill(worker?.pid ?? 0, 'SIGKILL');
    await expect.poll(() => filterRunning(tree)).toEqual([]);
  });
});

test('reads .env where the environment says nothing, and takes an empty value for none', async () => {
  const dotEnv = join(scratch, '.env');
  writeFileSync(dotEnv, 'LOG_LEVEL=loud\nAPI_HOST=\n');
  const variables = { LOCAL_DATA_DIR: 'memory', OPENAI_BASE_URL: '' };
  await expect(startDev(probeFiles, variables, dotEnv)).rejects.toThrow(/LOG_LEVEL must be debug, info, warn or error/);
  const dev = await startDev(probeFiles, { ...variables, LOG_LEVEL: 'debug' }, dotEnv);
  expect(dev.stdout()).toContain('Postgres, embedded, in memory');
  await dev.end('SIGINT');
});

test.skipIf(!realServers)('puts the servers of DATABASE_URL and REDIS_URL behind the endpoints', async () => {
  const database = await createTestDatabase();
  onTestFinished(database.drop);
  const dev = await start(productFiles, { DATABASE_URL: database.url, REDIS_URL: 'redis://127.0.0.1:6379/15' });
  expect((await ask(dev)).status).toBe(200);
  expect(await (await fetch(`${dev.url}/ready`)).json()).toMatchObject({ status: 'ok' });
  expect((await dev.end('SIGINT')).code).toBe(0);
  const client = new pg.Client(database.url);
  await client.connect();
  const { rows } = await client.query('SELECT provider, status FROM usage_ledger');
  await client.end();
  expect(rows).toEqual([{ provider: 'stub', status: 'completed' }]);
});
