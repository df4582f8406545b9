import { isPublicAddress, normaliseBaseUrl } from '../../services/catalog/upstream-url';
import { refusal } from '../support/refusals';

describe('the base URL of a channel', () => {
  it.each([
    ['https://api.openai.com/v1', 'https://api.openai.com/v1'],
    ['https://api.openai.com/v1//', 'https://api.openai.com/v1'],
    ['https://API.openai.com', 'https://api.openai.com'],
    ['https://8.8.8.8:8443/v1/', 'https://8.8.8.8:8443/v1'],
    ['https://[2606:4700::1111]/v1', 'https://[2606:4700::1111]/v1'],
  ])('%s is written %s', (text, expected) => {
    expect(normaliseBaseUrl(text, false)).toBe(expected);
  });

  it.each([
    'https://localhost/v1',
    'https://localhost./v1',
    'https://api.localhost/v1',
    'https://mock/v1',
    'https://printer.local/v1',
    'https://metadata.google.internal/v1',
    'https://127.0.0.1/v1',
    'https://127.1/v1',
    'https://0x7f.1/v1',
    'https://2130706433/v1',
    'https://0.0.0.0/v1',
    'https://10.0.0.1/v1',
    'https://172.16.0.1/v1',
    'https://192.168.1.1/v1',
    'https://169.254.169.254/latest',
    'https://100.64.0.1/v1',
    'https://[::1]/v1',
    'https://[fe80::1]/v1',
    'https://[fd00::1]/v1',
    'https://[::ffff:127.0.0.1]/v1',
    'https://[::127.0.0.1]/v1',
    'https://[::a9fe:a9fe]/v1',
    'https://[4000::1]/v1',
    'https://[64:ff9b::7f00:1]/v1',
    'http://api.openai.com/v1',
  ])('%s is refused, and allowed where private upstreams are', (text) => {
    expect(() => normaliseBaseUrl(text, false)).toThrow(refusal('UPSTREAM_NOT_ALLOWED'));
    expect(normaliseBaseUrl(text, true)).toMatch(/^https?:/);
  });

  it.each([
    'api.openai.com/v1',
    '/v1',
    '',
    'ftp://api.openai.com',
    'file:///etc/passwd',
    'https://user:password@api.openai.com/v1',
    'https://api.openai.com/v1?key=1',
    'https://api.openai.com/v1#there',
    'https://api.openai.com/v1?',
    `https://api.openai.com/${'v'.repeat(500)}`,
  ])('%s is malformed', (text) => {
    expect(() => normaliseBaseUrl(text, true)).toThrow(refusal('INVALID_REQUEST'));
  });

  it('counts no text but an address as public', () => {
    expect(isPublicAddress('1.1.1.1')).toBe(true);
    expect(isPublicAddress('api.openai.com')).toBe(false);
  });
});
