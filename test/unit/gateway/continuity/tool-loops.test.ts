import Anthropic from '@anthropic-ai/sdk';
import { type Content, GoogleGenAI, type Part, ThinkingLevel } from '@google/genai/web';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { createContinuityApp, type VendorName, vendorNames } from './continuity-app.ts';

type App = ReturnType<typeof createContinuityApp>;

interface Client {
  /** Sends a turn, and puts the reply at the end of the conversation. Resolves with its text. */
  ask(model: string): Promise<string>;
  /** Puts the results of the tools that the last reply calls at the end of the conversation. */
  answerTools(): void;
  /** Puts a message of the user at the end of the conversation. */
  say(text: string): void;
  /** Leaves nothing of the last reply but its text and its tool calls. */
  forget(): void;
}

interface ClientOptions {
  readonly stream: boolean;
}

function createOpenAiClient(app: App, options: ClientOptions): Client {
  const client = new OpenAI({
    apiKey: 'k',
    baseURL: 'http://gateway/v1',
    maxRetries: 0,
    fetch: app.fetch,
  });
  const messages: OpenAI.ChatCompletionMessageParam[] = [];
  const parameters = { type: 'object', properties: { city: { type: 'string' } } };
  const tools = [{ type: 'function' as const, function: { name: 'look', parameters } }];
  let last: OpenAI.ChatCompletionMessage | undefined;
  return {
    async ask(model) {
      const body = { model, messages, tools, ...(model.startsWith('claude/') && { reasoning_effort: 'low' as const }) };
      const completion = options.stream
        ? await client.chat.completions.stream(body).finalChatCompletion()
        : await client.chat.completions.create(body);
      last = completion.choices[0]?.message;
      if (last) messages.push(last);
      return last?.content ?? '';
    },
    answerTools() {
      for (const { id } of last?.tool_calls ?? []) messages.push({ role: 'tool', tool_call_id: id, content: 'sunny' });
    },
    say: (content) => void messages.push({ role: 'user', content }),
    forget() {
      const calls = last?.tool_calls ?? [];
      const tool_calls = calls.flatMap((call) =>
        call.type === 'function' ? [{ id: call.id, type: call.type, function: call.function }] : [],
      );
      messages[messages.length - 1] = { role: 'assistant', content: last?.content ?? null, tool_calls };
    },
  };
}

/** The Responses of the same client, which sends back all items of a reply. */
function createResponsesClient(app: App, options: ClientOptions): Client {
  const client = new OpenAI({ apiKey: 'k', baseURL: 'http://gateway/v1', maxRetries: 0, fetch: app.fetch });
  const input: OpenAI.Responses.ResponseInputItem[] = [];
  const parameters = { type: 'object', properties: { city: { type: 'string' } } };
  const tools = [{ type: 'function' as const, name: 'look', parameters, strict: null }];
  let last: OpenAI.Responses.ResponseOutputItem[] = [];
  return {
    async ask(model) {
      const reasoning = { reasoning: { effort: 'low' as const } };
      const body = { model, input, tools, store: false, ...(model.startsWith('claude/') && reasoning) };
      const response = options.stream
        ? await client.responses.stream(body).finalResponse()
        : await client.responses.create(body);
      last = response.output;
      for (const item of last) input.push(toInputItem(item));
      return response.output_text;
    },
    answerTools() {
      for (const item of last) {
        if (item.type !== 'function_call') continue;
        input.push({ type: 'function_call_output', call_id: item.call_id, output: 'sunny' });
      }
    },
    say: (content) => void input.push({ role: 'user', content }),
    forget() {
      const remaining = last.filter(({ type }) => type === 'message' || type === 'function_call').map(toInputItem);
      input.splice(input.length - last.length, last.length, ...remaining);
    },
  };
}

/** The same, where the gateway stores the conversation: a turn has the new items only. */
function createStoredResponsesClient(app: App, options: ClientOptions): Client {
  const client = new OpenAI({ apiKey: 'k', baseURL: 'http://gateway/v1', maxRetries: 0, fetch: app.fetch });
  const parameters = { type: 'object', properties: { city: { type: 'string' } } };
  const tools = [{ type: 'function' as const, name: 'look', parameters, strict: null }];
  let input: OpenAI.Responses.ResponseInputItem[] = [];
  let last: OpenAI.Responses.Response | undefined;
  return {
    async ask(model) {
      const reasoning = { reasoning: { effort: 'low' as const } };
      const previous = { previous_response_id: last?.id ?? null };
      const body = { model, input, tools, ...previous, ...(model.startsWith('claude/') && reasoning) };
      last = options.stream ? await client.responses.stream(body).finalResponse() : await client.responses.create(body);
      input = [];
      return last.output_text;
    },
    answerTools() {
      for (const item of last?.output ?? []) {
        if (item.type !== 'function_call') continue;
        input.push({ type: 'function_call_output', call_id: item.call_id, output: 'sunny' });
      }
    },
    say: (content) => void input.push({ role: 'user', content }),
    forget: () => expect.unreachable('the gateway remembers'),
  };
}

/** Narrows an item to those that these vendors write. */
function toInputItem(item: OpenAI.Responses.ResponseOutputItem): OpenAI.Responses.ResponseInputItem {
  if (item.type === 'message' || item.type === 'function_call' || item.type === 'reasoning') return item;
  throw new Error(`an item of type ${item.type} came`);
}

function createAnthropicClient(app: App, options: ClientOptions): Client {
  const client = new Anthropic({
    apiKey: 'k',
    baseURL: 'http://gateway',
    maxRetries: 0,
    fetch: app.fetch,
  });
  const messages: Anthropic.MessageParam[] = [];
  const input_schema = { type: 'object' as const, properties: { city: { type: 'string' } } };
  const tools = [{ name: 'look', input_schema }];
  let last: Anthropic.ContentBlock[] = [];
  return {
    async ask(model) {
      const thinking = { type: 'enabled' as const, budget_tokens: 1024 };
      const body = { model, max_tokens: 4096, messages, tools, ...(model.startsWith('claude/') && { thinking }) };
      const message = options.stream
        ? await client.messages.stream(body).finalMessage()
        : await client.messages.create(body);
      last = message.content;
      messages.push({ role: 'assistant', content: last });
      return last.map((block) => (block.type === 'text' ? block.text : '')).join('');
    },
    answerTools() {
      const calls = last.filter((block) => block.type === 'tool_use');
      const content = calls.map(({ id }) => ({ type: 'tool_result' as const, tool_use_id: id, content: 'sunny' }));
      messages.push({ role: 'user', content });
    },
    say: (content) => void messages.push({ role: 'user', content }),
    forget() {
      const content = last.filter(({ type }) => type === 'text' || type === 'tool_use');
      messages[messages.length - 1] = { role: 'assistant', content };
    },
  };
}

/** Keeps each chunk of a stream as a content of its own, as the client's chats do. */
function createGeminiClient(app: App, options: ClientOptions): Client {
  const httpOptions = { baseUrl: 'http://gateway', fetch: app.fetch };
  const client = new GoogleGenAI({ apiKey: 'k', httpOptions });
  const contents: Content[] = [];
  const parametersJsonSchema = { type: 'object', properties: { city: { type: 'string' } } };
  const tools = [{ functionDeclarations: [{ name: 'look', parametersJsonSchema }] }];
  let last: Content[] = [];
  const partsOf = () => last.flatMap(({ parts }) => parts ?? []);
  return {
    async ask(model) {
      const thinkingConfig = { thinkingLevel: ThinkingLevel.LOW };
      const config = { tools, ...(model.startsWith('claude/') && { thinkingConfig }) };
      last = [];
      const chunks = options.stream
        ? await client.models.generateContentStream({ model, contents, config })
        : [await client.models.generateContent({ model, contents, config })];
      for await (const { candidates = [] } of chunks) if (candidates[0]?.content) last.push(candidates[0].content);
      contents.push(...last);
      return partsOf()
        .map(({ text = '' }) => text)
        .join('');
    },
    answerTools() {
      const parts = partsOf().flatMap(({ functionCall: call }): Part[] =>
        call
          ? [{ functionResponse: { ...(call.id && { id: call.id }), name: 'look', response: { output: 'sunny' } } }]
          : [],
      );
      contents.push({ role: 'user', parts });
    },
    say: (text) => void contents.push({ role: 'user', parts: [{ text }] }),
    forget() {
      const parts = partsOf().map(({ thoughtSignature, ...part }) => part);
      contents.splice(-last.length, last.length, { role: 'model', parts });
    },
  };
}

const clients = {
  openai: createOpenAiClient,
  responses: createResponsesClient,
  storedResponses: createStoredResponsesClient,
  anthropic: createAnthropicClient,
  gemini: createGeminiClient,
};

async function runLoop(client: Client, model: string): Promise<void> {
  client.say('What is the weather in Oslo? [[tool:look]]');
  await client.ask(model);
  client.answerTools();
  expect(await client.ask(model)).toBe(model.startsWith('stub') ? 'Stub reply to: sunny' : 'done');
}

/** OpenAI's own endpoint for Responses is not among these vendors. */
const vendorsOf = {
  openai: vendorNames,
  responses: vendorNames.filter((vendor) => vendor !== 'openai'),
  storedResponses: vendorNames.filter((vendor) => vendor !== 'openai'),
  anthropic: vendorNames,
  gemini: vendorNames,
} as const;

describe.each(['openai', 'responses', 'storedResponses', 'anthropic', 'gemini'] as const)(
  'the official client of %s',
  (protocol) => {
    const vendors = vendorsOf[protocol];
    describe.each([false, true])('stream %s', (stream) => {
      it.each(vendors)('runs a tool loop on %s', async (vendor) => {
        const app = createContinuityApp();
        const client = clients[protocol](app, { stream });
        await runLoop(client, app.modelOf(vendor));
        await runLoop(client, app.modelOf(vendor));
        expect(app.vendors[vendor].received).toHaveLength(4);
      });

      it('runs a tool loop on Stub, and goes on with it after every other vendor', async () => {
        const app = createContinuityApp();
        const client = clients[protocol](app, { stream });
        await runLoop(client, 'stub/stub');
        await runLoop(client, 'stub/stub');
        for (const vendor of vendors) await continueOn(app, client, vendor, protocol);
        await runLoop(client, 'stub/stub');
      });

      it.each(vendors)('continues a conversation of every other vendor on %s', async (vendor) => {
        const app = createContinuityApp();
        const client = clients[protocol](app, { stream });
        for (const other of vendors) if (other !== vendor) await continueOn(app, client, other, protocol);
        await continueOn(app, client, vendor, protocol);
      });
    });
  },
);

it.each([
  ['anthropic', false],
  ['anthropic', true],
  ['gemini', false],
  ['gemini', true],
] as const)('gives Gemini the signature of its text back by the client of %s, stream %s', async (protocol, stream) => {
  const app = createContinuityApp();
  const client = clients[protocol](app, { stream });
  await runLoop(client, app.modelOf('google'));
  await runLoop(client, app.modelOf('google'));
  const signed = '{"role":"assistant","content":"done","extra_content":{"google":{"thought_signature":"gemini-text"}}}';
  expect(app.vendors.google.receivedTexts.map((text) => text.includes(signed))).toEqual([false, false, true, true]);
});

/** A passed body is the client's own: of another vendor's reasoning it only loses what the gateway has added. */
async function continueOn(app: App, client: Client, vendor: VendorName, protocol: string): Promise<void> {
  const isPassed = (protocol === 'anthropic') === (vendor === 'claude') && vendor !== 'ollama';
  if (isPassed && protocol === 'openai') return;
  await runLoop(client, app.modelOf(vendor));
}

describe('a client that sends back the id of a tool call only', () => {
  it.each([
    ['openai', 'claude', false],
    ['openai', 'claude', true],
    ['responses', 'claude', false],
    ['responses', 'claude', true],
    ['responses', 'deepseek', false],
    ['responses', 'google', true],
    ['anthropic', 'deepseek', false],
    ['anthropic', 'deepseek', true],
    ['anthropic', 'google', false],
    ['anthropic', 'google', true],
    ['gemini', 'claude', false],
    ['gemini', 'claude', true],
    ['gemini', 'google', false],
    ['gemini', 'google', true],
  ] as const)('of %s goes on with what %s wrote, stream %s', async (protocol, vendor, stream) => {
    const app = createContinuityApp();
    const client = clients[protocol](app, { stream });
    client.say('What is the weather in Oslo?');
    await client.ask(app.modelOf(vendor));
    client.forget();
    client.answerTools();
    expect(await client.ask(app.modelOf(vendor))).toBe('done');
    const sent = JSON.stringify(app.vendors[vendor].received[1]);
    expect(sent).toMatch(/claude-signature-1|DeepSeek thinks 1|gemini-call-1/);
  });

  it('goes on without it where Redis has lost it', async () => {
    const app = createContinuityApp();
    const client = createOpenAiClient(app, { stream: false });
    client.say('What is the weather in Oslo?');
    await client.ask(app.modelOf('claude'));
    client.forget();
    client.answerTools();
    app.stored.clear();
    expect(await client.ask(app.modelOf('claude'))).toBe('done');
    expect(app.vendors.claude.received[1]).not.toHaveProperty('thinking');
  });
});

describe('a conversation with Claude that is passed through to', () => {
  const targets = ['google', 'deepseek', 'moonshotai', 'openai', 'mistral'] as const;
  it.each(targets.flatMap((vendor) => [[vendor, false] as const, [vendor, true] as const]))(
    '%s has none of the opaque values, stream %s',
    async (vendor, stream) => {
      const app = createContinuityApp();
      const client = createOpenAiClient(app, { stream });
      await runLoop(client, app.modelOf('claude'));
      await runLoop(client, app.modelOf(vendor));
      expect(app.vendors[vendor].received).toHaveLength(2);
    },
  );
});

it('gives the values of one tenant to no other', async () => {
  const app = createContinuityApp();
  const client = createAnthropicClient(app, { stream: false });
  client.say('What is the weather in Oslo?');
  await client.ask(app.modelOf('google'));
  client.answerTools();
  app.tenant = 'ten_2';
  expect(await client.ask(app.modelOf('google'))).toBe('done');
  const sent = JSON.stringify(app.vendors.google.received[1]);
  expect(sent).toContain('skip_thought_signature_validator');
  expect(sent).not.toContain('gemini-call');
});
