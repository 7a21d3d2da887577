import Anthropic from '@anthropic-ai/sdk';
import { MessageStream } from '@anthropic-ai/sdk/lib/MessageStream';
import OpenAI from 'openai';
import { ChatCompletionStream } from 'openai/lib/ChatCompletionStream';
import { describe, expect, inject, it } from 'vitest';
import { devKey } from '../../src/domain/dev-key.ts';
import { providers, type SdkProvider } from '../sdk/matrix-case.ts';
import { findRecordedRequests } from '../sdk/recorded-requests.ts';
import { type AgentRequest, imageBase64, type Step, steps, words } from './request-shapes/agent-request.ts';
import { chatRequests } from './request-shapes/chat-requests.ts';
import { claudeCodeRequest } from './request-shapes/claude-code-request.ts';

const gatewayUrl = inject('gatewayUrl');

/** What a client has got of a reply. */
interface ClientReply {
  readonly headers: Headers;
  readonly text: string;
  readonly calls: readonly { readonly name: string; readonly input: unknown }[];
  readonly finish: string | null;
}

const send = { anthropic: sendAnthropic, openai: sendOpenAi };
const finishReasons = {
  anthropic: { text: 'end_turn', call: 'tool_use' },
  openai: { text: 'stop', call: 'tool_calls' },
} as const;

const requests = [claudeCodeRequest, ...chatRequests];
const cases = requests.flatMap((request) =>
  providers.flatMap((provider) =>
    steps.map((step) => {
      const mark = `mark-${crypto.randomUUID()}`;
      const body = request.createBody({ model: selectModel(request, provider), step, mark });
      return { request, provider, step, mark, body, refusedField: request.refusals?.[provider.name] };
    }),
  ),
);

describe.each(cases.filter(({ refusedField }) => refusedField === undefined))(
  '$request.agent → $provider.name, $step',
  ({ request, provider, step, mark, body }) => {
    it('gets a reply in its protocol, and the provider receives the whole session', async () => {
      const reply = await send[request.protocol](request, body);
      const finish = finishReasons[request.protocol];
      if (step === 'prompt') {
        expect(reply.calls.map(({ name }) => name)).toEqual([request.shellTool]);
        expect(JSON.stringify(reply.calls[0]?.input)).toContain(words.command);
        expect(reply.finish).toBe(finish.call);
      } else {
        expect(reply.text).not.toBe('');
        expect(reply.finish).toBe(finish.text);
      }
      const { dropped = [], adjusted = [] } = request.reports?.(provider.name, step) ?? {};
      expect(readReports(reply.headers)).toEqual({ dropped: dropped.toSorted(), adjusted: adjusted.toSorted() });
      if (!provider.isStub) expectUpstream(await findRecordedRequests(inject('providerUrl'), mark), provider, step);
    });
  },
);

describe.each(cases.filter(({ refusedField }) => refusedField !== undefined))(
  '$request.agent → $provider.name, $step',
  ({ request, body, refusedField = '' }) => {
    it("gets the provider's error", async () => {
      const error = await send[request.protocol](request, body).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(OpenAI.BadRequestError);
      expect(error).toMatchObject({ message: expect.stringContaining(refusedField) });
      const headers = error instanceof OpenAI.APIError ? error.headers : undefined;
      expect(headers?.get('x-gateway-error-source')).toBe('provider');
    });
  },
);

/** Models that take what the agent sends. */
function selectModel({ openAiModel = 'gpt-5-mini' }: AgentRequest, { name, model }: SdkProvider): string {
  if (name === 'claude') return 'claude-sonnet-5-5';
  return name === 'openai' ? openAiModel : model;
}

/** Paths without the indexes of lists, each once. */
function readReports(headers: Headers): { dropped: string[]; adjusted: string[] } {
  const read = (name: string) => [
    ...new Set((headers.get(name) ?? '').split(',').flatMap((path) => path.replaceAll(/\[\d+\]/g, '[]') || [])),
  ];
  return { dropped: read('x-gateway-dropped').sort(), adjusted: read('x-gateway-adjusted').sort() };
}

/** An image by value, as each provider takes it. */
const images: Readonly<Record<string, string>> = {
  claude: `"data":"${imageBase64}"`,
  ollama: `"images":["${imageBase64}"]`,
  openai: `"url":"data:image/png;base64,${imageBase64}"`,
  acme: `"url":"data:image/png;base64,${imageBase64}"`,
};

function expectUpstream(upstream: readonly { body: string }[], { name }: SdkProvider, step: Step): void {
  const body = upstream.at(-1)?.body ?? '';
  expect(body).toContain(words.system);
  expect(body).toContain(JSON.stringify(words.reminder).slice(1, -1));
  if (step === 'image') expect(body).toContain(images[name]);
  if (step === 'tool result' || step === 'next prompt') {
    expect(body).toContain(JSON.stringify(words.commandOutput).slice(1, -1));
  }
  if (step === 'next prompt') expect(body).toContain(words.nextPrompt);
}

async function sendAnthropic({ headers }: AgentRequest, body: object): Promise<ClientReply> {
  const client = new Anthropic({ apiKey: null, authToken: devKey, baseURL: gatewayUrl, maxRetries: 0 });
  const params = { ...body, stream: true } as Anthropic.MessageCreateParamsStreaming;
  const { data, response } = await client.messages.create(params, { headers }).withResponse();
  const { content, stop_reason } = await MessageStream.fromReadableStream(data.toReadableStream()).finalMessage();
  return {
    headers: response.headers,
    text: content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
    calls: content.flatMap((block) => (block.type === 'tool_use' ? [{ name: block.name, input: block.input }] : [])),
    finish: stop_reason,
  };
}

async function sendOpenAi({ headers }: AgentRequest, body: object): Promise<ClientReply> {
  const client = new OpenAI({ apiKey: devKey, baseURL: `${gatewayUrl}/v1`, maxRetries: 0 });
  const params = { ...body, stream: true } as OpenAI.ChatCompletionCreateParamsStreaming;
  const { data, response } = await client.chat.completions.create(params, { headers }).withResponse();
  const stream = ChatCompletionStream.fromReadableStream(data.toReadableStream());
  const { message, finish_reason } = (await stream.finalChatCompletion()).choices[0] ?? expect.unreachable();
  return {
    headers: response.headers,
    text: message.content ?? '',
    calls: (message.tool_calls ?? []).flatMap((call) =>
      call.type === 'function' ? [{ name: call.function.name, input: JSON.parse(call.function.arguments) }] : [],
    ),
    finish: finish_reason,
  };
}
