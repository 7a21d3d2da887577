/** Who calls: what a verified API key stands for. */
export interface Caller {
  /** `ten_…` */
  readonly tenantId: string;
  readonly tenantName: string;
  /** A suspended tenant is known, and refused everywhere but where it reads about itself. */
  readonly tenantActive: boolean;
  /** `key_…`, never the key. */
  readonly keyId: string;
}
