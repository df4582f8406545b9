// What operators did.
import { z } from 'zod';
import type { AuditEntry } from '../../services/identity/audit-log';
import type { Services } from '../context';
import { route, type Route } from '../route';
import { id, pageOf, pageQuery, presentPage, presentTime, timeAnswer } from '../schemas';

const entryAnswer = z
  .object({
    id: z.string(),
    at: timeAnswer,
    operatorId: z.uuid().nullable().meta({ description: 'null: the set-up itself.' }),
    action: z.string().meta({ example: 'user.freeze' }),
    subjectKind: z.string(),
    subjectId: z.string(),
    reason: z.string().nullable(),
    details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    requestId: z.string(),
  })
  .meta({ id: 'AuditEntry' });

function presentEntry(entry: AuditEntry): z.input<typeof entryAnswer> {
  return { ...entry, id: entry.id.toString(), at: presentTime(entry.at) };
}

const filterText = z.string().min(1).max(200).optional();

export function createAuditLogRoutes({ auditLog }: Pick<Services, 'auditLog'>): Route[] {
  return [
    route({
      method: 'get',
      path: '/admin/audit-log',
      access: 'operator',
      tag: 'Operators',
      summary: 'What operators did, newest first',
      query: pageQuery.extend({
        operatorId: id.optional(),
        action: filterText,
        subjectKind: filterText,
        subjectId: filterText,
      }),
      answer: pageOf(entryAnswer),
      async handle({ query }) {
        return { body: presentPage(await auditLog.list(query, query), presentEntry) };
      },
    }),
  ];
}
