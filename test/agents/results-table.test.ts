import { expect, it } from 'vitest';
import { renderTable } from './results-table.ts';

it('renders one line for each agent and model, with the reasons below', () => {
  const place = { agent: 'pi 0.73.1', model: 'stub' };
  const ruledOut = { outcome: 'ruled out', note: 'No images. https://example.com' } as const;
  const table = renderTable([
    { ...place, scenario: 'prompt', outcome: 'ok' },
    { ...place, scenario: 'tool loop', outcome: 'failed', note: 'POST / got 400' },
    { ...place, scenario: 'image', ...ruledOut },
    { ...place, model: 'gpt-5-mini', scenario: 'image', ...ruledOut },
  ]);
  expect(table.split('\n')).toEqual([
    '| agent | model | prompt | second turn | tool loop | image |',
    '|---|---|---|---|---|---|',
    '| pi 0.73.1 | stub | ok |  | FAILED [1] | n/a [2] |',
    '| pi 0.73.1 | gpt-5-mini |  |  |  | n/a [2] |',
    '',
    '[1] pi 0.73.1 | stub, tool loop: POST / got 400',
    '[2] No images. https://example.com',
  ]);
});
