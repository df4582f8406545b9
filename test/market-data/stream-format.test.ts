// The examples of docs/formats/stream.md: what clients may say is taken, and what they are told has those members.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readMessage } from '../../api/stream/protocol';
import { projectRoot } from '../../launch/paths';
import type { Command } from '../../ledger/command';
import type { Message } from './stream-client';
import { createStreamWorld } from './world';

/** The JSON of the document's blocks of a kind, one object a line. */
function examplesOf(kind: 'client' | 'server'): Message[] {
  const text = readFileSync(join(projectRoot(), 'docs/formats/stream.md'), 'utf8');
  const blocks = [...text.matchAll(new RegExp(`\`\`\`json ${kind}\n([^\`]*)\`\`\``, 'g'))];
  return blocks.flatMap(([, block = '']) =>
    block
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Message),
  );
}

/** Tells of a position as its commands do; what is in it is tested with margin. */
const tellPosition: Command<{ userId: string }, null> = {
  kind: 'test_position',
  keys: () => ({}),
  decide: (_, { userId }) => ({
    feed: [{ type: 'position', userId, position: {} }],
    result: null,
  }),
};

it.each(examplesOf('client'))('takes %j', (example) => {
  expect(readMessage(example)).toEqual(example);
});

it('tells each kind of message as the document shows it', async () => {
  const world = await createStreamWorld();
  try {
    const seller = await world.signUpTrader('10', '10000');
    const client = await world.connect();
    await client.auth(seller.key);
    const ask = { side: 'sell', price: '0.05', quantity: '10' } as const;
    await world.place(seller.id, ask);
    const buyer = await world.addTrader('10');
    await world.place(buyer, { ...ask, side: 'buy', quantity: '1' });
    for (const { id, ...example } of examplesOf('client').filter(({ op }) => op !== 'auth')) {
      client.say(example);
      if (id !== undefined) client.say({ op: 'ping', id });
    }
    client.say({ op: 'subscribe', channels: ['trades'] });
    client.say({ op: 'nothing', id: 'no' });
    await client.waitFor('error');
    await world.place(buyer, { ...ask, side: 'buy', quantity: '2' });
    await world.setMark('0.05');
    await world.committer.submit(tellPosition, { userId: seller.id }, { actor: 'test' });

    for (const example of examplesOf('server')) {
      const told = await client.waitFor(example.type);
      // An answer has an id if the message had one.
      const names = ({ id, ...rest }: Message) =>
        Object.keys(example.type === 'trade' ? { id, ...rest } : rest).sort();
      expect([example.type, names(told)]).toEqual([example.type, names(example)]);
      if (!('candle' in example)) continue;
      const members = (message: Message) => Object.keys(message['candle'] as object);
      expect(members(told)).toEqual(members(example));
    }
    expect(new Set(client.messages.map(({ type }) => type))).toEqual(
      new Set(examplesOf('server').map(({ type }) => type)),
    );
  } finally {
    await world.close();
  }
});
