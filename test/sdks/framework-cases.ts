import assert from 'node:assert/strict';
import type { FrameworkClient } from './framework-client.ts';

/** A case with its title and its run with one model. */
export interface FrameworkCase {
  readonly title: string;
  run(model: string): Promise<void>;
}

/** Lists the cases of a client. */
export function listFrameworkCases(client: FrameworkClient): FrameworkCase[] {
  const { startConversation, isStreamOnly = false, structuredOutput } = client;
  const loops = startConversation
    ? (isStreamOnly ? [true] : [false, true]).map((stream) => ({
        title: stream ? 'streamed tool loop' : 'tool loop',
        run: (model: string) => runToolLoops(startConversation, model, stream),
      }))
    : [];
  const methods = Object.entries(structuredOutput).map(([method, read]) => ({
    title: `structured output, ${method}`,
    run: async (model: string) => {
      const forecast = await read(model, promptFor(model, '{"city":"Rome","degrees":21}'));
      assert.deepEqual(Object.keys(Object(forecast)).sort(), ['city', 'degrees'], JSON.stringify(forecast));
      const { city, degrees } = forecast as Record<string, unknown>;
      assert.deepEqual([typeof city, typeof degrees], ['string', 'number'], JSON.stringify(forecast));
    },
  }));
  return [...loops, ...methods];
}

/** Two turns of one conversation: a text with two parallel calls, then one call with the earlier turn in its context. */
async function runToolLoops(
  startConversation: NonNullable<FrameworkClient['startConversation']>,
  model: string,
  stream: boolean,
): Promise<void> {
  const calls: { name: string; input: unknown }[] = [];
  const results: string[] = [];
  const conversation = startConversation(model, (name, input) => {
    calls.push({ name, input });
    const result = `${name} says ☔ ${calls.length}`;
    results.push(result);
    return result;
  });
  const first = await conversation.send(promptFor(model, 'Let me see. [[tool:get_weather]] [[tool:get_time]]'), stream);
  assert.deepEqual(calls.map(({ name }) => name).sort(), ['get_time', 'get_weather']);
  for (const { name, input } of calls) {
    assert.deepEqual(
      Object.entries(Object(input)).map(([key, value]) => [key, typeof value]),
      [[name === 'get_weather' ? 'city' : 'zone', 'string']],
    );
  }
  assertContains(first, results);
  const second = await conversation.send(promptFor(model, 'Once more. [[tool:get_time]]'), stream);
  assert.deepEqual(calls.map(({ name }) => name).slice(2), ['get_time']);
  assertContains(second, results.slice(2));
  assert.ok(!second.includes(results[0] ?? ''), `${JSON.stringify(second)} is not only about the last call`);
}

function assertContains(text: string, parts: readonly string[]): void {
  for (const part of parts) assert.ok(text.includes(part), `${JSON.stringify(text)} contains ${JSON.stringify(part)}`);
}

/** Makes the provider server reply as a model would. Stub always does. */
function promptFor(model: string, text: string): string {
  return model === 'stub' ? text : `[[scenario:echo,sequential]] ${text}`;
}
