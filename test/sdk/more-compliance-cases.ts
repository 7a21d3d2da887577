import { expect } from 'vitest';
import { expectCompleted } from './compliance-case.ts';
import { getWeather, type NamedCase } from './compliance-cases.ts';

/** Cases that other versions of the compliance suite have, by their ids there. */
export const moreComplianceCases: readonly NamedCase[] = [
  {
    id: 'tool-calling-streaming',
    run: async (the) => {
      const input = [the.ask('[[tool:get_weather]] What is the weather in Oslo?')];
      const { events, output } = await the.respond(input, { tools: [getWeather], stream: true });
      const types = events.map(({ type }) => type);
      const start = types.indexOf('response.output_item.added');
      const argumentEvents = types.filter((type) => type.startsWith('response.function_call_arguments.'));
      expect(events[start]?.item).toMatchObject({ type: 'function_call', name: 'get_weather' });
      expect(argumentEvents.at(0)).toBe('response.function_call_arguments.delta');
      expect(argumentEvents.at(-1)).toBe('response.function_call_arguments.done');
      expect(events.at(-2)).toMatchObject({ type: 'response.output_item.done', item: output[0] });
    },
  },
  {
    id: 'function-call-roundtrip',
    run: async (the) => {
      const question = the.ask('[[tool:get_weather]] What is the weather in Oslo?');
      const tools = [getWeather];
      const { output } = await the.respond([question], { tools });
      const [call] = output;
      const result = { type: 'function_call_output', call_id: call?.call_id, output: 'It snows in Oslo.' };
      const second = await the.respond([question, ...output, result], { tools });
      expect(second.output).toMatchObject([{ content: [{ text: expect.stringContaining('It snows in Oslo.') }] }]);
    },
  },
  {
    id: 'previous-response-id',
    run: async (the) => {
      const { id } = await the.respond([the.ask('The word is papaya.')]);
      await the.respond([the.ask('Which word?')], { previous_response_id: id });
    },
  },
  {
    id: 'websocket-generate-false',
    run: async (the) => {
      const socket = the.open();
      const warmUp = await socket.run({ input: [the.ask('The word is amber.')], generate: false });
      expect([warmUp.faults, warmUp.response?.status, warmUp.response?.output]).toEqual([[], 'completed', []]);
      const next = { previous_response_id: warmUp.response?.id, input: [the.ask('Which word?')] };
      expectCompleted(await socket.run(next));
      await the.expectSent('The word is amber.', 'Which word?');
      socket.close();
    },
  },
];
