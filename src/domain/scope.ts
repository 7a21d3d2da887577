/**
 * What a key may do. `chat`: requests and streams; `jobs`: asynchronous requests; `read`: what dashboards show;
 * `admin`: the administration of all tenants.
 */
export const scopes = ['chat', 'jobs', 'read', 'admin'] as const;

export type Scope = (typeof scopes)[number];
