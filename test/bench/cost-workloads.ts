import { createApiKey } from '../../src/tenants/api-keys.ts';
import { createTenant } from '../../src/tenants/tenants.ts';
import { auditActor } from '../support/audit-actor.ts';
import { callsWith } from './calls.ts';
import type { CostEnvironment } from './cost-environment.ts';
import type { Call } from './throughput.ts';

/** A kind of request whose cost is counted. */
export interface CostWorkload {
  /** As the tables show it. */
  readonly name: string;
  /** Sends one request and reads the reply. Throws for a status other than 2xx. */
  readonly send: () => Promise<void>;
}

/** None of them is reached. */
const limits = {
  requestsPerMinute: 2_000_000_000,
  tokensPerMinute: 2_000_000_000,
  concurrency: 100_000,
  dailyBudget: 1_000_000,
  monthlyBudget: 1_000_000,
};

/** Creates the tenants, and the workloads with their keys. */
export async function createCostWorkloads(stand: CostEnvironment): Promise<CostWorkload[]> {
  const free = callsWith(await createKey(stand, 'cost-free', {}));
  const limited = callsWith(await createKey(stand, 'cost-limited', limits));
  let count = 0;
  const sendCall = (call: Call) => () => send(stand, call);
  return [
    { name: 'chat, without limits', send: sendCall(free.chat) },
    { name: 'chat, with limits and budgets of key and tenant', send: sendCall(limited.chat) },
    { name: 'stream of 200 chunks, with limits and budgets', send: sendCall(limited.metered({ chunks: 200, ms: 1 })) },
    {
      name: 'job with a webhook, with limits and budgets',
      send: sendCall(toJob(limited.chat, `${stand.upstreamUrl}/webhooks`)),
    },
    {
      name: 'chat whose first target fails, without limits',
      // A model of its own each time: a target that fails five times in a row is left out for a while.
      send: () => {
        count += 1;
        return send(stand, withModels(free.chat, [`broken/model-${count}`, 'openai/gpt-4o-mini']));
      },
    },
  ];
}

async function createKey({ database }: CostEnvironment, name: string, keyLimits: object): Promise<string> {
  const vault = { encrypt: () => Promise.reject(new Error('no provider keys are stored here')) };
  const dependencies = { database, vault, actor: auditActor, now: Date.now, local: true };
  const { tenant } = await createTenant(dependencies, { name, limits: keyLimits });
  const key = { tenantId: tenant.id, name, scopes: ['chat', 'jobs'], limits: keyLimits };
  return (await createApiKey(dependencies, key)).key;
}

function toJob({ headers }: Call, webhookUrl: string): Call {
  const body = { input: 'Tell me about foxes.', provider: 'openai', model: 'gpt-4o-mini', maxTokens: 300, webhookUrl };
  return { path: '/api/jobs', headers, body: JSON.stringify(body) };
}

function withModels(call: Call, models: readonly string[]): Call {
  return { ...call, body: JSON.stringify({ ...JSON.parse(call.body), model: undefined, models }) };
}

async function send({ url }: CostEnvironment, { path, headers, body }: Call): Promise<void> {
  const response = await fetch(`${url}${path}`, { method: 'POST', headers, body });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text.slice(0, 300)}`);
}
