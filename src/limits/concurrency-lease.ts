import { slotLifeMs } from './redis-scripts.ts';

/** Slots that were drawn together. */
interface Slots {
  readonly leaseId: string;
  /** When slots that are not in use are to be handed back. */
  readonly expiresAtMs: number;
  granted: number;
  inUse: number;
  /** When Redis was last told of them. */
  confirmedAtMs: number;
}

/** Slots of calls under way that are in use are told of anew well before Redis stops believing in them. */
const confirmEveryMs = slotLifeMs / 3;

/** Slots for calls under way that this isolate has drawn. */
export class ConcurrencyLease {
  #draws: Slots[] = [];

  remaining(nowMs: number): number {
    return this.#draws.reduce((sum, draw) => sum + free(draw, nowMs), 0);
  }

  get hasSlots(): boolean {
    return this.#draws.length > 0;
  }

  /** Takes one slot. Gives what names it; undefined where none is free. */
  take(nowMs: number): string | undefined {
    const draw = this.#draws.find((one) => free(one, nowMs) > 0);
    if (draw) draw.inUse += 1;
    return draw?.leaseId;
  }

  add(leaseId: string, granted: number, { expiresAtMs, nowMs }: { expiresAtMs: number; nowMs: number }): void {
    if (granted > 0) this.#draws.push({ leaseId, granted, inUse: 0, expiresAtMs, confirmedAtMs: nowMs });
  }

  release(leaseId: string): void {
    const draw = this.#draws.find((one) => one.leaseId === leaseId);
    if (draw) draw.inUse -= 1;
  }

  /** What Redis is to be told: draws with spare slots that were drawn for one call or have not been needed, and slots that have been in use for a while. */
  changes(nowMs: number): { leaseId: string; slots: number }[] {
    const spare = (draw: Slots) => draw.inUse < draw.granted && (draw.expiresAtMs <= nowMs || draw.granted === 1);
    const due = this.#draws.filter(
      (draw) => spare(draw) || draw.granted === 0 || nowMs - draw.confirmedAtMs >= confirmEveryMs,
    );
    for (const draw of due) if (spare(draw)) draw.granted = draw.inUse;
    return due.map(({ leaseId, granted }) => ({ leaseId, slots: granted }));
  }

  /** Says that Redis has heard of a draw's slots. Until then it is told again. */
  confirm(leaseId: string, nowMs: number): void {
    const draw = this.#draws.find((one) => one.leaseId === leaseId);
    if (draw) draw.confirmedAtMs = nowMs;
    this.#draws = this.#draws.filter((one) => one !== draw || one.granted > 0);
  }
}

/** Slots that have been handed back are not counted any more; the others are this isolate's while Redis believes in them. */
function free({ granted, inUse, confirmedAtMs }: Slots, nowMs: number): number {
  return nowMs < confirmedAtMs + slotLifeMs / 2 ? granted - inUse : 0;
}
