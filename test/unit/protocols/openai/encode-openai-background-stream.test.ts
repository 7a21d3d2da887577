import OpenAI from 'openai';
import type { ResponseStreamEvent } from 'openai/resources/responses/responses';
import { describe, expect, it } from 'vitest';
import type { JobEvent } from '../../../../src/db/queries/job-events.ts';
import type { Job, JobEventData } from '../../../../src/domain/job.ts';
import { BackgroundStreamEncoder } from '../../../../src/protocols/openai/encode-openai-background-stream.ts';
import { OpenAiResponseStreamEncoder } from '../../../../src/protocols/openai/encode-openai-response-stream.ts';
import { toEventLines } from '../../../../src/protocols/openai/response-event-lines.ts';
import { responseCases, toStreamEvents } from './response-cases.ts';
import { createHead } from './response-head.ts';
import { clientStreamed } from './sdk-client.ts';

const job: Job = {
  id: 'job_01K9Z3N4V6T8QW2R5Y7B9D1F3H',
  tenantId: 'ten_1',
  keyId: 'key_1',
  type: 'RESPONSE',
  status: 'PENDING',
  provider: 'stub',
  model: 'stub',
  models: null,
  metadata: null,
  webhookUrl: null,
  result: null,
  finishReason: null,
  errorCode: null,
  errorMessage: null,
  tokensIn: null,
  tokensOut: null,
  costNanoUsd: null,
  attemptCount: 0,
  eventCount: 1,
  retryOf: null,
  createdAt: new Date(1_760_000_000_000),
  startedAt: null,
  finishedAt: null,
  deadLetteredAt: null,
  purgedAt: null,
};
const settings = '{"previous_response_id":"resp_before","instructions":"A\u2028B"}';
const id = 'resp_01K9Z3N4V6T8QW2R5Y7B9D1F3H';

function toJobEvents(data: readonly JobEventData[]): JobEvent[] {
  return data.map((one, index) => ({ number: index + 1, type: one.status ? 'status' : 'chunk', data: one }));
}

const pending = { status: 'PENDING', attempt: 0 } as const;
const running = (attempt: number) => ({ status: 'RUNNING', attempt }) as const;
const completed = (attempt: number) => ({ status: 'COMPLETED', attempt, finishReason: 'stop' }) as const;

/** Encodes a whole job. Returns each event as a client gets it. */
function encode(
  data: readonly JobEventData[],
  { stored, startingAfter = -1 }: { stored?: string; startingAfter?: number },
) {
  const encoder = new BackgroundStreamEncoder({ job, settings }, startingAfter);
  const events = toJobEvents(data);
  const last = events.pop() ?? expect.unreachable();
  const text = events.map((event) => encoder.encode(event)).join('') + encoder.end(last, stored);
  return text.split(/(?<=\n\n)/).filter((event) => event !== '');
}

const readEvent = (text: string): ResponseStreamEvent =>
  JSON.parse(/^event: .*\ndata: (.*)\n\n$/.exec(text)?.[1] ?? '');

/** The events of a reply as its job stores them, and the JSON of its response. */
function makeReply(events: Parameters<OpenAiResponseStreamEncoder['encode']>[0][]) {
  let stored = '';
  const encoder = new OpenAiResponseStreamEncoder(createHead(), async (response) => {
    stored = JSON.stringify({ ...response, id });
    return true;
  });
  const lines = events.map((event) => {
    return toEventLines(event.type === 'done' ? encoder.prepareEnd(event.result).text : encoder.encode(event));
  });
  return { lines, stored };
}

describe.each(responseCases)('a reply of $name in the background', (reply) => {
  const { lines, stored } = makeReply(toStreamEvents(reply));
  const data = [pending, running(1), ...lines.map((events) => ({ attempt: 1, content: '', events })), completed(1)];

  it('is numbered from 0, however its job wrote it', () => {
    const events = encode(data, { stored }).map(readEvent);
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_event, index) => index));
    const joined = [pending, running(1), { attempt: 1, content: '', events: lines.join('') }, completed(1)];
    expect(encode(joined, { stored })).toEqual(encode(data, { stored }));
  });

  it('is replayed after any event', () => {
    const all = encode(data, { stored });
    for (const startingAfter of all.keys()) {
      expect(encode(data, { stored, startingAfter })).toEqual(all.slice(startingAfter + 1));
    }
  });

  it('is read by the official client', async () => {
    const helper = clientStreamed(encode(data, { stored })).responses.stream({ model: 'm', input: 'Hi' });
    expect(await helper.finalResponse()).toMatchObject({ id });
  });
});

describe('a job that was tried again', () => {
  const text = 'Hello there';
  const whole = makeReply([
    { type: 'text', text },
    { type: 'done', result: { finishReason: 'stop', usage: {}, costNanoUsd: null } },
  ]);
  const [added = '', ended = ''] = whole.lines;
  const data = [
    pending,
    running(1),
    { attempt: 1, content: text, events: added },
    running(2),
    { attempt: 2, content: text, events: added },
    { attempt: 2, content: '', events: ended },
    completed(2),
  ];

  it('has the output of its first attempt that had any, its open item ended, and the whole response', () => {
    const events = encode(data, { stored: whole.stored }).map(readEvent);
    expect(events.map(({ type }) => type)).toEqual([
      'response.created',
      'response.queued',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_item.done',
      'response.completed',
    ]);
    expect(events.at(-2)).toMatchObject({ item: { status: 'incomplete' } });
  });

  it('is read by the official client', async () => {
    const helper = clientStreamed(encode(data, { stored: whole.stored })).responses.stream({ model: 'm', input: 'Hi' });
    expect((await helper.finalResponse()).output_text).toBe(text);
  });

  it('has the output of a later attempt where the earlier ones had none', () => {
    const retried = [pending, running(1), { status: 'PENDING', attempt: 1 } as const, running(2)];
    const events = encode([...retried, { attempt: 2, content: text, events: whole.lines.join('') }, completed(2)], {
      stored: whole.stored,
    });
    const types = events.map((event) => readEvent(event).type);
    expect(types.filter((type) => type === 'response.in_progress')).toHaveLength(1);
    expect(types).toContain('response.output_text.done');
  });
});

describe('the end of a response that has no output', () => {
  it('is an error that the official client throws, and response.failed', async () => {
    const error = { code: 'rate_limited', message: 'Too many.' };
    const events = encode([pending, running(1), { status: 'FAILED', attempt: 1, error }], {});
    expect(events.slice(-2).map(readEvent)).toMatchObject([
      { type: 'error', code: 'rate_limit_exceeded', message: 'Too many.' },
      { type: 'response.failed', response: { id, status: 'failed', error: { code: 'rate_limit_exceeded' } } },
    ]);
    const stream = await clientStreamed(events).responses.create({ model: 'm', input: 'Hi', stream: true });
    const read = async () => {
      for await (const event of stream) void event;
    };
    await expect(read()).rejects.toBeInstanceOf(OpenAI.APIError);
  });

  it('has the settings on one line', () => {
    const events = encode([pending, { status: 'CANCELLED', attempt: 0 }], {});
    expect(events.join('')).not.toContain('\u2028');
    expect(readEvent(events.at(-1) ?? '')).toMatchObject({
      type: 'response.incomplete',
      response: { status: 'cancelled', previous_response_id: 'resp_before', instructions: 'A\u2028B' },
    });
  });
});
