import { expect, test } from 'vitest';
import { withOpaqueUserId } from '../../../src/providers/opaque-user-id.ts';

const call = { model: 'stub', messages: [] };
const sentId = async (userId: string | undefined) => (await withOpaqueUserId({ ...call, userId })).userId;

test('an id that every vendor takes goes as it is, and none stays none', async () => {
  for (const id of ['user-7', '3fa85f64-5717-4562-b3fc-2c963f66afa6', 'tenant:7.a_b', 'x'.repeat(64), undefined]) {
    expect(await sentId(id)).toBe(id);
  }
  expect(await sentId('')).toBeUndefined();
});

test('one that is too long, or tells who it is, goes as its hash', async () => {
  expect(await sentId('ann@example.com')).toBe('71d4f55f72fa128dfb468a1a3901507c804b74316488744d769d7f4b16696476');
  for (const id of ['x'.repeat(65), '+1 555 0100', 'Анна']) expect(await sentId(id)).toMatch(/^[0-9a-f]{64}$/);
});
