// The launchpad: all IMOs, or one by its id.
import { useParams } from 'wouter';
import { ImoList } from './imo-list';
import { OneImo } from './one-imo';

export default function LaunchpadPage() {
  const { id } = useParams<{ id?: string }>();
  return id === undefined ? <ImoList /> : <OneImo key={id} id={id} />;
}
