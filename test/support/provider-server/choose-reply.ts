import { defaultReplies, unicodeChunks } from './known-models.ts';
import { answerAsAsked, isDemanding } from './model-reply.ts';
import type { AcceptedCall, Endpoint, Reply, TokenCounts } from './protocol.ts';
import type { Scenario } from './scenario.ts';

/** What the model says in a scenario; how it is sent is another matter. */
export function chooseReply(protocol: Endpoint['protocol'], call: AcceptedCall, scenario: Scenario): Reply {
  const { usage, ...spoken } = speak(defaultReplies[protocol], call, scenario);
  const reason = scenario.text('reason');
  const said = scenario.has('finish') && reason !== undefined ? { ...spoken, finishReason: reason } : spoken;
  if (!scenario.has('no-usage')) return usage === undefined ? said : { ...said, usage };
  const kept = scenario.text('keep') === 'output' && usage?.output !== undefined ? { output: usage.output } : undefined;
  return kept === undefined ? said : { ...said, usage: kept };
}

function speak(known: Reply, { modelRequest, lastUserText }: AcceptedCall, scenario: Scenario): Reply {
  if (modelRequest && (scenario.has('echo') || (!scenario.isScenario && isDemanding(lastUserText, modelRequest)))) {
    const isSequential = scenario.has('sequential');
    return { ...answerAsAsked(lastUserText, modelRequest), isSequential, hasOwnId: true };
  }
  if (scenario.has('unicode')) return { ...known, text: unicodeChunks };
  if (scenario.has('paced')) return { ...known, text: numbered(scenario.number('chunks', 50), 0) };
  if (scenario.has('long'))
    return { ...known, text: numbered(scenario.number('chunks', 1000), scenario.number('size', 20)) };
  if (scenario.has('empty')) return { ...known, text: [], usage: { ...known.usage, output: 0 } };
  if (scenario.has('length')) return { ...known, finish: 'length' };
  if (scenario.has('cached')) return { ...known, usage: cachedUsage };
  if (scenario.has('refusal'))
    return {
      text: [],
      refusal: "I'm sorry, I can't help with that.",
      finish: 'refusal',
      usage: { input: 18, output: 8 },
    };
  if (scenario.has('tool-call'))
    return { text: [], toolCalls: [toolCall], finish: 'tool-call', usage: { input: 82, output: 17 } };
  if (scenario.has('reasoning')) return reasoned(known, scenario);
  return known;
}

const cachedUsage: TokenCounts = { input: 2100, output: 7, cacheRead: 1920, cacheWrite: 150 };

const toolCall = {
  id: 'call_9pBxm2',
  name: 'get_weather',
  argumentsJson: ['{"city"', ':"Па', 'риж"}'],
};

function reasoned(known: Reply, scenario: Scenario): Reply {
  const reasoningBeside = scenario.text('beside') === 'true';
  const usage = { input: 19, output: 71, reasoning: 64, reasoningBeside };
  return { ...known, reasoning: ['First I ', 'think.'], usage };
}

/** `chunk-0 `, `chunk-1 `, …, each filled up to a size, so that a lost or doubled one shows. */
function numbered(count: number, size: number): string[] {
  return Array.from({ length: count }, (_, index) => `chunk-${index} `.padEnd(size, '.'));
}
