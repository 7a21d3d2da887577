import { describe, expect, it } from 'vitest';
import { getClaudeMaxOutputTokens } from '../../../src/providers/anthropic/anthropic-max-output-tokens.ts';
import data from '../../../src/providers/model-facts.json' with { type: 'json' };
import { findModelFacts, type ModelAbility } from '../../../src/providers/model-facts.ts';
import { prices } from '../../../src/usage/prices.ts';

const abilities: readonly ModelAbility[] = [
  ...(['vision', 'pdf', 'tools', 'structuredOutputs', 'reasoning', 'citations'] as const),
  ...(['webSearch', 'codeExecution', 'programmaticTools', 'contextEditing', 'compaction'] as const),
];
const rows = Object.entries(data).flatMap(([vendor, models]) =>
  Object.keys(models).map((model) => ({ vendor, model, facts: findModelFacts(vendor, model) })),
);

describe('the table of models', () => {
  it('has dates, sizes and abilities of the right form', () => {
    expect(rows.length).toBeGreaterThan(200);
    for (const { vendor, model, facts } of rows) {
      const place = `${vendor} ${model}`;
      expect(model, place).toBe(model.toLowerCase());
      expect(facts?.released ?? '2026-01-01', place).toMatch(/^20(1\d|2[0-6])-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/);
      expect(Number.isNaN(Date.parse(facts?.released ?? '2026-01-01')), place).toBe(false);
      expect(facts?.contextWindow ?? 1, place).toBeGreaterThan(0);
      expect(facts?.maxOutputTokens ?? 1, place).toBeGreaterThan(0);
      expect(
        facts?.abilities.filter((ability) => !abilities.includes(ability as ModelAbility)),
        place,
      ).toEqual([]);
    }
  });

  it('knows what Claude models can write as the translation does', () => {
    for (const { vendor, model, facts } of rows.filter(({ vendor }) => vendor === 'anthropic')) {
      expect(facts?.maxOutputTokens, `${vendor} ${model}`).toBe(getClaudeMaxOutputTokens(model));
      expect(facts?.thinking !== undefined, `${vendor} ${model}`).toBe(facts?.abilities.includes('reasoning'));
    }
  });

  it.each(['openai', 'anthropic'])('has vendors of the price list: %s', (vendor) => {
    expect(prices.names({ id: vendor, pricingVendor: vendor }).length).toBeGreaterThan(20);
  });
});

describe('a model', () => {
  it.each([
    ['openai', 'gpt-4o-mini', 'GPT-4o mini', '2024-07-18'],
    ['openai', 'GPT-4o-mini', 'GPT-4o mini', '2024-07-18'],
    ['openai', 'gpt-4o-mini-2024-07-18', 'GPT-4o mini', '2024-07-18'],
    ['openai', 'gpt-5-1', 'GPT-5.1', '2025-11-13'],
    ['openai', 'gpt-5.1-chat', 'GPT-5.1 Chat', '2025-11-13'],
    ['openai', 'gpt-audio-mini-2025-12-15', 'GPT Audio mini', '2025-12-15'],
    ['openai', 'gpt-35-turbo-16k-0613', 'GPT-3.5 Turbo 16k (0613)', '2023-06-13'],
    ['openai', 'gpt-6-sol-2026-11-02', 'GPT-6 Sol', '2026-11-02'],
    ['azure', 'gpt-4o', 'GPT-4o', '2024-05-13'],
    ['anthropic', 'claude-haiku-4-5-20251001', 'Claude Haiku 4.5', '2025-10-15'],
    ['anthropic', 'claude-3-5-sonnet-20240620', 'Claude Sonnet 3.5', '2024-06-20'],
    ['anthropic', 'claude-3-5-sonnet-latest', 'Claude Sonnet 3.5', '2024-10-22'],
    ['anthropic', 'claude-3.7-sonnet', 'Claude Sonnet 3.7', '2025-02-24'],
    ['anthropic', 'claude-sonnet-3-7', 'Claude Sonnet 3.7', '2025-02-24'],
    ['anthropic', 'claude-4.5-opus', 'Claude Opus 4.5', '2025-11-24'],
    ['anthropic', 'claude-sonnet-4-0', 'Claude Sonnet 4', '2025-05-22'],
    ['anthropic', 'claude-opus-4@20250514', 'Claude Opus 4', '2025-05-22'],
    ['openrouter', 'anthropic/claude-opus-4.5', 'Claude Opus 4.5', '2025-11-24'],
    ['xai', 'grok-4.3', 'Grok 4.3', '2026-04-17'],
  ])('of %s is found as %s', (vendor, model, name, released) => {
    expect(findModelFacts(vendor, model)).toMatchObject({ name, released });
  });

  it.each([
    ['openai', 'gpt-4o-banana'],
    ['openai', 'gpt-4'.repeat(100)],
    ['openai', 'constructor'],
    ['constructor', 'gpt-4o'],
    ['anthropic', 'gpt-4o'],
    ['anthropic', 'claude-opus'],
    ['openrouter', 'a/b/c/d'],
    ['openai', ''],
    [null, 'gpt-4o'],
  ])('of %s is unknown as %s', (vendor, model) => {
    expect(findModelFacts(vendor, model)).toBeUndefined();
  });
});
