import { expect, test } from 'vitest';
import { getClaudeMaxOutputTokens } from '../../../../src/providers/anthropic/anthropic-max-output-tokens.ts';

test.each([
  ['claude-3-haiku-20240307', 4096],
  ['claude-3-opus-latest', 4096],
  ['claude-3-5-sonnet-20241022', 8192],
  ['claude-3-5-haiku-latest', 8192],
  ['claude-3-7-sonnet-latest', 64_000],
  ['claude-sonnet-4-20250514', 64_000],
  ['claude-sonnet-4-0', 64_000],
  ['claude-sonnet-4-5', 64_000],
  ['claude-sonnet-4-5@20250929', 64_000],
  ['claude-sonnet-4-6', 128_000],
  ['claude-opus-4-20250514', 32_000],
  ['claude-opus-4-1-20250805', 32_000],
  ['claude-opus-4-5-20251101', 64_000],
  ['claude-opus-4-6', 128_000],
  ['claude-haiku-4-5-20251001', 64_000],
  ['claude-opus-5-5', 128_000],
])('%s writes at most %d tokens', (model, tokens) => {
  expect(getClaudeMaxOutputTokens(model)).toBe(tokens);
});

test.each(['claude-opus-4-99', 'claude-next', 'something-else', 'constructor'])('%s is not known: 8,192', (model) => {
  expect(getClaudeMaxOutputTokens(model)).toBe(8192);
});
