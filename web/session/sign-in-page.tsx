// Signing in, as the demo user with one click, or up: before that nothing is shown that is somebody's.
import { useState } from 'react';
import { Button } from 'react-aria-components';
import { Risks } from '../app/risks';
import { ApiForm } from '../ui/api-form';
import { Field } from '../ui/field';
import { textOf } from '../ui/form-text';
import { ProblemNotice } from '../ui/problem-notice';
import { useDemoSignIn, useSignIn, useSignUp } from './session';

interface SignInPageProps {
  /** Whether somebody's session was over while they were here. */
  readonly hasEnded: boolean;
}

export function SignInPage({ hasEnded }: SignInPageProps) {
  const [isNew, setIsNew] = useState(false);
  const demo = useDemoSignIn();
  return (
    <main className="sign-in">
      <h1>L-Exchange</h1>
      <p>LLM calls paid in prepaid Credits, and a small market on top.</p>
      {hasEnded && (
        <p role="status" className="notice">
          Your session has ended. Sign in to go on where you were; what you sent since then was not
          done.
        </p>
      )}
      <div className="buttons">
        <Button className="primary" onPress={() => demo.mutate('user')} isDisabled={demo.isPending}>
          Look around as the demo user
        </Button>
        <Button onPress={() => demo.mutate('whale')} isDisabled={demo.isPending}>
          As a whale
        </Button>
      </div>
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
    <ApiForm
      title="Sign in"
      error={signIn.error}
      fields={['email', 'password']}
      onSend={(form) =>
        signIn.mutate({ email: textOf(form, 'email'), password: textOf(form, 'password') })
      }
      button={
        <Button type="submit" isDisabled={signIn.isPending}>
          Sign in
        </Button>
      }
    >
      <Field label="E-mail" name="email" type="email" autoComplete="email" isRequired />
      <Field
        label="Password"
        name="password"
        type="password"
        autoComplete="current-password"
        isRequired
      />
    </ApiForm>
  );
}

function SignUpForm() {
  const [isAccepted, setIsAccepted] = useState(false);
  const signUp = useSignUp();
  return (
    <ApiForm
      title="Sign up"
      error={signUp.error}
      fields={['email', 'handle', 'password']}
      onSend={(form) =>
        signUp.mutate({
          email: textOf(form, 'email'),
          password: textOf(form, 'password'),
          handle: textOf(form, 'handle'),
        })
      }
      button={
        <Button type="submit" isDisabled={signUp.isPending || !isAccepted}>
          Sign up
        </Button>
      }
    >
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
        <input
          type="checkbox"
          checked={isAccepted}
          onChange={(event) => setIsAccepted(event.currentTarget.checked)}
        />{' '}
        I have read the risks below, and accept them.
      </label>
    </ApiForm>
  );
}
