import { describe, expect, it } from 'vitest';
import { anthropicMessagesPolicy } from '../../../src/protocols/anthropic/anthropic-field-policy.ts';
import type { FieldPolicy, ObjectPolicy } from '../../../src/protocols/field-policy.ts';
import { openAiChatPolicy } from '../../../src/protocols/openai/openai-field-policy.ts';
import { openAiResponsesPolicy } from '../../../src/protocols/openai/openai-responses-field-policy.ts';
import { readRequestShapes, type Shape } from './read-request-shapes.ts';

const { roots, objects } = readRequestShapes();

/** Returns the paths of the fields that an SDK's type has and no class stands for. */
function findUnclassified(shape: Shape, policy: FieldPolicy, path: string): string[] {
  if (typeof policy !== 'object') return [];
  if (shape.kind === 'union') return shape.of.flatMap((member) => findUnclassified(member, policy, path));
  if (shape.kind === 'list') return 'each' in policy ? findUnclassified(shape.of, policy.each, `${path}[]`) : [];
  const fields = shape.kind === 'object' ? objects.get(shape.id)?.fields : undefined;
  if (!fields || 'each' in policy) return [];
  if ('fields' in policy) {
    return Object.entries(fields).flatMap(([name, { shape: field }]) => {
      const ofField = policy.fields[name];
      return ofField === undefined ? [`${path}.${name}`] : findUnclassified(field, ofField, `${path}.${name}`);
    });
  }
  const variant = fields[policy.by]?.shape;
  const names = variant?.kind === 'union' ? variant.of : [variant];
  return names.flatMap((name) => {
    const isAbsent = name?.kind !== 'literal';
    if (isAbsent) return findUnclassified(shape, policy.absent, path);
    const ofVariant = policy.variants[String(name.value)];
    if (ofVariant !== undefined) return findUnclassified(shape, ofVariant, `${path}(${name.value})`);
    // Dropped variants need no entry. Rejected ones do, because rejection is a decision.
    return policy.others === 'dropped' ? [] : [`${path}(${name.value})`];
  });
}

describe('every field of the official SDK has a class', () => {
  it.each<[keyof typeof roots, ObjectPolicy]>([
    ['ChatParams', openAiChatPolicy],
    ['ResponseParams', openAiResponsesPolicy],
    ['MessageParams', anthropicMessagesPolicy],
    ['BetaParams', anthropicMessagesPolicy],
  ])('%s', (name, policy) => {
    expect(findUnclassified(roots[name], policy, name)).toEqual([]);
  });

  it('is reported as missing for a field, a variant and a field of a list', () => {
    const { stop, ...others } = openAiChatPolicy.fields;
    const policy: ObjectPolicy = {
      fields: {
        ...others,
        stream_options: { fields: {} },
        tools: { each: { by: 'type', variants: {}, others: 'essential', absent: 'dropped' } },
      },
    };
    expect(stop).toBeDefined();
    expect(findUnclassified(roots.ChatParams, policy, '').toSorted()).toEqual([
      '.stop',
      '.stream_options.include_obfuscation',
      '.stream_options.include_usage',
      '.tools[](custom)',
      '.tools[](function)',
    ]);
  });
});
