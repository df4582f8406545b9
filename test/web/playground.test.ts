// The playground in a real browser before the real relay, and its snippets as their users run them.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../launch/paths';
import { snippets, type Language } from '../../web/playground/snippets';
import {
  claudeId,
  createRelayWorld,
  modelId,
  unsoldId,
  type CallerWithKey,
  type Receipt,
  type RelayWorld,
} from '../relay/relay-world';
import { photograph, seriousFaults } from './browser';
import { openConsoleOf, type ConsoleWorld } from './console-world';

const run = promisify(execFile);

let relay: RelayWorld;
let world: ConsoleWorld;
beforeAll(async () => {
  relay = await createRelayWorld();
  world = await openConsoleOf(relay.api);
});
afterAll(async () => {
  await world.close();
  await relay.close();
});

async function lastReceipt(caller: CallerWithKey): Promise<Receipt> {
  const row = (await relay.callRows(caller.id)).at(-1);
  if (!row) throw new Error('there was no call');
  return relay.receiptOf(caller, row.id);
}

it('chats by either protocol, and shows what each answer cost and mined', async () => {
  const caller = await relay.addCaller('5');
  const { page, complaints } = await world.open(caller);
  // However many models there are, all are there to choose.
  await page.route('**/api/v1/models?*', (route) =>
    route.continue({
      url: route
        .request()
        .url()
        .replace(/limit=\d+/, 'limit=1'),
    }),
  );
  await page.goto('/playground');
  for (const model of [modelId, claudeId]) {
    await page.getByLabel('Model').selectOption(model);
    await page.getByLabel('Message').fill('Hello <b>there</b>');
    await page.getByRole('button', { name: 'Send' }).click();
    const turn = page.getByRole('article').last();
    await turn.getByText(model).waitFor();
    await turn.getByText('Mined').waitFor();
    expect(await turn.getByText('Hello <b>there</b>').count()).toBe(1);
    const shown = await turn.locator('dl').innerText();
    const { charge, mined } = await lastReceipt(caller);
    expect(shown).toContain(`${charge} Credits`);
    expect(shown).toContain(`${mined} LCO`);
  }
  await page.goto('/');
  // What it cost is seen in the balances and in the usage.
  await page.getByText(`${await relay.balanceOf(caller)} Credits`).waitFor();
  await page.getByRole('rowheader', { name: claudeId }).waitFor();
  await page.goBack();
  expect(await seriousFaults(page)).toEqual([]);
  await photograph(page, 'playground-answered');
  expect(complaints).toEqual([]);
});

it('stops an answer that is on its way, which is charged as far as it came', async () => {
  const slow = { modelId: unsoldId, upstreamId: 'mock-slow', cost: null };
  await relay.addChannel('slow', relay.mock.baseUrl, { offers: [slow] });
  const caller = await relay.addCaller('5');
  const { page } = await world.open(caller);
  await page.goto('/playground');
  await page.getByLabel('Model').selectOption(unsoldId);
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByText('This is a mock').waitFor();
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByText('Stopped').waitFor();
  await page.getByText('Mined').waitFor();
  expect(await page.locator('article dl').innerText()).toContain(
    `${(await lastReceipt(caller)).charge} Credits`,
  );
  expect(await relay.balanceOf(caller, 'CREDIT', 'relay')).toBe('0');
});

it('says where it happened that Credits are missing, and that an answer was cut', async () => {
  const { page, context } = await world.open(await relay.addCaller('0'));
  await page.goto('/playground');
  await page.getByLabel('Model').selectOption(modelId);
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByRole('article').getByText('The relay answered 402').waitFor();
  await page.route('**/v1/chat/completions', (route) =>
    route.fulfill({
      status: 200,
      headers: { 'content-type': 'text/event-stream' },
      body: 'data: {"choices":[{"delta":{"content":"Half an"}}]}\n\n',
    }),
  );
  await page.getByLabel('Message').fill('Again');
  await page.getByRole('button', { name: 'Send' }).click();
  const turn = page.getByRole('article').last();
  await turn.getByText('Half an').waitFor();
  await turn.getByText('The answer broke off').waitFor();
  await page.unrouteAll();
  await context.clearCookies();
  await page.getByLabel('Message').fill('Once more');
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByText('Your session has ended.').waitFor();
});

describe('snippets', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lx-snippets-'));
  symlinkSync(join(projectRoot(), 'node_modules'), join(folder, 'node_modules'));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** As a user runs what was pasted into a shell or a file. */
  const commands: Readonly<Record<Language, (file: string) => readonly [string, string[]]>> = {
    curl: (file) => ['sh', [file]],
    python: (file) => ['python3', [file]],
    node: (file) => [process.execPath, [file]],
  };
  const facts = [
    { model: modelId, protocol: 'openai' },
    { model: claudeId, protocol: 'anthropic' },
  ] as const;

  it.each(
    facts.flatMap((fact) =>
      (['curl', 'python', 'node'] as const).map((language) => [language, fact] as const),
    ),
  )('%s, %j', async (language, fact) => {
    const caller = await relay.addCaller('1');
    const file = join(folder, `${fact.model}-${language}.${language === 'node' ? 'mjs' : 'txt'}`);
    writeFileSync(file, snippets[language]({ ...fact, origin: relay.api.url }));
    const [command, args] = commands[language](file);
    const env = { PATH: process.env['PATH'], LX_KEY: caller.key };
    const { stdout } = await run(command, args, { env, cwd: folder });
    expect(stdout).toContain('This is a mock');
    expect((await lastReceipt(caller)).model).toBe(fact.model);
  });
});
