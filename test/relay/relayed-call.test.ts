// Which channels a call goes to: those that serve its model when it is sent, whatever they were when it was reserved.
import { CircuitBreaker } from '../../relay/channels/circuit-breaker';
import { sendCall, type RelayedCall } from '../../relay/call/relayed-call';
import type { UpstreamCall } from '../../relay/upstream/upstream';
import type { CatalogChannel } from '../../services/catalog/catalog';

const timeouts = { connectTimeoutMs: 1, firstByteTimeoutMs: 1, idleTimeoutMs: 1, maxCallMs: 1 };

function channel(name: string, kind: CatalogChannel['kind'] = 'openai') {
  const baseUrl = `https://${name}.example.com/v1`;
  const offer = { upstreamId: 'theirs', apiKey: null, priority: 0, weight: 1, timeouts };
  return { id: name, name, kind, baseUrl, ...offer } as unknown as CatalogChannel;
}

/** A call that was reserved; what it does with its bill is noted. */
function reserved(channelsFor: () => readonly CatalogChannel[]) {
  const releases: string[] = [];
  const version = { modelId: 'chat', hidesOutput: false };
  const variant = { size: null, quality: null, units: 1 };
  const options = {
    now: Date.now,
    random: () => 0,
    onOpen: () => undefined,
    onClose: () => undefined,
  };
  const call = {
    id: 'one',
    request: { endpoint: 'chat/completions', channelKind: 'openai', bodyFor: () => '{}' },
    response: { destroyed: false },
    billed: {
      reservation: { outputLimit: 10, version, variant },
      signal: new AbortController().signal,
      release: async (ending: string) => void releases.push(ending),
    },
    catalog: { channelsFor },
    breakers: { of: () => new CircuitBreaker(options) },
    onChannelFailure: () => undefined,
  } as unknown as RelayedCall;
  return { call, releases };
}

it('goes to none that was disabled between its reservation and its sending, and is given back where no other is left', async () => {
  let channels = [channel('first'), channel('second')];
  const { call, releases } = reserved(() => channels);
  const asked: string[] = [];
  const issue = async ({ baseUrl }: UpstreamCall) => void asked.push(new URL(baseUrl).hostname);
  channels = [channel('second'), channel('other', 'anthropic')];
  await sendCall(call, issue);
  expect(asked).toEqual(['second.example.com']);
  expect(releases).toEqual([]);
  channels = [channel('other', 'anthropic')];
  await expect(sendCall(call, issue)).rejects.toMatchObject({ kind: 'connect' });
  expect(asked).toHaveLength(1);
  expect(releases).toEqual(['upstream_connect']);
});
