import { chooseReply } from './choose-reply.ts';
import type { HeldReplies } from './held-replies.ts';
import { playStream } from './play-stream.ts';
import type { AcceptedCall, Endpoint } from './protocol.ts';
import { recordedBody, recordedFrames } from './recording-files.ts';
import type { Scenario } from './scenario.ts';
import type { Sender } from './sender.ts';

/**
 * Replies to a call that the real API would accept, by its scenario. `attempt` is the number of times that the call has been
 * received, from 1.
 */
export async function play(
  endpoint: Endpoint,
  call: AcceptedCall,
  scenario: Scenario,
  {
    sender,
    attempt,
    heldReplies,
  }: { readonly sender: Sender; readonly attempt: number; readonly heldReplies: HeldReplies },
): Promise<void> {
  if (scenario.has('silence') && scenario.text('after') === undefined) return sender.stall();
  if (scenario.has('slow-headers')) await sender.wait(scenario.number('ms', 1000));
  const hold = () => Promise.race([heldReplies.wait(scenario.text('mark') ?? ''), sender.stall()]);
  if (scenario.has('held') && scenario.text('after') === undefined) await hold();
  if (scenario.has('reset')) return sender.reset();
  const isFailing = scenario.has('flaky') && attempt <= scenario.number('times', 1);
  if (isFailing || scenario.has('status')) return playStatus(endpoint, call, scenario, sender);
  if (scenario.has('redirect')) return playRedirect(scenario, sender);
  if (scenario.has('html')) return playHtml(scenario, sender);
  const isStream = call.stream && !scenario.has('unstreamed');
  const type = isStream ? endpoint.streamContentType : (call.contentType ?? 'application/json');
  const headers: Record<string, string> = scenario.has('no-content-type') ? {} : { 'content-type': type };
  if (scenario.has('headers-then-reset')) {
    sender.head(200, headers);
    return sender.reset();
  }
  if (scenario.has('silence-after-headers')) {
    sender.head(200, headers);
    return sender.stall();
  }
  const reply = chooseReply(endpoint.protocol, call, scenario);
  const recorded = scenario.has('recording') ? scenario.text('name') : undefined;
  if (!isStream) {
    const body = recorded === undefined ? endpoint.writeBody(reply, call) : recordedBody(recorded);
    return playWhole(endpoint, body, headers, scenario, sender);
  }
  const frames =
    recorded === undefined
      ? endpoint.writeFrames(reply, call)
      : recordedFrames(recorded, endpoint.protocol, call.includeUsage);
  sender.head(200, headers);
  return playStream({ endpoint, frames, scenario, sender, hold });
}

async function playStatus(endpoint: Endpoint, call: AcceptedCall, scenario: Scenario, sender: Sender): Promise<void> {
  const status = scenario.number('code', 500);
  const retryAfter = scenario.text('retryAfter');
  sender.head(status, {
    'content-type': 'application/json',
    ...(retryAfter !== undefined && { 'retry-after': retryAfter }),
  });
  await sender.write(endpoint.writeError({ status, kind: scenario.text('kind'), key: call.key }));
  sender.end();
}

function playRedirect(scenario: Scenario, sender: Sender): void {
  sender.head(scenario.number('code', 307), { location: scenario.text('to') ?? '/elsewhere' });
  sender.end();
}

async function playHtml(scenario: Scenario, sender: Sender): Promise<void> {
  sender.head(scenario.number('code', 502), { 'content-type': 'text/html; charset=UTF-8' });
  await sender.write(
    '<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head><body><h1>Bad gateway</h1></body></html>\n',
  );
  sender.end();
}

async function playWhole(
  endpoint: Endpoint,
  body: string | Buffer,
  headers: Readonly<Record<string, string>>,
  scenario: Scenario,
  sender: Sender,
): Promise<void> {
  const isCut = scenario.has('cut');
  const stalls = scenario.has('silence');
  const isHalf = isCut || stalls || scenario.has('clean-cut') || scenario.has('broken-json');
  const isError = scenario.has('error-event') || scenario.has('error-line');
  const whole = Buffer.from(
    isError
      ? endpoint.writeError({ status: scenario.number('code', 500), kind: scenario.text('kind') })
      : Buffer.from(body),
  );
  sender.head(200, isCut ? { ...headers, 'content-length': String(whole.length) } : headers);
  await sender.write(isHalf ? whole.subarray(0, whole.length / 2) : whole);
  if (stalls) return sender.stall();
  if (isCut) return sender.cut();
  sender.end();
}
