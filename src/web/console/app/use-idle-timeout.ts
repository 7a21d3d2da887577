import { useEffect, useEffectEvent } from 'react';

const signs = ['pointerdown', 'keydown', 'wheel'] as const;
const checkIntervalMs = 10_000;

/** Calls a function once the visitor has done nothing for a time. Undefined: never. */
export function useIdleTimeout(timeoutMs: number | undefined, onTimeout: () => void): void {
  const end = useEffectEvent(onTimeout);
  useEffect(() => {
    if (timeoutMs === undefined) return undefined;
    let lastSignAtMs = Date.now();
    const onSign = () => {
      lastSignAtMs = Date.now();
    };
    for (const sign of signs) addEventListener(sign, onSign, { passive: true });
    const interval = setInterval(() => {
      if (Date.now() - lastSignAtMs >= timeoutMs) end();
    }, checkIntervalMs);
    return () => {
      for (const sign of signs) removeEventListener(sign, onSign);
      clearInterval(interval);
    };
  }, [timeoutMs]);
}
