import { slotLifeMs } from './redis-scripts.ts';

/** Slots that were drawn together. */
interface Slots {
  readonly drawId: string;
  /** When slots that are not in use are to be handed back. */
  readonly expiresAtMs: number;
  granted: number;
  inUse: number;
  /** When Redis was last told of them. */
  toldAtMs: number;
}

/** Slots of calls under way that are in use are told of anew well before Redis stops believing in them. */
const tellEveryMs = slotLifeMs / 3;

/** Slots for calls under way that this isolate has drawn. */
export class SlotLease {
  #draws: Slots[] = [];

  left(nowMs: number): number {
    return this.#draws.reduce((sum, draw) => sum + free(draw, nowMs), 0);
  }

  get any(): boolean {
    return this.#draws.length > 0;
  }

  /** Takes one slot. Gives what names it; undefined where none is free. */
  take(nowMs: number): string | undefined {
    const draw = this.#draws.find((one) => free(one, nowMs) > 0);
    if (draw) draw.inUse += 1;
    return draw?.drawId;
  }

  add(drawId: string, granted: number, { expiresAtMs, nowMs }: { expiresAtMs: number; nowMs: number }): void {
    if (granted > 0) this.#draws.push({ drawId, granted, inUse: 0, expiresAtMs, toldAtMs: nowMs });
  }

  release(drawId: string): void {
    const draw = this.#draws.find((one) => one.drawId === drawId);
    if (draw) draw.inUse -= 1;
  }

  /** What Redis is to be told: draws with spare slots that were drawn for one call or have not been needed, and slots that have been in use for a while. */
  changes(nowMs: number): { drawId: string; slots: number }[] {
    const spare = (draw: Slots) => draw.inUse < draw.granted && (draw.expiresAtMs <= nowMs || draw.granted === 1);
    const due = this.#draws.filter((draw) => spare(draw) || draw.granted === 0 || nowMs - draw.toldAtMs >= tellEveryMs);
    for (const draw of due) if (spare(draw)) draw.granted = draw.inUse;
    return due.map(({ drawId, granted }) => ({ drawId, slots: granted }));
  }

  /** Says that Redis has heard of a draw's slots. Until then it is told again. */
  told(drawId: string, nowMs: number): void {
    const draw = this.#draws.find((one) => one.drawId === drawId);
    if (draw) draw.toldAtMs = nowMs;
    this.#draws = this.#draws.filter((one) => one !== draw || one.granted > 0);
  }
}

/** Slots that have been handed back are not counted any more; the others are this isolate's while Redis believes in them. */
function free({ granted, inUse, toldAtMs }: Slots, nowMs: number): number {
  return nowMs < toldAtMs + slotLifeMs / 2 ? granted - inUse : 0;
}
