/** The page for `browser-sdks.test.ts`: the SDKs, bundled for a browser, with the calls of the tests. */
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import Anthropic from '@anthropic-ai/sdk';
import { betaTool } from '@anthropic-ai/sdk/helpers/beta/json-schema';
import { APICallError, generateText, isStepCount, jsonSchema, type LanguageModel, streamText, tool } from 'ai';
import OpenAI from 'openai';

/** An error of an SDK. A field is absent if the page cannot read it. */
export interface ReportedError {
  readonly status?: number | undefined;
  readonly code?: string | undefined;
  readonly requestId?: string | undefined;
}

interface BrowserSdk {
  create(prompt: string): Promise<string>;
  stream(prompt: string, signal: AbortSignal): AsyncIterable<string>;
  /** Runs a tool loop with the SDK's helper. Resolves with the model's text about the result. */
  runTool(prompt: string): Promise<string>;
  toReportedError(error: unknown): ReportedError;
}

type Errors = Readonly<{ status?: unknown; requestID?: string | null | undefined; error?: unknown }>;

const { gateway, key } = Object.fromEntries(new URLSearchParams(location.search)) as Record<'gateway' | 'key', string>;
const once = { maxRetries: 0 };
const parameters = { type: 'object' as const, properties: { city: { type: 'string' as const } } };
const description = 'Tells the weather of a city.';
const getWeather = () => 'Sunny in the whole city.';

function openAiSdk(): BrowserSdk {
  const client = new OpenAI({ baseURL: `${gateway}/v1`, apiKey: key, dangerouslyAllowBrowser: true, ...once });
  const params = (content: string) => ({ model: 'gpt-4o-mini', messages: [{ role: 'user' as const, content }] });
  return {
    async create(prompt) {
      return (await client.chat.completions.create(params(prompt))).choices[0]?.message.content ?? '';
    },
    async *stream(prompt, signal) {
      const chunks = await client.chat.completions.create({ ...params(prompt), stream: true }, { signal });
      for await (const { choices } of chunks) yield choices[0]?.delta.content ?? '';
    },
    async runTool(prompt) {
      const parse = (text: string): object => JSON.parse(text);
      const weather = { name: 'get_weather', function: getWeather, parse, parameters, description };
      const tools = [{ type: 'function' as const, function: weather }];
      return (await client.chat.completions.runTools({ ...params(prompt), tools }).finalContent()) ?? '';
    },
    toReportedError: (error) => fromApiError(error, (body) => body.code),
  };
}

function anthropicSdk(): BrowserSdk {
  const client = new Anthropic({ baseURL: gateway, apiKey: key, dangerouslyAllowBrowser: true, ...once });
  const params = (content: string) => ({
    model: 'claude-haiku-4-5',
    max_tokens: 100,
    messages: [{ role: 'user' as const, content }],
  });
  const textOf = (content: readonly { type: string; text?: string }[]) => content.map(({ text }) => text).join('');
  return {
    create: async (prompt) => textOf((await client.messages.create(params(prompt))).content),
    async *stream(prompt, signal) {
      for await (const event of client.messages.stream(params(prompt), { signal })) {
        if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') yield event.delta.text;
      }
    },
    async runTool(prompt) {
      const weather = betaTool({ name: 'get_weather', description, inputSchema: parameters, run: getWeather });
      return textOf((await client.beta.messages.toolRunner({ ...params(prompt), tools: [weather] })).content);
    },
    toReportedError: (error) => fromApiError(error, (body) => body.error?.type),
  };
}

function aiSdk(model: LanguageModel): BrowserSdk {
  return {
    create: async (prompt) => (await generateText({ model, prompt, ...once })).text,
    async *stream(prompt, abortSignal) {
      const reply = streamText({ model, prompt, abortSignal, onError: () => undefined, ...once });
      yield* reply.textStream;
    },
    async runTool(prompt) {
      const weather = tool({ description, inputSchema: jsonSchema(parameters), execute: getWeather });
      const tools = { get_weather: weather };
      return (await generateText({ model, prompt, tools, stopWhen: isStepCount(3), ...once })).text;
    },
    toReportedError(error) {
      if (!APICallError.isInstance(error)) return {};
      const { error: body } = JSON.parse(error.responseBody ?? '{}') as { error?: { code?: string; type?: string } };
      return {
        status: error.statusCode,
        code: body?.code ?? body?.type,
        requestId: error.responseHeaders?.['x-request-id'],
      };
    },
  };
}

/** Reads the error class that both official SDKs share. */
function fromApiError(
  error: unknown,
  codeOf: (body: { code?: string; error?: { type?: string } }) => string | undefined,
): ReportedError {
  if (!(error instanceof OpenAI.APIError || error instanceof Anthropic.APIError)) return {};
  const { status, requestID, error: body }: Errors = error;
  return {
    status: typeof status === 'number' ? status : undefined,
    code: codeOf(body ?? {}),
    requestId: requestID ?? undefined,
  };
}

const baseURL = `${gateway}/v1`;
const sdks: Readonly<Record<string, BrowserSdk>> = {
  openai: openAiSdk(),
  '@anthropic-ai/sdk': anthropicSdk(),
  'ai with @ai-sdk/openai': aiSdk(createOpenAI({ baseURL, apiKey: key }).chat('gpt-4o-mini')),
  'ai with @ai-sdk/openai-compatible': aiSdk(
    createOpenAICompatible({ name: 'gateway', baseURL, apiKey: key })('gpt-4o-mini'),
  ),
  'ai with @ai-sdk/anthropic': aiSdk(createAnthropic({ baseURL, apiKey: key })('claude-haiku-4-5')),
};

/** The functions that the test calls, by SDK. */
class PageApi {
  #streamedText = '';
  #ended: Promise<void> = Promise.resolve();
  #abort = new AbortController();

  readonly create = (name: string, prompt: string) => findSdk(name).create(prompt);
  readonly runTool = (name: string, prompt: string) => findSdk(name).runTool(prompt);

  async reportError(name: string, prompt: string): Promise<ReportedError> {
    const sdk = findSdk(name);
    try {
      await sdk.create(prompt);
    } catch (error) {
      return sdk.toReportedError(error);
    }
    throw new Error('The call did not fail.');
  }

  startStream(name: string, prompt: string): void {
    this.#streamedText = '';
    this.#abort = new AbortController();
    this.#ended = this.#read(findSdk(name).stream(prompt, this.#abort.signal));
    // `endStream` rejects with the error.
    this.#ended.catch(() => undefined);
  }

  async #read(stream: AsyncIterable<string>): Promise<void> {
    for await (const text of stream) this.#streamedText += text;
  }

  readStream(): string {
    return this.#streamedText;
  }

  async endStream(): Promise<string> {
    await this.#ended;
    return this.#streamedText;
  }

  abortStream(): void {
    this.#abort.abort();
  }
}

function findSdk(name: string): BrowserSdk {
  const sdk = sdks[name];
  if (!sdk) throw new Error(`The page has no SDK "${name}".`);
  return sdk;
}

Object.assign(globalThis, { page: new PageApi() });
