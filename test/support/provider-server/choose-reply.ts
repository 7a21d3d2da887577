import { defaultReplies, unicodeChunks } from './known-models.ts';
import { createModelReply, isDemanding } from './model-reply.ts';
import type { AcceptedCall, Endpoint, Reply, TokenCounts } from './protocol.ts';
import type { Scenario } from './scenario.ts';

/** Chooses the content of a reply by its scenario. The sender decides how it is transmitted. */
export function chooseReply(protocol: Endpoint['protocol'], call: AcceptedCall, scenario: Scenario): Reply {
  const { usage, ...spoken } = speak(defaultReplies[protocol], call, scenario);
  const reason = scenario.text('reason');
  const reply = scenario.has('finish') && reason !== undefined ? { ...spoken, finishReason: reason } : spoken;
  if (!scenario.has('no-usage')) return usage === undefined ? reply : { ...reply, usage };
  const kept = scenario.text('keep') === 'output' && usage?.output !== undefined ? { output: usage.output } : undefined;
  return kept === undefined ? reply : { ...reply, usage: kept };
}

function speak(
  defaultReply: Reply,
  { modelRequest, lastUserText, billPrompt }: AcceptedCall,
  scenario: Scenario,
): Reply {
  if (modelRequest && (scenario.has('echo') || (!scenario.isScenario && isDemanding(lastUserText, modelRequest)))) {
    const isSequential = scenario.has('sequential');
    return { ...createModelReply(lastUserText, modelRequest), isSequential, hasOwnId: true };
  }
  if (scenario.has('unicode')) return { ...defaultReply, text: unicodeChunks };
  if (scenario.has('paced')) return { ...defaultReply, text: numbered(scenario.number('chunks', 50), 0) };
  if (scenario.has('long'))
    return { ...defaultReply, text: numbered(scenario.number('chunks', 1000), scenario.number('size', 20)) };
  if (scenario.has('empty')) return { ...defaultReply, text: [], usage: { ...defaultReply.usage, output: 0 } };
  if (scenario.has('length')) return { ...defaultReply, finish: 'length' };
  if (scenario.has('prompt-cache') && billPrompt) return { ...defaultReply, usage: { ...billPrompt(), output: 7 } };
  if (scenario.has('cached')) return { ...defaultReply, usage: cachedUsage };
  if (scenario.has('refusal'))
    return {
      text: [],
      refusal: "I'm sorry, I can't help with that.",
      finish: 'refusal',
      usage: { input: 18, output: 8 },
    };
  if (scenario.has('tool-call'))
    return { text: [], toolCalls: [toolCall], finish: 'tool-call', usage: { input: 82, output: 17 } };
  if (scenario.has('reasoning')) return reasoned(defaultReply, scenario);
  return defaultReply;
}

const cachedUsage: TokenCounts = { input: 2100, output: 7, cacheRead: 1920, cacheWrite: 150 };

const toolCall = {
  id: 'call_9pBxm2',
  name: 'get_weather',
  argumentsJson: ['{"city"', ':"Па', 'риж"}'],
};

function reasoned(defaultReply: Reply, scenario: Scenario): Reply {
  const reasoningBeside = scenario.text('beside') === 'true';
  const usage = { input: 19, output: 71, reasoning: 64, reasoningBeside };
  return { ...defaultReply, reasoning: ['First I ', 'think.'], usage };
}

/** Returns `chunk-0 `, `chunk-1 `, …, padded to a size. A test detects lost and duplicate chunks by their numbers. */
function numbered(count: number, size: number): string[] {
  return Array.from({ length: count }, (_, index) => `chunk-${index} `.padEnd(size, '.'));
}
