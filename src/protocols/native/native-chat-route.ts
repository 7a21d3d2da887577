import { joinText } from '../../domain/request.ts';
import type { Gateway } from '../../gateway/gateway.ts';
import type { ChatGatewayRequest } from '../../gateway/gateway-request.ts';
import { targetChatRequest } from '../../gateway/target-chat-request.ts';
import type { HttpContext } from '../../http/context.ts';
import { parsePreferHeader } from '../../http/prefer-header.ts';
import type { JobDependencies } from '../../jobs/job-dependencies.ts';
import type { JobRequest } from '../../jobs/submit-jobs.ts';
import { runCached } from '../run-cached.ts';
import { encodeResult } from './encode-native-result.ts';
import { respondWithJob } from './native-create-job-route.ts';
import { parseNativeChatRequest } from './parse-native-chat-request.ts';

/** `POST /api/chat/completions`: one call, one whole reply; with `Prefer: respond-async` a job that makes the call. */
export function nativeChat(gateway: Gateway, jobs: JobDependencies) {
  return async (context: HttpContext): Promise<Response> => {
    const request = await parseNativeChatRequest(context, 'sync');
    if (parsePreferHeader(context).respondAsync) return await respondWithJob(jobs, context, toJob(request));
    return await runCached(context, gateway, { request, body: {} }, async (targeted) => {
      const call = await gateway.complete(targetChatRequest(request, targeted));
      context.set('report', call.report);
      return context.json({
        content: joinText(call.content),
        ...encodeResult(call, call.report),
        ...(call.refusal === undefined ? {} : { refusal: call.refusal }),
      });
    });
  };
}

function toJob({ provider, model, models, chat, endUser, sessionId, tags }: ChatGatewayRequest): JobRequest {
  const [message, ...more] = chat.messages;
  const type = message?.role === 'user' && more.length === 0 ? 'TEXT' : 'CHAT';
  return { type, provider, model, models, request: chat, attribution: { endUser, sessionId, tags } };
}
