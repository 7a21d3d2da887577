import type { Summary } from './statistics.ts';

/** The figures of one run of the bench. Ratios are to the bare Worker's of the same run; milliseconds say so. */
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
  /** Of streams with a chunk every 100 ms; how many milliseconds a chunk is late at p99 where 512 of them begin at once. */
  readonly memory: { readonly mib64: number; readonly mib512?: number; readonly lateP99Ms512?: number };
  readonly tables?: readonly TableFigure[];
  /** Of a Worker that only reads what passes. */
  readonly metering?: { readonly passthrough: Ratios; readonly stream: StreamFigures; readonly lateP99Ms512?: number };
  readonly portkey?: { readonly passthrough: Ratios; readonly stream: Partial<StreamFigures> };
  /** What was measured, before it became ratios. */
  readonly measured: readonly Measured[];
}

export interface Ratios {
  /** Requests per second. */
  readonly rps: number;
  /** CPU for each request. */
  readonly cpu: number;
}

export interface StreamFigures {
  /** Milliseconds that the first byte comes later, at the median. */
  readonly ttfbAddedMs: number;
  /** CPU for each 1,000 chunks: of an OpenAI stream whose client asked for usage. */
  readonly meteredCpu: number;
  readonly anthropicCpu: number;
  /** Of one whose client did not. */
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
