import { describe, expect, it } from 'vitest';
import { SocketMemory } from '../../../../../src/protocols/openai/websocket/socket-memory.ts';

const item = (text: string) => ({ items: JSON.stringify({ role: 'user', content: text }), itemCount: 1 });

describe('the connections of a tenant', () => {
  it('are bounded, apart from those of others, until one of them ends', () => {
    const memory = new SocketMemory({ maxTenantConnections: 2 });
    const [first] = [memory.open('ten_1'), memory.open('ten_1'), memory.open('ten_2')];
    expect(() => memory.open('ten_1')).toThrow('This tenant has 2 WebSocket connections open here');
    memory.open('ten_2');
    first.release();
    memory.open('ten_1');
    expect(() => memory.open('ten_1')).toThrow('which is the maximum');
  });
});

describe('the responses of one connection', () => {
  it('are found with all that they continue', () => {
    const responses = new SocketMemory().open('ten_1');
    responses.save({ id: 'resp_1', previousId: undefined, ...item('one') });
    responses.save({ id: 'resp_2', previousId: 'resp_1', items: '', itemCount: 0 });
    responses.save({ id: 'resp_3', previousId: 'resp_2', ...item('three') });
    responses.save({ id: 'resp_fork', previousId: 'resp_1', ...item('fork') });
    expect(responses.find('resp_3')).toEqual({ items: `${item('one').items},${item('three').items}`, itemCount: 2 });
    expect(responses.find('resp_fork')).toEqual({ items: `${item('one').items},${item('fork').items}`, itemCount: 2 });
    expect(responses.find('resp_4')).toBeUndefined();
  });

  it('keep what they continue when that is dropped', () => {
    const responses = new SocketMemory().open('ten_1');
    responses.save({ id: 'resp_1', previousId: undefined, ...item('one') });
    responses.save({ id: 'resp_2', previousId: 'resp_1', ...item('two') });
    responses.delete('resp_1');
    expect(responses.find('resp_1')).toBeUndefined();
    expect(responses.find('resp_2')?.items).toContain('one');
  });

  it('are the last ones that fit', () => {
    const memory = new SocketMemory({ maxConnectionBytes: 10_000, maxIsolateBytes: 1_000_000 });
    const responses = memory.open('ten_1');
    for (let index = 0; index < 30; index += 1) {
      responses.save({ id: `resp_${index}`, previousId: undefined, ...item('x'.repeat(1_000)) });
      expect(responses.bytes).toBeLessThanOrEqual(10_000);
    }
    expect(responses.find('resp_29')).toBeDefined();
    expect(responses.find('resp_24')).toBeDefined();
    expect(responses.find('resp_0')).toBeUndefined();
  });

  it('count text in bytes, and a response without text too', () => {
    const responses = new SocketMemory().open('ten_1');
    responses.save({ id: 'resp_1', previousId: undefined, items: '"€"', itemCount: 1 });
    expect(responses.bytes).toBe(256 + 5);
    responses.save({ id: 'resp_2', previousId: 'resp_1', items: '', itemCount: 0 });
    expect(responses.bytes).toBe(2 * 256 + 5);
  });

  it('are not kept where a conversation does not fit by itself', () => {
    const responses = new SocketMemory({ maxConnectionBytes: 3_000, maxIsolateBytes: 1_000_000 }).open('ten_1');
    responses.save({ id: 'resp_1', previousId: undefined, ...item('x'.repeat(2_000)) });
    responses.save({ id: 'resp_2', previousId: 'resp_1', ...item('x'.repeat(2_000)) });
    expect([responses.find('resp_1'), responses.find('resp_2'), responses.bytes]).toEqual([undefined, undefined, 0]);
  });
});

describe('the memory of an isolate', () => {
  const options = { maxConnectionBytes: 4_000, maxIsolateBytes: 10_000 };
  const fill = (responses: ReturnType<SocketMemory['open']>, length = 3_000) =>
    responses.save({ id: 'resp_1', previousId: undefined, ...item('x'.repeat(length)) });

  it('is taken from the tenant that has most', () => {
    const memory = new SocketMemory(options);
    const greedy = [memory.open('ten_greedy'), memory.open('ten_greedy'), memory.open('ten_greedy')];
    for (const responses of greedy) fill(responses);
    const modest = memory.open('ten_modest');
    fill(modest);
    expect(memory.bytes).toBeLessThanOrEqual(10_000);
    expect([modest.isEvicted, modest.find('resp_1') === undefined]).toEqual([false, false]);
    expect(greedy.filter(({ isEvicted }) => isEvicted)).toHaveLength(1);
  });

  it('is released with a connection', () => {
    const memory = new SocketMemory(options);
    for (let index = 0; index < 20; index += 1) {
      const responses = memory.open('ten_1');
      fill(responses);
      expect(responses.isEvicted).toBe(false);
      responses.release();
    }
    expect(memory.bytes).toBe(0);
  });

  it('takes nothing from a connection that has lost it', () => {
    const responses = new SocketMemory(options).open('ten_1');
    responses.evict();
    fill(responses);
    expect(responses.bytes).toBe(0);
  });
});
