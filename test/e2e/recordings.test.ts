import Anthropic from '@anthropic-ai/sdk';
import { calcPrice, type Usage } from '@pydantic/genai-prices';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type MiniflareGateway, startMiniflareGateway } from '../support/miniflare-gateway.ts';
import { parseRecordedStream } from '../support/parse-recording.ts';
import { type Playing, startRecordingPlayer } from '../support/recording-player.ts';
import { recording } from '../support/recordings.ts';
import {
  framesOf,
  hasNoRecordings,
  linesOf,
  passthroughText,
  readers,
  streamNames,
} from '../unit/protocols/recordings/recorded-streams.ts';

let gateway: MiniflareGateway;
let player: Awaited<ReturnType<typeof startRecordingPlayer>>;

beforeAll(async () => {
  player = await startRecordingPlayer();
  const variables = () => ({
    OPENAI_BASE_URL: `${player.url}/v1`,
    ANTHROPIC_BASE_URL: player.url,
    OLLAMA_URL: player.url,
    COMPATIBLE_PROVIDERS: JSON.stringify([{ name: 'acme', baseUrl: `${player.url}/v1`, models: ['acme-large'] }]),
  });
  gateway = await startMiniflareGateway({ workerFolder: inject('workerFolder'), variables });
});

afterAll(async () => {
  await gateway?.stop();
  player?.stop();
});

const models: Readonly<Record<string, string>> = {
  openai: 'openai/gpt-4.1-nano',
  'openai-compatible': 'acme/acme-large',
  azure: 'acme/acme-large',
  anthropic: 'claude/claude-sonnet-4-5',
  ollama: 'ollama/llama3.2',
};
const modelOf = (name: string) => models[name.split('/')[0] ?? ''] ?? '';

async function createClients() {
  const tenant = await gateway.createTenant();
  const shared = { maxRetries: 0, logLevel: 'off' } as const;
  return {
    key: tenant.key,
    row: async () => {
      const rows = await tenant.rows(1);
      expect(rows).toHaveLength(1);
      return rows[0] ?? expect.unreachable();
    },
    openai: new OpenAI({ apiKey: tenant.key, baseURL: `${gateway.url}/v1`, ...shared }),
    anthropic: new Anthropic({ apiKey: tenant.key, baseURL: gateway.url, ...shared }),
  };
}

const messagesFor = (playing: Playing) => [{ role: 'user' as const, content: JSON.stringify(playing) }];
const bodyOf = (name: string) => framesOf(name).join('');

async function requestText(path: string, key: string, body: object): Promise<string> {
  const headers = { 'content-type': 'application/json', 'x-api-key': key };
  return await (await fetch(gateway.url + path, { method: 'POST', headers, body: JSON.stringify(body) })).text();
}

/** Checks every case, 16 at a time. */
async function checkEach<T>(cases: readonly T[], check: (one: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < cases.length; at += 16) await Promise.all(cases.slice(at, at + 16).map(check));
}

/**
 * Streams that pass through and that the accumulator of OpenAI's client rejects or garbles: Mistral names no role, and writes
 * content as a list of parts. The client's chunks are what the vendor has sent.
 */
const unaccumulable = [
  'openai-compatible/mistral-incremental-tool-call.chunks.txt',
  'openai-compatible/mistral-reasoning.chunks.txt',
];

describe.skipIf(hasNoRecordings)('recorded streams', () => {
  test('give OpenAI’s client the text, tool calls and usage of the recording', async () => {
    const names = streamNames.filter((name) => !unaccumulable.includes(name));
    await checkEach(names, async (name) => {
      const recorded = parseRecordedStream(name, recording(name));
      const { openai, row } = await createClients();
      const stream = openai.chat.completions.stream({
        model: modelOf(name),
        messages: messagesFor({ body: bodyOf(name) }),
        stream_options: { include_usage: true },
      });
      const { choices, usage } = await stream.finalChatCompletion();
      const [choice] = choices;
      const toolCalls = choice?.message.tool_calls ?? [];
      expect({
        name,
        text: choice?.message.content ?? '',
        refusal: choice?.message.refusal ?? '',
        toolCalls: toolCalls.flatMap((call) =>
          call.type === 'function' ? [{ name: call.function.name, input: JSON.parse(call.function.arguments) }] : [],
        ),
        tokensIn: usage?.prompt_tokens,
        cacheRead: usage?.prompt_tokens_details?.cached_tokens ?? 0,
      }).toEqual({
        name,
        text: recorded.text,
        refusal: recorded.refusal,
        toolCalls: recorded.toolCalls,
        tokensIn: recorded.tokensIn,
        cacheRead: recorded.cacheRead,
      });
      await checkRow(name, await row());
    });
  });

  test('give OpenAI’s client every chunk of the recording', async () => {
    await checkEach(
      streamNames.filter((name) => unaccumulable.includes(name)),
      async (name) => {
        const { openai, row } = await createClients();
        const chunks: unknown[] = [];
        for await (const chunk of await openai.chat.completions.create({
          model: modelOf(name),
          stream: true,
          messages: messagesFor({ body: bodyOf(name) }),
        })) {
          chunks.push(chunk);
        }
        expect({ name, chunks }).toEqual({ name, chunks: linesOf(name).map((line) => JSON.parse(line)) });
        await checkRow(name, await row());
      },
    );
  });

  test('give Anthropic’s client the text, tool calls and usage of the recording', async () => {
    await checkEach(streamNames, async (name) => {
      const recorded = parseRecordedStream(name, recording(name));
      const { anthropic, row } = await createClients();
      // The client rejects a repeated message_start, and this one passes through as the vendor sends it.
      if (name.includes('duplicate-message-start')) return;
      const request = { model: modelOf(name), max_tokens: 4096, messages: messagesFor({ body: bodyOf(name) }) };
      const { content, usage } = await anthropic.messages.stream(request).finalMessage();
      expect({
        name,
        text: content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
        toolCalls: content.flatMap((block) =>
          block.type === 'tool_use' ? [{ name: block.name, input: block.input }] : [],
        ),
        tokensIn: usage.input_tokens + (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0),
        tokensOut: usage.output_tokens,
      }).toEqual({
        name,
        text: recorded.text,
        toolCalls: recorded.toolCalls,
        tokensIn: recorded.tokensIn,
        tokensOut: recorded.tokensOut,
      });
      await checkRow(name, await row());
    });
  });

  /** Checks that a row has the recording's tokens and the cost that the calculator of the price list gives. */
  async function checkRow(name: string, row: Awaited<ReturnType<Awaited<ReturnType<typeof createClients>>['row']>>) {
    const recorded = parseRecordedStream(name, recording(name));
    expect({ name, ...row }).toMatchObject({
      name,
      status: 'completed',
      finishReason: recorded.finishReason,
      tokenSource: 'provider',
      inputTokens: recorded.tokensIn,
      outputTokens: recorded.tokensOut,
      reportedModel: recorded.model,
    });
    const usage = {
      input_tokens: recorded.tokensIn,
      cache_read_tokens: recorded.cacheRead,
      cache_write_tokens: recorded.cacheWrite,
      output_tokens: recorded.tokensOut,
    };
    const provider = { anthropic: 'anthropic', openai: 'openai' }[name.split('/')[0] ?? ''];
    const listCost = provider && costOf(usage, recorded.model, provider, row.createdAt);
    // The list has no price for the vendor's built-in tools.
    const isUnpriced = /"name":\s*"(?:bash_)?code_execution"/.test(recording(name));
    const expected = name.startsWith('ollama/') ? 0n : isUnpriced ? null : (listCost ?? null);
    expect({ name, cost: row.costNanoUsd }).toEqual({ name, cost: expected });
  }

  const passthroughNames = streamNames.filter((name) => !name.startsWith('ollama/'));
  const requestPiped = (name: string, key: string, playing: Playing) => {
    const request = { model: modelOf(name), stream: true, messages: messagesFor(playing) };
    return name.startsWith('anthropic/')
      ? requestText('/v1/messages', key, { ...request, max_tokens: 4096 })
      : requestText('/v1/chat/completions', key, { ...request, stream_options: { include_usage: true } });
  };

  test.each([
    ['piped', 'openai with usage'],
    ['pumped', 'openai'],
  ] as const)('pass through byte for byte when the network splits them at any point: %s', async (_, client) => {
    const names =
      client === 'openai' ? passthroughNames.filter((name) => !name.startsWith('anthropic/')) : passthroughNames;
    const cases = names.flatMap((name) => cutsIn(name).map((at) => ({ name, at })));
    const tenant = await gateway.createTenant();
    await checkEach(cases, async ({ name, at }) => {
      const playing = { body: bodyOf(name), cuts: [at] };
      const request = { model: modelOf(name), stream: true, messages: messagesFor(playing) };
      const text =
        client === 'openai'
          ? await requestText('/v1/chat/completions', tenant.key, request)
          : await requestPiped(name, tenant.key, playing);
      const expected = passthroughText(name, client);
      if (text !== expected) expect({ name, at, text }).toEqual({ name, at, text: expected });
    });
    const rows = await tenant.rows(cases.length);
    expect(rows.filter(({ status, tokenSource }) => status !== 'completed' || tokenSource !== 'provider')).toEqual([]);
    console.log(`${cases.length} cuts, ${client}`);
  });

  test.each(['clean', 'broken'])('end with one error when they break off after any event: %s', async (how) => {
    const cases = passthroughNames.flatMap((name) =>
      cutsAfter(name).flatMap(([events, more]) => ({ name, events, more })),
    );
    // A stream of Chat Completions may end cleanly behind its finish reason, without `[DONE]`.
    const isWhole = ({ name, events, more }: (typeof cases)[number]) =>
      how === 'clean' &&
      !name.startsWith('anthropic/') &&
      !(framesOf(name)[events] ?? '').slice(0, more).startsWith('data') &&
      linesOf(name)
        .slice(0, events)
        .some((line) => /"finish_reason":\s*"/.test(line));
    const tenant = await gateway.createTenant();
    await checkEach(cases, async ({ name, events, more }) => {
      const frames = framesOf(name);
      const body = frames.slice(0, events).join('') + (frames[events] ?? '').slice(0, more);
      const text = await requestPiped(name, tenant.key, { body, breaks: how === 'broken' });
      const { endings } = readers[name.startsWith('anthropic/') ? 'anthropic' : 'openai'](text);
      // An incomplete event is not passed through, because it may be an error that names the operator's account.
      const shown = text.startsWith(frames.slice(0, events).join(''));
      const ended = isWhole({ name, events, more });
      expect({ name, events, more, endings, shown }).toEqual({
        name,
        events,
        more,
        endings: ended ? [] : ['error'],
        shown: true,
      });
    });
    const rows = await tenant.rows(cases.length);
    const failed = cases.filter((one) => !isWhole(one));
    expect(rows.filter(({ status }) => status === 'failed')).toHaveLength(failed.length);
    expect(rows).toHaveLength(cases.length);
    console.log(`${cases.length} ends, ${how}`);
  });
});

/** Around every character of several bytes, and the line breaks of the first events and of the last. */
function cutsIn(name: string): number[] {
  const bytes = Buffer.from(bodyOf(name));
  const ends = [...bytes.keys()].filter((at) => bytes[at] === 10);
  const wide = [...bytes.keys()].filter((at) => (bytes[at] ?? 0) >= 0x80);
  const near = [...ends.slice(0, 6), ...ends.slice(-8), ...wide.slice(0, 12)].flatMap((at) => [at, at + 1]);
  return [...new Set(near)].filter((at) => at > 0 && at < bytes.length);
}

/** After every event, and in the middle of some. Takes a sample where there are hundreds of similar ones. */
function cutsAfter(name: string): [events: number, more: number][] {
  const count = framesOf(name).length;
  const stride = Math.max(17, Math.ceil(count / 16));
  return [...framesOf(name).keys()].flatMap((events): [number, number][] => {
    if (count > 60 && events > 4 && count - events > 6 && events % stride !== 0) return [];
    const half = (framesOf(name)[events]?.length ?? 0) >> 1;
    return events % 3 === 0 || count - events < 3
      ? [
          [events, 0],
          [events, half],
        ]
      : [[events, 0]];
  });
}

function costOf(usage: Usage, model: string, providerId: string, timestamp: Date): bigint | undefined {
  const price = calcPrice(usage, model, { providerId, timestamp });
  return price ? BigInt(Math.round(price.total_price * 1e9)) : undefined;
}

test('costs equal those of the price list’s calculator to the nano-dollar', async () => {
  const openai = (model: string, prompt: number, output: number, cached: number, reasoning: number) => ({
    provider: 'openai',
    model,
    json: {
      model,
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
      usage: {
        prompt_tokens: prompt,
        completion_tokens: output,
        total_tokens: prompt + output,
        prompt_tokens_details: { cached_tokens: cached },
        completion_tokens_details: { reasoning_tokens: reasoning },
      },
    },
    usage: { input_tokens: prompt, output_tokens: output, cache_read_tokens: cached },
  });
  const claude = (
    model: string,
    beside: number,
    read: number,
    fiveMinutes: number,
    oneHour: number,
    output: number,
  ) => ({
    provider: 'claude',
    model,
    json: {
      model,
      type: 'message',
      role: 'assistant',
      content: [{ type: 'text', text: 'Hi' }],
      stop_reason: 'end_turn',
      usage: {
        input_tokens: beside,
        cache_read_input_tokens: read,
        cache_creation_input_tokens: fiveMinutes + oneHour,
        cache_creation: { ephemeral_5m_input_tokens: fiveMinutes, ephemeral_1h_input_tokens: oneHour },
        output_tokens: output,
      },
    },
    usage: {
      input_tokens: beside + read + fiveMinutes + oneHour,
      cache_read_tokens: read,
      cache_write_tokens: fiveMinutes + oneHour,
      cache_write_1h_tokens: oneHour,
      output_tokens: output,
    },
  });
  const cases = [
    openai('gpt-4o-mini', 2_003, 7, 0, 0),
    openai('gpt-4o', 2_103, 17, 1_920, 0),
    openai('o3', 311, 977, 128, 640),
    openai('gpt-5-mini', 271_999, 1_203, 1_024, 64),
    openai('gpt-5.4', 272_001, 1_203, 1_024, 64),
    openai('gpt-5.4', 271_999, 1_203, 1_024, 64),
    openai('gpt-5.4', 400_003, 31, 300_001, 0),
    claude('claude-haiku-4-5', 13, 0, 0, 0, 29),
    claude('claude-haiku-4-5', 3, 6_289, 3_337, 0, 198),
    claude('claude-opus-4-5', 3, 17, 1_003, 2_007, 198),
    claude('claude-sonnet-4-5', 3, 199_990, 5, 0, 71),
    claude('claude-sonnet-4-5', 3, 150_000, 50_001, 1_001, 71),
  ];
  await checkEach(cases, async ({ provider, model, json, usage }) => {
    const { row, openai: client } = await createClients();
    const playing = { body: JSON.stringify(json), type: 'application/json' };
    await client.chat.completions.create({ model: `${provider}/${model}`, messages: messagesFor(playing) });
    const { inputTokens, outputTokens, costNanoUsd, createdAt } = await row();
    const vendor = provider === 'claude' ? 'anthropic' : provider;
    const cost = costOf(usage, model, vendor, createdAt) ?? expect.unreachable();
    expect({ model, inputTokens, outputTokens, costNanoUsd }).toEqual({
      model,
      inputTokens: usage.input_tokens,
      outputTokens: usage.output_tokens,
      costNanoUsd: cost,
    });
  });
});
