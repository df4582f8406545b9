// The payment provider's webhook (DESIGN 2.1): signed over the raw body, checked before anything of it is believed.
// Events may come twice and in any order; an answer other than 200 asks the provider to send it again.
import { z } from 'zod';
import { maxExternalRefLength } from '../../domain/deposit';
import { assert } from '../../domain/errors';
import { requirePaymentSignature } from '../../services/credits/payment-signature';
import { MalformedRequest } from '../problem';
import type { Services } from '../context';
import { route, type Route } from '../route';
import { id, positiveAmount, reason } from '../schemas';
import { depositAnswer } from './deposits';

const signatureHeader = 'payment-signature';

const externalRef = z.string().min(1).max(maxExternalRefLength);

const paymentSucceeded = z
  .object({
    type: z.literal('payment.succeeded').default('payment.succeeded'),
    externalRef: externalRef.meta({ description: "The provider's name for the payment." }),
    userId: id,
    amount: positiveAmount,
  })
  .meta({ id: 'PaymentSucceeded' });

const paymentChargedBack = z
  .object({
    type: z.literal('payment.charged_back'),
    externalRef,
    reason: reason.default('Charged back at the payment provider.'),
  })
  .meta({ id: 'PaymentChargedBack' });

// The form is for the documentation; what is wrong with an event is told only to who can sign.
const body = z.union([paymentSucceeded, paymentChargedBack, z.looseObject({})]);

/** What the provider adds beyond the form is its own business. */
function readEvent(
  json: unknown,
): z.output<typeof paymentSucceeded> | z.output<typeof paymentChargedBack> {
  const { type } = (json ?? {}) as { type?: unknown };
  const schema = type === 'payment.charged_back' ? paymentChargedBack : paymentSucceeded;
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new MalformedRequest(
    'The event is malformed.',
    parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })),
  );
}

export function createPaymentsWebhookRoutes(
  { payments }: Pick<Services, 'payments'>,
  secret: string | undefined,
): Route[] {
  return [
    route({
      method: 'post',
      path: '/webhooks/payments',
      access: 'public',
      tag: 'Credits',
      summary: 'Tell of a payment or of its chargeback',
      description: `For the payment provider. The header \`Payment-Signature: t=<unix seconds>,v1=<hex>\` is the HMAC-SHA256 of \`<t>.<raw body>\` under the shared secret, at most five minutes old. Without a secret configured this answers 404.`,
      isServed: secret !== undefined,
      body,
      answer: z.object({ deposit: depositAnswer.pick({ id: true, status: true }) }),
      async handle({ rawBody, request, requestId }) {
        assert(secret !== undefined, 'it is served with a secret only');
        const header = request.get(signatureHeader);
        requirePaymentSignature({ header, rawBody, secret, at: Date.now() });
        const event = readEvent(request.body);
        const { id, status } =
          event.type === 'payment.charged_back'
            ? await payments.chargeBack(event.externalRef, event.reason, requestId)
            : await payments.receive(event, requestId);
        return { body: { deposit: { id, status } } };
      },
    }),
  ];
}
