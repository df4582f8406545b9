// What time does, told to the database in one stroke instead of being waited for: hearts that stop, holds that end,
// keys that expire.
import { endHolds } from '../model/deposits';
import { Refusal } from '../model/state';
import { users } from '../cast';
import { drawKeyOf } from './keys';
import type { Draw, Request } from './request';

/** Twenty seconds after their end, killed processes are known to be dead. */
export function silenceOfTheDead({ memory }: Draw): Request {
  memory.isSweepDue = true;
  return {
    text: 'killed processes have been silent for long',
    isRepeatable: false,
    bind: () => ({
      async send({ world }) {
        await world.silence([...world.state.dead]);
        return 'silent';
      },
      expect(state) {
        for (const id of state.dead) state.silent.add(id);
        return 'silent';
      },
    }),
  };
}

/** A process stands still for so long that others think it dead, though it will go on. */
export function stall({ memory }: Draw): Request {
  memory.isSweepDue = true;
  return {
    text: 'the process could not beat for long',
    isRepeatable: false,
    bind: () => ({
      async send({ world, id }) {
        await world.silence([id]);
        return 'silent';
      },
      expect(state, processId) {
        state.silent.add(processId);
        return 'silent';
      },
    }),
  };
}

export function beatAgain(): Request {
  return {
    text: 'the process beats again',
    isRepeatable: false,
    bind: () => ({
      async send({ world, id }) {
        await world.beat(id);
        return 'alive';
      },
      expect(state, processId) {
        state.silent.delete(processId);
        return 'alive';
      },
    }),
  };
}

export function weekPasses(): Request {
  return {
    text: 'a week passes for all payments',
    isRepeatable: false,
    bind: () => ({
      async send({ world }) {
        await world.db.raw(
          `update deposits set redeemable_at = '2000-01-01' where redeemable_at is not null`,
        );
        return 'over';
      },
      expect(state) {
        endHolds(state);
        return 'over';
      },
    }),
  };
}

export function keyExpires(draw: Draw): Request {
  const handle = drawKeyOf(draw, draw.random.pick(users)) ?? 'no such key';
  return {
    text: `${handle} expires`,
    isRepeatable: false,
    bind(before) {
      const isKnown = before.keys.has(handle);
      return {
        async send({ world }) {
          if (!isKnown) return 'API_KEY_NOT_FOUND';
          await world
            .db('api_keys')
            .where('id', world.idOf(handle))
            .update({ expires_at: new Date(0) });
          return 'expired';
        },
        expect(state) {
          const key = isKnown ? state.keys.get(handle) : undefined;
          if (!key) throw new Refusal('API_KEY_NOT_FOUND');
          key.expired = true;
          return 'expired';
        },
      };
    },
  };
}
