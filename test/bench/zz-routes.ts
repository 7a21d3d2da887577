import { createTenant } from '../../src/tenants/tenants.ts';
import { openDatabase } from '../../src/db/client.ts';
import { startServices } from '../support/services.ts';
import { canReachRealEngines } from '../support/real-engines.ts';
import { callsWith } from './calls.ts';
import { startChild } from './child.ts';
import { mean } from './statistics.ts';
import * as streams from './streams.ts';
import { startWorker } from './worker.ts';
const folder = process.argv[2]!; const rounds = Number(process.argv[3]); const ms = Number(process.argv[4]); const chunks = Number(process.argv[5]);
const engines = (await canReachRealEngines()) ? 'real' : 'embedded';
const up = await startChild('upstream-main.ts'); const upstreamUrl = `http://127.0.0.1:${up.line}`;
const services = await startServices(engines);
const names = ['DATABASE_URL', 'DATABASE_HTTP_URL', 'UPSTASH_REDIS_REST_URL', 'UPSTASH_REDIS_REST_TOKEN'];
const vars = { ...Object.fromEntries(names.map((n) => [n, (services.variables as any)[n] ?? ''])), OPENAI_API_KEY: 'sk-bench', OPENAI_BASE_URL: `${upstreamUrl}/v1`, ANTHROPIC_API_KEY: 'sk-ant-bench', ANTHROPIC_BASE_URL: upstreamUrl, DEFAULT_PROVIDER: 'stub' };
const { DATABASE_URL: url = '', DATABASE_HTTP_URL: httpUrl } = services.variables as any;
const database = openDatabase({ url, httpUrl, timeoutMs: 60_000 });
const { key } = await createTenant({ database, vault: { encrypt: () => Promise.reject(new Error('x')) }, now: Date.now, local: true } as any, { name: `bench${Date.now()}`, limits: { requestsPerMinute: 2e9, tokensPerMinute: 2e9, concurrency: 1e5, dailyBudget: 1e6, monthlyBudget: 1e6 } } as any, ['chat', 'jobs', 'read']);
const target = await startWorker({ kind: 'product', folder, module: 'index.js', variables: vars as any });
const base = callsWith(key!) as any;
const withModels = (models: string[]) => (pace: any) => { const call = base.metered(pace); const body = JSON.parse(call.body); delete body.model; return { ...call, body: JSON.stringify({ models, ...body }) }; };
const kinds: Record<string, any> = { none: base.metered, one: withModels(['gpt-4o-mini']), two: withModels(['gpt-4o-mini', 'claude-haiku-4-5']) };
const S: Record<string, { cpu: number[]; p50: number[]; first: number[] }> = {};
for (let i = 0; i <= rounds; i++) {
  const row = Object.entries(kinds);
  for (const [n, make] of i % 2 ? row.toReversed() : row) {
    const call = make({ chunks, ms });
    await streams.warmUp(target, call);
    const f: any = await streams.measureStreams(target, call, { streams: 32, chunks });
    if (i === 0) { if (f.errors) console.log(n, 'errors', f.errors); continue; }
    const s = (S[n] ??= { cpu: [], p50: [], first: [] });
    s.cpu.push(f.cpuMsPer1000Chunks); s.p50.push(f.lateP50Ms); s.first.push(f.ttfbMs ?? f.firstByteMs ?? 0);
  }
}
for (const [n, s] of Object.entries(S)) console.log(n.padEnd(6), 'cpu', mean(s.cpu).toFixed(2), (mean(s.cpu) / mean(S.none!.cpu)).toFixed(3), 'late p50', mean(s.p50).toFixed(2), 'first', mean(s.first).toFixed(2));
// first byte, one request at a time
const first = async (make: any) => { const call = make({ chunks: 20, ms: 0 }); const times: number[] = []; for (let i = 0; i < 200; i++) { const at = performance.now(); const r = await fetch(`${target.url}${call.path}`, { method: 'POST', headers: call.headers, body: call.body }); const reader = r.body!.getReader(); await reader.read(); times.push(performance.now() - at); for (;;) { const { done } = await reader.read(); if (done) break; } } return times.sort((a, b) => a - b)[100]!; };
for (let r = 0; r < 3; r++) { const out: string[] = []; for (const [n, make] of Object.entries(kinds)) out.push(`${n} ${(await first(make)).toFixed(2)} ms`); console.log('ttfb p50', out.join(', ')); }
await target.stop(); await services.stop(); await up.stop(); process.exit();
