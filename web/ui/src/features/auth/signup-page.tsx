import { Link, useLocation } from 'react-router';
import { Button } from '@/shared/ui/button';
import { TextField } from '@/shared/ui/text-field';
import { AuthLayout, emailFrom } from './auth-layout';
import { useSession } from './session-context';
import { useAuthForm } from './use-auth-form';

export function SignupPage() {
  const session = useSession();
  const location = useLocation();
  const form = useAuthForm((values) =>
    session.signup({
      name: String(values.get('name')),
      email: String(values.get('email')),
      password: String(values.get('password')),
    }),
  );

  return (
    <AuthLayout title="Create an account">
      <p className="mt-1 text-muted">One account for all your workspaces.</p>
      <form className="mt-6 flex flex-col gap-4" noValidate onSubmit={form.submit}>
        <TextField autoComplete="name" error={form.fields.name} label="Name" name="name" required />
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
          autoComplete="new-password"
          error={form.fields.password}
          hint="At least 10 characters."
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
          {form.isBusy ? 'Creating…' : 'Create account'}
        </Button>
      </form>
      <p className="mt-4 text-muted">
        Already have one?{' '}
        <Link
          className="font-medium text-accent hover:underline"
          state={location.state}
          to="/login"
        >
          Log in
        </Link>
      </p>
    </AuthLayout>
  );
}
