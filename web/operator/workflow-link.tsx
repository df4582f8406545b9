// Where the Temporal UI shows the workflow of something; without a UI its id, to look for it elsewhere.
import { useQuery } from '@tanstack/react-query';
import { answerOf, api } from '../api/client';
import { ShortId } from '../ui/short-id';

export function useWorkflowLinks() {
  return useQuery({
    queryKey: ['operator', 'workflow-links'],
    queryFn: () => answerOf(api.GET('/api/v1/admin/workflow-links')),
    staleTime: 'static',
  });
}

export function WorkflowLink({ id }: { readonly id: string }) {
  const links = useWorkflowLinks().data;
  if (!links) return null;
  if (links.workflowUrl === null) return <ShortId id={id} shown="Workflow" />;
  const url = links.workflowUrl.replace('{workflowId}', () => encodeURIComponent(id));
  return (
    <a href={url} target="_blank" rel="noreferrer">
      Workflow
    </a>
  );
}
