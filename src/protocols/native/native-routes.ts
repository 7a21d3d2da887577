import type { ProtocolRoute, RouteDependencies } from '../protocol-route.ts';
import { nativeChat } from './native-chat-route.ts';
import { createJob } from './native-create-job-route.ts';
import { getJobEvents } from './native-job-events-route.ts';
import { getJob, getJobs, postCancel } from './native-jobs-route.ts';
import { getRequest, getRequests } from './native-requests-route.ts';
import { nativeStream } from './native-stream-route.ts';

/** The gateway's own routes: chat, streams, jobs and the request log. */
export function nativeRoutes({ gateway, jobs, maxSubrequests, local }: RouteDependencies): readonly ProtocolRoute[] {
  const log = { database: jobs.database, now: gateway.now };
  return [
    {
      method: 'POST',
      path: '/api/chat/completions',
      scopes: ['chat'],
      isModelRequest: true,
      idempotency: { unlessAsync: true },
      handler: nativeChat(gateway, jobs),
    },
    {
      method: 'POST',
      path: '/stream',
      scopes: ['chat'],
      isModelRequest: true,
      idempotency: {},
      handler: nativeStream(gateway),
    },
    { method: 'POST', path: '/api/jobs', scopes: ['jobs'], isModelRequest: true, handler: createJob(jobs, { local }) },
    { method: 'GET', path: '/api/jobs', scopes: ['read', 'jobs'], handler: getJobs(jobs) },
    { method: 'GET', path: '/api/jobs/:id', scopes: ['read', 'jobs'], handler: getJob(jobs) },
    { method: 'POST', path: '/api/jobs/:id/cancel', scopes: ['jobs'], handler: postCancel(jobs) },
    { method: 'GET', path: '/api/jobs/:id/events', scopes: ['read', 'jobs'], handler: getJobEvents(jobs) },
    { method: 'GET', path: '/api/requests', scopes: ['read'], handler: getRequests(log, maxSubrequests) },
    { method: 'GET', path: '/api/requests/:id', scopes: ['read'], handler: getRequest(log) },
  ];
}
