import type { RequestSource } from './ledger.ts';
import type { LoggedStatus } from './logging.ts';

/** Selects requests. An absent field does not restrict them. */
export interface RequestFilter {
  /** Absent: all tenants. */
  readonly tenantId?: string | undefined;
  /** The gateway's id, or the client's own x-request-id. Stands alone beside the tenant. */
  readonly id?: string | undefined;
  readonly keyId?: string | undefined;
  readonly endUser?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly status?: LoggedStatus | undefined;
  readonly model?: string | undefined;
  readonly route?: string | undefined;
  readonly provider?: string | undefined;
  readonly errorCode?: string | undefined;
  readonly tag?: { readonly name: string; readonly value: string } | undefined;
  readonly source?: RequestSource | undefined;
  readonly minTotalMs?: number | undefined;
  /** Whether the request had more than one attempt. */
  readonly fellBack?: boolean | undefined;
}
