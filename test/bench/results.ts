import type { Summary } from './statistics.ts';

/** The figures of one run of the bench. Ratios are relative to the bare Worker of the same run. Names of times end in `Ms`. */
export interface Results {
  readonly at: string;
  readonly commit: string;
  readonly machine: { readonly cores: number; readonly model: string; readonly node: string };
  readonly quick: boolean;
  readonly engines: 'real' | 'embedded';
  readonly rounds: number;
  readonly passthrough: Ratios;
  readonly native: Ratios;
  readonly stream: StreamFigures;
  readonly startup: { readonly cpuMs: number };
  readonly bundle: { readonly gzipKiB: number };
  readonly jobs: { readonly perSecond: number; readonly restP50Ms: number };
  /** For streams with a chunk every 100 ms. The p99 delay of a chunk in milliseconds is for 512 concurrent streams. */
  readonly memory: { readonly mib64: number; readonly mib512?: number; readonly lateP99Ms512?: number };
  readonly tables?: readonly TableFigure[];
  /** For a Worker that only reads the bytes. */
  readonly metering?: { readonly passthrough: Ratios; readonly stream: StreamFigures; readonly lateP99Ms512?: number };
  readonly portkey?: { readonly passthrough: Ratios; readonly stream: Partial<StreamFigures> };
  /** The measured values behind the ratios. */
  readonly measured: readonly Measured[];
}

export interface Ratios {
  /** Requests per second. */
  readonly rps: number;
  /** CPU for each request. */
  readonly cpu: number;
}

export interface StreamFigures {
  /** The median delay of the first byte in milliseconds. */
  readonly ttfbAddedMs: number;
  /** CPU for each 1,000 chunks of an OpenAI stream with usage for its client. */
  readonly meteredCpu: number;
  readonly anthropicCpu: number;
  /** The same for a stream without usage. */
  readonly pumpedCpu: number;
  readonly translatedCpu: number;
}

export interface TableFigure {
  readonly query: string;
  readonly ms: number;
}

/** One figure of one target over all rounds. */
export interface Measured extends Summary {
  readonly scenario: string;
  readonly target: string;
  readonly figure: string;
  readonly errors: number;
}
