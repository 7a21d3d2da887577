import { GatewayError } from '../../../domain/errors.ts';

interface SocketMemoryOptions {
  /** The most bytes of the responses that one connection keeps, and all connections of an isolate. An isolate has 128 MB for all. */
  readonly maxConnectionBytes: number;
  readonly maxIsolateBytes: number;
  /** The most connections of one tenant. Each looks at its limits twice a second, also while it is idle. */
  readonly maxTenantConnections: number;
}

const defaults: SocketMemoryOptions = {
  maxConnectionBytes: 4 * 1024 * 1024,
  maxIsolateBytes: 64 * 1024 * 1024,
  maxTenantConnections: 100,
};
/** What an entry takes beside its items. */
const entryBytes = 256;

/** A response that its connection can continue. It keeps those that it continues. */
interface KeptResponse {
  readonly previous: KeptResponse | undefined;
  /** The items of its input and its output: JSON, joined by commas. */
  readonly items: Uint8Array;
  /** Those of the responses before included. */
  readonly itemCount: number;
}

/** The items of a response and of those before it, the oldest first. */
export interface Conversation {
  /** JSON, joined by commas. */
  readonly items: string;
  readonly itemCount: number;
}

export interface CompletedResponse extends Conversation {
  readonly id: string;
  readonly previousId: string | undefined;
}

/** Bounds the connections of an isolate, and what they keep. */
export class SocketMemory {
  readonly options: SocketMemoryOptions;
  readonly #connections = new Set<SocketResponses>();

  constructor(options: Partial<SocketMemoryOptions> = {}) {
    this.options = { ...defaults, ...options };
  }

  /**
   * Creates the memory of one connection, which has to be released at its end. Throws `rate_limited` where its tenant has as many
   * connections as it may.
   */
  open(tenantId: string): SocketResponses {
    const { maxTenantConnections } = this.options;
    const openCount = [...this.#connections].filter((connection) => connection.tenantId === tenantId).length;
    if (openCount >= maxTenantConnections) {
      const message = `This tenant has ${openCount} WebSocket connections open here, which is the maximum. Close one, or send a POST request.`;
      throw new GatewayError('rate_limited', message, { retryAfterSeconds: 1, mayPassSooner: true });
    }
    const responses = new SocketResponses(this, tenantId);
    this.#connections.add(responses);
    return responses;
  }

  get bytes(): number {
    return sumBytes(this.#connections);
  }

  /** Takes the memory of the tenant that has most, from its largest connection first: no tenant loses its own to another. */
  makeRoom(): void {
    while (this.bytes > this.options.maxIsolateBytes) {
      const byTenant = Map.groupBy(this.#connections, ({ tenantId }) => tenantId);
      const [connections = []] = [...byTenant.values()].toSorted((left, right) => sumBytes(right) - sumBytes(left));
      const [connection] = connections.toSorted((left, right) => right.bytes - left.bytes);
      connection?.evict();
    }
  }

  release(responses: SocketResponses): void {
    this.#connections.delete(responses);
  }
}

function sumBytes(connections: Iterable<SocketResponses>): number {
  let bytes = 0;
  for (const connection of connections) bytes += connection.bytes;
  return bytes;
}

/**
 * The responses that one connection can continue though they are not stored: the last ones that fit. One whose conversation does not
 * fit by itself is not kept.
 */
export class SocketResponses {
  readonly tenantId: string;
  readonly #memory: SocketMemory;
  readonly #responses = new Map<string, KeptResponse>();
  #bytes = 0;
  #isEvicted = false;

  constructor(memory: SocketMemory, tenantId: string) {
    this.#memory = memory;
    this.tenantId = tenantId;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether the isolate needed the memory: the connection has to end. */
  get isEvicted(): boolean {
    return this.#isEvicted;
  }

  /** Finds a response with all that it continues. */
  find(id: string): Conversation | undefined {
    const found = this.#responses.get(id);
    if (!found) return undefined;
    const parts: string[] = [];
    for (let kept: KeptResponse | undefined = found; kept; kept = kept.previous) {
      if (kept.items.byteLength > 0) parts.push(new TextDecoder().decode(kept.items));
    }
    return { items: parts.reverse().join(), itemCount: found.itemCount };
  }

  /** Keeps a response. `itemCount` is that of its own items. */
  save({ id, previousId, items, itemCount }: CompletedResponse): void {
    if (this.#isEvicted) return;
    const previous = previousId === undefined ? undefined : this.#responses.get(previousId);
    const count = (previous?.itemCount ?? 0) + itemCount;
    this.#responses.set(id, { previous, items: new TextEncoder().encode(items), itemCount: count });
    this.#measure();
    for (const oldest of this.#responses.keys()) {
      if (this.#bytes <= this.#memory.options.maxConnectionBytes) break;
      this.delete(oldest);
    }
    this.#memory.makeRoom();
  }

  delete(id: string): void {
    if (this.#responses.delete(id)) this.#measure();
  }

  /** Drops everything, for good. */
  evict(): void {
    this.#isEvicted = true;
    this.#responses.clear();
    this.#bytes = 0;
  }

  /** Drops everything at the end of the connection. */
  release(): void {
    this.evict();
    this.#memory.release(this);
  }

  /** Counts each response once, however many continue it. */
  #measure(): void {
    const counted = new Set<KeptResponse>();
    let bytes = 0;
    for (const last of this.#responses.values()) {
      for (let kept: KeptResponse | undefined = last; kept && !counted.has(kept); kept = kept.previous) {
        counted.add(kept);
        bytes += kept.items.byteLength + entryBytes;
      }
    }
    this.#bytes = bytes;
  }
}
