import { Link } from 'react-router';

/** The way on from where there is nothing to see. */
export function HomeLink() {
  return (
    <Link className="font-medium text-accent hover:underline" to="/">
      Go to your workspaces
    </Link>
  );
}
