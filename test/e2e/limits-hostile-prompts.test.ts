import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { countTokens } from '../bench/count-tokens.ts';
import { createRandom, makeText, textKinds } from '../bench/token-texts.ts';
import { isFullLoad } from '../support/limited-calls.ts';
import { type MiniflareGateway, startMiniflareGateway } from '../support/miniflare-gateway.ts';

/** At least twice the requests that the budget admits. */
const parallel = 64;
const budgetNanoUsd = 50_000_000n;
const maxSpentNanoUsd = 75_000_000n;
/** $0.40 and $1.60 for a million tokens. */
const model = 'gpt-4.1-mini';
const nanoUsdPerInputToken = 400n;
const nanoUsdPerOutputToken = 1_600n;
const sizesKib = isFullLoad ? [30, 100, 300, 1_000] : [24];

/** Plays a vendor that bills the tokens of o200k_base and replies on command. */
class BillingVendor {
  billedNanoUsd = 0n;
  received = 0;
  readonly #answers = Promise.withResolvers<void>();
  readonly #server: Server = createServer((request, response) => {
    void (async () => {
      let text = '';
      for await (const chunk of request.setEncoding('utf8')) text += chunk;
      this.received += 1;
      const prompt_tokens = countBody(JSON.parse(text));
      this.billedNanoUsd += BigInt(prompt_tokens) * nanoUsdPerInputToken + nanoUsdPerOutputToken;
      await this.#answers.promise;
      response.setHeader('content-type', 'application/json');
      const choices = [{ index: 0, message: { role: 'assistant', content: 'A' }, finish_reason: 'stop' }];
      response.end(JSON.stringify({ id: 'c', model, choices, usage: { prompt_tokens, completion_tokens: 1 } }));
    })();
  });

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/v1`;
  }

  answer(): void {
    this.#answers.resolve();
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

type Body = Readonly<Record<string, unknown>>;

/** Counts all texts of the messages and the JSON of the tools. */
function countBody({ messages, functions, tools }: Body): number {
  const texts = JSON.stringify(functions ?? '') + JSON.stringify(tools ?? '');
  const values = Array.isArray(messages) ? messages.flatMap((message: object) => Object.values(message)) : [];
  const strings = values.filter((value: unknown) => typeof value === 'string');
  return [texts, ...strings].reduce((sum, text) => sum + countTokens(text), 0);
}

/** Bodies with text in fields that an estimate may skip, or with more tokens than the estimate expects. */
const placements: readonly ((text: string) => Body)[] = [
  (text) => ({ messages: [{ role: 'user', content: text }] }),
  (text) => ({
    messages: [{ role: 'user', content: 'Hi' }],
    functions: [{ name: 'f', description: text, parameters: {} }],
  }),
  (text) => ({ messages: [{ role: 'tool', tool_call_id: text, content: 'Hi' }] }),
  (text) => ({ messages: [{ role: 'user', name: text, content: 'Hi' }] }),
  (text) => ({
    messages: [{ role: 'user', content: 'Hi' }],
    tools: [{ type: 'function', function: { name: 'f', parameters: { properties: { [text]: {} } } } }],
  }),
];

/** Returns a long text of digits with spaces at regular intervals. */
function hideBetweenBlanks(length: number): string {
  const blanks = ' '.repeat(length / 32);
  return Array.from({ length: 16 }, () => blanks + '1234567890'.repeat(length / 320)).join('');
}

function makeBodies(): string[] {
  const random = createRandom(5);
  const kinds = Object.keys(textKinds);
  return Array.from({ length: parallel }, (_, index) => {
    const maxBytes = (sizesKib[index % sizesKib.length] ?? 1) * 1024;
    const kind = kinds[index % kinds.length] ?? '';
    // A text of 1 MiB is built from parts, which is fast.
    const part = index % 8 === 0 ? hideBetweenBlanks(24 * 1024) : makeText(kind, 24 * 1024, random);
    const text = part.repeat(Math.max(1, Math.floor(maxBytes / (24 * 1024))));
    const place = placements[index % placements.length] ?? ((content: string) => ({ content }));
    return JSON.stringify({ model, max_tokens: 1, ...place(text) });
  });
}

const vendor = new BillingVendor();
let gateway: MiniflareGateway;

beforeAll(async () => {
  const baseUrl = await vendor.listen();
  gateway = await startMiniflareGateway({
    workerFolder: inject('workerFolder'),
    variables: () => ({
      OPENAI_BASE_URL: baseUrl,
      RATE_LIMIT_ON_FAILURE: 'refuse',
      FIRST_BYTE_TIMEOUT_MS: '240000',
      TOTAL_TIMEOUT_MS: '240000',
    }),
  });
}, 240_000);

afterAll(async () => {
  await gateway?.stop();
  vendor.close();
});

test(`${parallel} prompts built for a low estimate spend at most one and a half budgets`, {
  timeout: 600_000,
}, async () => {
  const tenant = await gateway.createTenant({ dailyBudgetNanoUsd: budgetNanoUsd });
  const statuses: number[] = [];
  const requests = makeBodies().map(async (body) => {
    const headers = { 'content-type': 'application/json', 'x-api-key': tenant.key };
    const response = await fetch(`${gateway.url}/v1/chat/completions`, { method: 'POST', headers, body });
    statuses.push(response.status);
    await response.text();
  });
  // No admitted request is settled before the last request has been admitted or refused.
  await expect.poll(() => statuses.length + vendor.received, { timeout: 300_000 }).toBe(parallel);
  vendor.answer();
  await Promise.all(requests);
  const admitted = statuses.filter((status) => status === 200).length;
  expect(statuses.filter((status) => status !== 200 && status !== 402)).toEqual([]);
  expect(admitted).toBeGreaterThan(0);
  expect(admitted).toBeLessThan(parallel);
  expect(vendor.billedNanoUsd).toBeLessThanOrEqual(maxSpentNanoUsd);
  const rows = await tenant.rows(admitted);
  const settled = rows.reduce((sum, { costNanoUsd }) => sum + BigInt(costNanoUsd ?? 0), 0n);
  expect(settled).toBe(vendor.billedNanoUsd);
  console.log(
    `${admitted} of ${parallel} admitted; $${Number(settled) / 1e9} spent of $${Number(budgetNanoUsd) / 1e9}`,
  );
});
