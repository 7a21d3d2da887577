import type { Scope } from '../domain/scope.ts';
import type { Gateway } from '../gateway/gateway.ts';
import type { HttpContext } from '../http/context.ts';
import type { JobDependencies } from '../jobs/job-dependencies.ts';
import type { ResponseStore } from '../responses-store/response-store.ts';
import type { ClientProtocol } from './protocol.ts';

/** A route of a client protocol. The app puts the guards before it: body limit, API key, scopes. */
export interface ProtocolRoute {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** In Hono's syntax: `/api/jobs/:id`. */
  readonly path: string;
  /** The API key needs one of these. */
  readonly scopes: readonly [Scope, ...Scope[]];
  /** Whether it asks a provider for a reply, so that the request log has its requests. */
  readonly isModelRequest?: true;
  /** Whether the handler bounds the body that it reads. Absent: the app does, before the API key is checked. */
  readonly limitsBody?: true;
  /** Makes the route answer a repeated `Idempotency-Key` with the first response. `unlessAsync` exempts requests that become jobs. */
  readonly idempotency?: { readonly unlessAsync?: boolean };
  readonly handler: (context: HttpContext) => Response | Promise<Response>;
}

export interface RouteDependencies {
  readonly gateway: Gateway;
  readonly jobs: JobDependencies;
  readonly responses: ResponseStore;
  /** The most subrequests of an invocation. */
  readonly maxSubrequests: number;
  /** Sends a request through the whole app, within the invocation of another one. */
  readonly dispatch: (request: Request, context: HttpContext) => Response | Promise<Response>;
  /** Whether the gateway runs on a developer's machine. */
  readonly local: boolean;
}

/** A client protocol with its routes. */
export interface RoutedProtocol extends ClientProtocol {
  routes(dependencies: RouteDependencies): readonly ProtocolRoute[];
}
