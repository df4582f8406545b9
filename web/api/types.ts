// Shapes of the public API by their paths, from the document that it publishes.
import type { paths } from './schema';

type Json<Content> = Content extends {
  readonly content: { readonly 'application/json': infer Body };
}
  ? Body
  : never;
type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
type Operation<Path extends keyof paths, Verb extends Method> = NonNullable<paths[Path][Verb]>;

/** What a request is answered with when it succeeds. */
export type AnswerOf<Path extends keyof paths, Verb extends Method = 'get'> =
  Operation<Path, Verb> extends { readonly responses: infer Responses }
    ? Json<Responses[Extract<keyof Responses, 200 | 201 | 202>]>
    : never;

/** One entry of a list that is answered in pages. */
export type ItemOf<Path extends keyof paths> =
  AnswerOf<Path> extends { readonly items: readonly (infer Item)[] } ? Item : never;

/** The body that a request carries. */
export type BodyOf<Path extends keyof paths, Verb extends Method = 'post'> =
  Operation<Path, Verb> extends { readonly requestBody?: infer Body }
    ? Json<NonNullable<Body>>
    : never;
