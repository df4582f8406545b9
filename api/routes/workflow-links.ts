// Where operators watch workflows.
import { z } from 'zod';
import type { Config } from '../../config/config';
import { route, type Route } from '../route';

const linksAnswer = z.object({
  workflowUrl: z.string().nullable().meta({
    description:
      "A workflow's page in the Temporal UI: `{workflowId}` is to be replaced by its id, encoded (`prediction/<id>`, `imo/<id>`, `redemption/<id>`, `buyback/<id>`, `wars/<id>`, `proposal/<id>`, `margin/<id>`, `video/<id>`, `unstake/<id>`). null: `TEMPORAL_UI_URL` is not set.",
    example: 'http://127.0.0.1:8233/namespaces/default/workflows/{workflowId}',
  }),
  schedulesUrl: z.string().nullable().meta({ description: 'The page of its schedules.' }),
});

export function createWorkflowLinkRoutes({ temporal }: Pick<Config, 'temporal'>): Route[] {
  const { uiUrl, namespace } = temporal;
  const base = uiUrl && `${uiUrl.replace(/\/$/, '')}/namespaces/${encodeURIComponent(namespace)}`;
  return [
    route({
      method: 'get',
      path: '/admin/workflow-links',
      access: 'operator',
      tag: 'Operators',
      summary: 'Where the Temporal UI shows workflows',
      answer: linksAnswer,
      async handle() {
        return {
          body: {
            workflowUrl: base ? `${base}/workflows/{workflowId}` : null,
            schedulesUrl: base ? `${base}/schedules` : null,
          },
        };
      },
    }),
  ];
}
