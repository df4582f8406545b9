// The environment as the processes read it, and what the start tells of it (DESIGN 5 and 7).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, readConfig } from '../../config/config';
import { defaultWindows } from '../../config/windows';
import { renderBanner, type BannerFacts } from '../../launch/banner';
import { projectRoot } from '../../launch/paths';

describe('the environment', () => {
  it('needs nothing, and an empty variable is one that is not set', () => {
    const names = ['DATABASE_URL', 'TEMPORAL_ADDRESS', 'WINDOWS', 'PORT', 'DEMO', 'MASTER_KEY'];
    const empty = Object.fromEntries(names.map((name) => [name, '']));
    expect(readConfig(empty)).toEqual(readConfig({}));
    expect(readConfig({})).toMatchObject({
      // Keys of a demo are printed: nobody else is to reach it unless asked.
      host: '127.0.0.1',
      port: 3000,
      demo: true,
      allowPrivateUpstreams: false,
      fourEyesAbove: 1_000_000_000_000n,
      windows: defaultWindows,
    });
  });

  it('is refused as a whole, naming every variable that is wrong', () => {
    const wrong = {
      HOST: 'everywhere',
      PORT: '70000',
      DATABASE_URL: 'mysql://somewhere',
      UPSTREAM_BASE_URL: 'file:///etc',
      MASTER_KEY: 'short',
      PAYMENT_WEBHOOK_SECRET: 'short',
      OPS_FOUR_EYES_ABOVE: 'much',
      WINDOWS: '{"predictionDispute":"5 parsecs"}',
      DEMO: 'maybe',
      LOG_LEVEL: 'loud',
    };
    const read = () => readConfig(wrong);
    expect(read).toThrow(ConfigError);
    for (const name of Object.keys(wrong)) expect(read).toThrow(name);
    expect(read).toThrow('5 parsecs');
  });

  it.each([
    ['an unknown window', '{"predictionDisptue":"5s"}', /predictionDisptue/],
    ['no JSON', 'predictionDispute=5s', /WINDOWS is not valid JSON/],
    ['a number without a unit', '{"warsRound":"120"}', /"120" is no duration/],
  ])('is refused with %s in WINDOWS', (_, text, message) => {
    expect(() => readConfig({ WINDOWS: text })).toThrow(message);
  });

  it('shortens the windows that it names and leaves the others', () => {
    const { windows } = readConfig({ WINDOWS: '{"predictionDispute":"5s","warsRound":"2m"}' });
    expect(windows).toEqual({ ...defaultWindows, predictionDispute: 5_000, warsRound: 120_000 });
  });

  it('is explained in .env.example, every variable of it', () => {
    const example = readFileSync(join(projectRoot(), '.env.example'), 'utf8');
    const source = readFileSync(join(projectRoot(), 'config', 'config.ts'), 'utf8');
    const names = [...source.matchAll(/^ {2}([A-Z_]+):/gm)].map((match) => match[1]);
    expect(names.length).toBeGreaterThan(15);
    const missing = names.filter((name) => !new RegExp(`^${name}=`, 'm').test(example));
    expect(missing).toEqual([]);
    for (const window of Object.keys(defaultWindows)) expect(example).toContain(window);
  });
});

describe('the banner of npm start', () => {
  const facts: BannerFacts = {
    api: 'http://127.0.0.1:3000',
    temporalUi: 'http://127.0.0.1:8233',
    temporalAddress: '127.0.0.1:7233',
    demoKey: 'lx_demo',
    operatorKey: 'lx_one',
    secondOperatorKey: 'lx_two',
    operatorLogins: [{ email: 'operator-1@l-exchange.local', password: 'a-password' }],
    upstreamBaseUrl: undefined,
    model: 'gpt-4o-mini',
    windows: defaultWindows,
    dataDir: '/data',
    tookMs: 6_900,
  };

  it('says what was shortened, and nothing of windows that have their default', () => {
    expect(renderBanner(facts, false)).not.toContain('Windows');
    const windows = { ...defaultWindows, predictionDispute: 5_000, warsRound: 90_000 };
    const banner = renderBanner({ ...facts, windows }, false);
    expect(banner).toMatch(/Windows +predictionDispute 5s, warsRound 90s/);
  });

  it('has a line that can be pasted, and calls the mock a mock', () => {
    const banner = renderBanner(facts, false);
    const [curl] = /^curl .*$/m.exec(banner) ?? [''];
    expect(curl).toContain("-H 'Authorization: Bearer lx_demo'");
    const [, body] = /-d '(.*)'$/.exec(curl) ?? [];
    expect(JSON.parse(body ?? '')).toMatchObject({ model: 'gpt-4o-mini' });
    expect(banner).toMatch(/Upstream +MOCK/);
  });

  it('names no demo key without the demo, and the upstream that is real', () => {
    const upstreamBaseUrl = 'https://api.openai.com/v1';
    const banner = renderBanner({ ...facts, demoKey: undefined, upstreamBaseUrl }, false);
    expect(banner).toMatch(/Demo key +none \(DEMO=0\)/);
    expect(banner).toContain('YOUR_KEY');
    expect(banner).toMatch(/Upstream +https:\/\/api\.openai\.com\/v1/);
    expect(banner).not.toContain('MOCK');
  });
});
