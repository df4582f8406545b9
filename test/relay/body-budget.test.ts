import { EventEmitter } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import type { Request, Response } from 'express';
import type { DomainError } from '../../domain/errors';
import { admitBodies } from '../../relay/body-budget';

const limits = { maxBytes: 100, uncountedBytes: 10, totalBytes: 400 };

/** Asks to be let in; answers what came of it, and how to close the answer. */
function ask(
  admit: ReturnType<typeof admitBodies>,
  userId: string,
  headers: IncomingHttpHeaders,
  over: { isFrozen?: boolean; destroyed?: boolean } = {},
) {
  const { isFrozen = false, destroyed = false } = over;
  const response = Object.assign(new EventEmitter(), {
    destroyed,
    locals: { principal: { userId, isFrozen } },
  });
  let outcome = 'nothing';
  try {
    const next = () => (outcome = 'admitted');
    admit({ headers } as Request, response as unknown as Response, next);
  } catch (error) {
    outcome = (error as DomainError).code;
  }
  return { outcome, close: () => response.emit('close') };
}

const bytes = (count: number) => ({ 'content-length': String(count) });

it('lets a user have a quarter, and again once an answer is closed', () => {
  const admit = admitBodies(limits);
  const first = ask(admit, 'a', bytes(60));
  expect(first.outcome).toBe('admitted');
  expect(ask(admit, 'a', bytes(41)).outcome).toBe('RATE_LIMITED');
  expect(ask(admit, 'a', bytes(40)).outcome).toBe('admitted');
  first.close();
  expect(ask(admit, 'a', bytes(60)).outcome).toBe('admitted');
});

it('lets all users together have the whole', () => {
  const admit = admitBodies(limits);
  const four = ['a', 'b', 'c', 'd'].map((user) => ask(admit, user, bytes(100)));
  expect(four.map(({ outcome }) => outcome)).toEqual(Array(4).fill('admitted'));
  expect(ask(admit, 'e', bytes(11)).outcome).toBe('ENGINE_UNAVAILABLE');
  expect(ask(admit, 'e', bytes(10)).outcome).toBe('admitted');
  four[0]?.close();
  expect(ask(admit, 'e', bytes(100)).outcome).toBe('admitted');
});

it.each([
  ['without its length', { 'transfer-encoding': 'chunked' }],
  ['compressed', { 'content-encoding': 'gzip', ...bytes(1) }],
])('counts a body that is sent %s as the largest', (_how, headers) => {
  const admit = admitBodies(limits);
  expect(ask(admit, 'a', headers).outcome).toBe('admitted');
  expect(ask(admit, 'a', bytes(11)).outcome).toBe('RATE_LIMITED');
});

it('counts nothing of a client who has left, nor of a body that is refused for its length', () => {
  const admit = admitBodies(limits);
  ask(admit, 'a', bytes(100), { destroyed: true });
  ask(admit, 'a', bytes(101));
  expect(ask(admit, 'a', bytes(100)).outcome).toBe('admitted');
});

it('refuses a frozen caller before the body is read', () => {
  expect(ask(admitBodies(limits), 'a', bytes(1), { isFrozen: true }).outcome).toBe('USER_FROZEN');
});
