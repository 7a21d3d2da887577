import { expect, it } from 'vitest';
import { readTurnHeaders, shiftInputPaths } from '../../../../../src/protocols/openai/websocket/turn-headers.ts';

it('repeats the headers of a turn, and none of HTTP', () => {
  const headers = new Headers({
    'content-type': 'text/event-stream',
    vary: 'Origin',
    'cache-control': 'no-store',
    'access-control-allow-origin': '*',
    'x-request-id': 'req_1',
    'retry-after': '1',
    ratelimit: '"a";r=1',
    'x-ratelimit-remaining-requests': '1',
    'x-gateway-error-source': 'gateway',
    'openai-processing-ms': '7',
  });
  expect(readTurnHeaders(headers, 0)).toEqual({
    'x-request-id': 'req_1',
    'retry-after': '1',
    ratelimit: '"a";r=1',
    'x-ratelimit-remaining-requests': '1',
    'x-gateway-error-source': 'gateway',
    'openai-processing-ms': '7',
  });
});

it('counts items from the first one of the message', () => {
  const headers = new Headers({
    'x-gateway-dropped': 'seed,input[0].status,input[12].status,input[13].content[2].detail,…+3'.replace('…', '...'),
    'x-gateway-adjusted': 'input[1].name',
  });
  expect(readTurnHeaders(headers, 12)).toEqual({
    'x-gateway-dropped': 'seed,input[0].status,input[1].content[2].detail,...+3',
  });
  expect(shiftInputPaths('input[12].content: must be … (input[3], my_input[14])', 12)).toBe(
    'input[0].content: must be … (input[3], my_input[14])',
  );
});
