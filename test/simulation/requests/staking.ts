// Staking and taking back, by people who call no model: a level decides what they pay of what a bet wins.
import { deriveId } from '../../../ledger/ids';
import { nameOf, patron, stakers, unknownId } from '../cast';
import * as model from '../model/staking';
import { balanceOf, ofUser, type State } from '../model/state';
import type { Caller } from '../../../services/identity/caller';
import type { SimulatedProcess } from '../processes';
import { drawIdempotencyKey, keyedRequest, pickRecent, type Draw, type Request } from './request';

const lco = 10n ** 8n;

/** What is to be staked afterwards, for a while: about as much as a level takes, or nothing. */
function drawAim({ random }: Draw): bigint {
  const thousands = random.pick([0n, 0n, 1n, 10n, 50n, 50n, 50n]);
  return thousands * 1_000n * lco + random.pick([0n, 0n, -1n, 5n * lco]);
}

function missing(state: State, userId: string, aim: bigint): bigint {
  return aim - model.stakedBy(state, userId);
}

export function stake(draw: Draw): Request {
  const userId = draw.random.pick([...stakers, patron]);
  const aim = drawAim(draw);
  const isAll = draw.random.chance(0.2);
  const text = `${nameOf(userId)} stakes ${isAll ? 'all' : `up to ${aim}`}`;
  return keyedRequest(draw, userId, text, (before) => {
    const available = balanceOf(before, ofUser(userId, 'available', 'LCO'));
    const amount = isAll ? available : missing(before, userId, aim);
    return {
      async send({ services }, caller) {
        const { staked, replayed } = await services.staking.stake(caller, amount);
        return { told: `${staked} staked`, replayed };
      },
      decide: (state) => model.stake(state, { userId, amount }),
    };
  });
}

export function unstake(draw: Draw): Request {
  const userId = draw.random.pick([...stakers, patron]);
  const aim = drawAim(draw);
  const text = `${nameOf(userId)} takes back down to ${aim}`;
  const key = drawIdempotencyKey(draw, userId);
  const id = deriveId('unstake', userId, key);
  draw.memory.unstakes.push(id);
  const bind = (before: State) => {
    const amount = -missing(before, userId, aim);
    return {
      async send({ services }: SimulatedProcess, caller: Caller) {
        const { staked, replayed } = await services.staking.unstake(caller, amount);
        return { told: `${staked} staked`, replayed };
      },
      decide: (state: State) => model.unstake(state, { id, userId, amount }),
    };
  };
  return keyedRequest(draw, userId, text, bind, key);
}

/** Alone in its step: it asks the database whose it is before it goes to the committer. */
export function returnUnstaked(draw: Draw): Request {
  const id = pickRecent(draw, draw.memory.unstakes, unknownId);
  return {
    text: `the unstake ${id} is returned`,
    isRepeatable: false,
    bind: () => ({
      async send({ services }) {
        const { unstake: returned, waitMs } = await services.staking.returnUnstaked(id);
        return `${returned.status}, ${waitMs} to wait`;
      },
      expect: (state) => model.returnUnstaked(state, id),
    }),
  };
}
