import { expect, it } from 'vitest';
import {
  encodeGeminiThoughtSignature,
  parseGeminiThoughtSignature,
} from '../../../../src/protocols/gemini/gemini-thought-signature.ts';

it.each(['aia1.QQ', 'aia1.QUI', 'aia1.QUJD', 'aia1._-8'])('%s comes back from each client', (opaque) => {
  const signature = encodeGeminiThoughtSignature(opaque);
  // As clients in Go and Python read it.
  expect(atob(signature)).toMatch(/^aia1\.\./);
  expect(btoa(atob(signature))).toBe(signature);
  const urlSafe = signature.replaceAll('+', '-').replaceAll('/', '_');
  for (const sent of [signature, urlSafe, urlSafe.replaceAll('=', ''), opaque]) {
    expect(parseGeminiThoughtSignature(sent)).toBe(opaque);
  }
});

it.each(['', 'skip_thought_signature_validator', 'EtoFCtcFAb4+9vtf', 7, undefined])('%j is no value', (signature) => {
  expect(parseGeminiThoughtSignature(signature)).toBeUndefined();
});
