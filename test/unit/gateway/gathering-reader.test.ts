import { describe, expect, it } from 'vitest';
import { GatheringReader } from '../../../src/gateway/gathering-reader.ts';

const chunk = (index: number) => new Uint8Array(100).fill(index);

/** A stream of the runtime's own and a clock that the test drives. How the bodies of responses gather: test/e2e/v1-streams.test.ts. */
function open() {
  const { readable, writable } = new IdentityTransformStream() as TransformStream<
    Uint8Array<ArrayBuffer>,
    Uint8Array<ArrayBuffer>
  >;
  const clock = { nowMs: 0 };
  const reader = new GatheringReader(readable, () => clock.nowMs);
  return { reader, writer: writable.getWriter(), clock };
}

async function next(reader: GatheringReader): Promise<number[] | undefined> {
  const bytes = reader.take(await reader.read());
  return bytes && [...bytes];
}

describe('GatheringReader', () => {
  it('reads chunks that are far apart as they come', async () => {
    const { reader, writer, clock } = open();
    for (let index = 0; index < 50; index += 1) {
      clock.nowMs += 50;
      const written = writer.write(chunk(index));
      expect(await next(reader)).toEqual([...chunk(index)]);
      await written;
    }
  });
});
