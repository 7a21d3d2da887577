import { expect } from 'vitest';
import { type ComplianceCase, expectCompleted, expectRefused, expectSchema } from './compliance-case.ts';

/** One case of the compliance suite. */
export interface NamedCase {
  /** The id that the compliance suite has for it. */
  readonly id: string;
  run(the: ComplianceCase): Promise<void>;
}

const png =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
/** A tool that a case offers. */
export const getWeather = {
  type: 'function',
  name: 'get_weather',
  description: 'Returns the weather of a place.',
  parameters: { type: 'object', properties: { location: { type: 'string' } }, required: ['location'] },
};
const assistant = (content: string, fields: object = {}) => {
  return { type: 'message', role: 'assistant', content, ...fields };
};
const notFound = 'previous_response_not_found';

/**
 * The cases that the compliance suite of Open Responses lists for the version of 2026-04-24, by its ids. The requests and assertions
 * are our own, and stricter in places: this is not that suite.
 */
export const complianceCases: readonly NamedCase[] = [
  {
    id: 'basic-response',
    run: async (the) => {
      const { output } = await the.respond([the.ask('Say hello.')]);
      expect(output).toMatchObject([{ type: 'message', role: 'assistant', content: [{ type: 'output_text' }] }]);
    },
  },
  {
    id: 'assistant-phase',
    run: async (the) => {
      const thought = assistant('First I look it up.', { phase: 'commentary' });
      const answer = assistant('It is four.', { phase: 'final_answer' });
      await the.respond([thought, answer, the.ask('Say it again.')]);
      await the.expectSent('First I look it up.', 'It is four.', 'Say it again.');
    },
  },
  {
    id: 'response-output-phase-schema',
    run: async (the) => {
      const { response, output } = await the.respond([the.ask('Say hello.')]);
      const phases = ['commentary', 'final_answer'];
      const labelled = phases.flatMap((phase) => output.map((item) => ({ ...item, phase })));
      expectSchema('ResponseResource', { ...response, output: labelled });
    },
  },
  {
    id: 'streaming-response',
    run: async (the) => {
      const { events, response } = await the.respond([the.ask('Count from 1 to 5.')], { stream: true });
      expectTextEvents(events, response);
    },
  },
  {
    id: 'websocket-response',
    run: async (the) => {
      const socket = the.open();
      const { events, response } = expectCompleted(await socket.run({ input: [the.ask('Count from 1 to 3.')] }));
      expectTextEvents(events, response);
      socket.close();
    },
  },
  {
    id: 'websocket-sequential-responses',
    run: async (the) => {
      const socket = the.open();
      const ids = [];
      for (const text of ['Say one.', 'Say two.'])
        ids.push(expectCompleted(await socket.run({ input: [the.ask(text)] })).id);
      expect(new Set(ids).size).toBe(2);
      socket.close();
    },
  },
  {
    id: 'websocket-continuation',
    run: async (the) => {
      const socket = the.open();
      const { id } = expectCompleted(await socket.run({ input: [the.ask('The word is cobalt.')] }));
      const next = { previous_response_id: id, input: [the.ask('Which word?')] };
      expect(expectCompleted(await socket.run(next)).response).toMatchObject({ previous_response_id: id });
      await the.expectSent('The word is cobalt.', 'Which word?');
      socket.close();
    },
  },
  {
    id: 'websocket-reconnect-store-false-recovery',
    run: async (the) => {
      const first = the.open();
      const { id } = expectCompleted(await first.run({ input: [the.ask('The word is copper.')] }));
      first.close();
      const second = the.open();
      expectRefused(await second.run({ previous_response_id: id, input: [the.ask('Which word?')] }), notFound);
      expectCompleted(await second.run({ input: [the.ask('Then from the beginning.')] }));
      second.close();
    },
  },
  {
    id: 'websocket-previous-response-not-found',
    run: async (the) => {
      const socket = the.open();
      const unknown = { previous_response_id: `resp_${the.mark}`, input: [the.ask('Go on.')] };
      expectRefused(await socket.run(unknown), notFound);
      socket.close();
    },
  },
  {
    id: 'websocket-failed-continuation-evicts-cache',
    run: async (the) => {
      const socket = the.open();
      const { id: previous_response_id } = expectCompleted(
        await socket.run({ input: [the.ask('The word is ember.')] }),
      );
      const result = { type: 'function_call_output', call_id: 'call_unknown', output: 'No tool was called.' };
      expectRefused(await socket.run({ previous_response_id, input: [result] }), expect.any(String));
      expectRefused(await socket.run({ previous_response_id, input: [the.ask('Which word?')] }), notFound);
      socket.close();
    },
  },
  {
    id: 'websocket-compact-new-chain',
    run: async (the) => {
      const input = [the.ask('The word is slate.'), assistant('OK.'), the.ask('Make it short.')];
      const { body } = await the.compact({ model: the.model, input });
      const compacted = body.output as object[];
      const socket = the.open();
      expectCompleted(await socket.run({ input: [...compacted, the.ask('Go on.')], tools: [] }));
      await the.expectSent('Go on.');
      socket.close();
    },
  },
  {
    id: 'system-prompt',
    run: async (the) => {
      await the.respond([{ type: 'message', role: 'system', content: 'Speak as a pirate.' }, the.ask('Say hello.')]);
      await the.expectSent('Speak as a pirate.');
    },
  },
  {
    id: 'tool-calling',
    run: async (the) => {
      const input = [the.ask('[[tool:get_weather]] What is the weather in Oslo?')];
      const { output } = await the.respond(input, { tools: [getWeather] });
      expect(output).toMatchObject([{ type: 'function_call', name: 'get_weather', call_id: expect.any(String) }]);
    },
  },
  {
    id: 'image-input',
    run: async (the) => {
      const { content, ...message } = the.ask('What do you see?');
      const parts = [
        { type: 'input_text', text: content },
        { type: 'input_image', image_url: png },
      ];
      await the.respond([{ ...message, content: parts }]);
      await the.expectSent(png.slice('data:image/png;base64,'.length));
    },
  },
  {
    id: 'multi-turn',
    run: async (the) => {
      await the.respond([the.ask('My name is Alice.'), assistant('Hello, Alice.'), the.ask('What is my name?')]);
      await the.expectSent('My name is Alice.', 'Hello, Alice.', 'What is my name?');
    },
  },
  {
    id: 'compact-response',
    run: async (the) => {
      const input = [the.ask('We launch on Tuesday.'), assistant('Understood.')];
      const { status, body } = await the.compact({ model: the.model, prompt_cache_key: the.mark, input });
      expect([status, body.object]).toEqual([200, 'response.compaction']);
      expectSchema('CompactResource', body);
      expect(body.output).toContainEqual(expect.objectContaining({ type: 'compaction' }));
    },
  },
  {
    id: 'compact-missing-model',
    run: async (the) => {
      const { status, body } = await the.compact({ input: [the.ask('Make it short.')] });
      expect(status).toBe(400);
      expectSchema('ErrorPayload', body.error);
      expect(body.error).toMatchObject({ param: 'model' });
    },
  },
];

/** Asserts the events of one message: from its beginning to its end, and its text in pieces that add up. */
function expectTextEvents(
  events: readonly { readonly type: string; readonly delta?: unknown }[],
  response: Readonly<Record<string, unknown>> | undefined,
): void {
  const types = events.map(({ type }) => type);
  expect(types.slice(0, 4)).toEqual([
    'response.created',
    'response.in_progress',
    'response.output_item.added',
    'response.content_part.added',
  ]);
  expect(types.slice(-3)).toEqual(['response.content_part.done', 'response.output_item.done', 'response.completed']);
  const deltas = events.filter(({ type }) => type === 'response.output_text.delta').map(({ delta }) => delta);
  expect(deltas.length).toBeGreaterThan(1);
  expect(response).toMatchObject({ output: [{ content: [{ text: deltas.join('') }] }] });
}
