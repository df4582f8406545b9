import { EventEmitter } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import type { Request, Response } from 'express';
import type { DomainError } from '../../domain/errors';
import { createBodyBudget, type BodyBudget } from '../../relay/body-budget';

const limits = { maxBytes: 100, uncountedBytes: 10, totalBytes: 400 };

/** Asks to be let in; answers what came of it, and how to have read the body and to close the answer. */
function ask(
  budget: BodyBudget,
  userId: string,
  headers: IncomingHttpHeaders,
  over: { destroyed?: boolean } = {},
) {
  const { destroyed = false } = over;
  const response = Object.assign(new EventEmitter(), {
    destroyed,
    locals: { principal: { userId } },
  });
  let outcome = 'nothing';
  try {
    const next = () => (outcome = 'admitted');
    budget.admit({ headers } as Request, response as unknown as Response, next);
  } catch (error) {
    outcome = (error as DomainError).code;
  }
  return {
    outcome,
    read: (size: number) => budget.measure(response as unknown as Response, size),
    close: () => response.emit('close'),
  };
}

const bytes = (count: number) => ({ 'content-length': String(count) });

it('lets a user have a quarter, and again once an answer is closed', () => {
  const budget = createBodyBudget(limits);
  const first = ask(budget, 'a', bytes(60));
  expect(first.outcome).toBe('admitted');
  expect(ask(budget, 'a', bytes(41)).outcome).toBe('RATE_LIMITED');
  expect(ask(budget, 'a', bytes(40)).outcome).toBe('admitted');
  first.close();
  expect(ask(budget, 'a', bytes(60)).outcome).toBe('admitted');
});

it('lets all users together have the whole', () => {
  const budget = createBodyBudget(limits);
  const four = ['a', 'b', 'c', 'd'].map((user) => ask(budget, user, bytes(100)));
  expect(four.map(({ outcome }) => outcome)).toEqual(Array(4).fill('admitted'));
  expect(ask(budget, 'e', bytes(11)).outcome).toBe('ENGINE_UNAVAILABLE');
  expect(ask(budget, 'e', bytes(10)).outcome).toBe('admitted');
  four[0]?.close();
  expect(ask(budget, 'e', bytes(100)).outcome).toBe('admitted');
});

it.each([
  ['without its length', { 'transfer-encoding': 'chunked' }],
  ['compressed', { 'content-encoding': 'gzip', ...bytes(1) }],
])('counts a body that is sent %s as the largest until it is read', (_how, headers) => {
  const budget = createBodyBudget(limits);
  const large = ask(budget, 'a', headers);
  expect(large.outcome).toBe('admitted');
  expect(ask(budget, 'a', bytes(11)).outcome).toBe('RATE_LIMITED');
  large.read(80);
  expect(ask(budget, 'a', bytes(21)).outcome).toBe('RATE_LIMITED');
  const rest = ask(budget, 'a', bytes(20));
  expect(rest.outcome).toBe('admitted');
  rest.close();
  large.read(10);
  expect(ask(budget, 'a', bytes(100)).outcome).toBe('admitted');
  large.close();
  expect(ask(budget, 'a', bytes(11)).outcome).toBe('RATE_LIMITED');
});

it('counts nothing of a client who has left, nor of a body that is refused for its length', () => {
  const budget = createBodyBudget(limits);
  ask(budget, 'a', bytes(100), { destroyed: true });
  ask(budget, 'a', bytes(101));
  expect(ask(budget, 'a', bytes(100)).outcome).toBe('admitted');
});
