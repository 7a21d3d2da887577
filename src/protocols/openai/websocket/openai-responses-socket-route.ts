import { GatewayError } from '../../../domain/errors.ts';
import { getWaitUntil, type HttpContext } from '../../../http/context.ts';
import type { RouteDependencies } from '../../protocol-route.ts';
import { ResponseSocket } from './response-socket.ts';
import { SocketMemory } from './socket-memory.ts';

const subprotocol = 'responses';

type SocketDependencies = Pick<RouteDependencies, 'gateway' | 'dispatch' | 'maxSubrequests'>;

/** `GET /v1/responses`, as OpenAI's WebSocket mode, for any provider: each message is a request, its events are messages. */
export function openAiResponsesSocket({ gateway, dispatch, maxSubrequests }: SocketDependencies) {
  const memory = new SocketMemory();
  return (context: HttpContext): Response => {
    if (context.req.header('upgrade')?.toLowerCase() !== 'websocket') {
      throw new GatewayError(
        'upgrade_required',
        'GET /v1/responses is for WebSockets: send Upgrade: websocket, or a POST request.',
      );
    }
    rejectForeignOrigin(context);
    const protocols = context.req.header('sec-websocket-protocol');
    const offered = protocols?.split(',').map((name) => name.trim());
    if (offered && !offered.includes(subprotocol)) {
      throw new GatewayError('invalid_request', `Sec-WebSocket-Protocol must include ${subprotocol}, or be left out.`);
    }
    const responses = memory.open(context.get('principal').tenantId);
    const { 0: client, 1: socket } = new WebSocketPair();
    const options = { context, socket, responses, dispatch, maxSubrequests, now: gateway.now };
    const connection = new ResponseSocket(options);
    connection.open();
    // Without it the invocation ends with the upgrade, and a turn whose client leaves would not be settled.
    getWaitUntil(context)(connection.ended);
    context.set('streamEnd', connection.ended);
    const headers = new Headers(offered && { 'sec-websocket-protocol': subprotocol });
    return new Response(null, { status: 101, webSocket: client, headers });
  };
}

/** Browsers do not apply CORS to WebSockets. Some clients that are no browsers send the gateway's own origin. */
function rejectForeignOrigin(context: HttpContext): void {
  const origin = context.req.header('origin');
  if (origin === undefined || URL.parse(origin)?.host === new URL(context.req.url).host) return;
  if (context.res.headers.has('access-control-allow-origin')) return;
  throw new GatewayError('forbidden', 'Pages of this origin may not use the gateway: add it to CORS_ORIGINS.');
}
