// API keys: made by sessions and by other keys, revoked, expired. What makes or ends one is plain SQL beside the
// committer, so these requests are alone in their step.
import { nameOf, unknownId, users } from '../cast';
import * as model from '../model/keys';
import { Refusal } from '../model/state';
import type { SimulatedProcess } from '../processes';
import { callerOf, type Draw, type Request } from './request';

/** A key's id, or nobody's before its client was told of it. */
export function keyIdOf({ world }: SimulatedProcess, handle: string, isKnown: boolean): string {
  return isKnown ? world.idOf(handle) : unknownId;
}

/** One of the user's own keys, if any were asked for. */
export function drawKeyOf({ random, memory }: Draw, userId: string): string | null {
  const own = memory.keys.filter((key) => key.userId === userId).slice(-4);
  return own.length > 0 && random.chance(0.6) ? random.pick(own).handle : null;
}

function drawCap({ random }: Draw, maker: string | null): bigint | null {
  if (random.chance(0.12)) return null;
  return maker === null ? random.magnitude(1, 13) : random.magnitude(1, 8);
}

export function issueKey(draw: Draw): Request {
  const userId = draw.random.pick(users.slice(0, 3));
  const maker = drawKeyOf(draw, userId);
  const cap = drawCap(draw, maker);
  const handle = `api-key-${draw.memory.keys.length}`;
  draw.memory.keys.push({ handle, userId });
  const by = maker === null ? 'a session' : maker;
  return {
    text: `${nameOf(userId)} makes ${handle} with the cap ${cap} by ${by}`,
    isRepeatable: false,
    bind(before) {
      // Nobody can ask with a key that was never given out.
      const known = maker !== null && before.keys.has(maker) ? maker : null;
      const request = { handle, userId, maker: known, cap };
      return {
        async send(process) {
          const keyId = request.maker === null ? null : process.world.idOf(request.maker);
          const { key } = await process.services.keyIssuer.issue(
            { ...callerOf(userId), keyId },
            {
              name: handle,
              scopes: ['relay'],
              expiresAt: null,
              spendCap: cap,
              models: null,
              ipAllowList: null,
            },
          );
          process.world.learn(handle, key.id);
          return 'issued';
        },
        expect: (state) => model.issueKey(state, request),
        // What was handed out is lost then, never doubled.
        expectCut: (state) => model.handOut(state, request),
      };
    },
  };
}

export function revokeKey(draw: Draw): Request {
  const userId = draw.random.pick(users);
  const handle = drawKeyOf(draw, userId) ?? 'no such key';
  return {
    text: `${nameOf(userId)} revokes ${handle}`,
    isRepeatable: false,
    bind(before) {
      const isKnown = before.keys.has(handle);
      return {
        async send(process) {
          await process.services.apiKeys.revoke(userId, keyIdOf(process, handle, isKnown));
          return 'revoked';
        },
        expect(state) {
          if (!isKnown) throw new Refusal('API_KEY_NOT_FOUND');
          return model.revokeKey(state, handle);
        },
      };
    },
  };
}
