import { describe, expect, it } from 'vitest';
import { formatTargets } from '../../../../src/web/console/models/format-targets.ts';
import { readReplyText } from '../../../../src/web/console/models/send-test-request.ts';

describe('formatTargets', () => {
  it('formats tiers in their order, with the shares of the targets of a tier', () => {
    const targets = [
      { provider: 'stub', model: 'stub', tier: 10, weight: 1 },
      { provider: 'claude', model: 'claude-haiku-4-5', tier: 2, weight: 1 },
      { provider: 'openai', model: 'gpt-4o-mini', tier: 2, weight: 2 },
    ];
    expect(formatTargets(targets)).toBe('openai/gpt-4o-mini 67 % or claude/claude-haiku-4-5 33 %, then stub/stub');
  });
});

describe('readReplyText', () => {
  it.each([
    ['{"choices":[{"message":{"content":"Hello"}}]}', 'Hello'],
    ['{"error":{"message":"model: is missing."}}', 'model: is missing.'],
    ['{"choices":[]}', '{"choices":[]}'],
    ['null', 'null'],
    ['<h1>502</h1>', '<h1>502</h1>'],
  ])('reads %s as %s', (body, text) => {
    expect(readReplyText(body)).toBe(text);
  });
});
