import { Link, useLocation } from 'react-router';
import { Button } from '@/shared/ui/button';
import { TextField } from '@/shared/ui/text-field';
import { AuthLayout, emailFrom } from './auth-layout';
import { DemoAccounts } from './demo-accounts';
import { useSession } from './session-context';
import { useAuthForm } from './use-auth-form';

export function LoginPage() {
  const session = useSession();
  const location = useLocation();
  const form = useAuthForm((values) =>
    session.login({ email: String(values.get('email')), password: String(values.get('password')) }),
  );

  return (
    <AuthLayout title="Log in">
      <p className="mt-1 text-muted">Your boards, live wherever you left them.</p>
      <form className="mt-6 flex flex-col gap-4" noValidate onSubmit={form.submit}>
        <TextField
          autoComplete="username"
          defaultValue={emailFrom(location.state)}
          error={form.fields.email}
          label="Email"
          name="email"
          required
          type="email"
        />
        <TextField
          autoComplete="current-password"
          error={form.fields.password}
          label="Password"
          name="password"
          required
          type="password"
        />
        {form.message ? (
          <p className="rounded-lg bg-danger-soft px-3 py-2 text-danger" role="alert">
            {form.message}
          </p>
        ) : null}
        <Button busy={form.isBusy} type="submit" variant="primary">
          {form.isBusy ? 'Logging in…' : 'Log in'}
        </Button>
      </form>
      <p className="mt-4 text-muted">
        New here?{' '}
        <Link
          className="font-medium text-accent hover:underline"
          state={location.state}
          to="/signup"
        >
          Create an account
        </Link>
      </p>
      <DemoAccounts
        isBusy={form.isBusy}
        onChoose={(account) => form.run(() => session.login(account))}
      />
    </AuthLayout>
  );
}
