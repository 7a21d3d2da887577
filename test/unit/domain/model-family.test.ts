import { expect, it } from 'vitest';
import { getModelFamily } from '../../../src/domain/model-family.ts';

it.each([
  ['claude-haiku-4-5-20251001', 'claude-haiku-4-5'],
  ['claude-3-5-sonnet-latest', 'claude-3-5-sonnet'],
  ['claude-sonnet-4-0', 'claude-sonnet-4'],
  ['google/gemini-3-pro-preview', 'gemini-3-pro'],
  ['gemini-2.5-flash-preview-09-2025', 'gemini-2.5-flash'],
  ['gemini-2.0-flash-001', 'gemini-2.0-flash'],
  ['kimi-k2-0905-preview', 'kimi-k2'],
  ['deepseek-reasoner', 'deepseek-reasoner'],
  ['gpt-5.1-2025-11-13', 'gpt-5.1'],
])('the family of %s is %s', (model, family) => {
  expect(getModelFamily(model)).toBe(family);
});
