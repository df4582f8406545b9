// The steps of an IMO (DESIGN 2.7), each of them commits that happen once however often it is asked for.
import type { ImoCancellation } from '../services/imos/end-imo';
import type { ImoProgress } from '../services/imos/imo-progress';
import type { ImoTerms } from '../services/imos/imo-rows';
import type { Imo } from '../services/imos/imo-views';
import type { Imos } from '../services/imos/imos';
import { runActivity } from './run';

export type { Imo, ImoProgress, ImoTerms };

/** All fail with the code of the refusal as type, which is not retried; asked too early they say how long to wait. */
export interface ImoActivities {
  readImo(imoId: string): Promise<ImoProgress>;
  closeImo(imoId: string): Promise<ImoProgress>;
  /** All subscribers, some hundred a commit; another attempt goes on with those who are left. So do the two like it. */
  weighImo(imoId: string): Promise<ImoProgress>;
  allocateImo(imoId: string): Promise<ImoProgress>;
  returnImoLocks(imoId: string): Promise<ImoProgress>;
  expireImo(imoId: string): Promise<ImoProgress>;
  /** Idempotent by `decisionKey`. */
  cancelImo(act: ImoCancellation): Promise<ImoProgress>;
}

export function createImoActivities({ imos }: { readonly imos: Imos }): ImoActivities {
  return {
    readImo: (imoId) => runActivity(() => imos.read(imoId)),
    closeImo: (imoId) => runActivity(() => imos.close(imoId)),
    weighImo: (imoId) => runActivity((progress) => imos.weigh(imoId, progress)),
    allocateImo: (imoId) => runActivity((progress) => imos.allocate(imoId, progress)),
    returnImoLocks: (imoId) => runActivity((progress) => imos.returnLocks(imoId, progress)),
    expireImo: (imoId) => runActivity(() => imos.expire(imoId)),
    cancelImo: (act) => runActivity(() => imos.cancel(act)),
  };
}
