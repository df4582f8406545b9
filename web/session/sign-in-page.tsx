// Signing in, as the demo user with one click, or up: before that nothing is shown that is somebody's.
import { useState } from 'react';
import { Button, Form } from 'react-aria-components';
import { Risks } from '../app/risks';
import { Problem } from '../api/problem';
import { Field } from '../ui/field';
import { textOf } from '../ui/form-text';
import { ProblemNotice } from '../ui/problem-notice';
import { useDemoSignIn, useSignIn, useSignUp } from './session';

export function SignInPage() {
  const [isNew, setIsNew] = useState(false);
  const demo = useDemoSignIn();
  return (
    <main className="sign-in">
      <h1>L-Exchange</h1>
      <p>LLM calls paid in prepaid Credits, and a small market on top.</p>
      <Button className="primary" onPress={() => demo.mutate()} isDisabled={demo.isPending}>
        Look around as the demo user
      </Button>
      <ProblemNotice error={demo.error} />
      {isNew ? <SignUpForm /> : <SignInForm />}
      <Button className="plain" onPress={() => setIsNew(!isNew)}>
        {isNew ? 'I have an account' : 'I have no account yet'}
      </Button>
      <Risks />
    </main>
  );
}

function SignInForm() {
  const signIn = useSignIn();
  return (
    <Form
      onSubmit={(event) => {
        event.preventDefault();
        const form = new FormData(event.currentTarget);
        signIn.mutate({ email: textOf(form, 'email'), password: textOf(form, 'password') });
      }}
    >
      <h2>Sign in</h2>
      <Field label="E-mail" name="email" type="email" autoComplete="email" isRequired />
      <Field
        label="Password"
        name="password"
        type="password"
        autoComplete="current-password"
        isRequired
      />
      <ProblemNotice error={signIn.error} />
      <Button type="submit" isDisabled={signIn.isPending}>
        Sign in
      </Button>
    </Form>
  );
}

function SignUpForm() {
  const signUp = useSignUp();
  const wrong = signUp.error instanceof Problem ? signUp.error.fields : {};
  return (
    <Form
      validationErrors={wrong}
      onSubmit={(event) => {
        event.preventDefault();
        const form = new FormData(event.currentTarget);
        signUp.mutate({
          email: textOf(form, 'email'),
          password: textOf(form, 'password'),
          handle: textOf(form, 'handle'),
        });
      }}
    >
      <h2>Sign up</h2>
      <Field label="E-mail" name="email" type="email" autoComplete="email" isRequired />
      <Field label="Handle, which others see" name="handle" autoComplete="nickname" isRequired />
      <Field
        label="Password"
        name="password"
        type="password"
        autoComplete="new-password"
        isRequired
      />
      <label className="accept">
        <input type="checkbox" required /> I have read the risks below, and accept them.
      </label>
      <ProblemNotice error={signUp.error} />
      <Button type="submit" isDisabled={signUp.isPending}>
        Sign up
      </Button>
    </Form>
  );
}
