import { describe, expect, it } from 'vitest';
import { maskAccountJson, maskAccountText } from '../../../src/providers/mask-account.ts';

const mask = (text: string) => maskAccountText(text, ['own-secret']);

describe('text of a vendor', () => {
  it.each([
    ['in organization org-Q9zTest on requests per min', 'in organization [redacted] on requests per min'],
    ['in organization Acme Inc on tokens per min (TPM)', 'in organization [redacted] on tokens per min (TPM)'],
    ['in organization `org_01habc` service tier `on_demand`', 'in organization `[redacted]` service tier `on_demand`'],
    ['for your organization (e3b0c442-98fc-1c14) of 40,000', 'for your organization ([redacted]) of 40,000'],
    ['Project `proj_lower` has no access', 'Project `[redacted]` has no access'],
    ['Workspace "Secret Lab" is over its limit', 'Workspace "[redacted]" is over its limit'],
    ['Organization: Acme Inc. Try later', 'Organization: [redacted]. Try later'],
    ['Your team 7b5b6fc2-1111-2222 has used all', 'Your team [redacted] has used all'],
    ["consumer 'projects/99887766'", "consumer 'projects/[redacted]'"],
    ['wrkspc_01abc, acct_1Q2w, org-canary', '[redacted], [redacted], [redacted]'],
    [
      'sk-ant-api03-AAAA, gsk_ab...yz12, AIzaSyA123456, xai-abcdef123',
      '[redacted], [redacted], [redacted], [redacted]',
    ],
    ['hf_abcdefgh nvapi-abcdefg pplx-abcdefg r8_abcdefg', '[redacted] [redacted] [redacted] [redacted]'],
    ['Incorrect: sk-proj-********abcd. See', 'Incorrect: [redacted]. See'],
    ['Authorization: Bearer abcdefgh.ijk', 'Authorization: Bearer [redacted]'],
    ['failed: {\\"organization_id\\": \\"acme\\"}', 'failed: {\\"organization_id\\": \\"[redacted]\\"}'],
    ["failed: {'org': 'acme'}", "failed: {'org': '[redacted]'}"],
    ['the key own-secret is wrong', 'the key [redacted] is wrong'],
  ])('loses what names the account: %s', (text, expected) => {
    expect(mask(text)).toBe(expected);
  });

  it.each([
    "This request would exceed your organization's rate limit of 40,000 input tokens per minute",
    'Your organization must be verified: https://platform.openai.com/settings/organization/general',
    "Invalid value: 'organization'. Supported values are: 'system'",
    "Unknown parameter: 'project'.",
    'org-level limits; tool_use ids; messages[0].content: Input should be a valid list',
    'The model `gpt-gone` does not exist or you do not have access to it.',
  ])('keeps what names none: %s', (text) => {
    expect(mask(text)).toBe(text);
  });
});

describe('JSON of a vendor', () => {
  it('keeps every byte where nothing has to be masked', () => {
    const json =
      '{\n  "error" : {"message":"caf\\u00e9 \\/", "param": "project","code":429, "big": 12345678901234567890}}\n';
    expect(maskAccountJson(json, ['own-secret'])).toBe(json);
  });

  it('finds what is escaped', () => {
    expect(maskAccountJson('{"message":"in \\u006frg-abc1 now"}', [])).toBe('{"message":"in [redacted] now"}');
  });

  it('masks all that is in a field that names an account, and nothing behind it', () => {
    const json = '{"organization":{"name":"A","n":12,"l":["x",{"y":"z"}]},"param":"p","project_id":"p1","userId":"u"}';
    expect(JSON.parse(maskAccountJson(json, []))).toEqual({
      organization: { name: '[redacted]', n: null, l: ['[redacted]', { y: '[redacted]' }] },
      param: 'p',
      project_id: '[redacted]',
      userId: '[redacted]',
    });
  });

  it('reads an error that is quoted as a string', () => {
    const json = JSON.stringify({ metadata: { raw: JSON.stringify({ error: { organization: 'acme', code: 'c' } }) } });
    expect(JSON.parse(JSON.parse(maskAccountJson(json, [])).metadata.raw)).toEqual({
      error: { organization: '[redacted]', code: 'c' },
    });
  });
});
