// Supplying the lending pools, taking supplies back, the treasury's seed, and the interest of a minute.
import { parseAmount } from '../../../domain/money';
import { collectInterest as collect } from '../../../services/margin/collect-interest';
import { createMargin } from '../../../services/margin/margin';
import type { Supply } from '../../../services/margin/pool-views';
import { maker, nameOf, operators, unknownId, users } from '../cast';
import * as model from '../model/lending';
import { balanceOf, ofPlatform, ofUser } from '../model/state';
import type { SimulatedProcess } from '../processes';
import {
  amountText,
  drawAmount,
  drawReason,
  keyedRequest,
  pickUser,
  resolveAmount,
  type Draw,
  type Request,
} from './request';

export function marginOf({ world, committer }: SimulatedProcess) {
  return createMargin({ db: world.db, committer });
}

function tell({ asset, claim, supplied, withdrawn }: Supply): string {
  return `${asset} ${parseAmount(claim)} of ${parseAmount(supplied)} less ${parseAmount(withdrawn)}`;
}

function drawSupplier(draw: Draw): string {
  return draw.random.chance(0.3) ? maker : pickUser(draw, [unknownId, ...users]);
}

export function supply(draw: Draw): Request {
  const userId = drawSupplier(draw);
  const asset = draw.random.pick(['CREDIT', 'LCO'] as const);
  // Not all that there is: something is to trade with.
  const amount = draw.random.chance(0.9) ? draw.random.magnitude(8, 11) : drawAmount(draw, 12);
  const text = `${nameOf(userId)} supplies ${amountText(amount)} ${asset}`;
  return keyedRequest(draw, userId, text, (before) => {
    const units = resolveAmount(amount, balanceOf(before, ofUser(userId, 'available', asset)));
    return {
      async send(process, caller) {
        const { result, replayed } = await marginOf(process).supply(caller, asset, units);
        return { told: tell(result.supply), replayed };
      },
      decide: (state) => model.supply(state, { userId, asset, amount: units }),
    };
  });
}

export function withdraw(draw: Draw): Request {
  const userId = drawSupplier(draw);
  const asset = draw.random.pick(['CREDIT', 'LCO'] as const);
  const isAll = userId !== maker && draw.random.chance(0.3);
  const amount = draw.random.chance(0.7) ? draw.random.magnitude(1, 11) : drawAmount(draw, 11);
  const text = `${nameOf(userId)} withdraws ${isAll ? 'all' : amountText(amount)} ${asset}`;
  return keyedRequest(draw, userId, text, (before) => {
    const claim = model.claimOf(before, { userId, asset });
    // The maker's is what others borrow.
    const asked = resolveAmount(amount, userId === maker ? claim / 20n : claim);
    const units = isAll ? null : asked;
    return {
      async send(process, caller) {
        const { result, replayed } = await marginOf(process).withdraw(caller, asset, units);
        return { told: tell(result.supply), replayed };
      },
      decide: (state) => model.withdraw(state, { userId, asset, amount: units }),
    };
  });
}

export function seed(draw: Draw): Request {
  const { random } = draw;
  const operatorId = random.pick([...operators, ...operators, ...users.slice(0, 1)]);
  const isBack = random.chance(0.4);
  const amount = drawAmount(draw, 11);
  const reason = drawReason(draw);
  const verb = isBack ? 'takes back' : 'seeds';
  const text = `${nameOf(operatorId)} ${verb} ${amountText(amount)}, "${reason}"`;
  return keyedRequest(draw, operatorId, text, (before) => {
    const claim = model.claimOf(before, { userId: 'treasury', asset: 'CREDIT' });
    const all = isBack ? claim : balanceOf(before, ofPlatform('treasury'));
    const units = resolveAmount(amount, all) * (isBack ? -1n : 1n);
    return {
      async send(process, caller) {
        const { result, replayed } = await marginOf(process).seed(caller, units, reason);
        return { told: tell(result.supply), replayed };
      },
      decide: (state) => model.seed(state, { operatorId, amount: units, reason }),
    };
  });
}

export function collectInterest({ random }: Draw): Request {
  const asset = random.pick(['CREDIT', 'LCO'] as const);
  return {
    text: `interest of ${asset} is counted`,
    isRepeatable: true,
    bind: () => ({
      async send({ committer }) {
        const { result } = await committer.submit(
          collect,
          { asset },
          { actor: 'margin-reconcile' },
        );
        return `collected ${result}`;
      },
      expect: (state) => model.collectInterest(state, asset),
    }),
  };
}
