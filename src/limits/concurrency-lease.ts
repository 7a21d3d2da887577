import { slotTtlMs } from './redis-scripts.ts';

/** Slots that were acquired together. */
interface SlotGrant {
  readonly leaseId: string;
  /** When free slots have to be returned to Redis, on the clock of this isolate. */
  readonly expiresAtMs: number;
  slots: number;
  slotsInUse: number;
  /** When Redis last received an update of the grant. */
  confirmedAtMs: number;
}

/** Slots in use are reported again well before Redis considers them abandoned. */
const confirmIntervalMs = slotTtlMs / 3;

/** Slots of one concurrency limit that this isolate has leased. */
export class ConcurrencyLease {
  #grants: SlotGrant[] = [];
  readonly #onAdd: () => void;

  constructor(onAdd: () => void = () => undefined) {
    this.#onAdd = onAdd;
  }

  /** Whether the isolate has slots that Redis counts, in use or free. */
  get hasSlots(): boolean {
    return this.#grants.length > 0;
  }

  /** Acquires one slot. Returns the id of its lease, or undefined if no slot is free. */
  acquire(nowMs: number): string | undefined {
    const grant = this.#grants.find((one) => countFreeSlots(one, nowMs) > 0);
    if (grant) grant.slotsInUse += 1;
    return grant?.leaseId;
  }

  /** Adds slots that Redis has granted. */
  add(leaseId: string, slots: number, { expiresAtMs, nowMs }: { expiresAtMs: number; nowMs: number }): void {
    if (slots <= 0) return;
    this.#onAdd();
    this.#grants.push({ leaseId, slots, slotsInUse: 0, expiresAtMs, confirmedAtMs: nowMs });
  }

  /** Releases one slot of a lease. */
  release(leaseId: string): void {
    const grant = this.#grants.find((one) => one.leaseId === leaseId);
    if (grant) grant.slotsInUse -= 1;
  }

  /**
   * Collects the slot counts that Redis has to receive: of grants whose free slots go back, because they have expired or came
   * for one request only, and of grants whose slots have been in use for a while. Free slots that are reported as returned can
   * no longer be acquired.
   */
  collectUpdates(nowMs: number): { leaseId: string; slots: number }[] {
    const hasExcess = (grant: SlotGrant) =>
      grant.slotsInUse < grant.slots && (grant.expiresAtMs <= nowMs || grant.slots === 1);
    const due = this.#grants.filter(
      (grant) => hasExcess(grant) || grant.slots === 0 || nowMs - grant.confirmedAtMs >= confirmIntervalMs,
    );
    for (const grant of due) if (hasExcess(grant)) grant.slots = grant.slotsInUse;
    return due.map(({ leaseId, slots }) => ({ leaseId, slots }));
  }

  /** Confirms that Redis has received an update. Until then `collectUpdates` repeats it. */
  confirmUpdate(leaseId: string, nowMs: number): void {
    const grant = this.#grants.find((one) => one.leaseId === leaseId);
    if (grant) grant.confirmedAtMs = nowMs;
    this.#grants = this.#grants.filter((one) => one !== grant || one.slots > 0);
  }
}

/** Counts the slots that can be acquired: none once Redis may soon consider the grant abandoned. */
function countFreeSlots({ slots, slotsInUse, confirmedAtMs }: SlotGrant, nowMs: number): number {
  return nowMs < confirmedAtMs + slotTtlMs / 2 ? slots - slotsInUse : 0;
}
