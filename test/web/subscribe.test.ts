import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { subscribe } from '../../src/web/playground/subscribe.ts';

/** Starts a server that replies to one subscription with `answer`. */
async function answerWith(answer: (response: ServerResponse) => void) {
  const requests: { accept: string | undefined; key: unknown; body: string }[] = [];
  const left = Promise.withResolvers<void>();
  const server = createServer(async (request, response) => {
    response.on('close', () => left.resolve());
    const body = Buffer.concat(await request.toArray()).toString();
    requests.push({ accept: request.headers.accept, key: request.headers['x-api-key'], body });
    answer(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const request = { url: `http://127.0.0.1:${port}/graphql`, headers: { 'X-API-Key': 'key' }, body: '{"query":"…"}' };
  return { results: subscribe(request), requests, left: left.promise };
}

const asEvents = { 'content-type': 'text/event-stream; charset=utf-8' };
const next = (status: string) => `event: next\ndata: ${JSON.stringify({ data: { jobUpdated: { status } } })}\n\n`;
const complete = 'event: complete\ndata:\n\n';
const updated = (status: string) => ({ done: false, value: { data: { jobUpdated: { status } } } });

test('sends the key and the operation in one POST and yields each event until the end', async () => {
  const { promise: open, resolve } = Promise.withResolvers<ServerResponse>();
  const { results, requests } = await answerWith((response) => {
    response.writeHead(200, asEvents).write(next('PENDING'));
    resolve(response);
  });
  expect(await results.next()).toEqual(updated('PENDING'));
  const response = await open;
  const second = results.next();
  response.write(': keeps the connection alive\n\nevent: next\nda');
  response.write(next('ВЫПОЛНЕНО').slice('event: next\nda'.length));
  expect(await second).toEqual(updated('ВЫПОЛНЕНО'));
  response.end(complete);
  expect(await results.next()).toEqual({ done: true, value: undefined });
  expect(requests).toEqual([{ accept: 'text/event-stream, application/json', key: 'key', body: '{"query":"…"}' }]);
});

test('return() ends the request while an event is pending', async () => {
  const { results, left } = await answerWith((response) => response.writeHead(200, asEvents).write(next('RUNNING')));
  await results.next();
  const awaited = results.next();
  await results.return?.();
  await left;
  expect(await awaited).toEqual({ done: true, value: undefined });
});

test('return() ends a request without a response', async () => {
  const { promise: received, resolve } = Promise.withResolvers<void>();
  const { results, left } = await answerWith(() => resolve());
  const awaited = results.next();
  await received;
  await results.return?.();
  await left;
  expect(await awaited).toEqual({ done: true, value: undefined });
});

test('a broken connection becomes an error', async () => {
  const { results } = await answerWith((response) => response.writeHead(200, asEvents).end(next('RUNNING')));
  await results.next();
  await expect(results.next()).rejects.toThrow('broke off before the subscription was complete');
});

test('a rejected request shows the error of the gateway', async () => {
  const refusal = { errors: [{ message: 'No such key.', extensions: { code: 'unauthorized' } }] };
  const { results } = await answerWith((response) =>
    response.writeHead(401, { 'content-type': 'application/json' }).end(JSON.stringify(refusal)),
  );
  expect(await results.next()).toEqual({ done: false, value: refusal });
  expect(await results.next()).toEqual({ done: true, value: undefined });
});

test('a response that is not JSON becomes an error that contains it', async () => {
  const { results } = await answerWith((response) => response.writeHead(502).end('<h1>Bad gateway</h1>'));
  expect(await results.next()).toMatchObject({
    value: { errors: [{ message: 'The gateway answered 502 Bad Gateway without JSON: <h1>Bad gateway</h1>' }] },
  });
});
