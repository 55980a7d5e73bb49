import { useEffect, useState } from 'react';
import { Button } from '@/shared/ui/button';
import { type DemoAccount, findDemoAccounts } from './auth-api';

type DemoAccountsProps = { isBusy: boolean; onChoose: (account: DemoAccount) => void };

/** One button per demo account, where the server offers any. */
export function DemoAccounts({ isBusy, onChoose }: DemoAccountsProps) {
  const [accounts, setAccounts] = useState<DemoAccount[]>([]);

  useEffect(() => {
    const request = new AbortController();
    findDemoAccounts(request.signal)
      .then(setAccounts)
      .catch(() => {
        // The demo is an offer; without it the form above is all there is.
      });
    return () => request.abort();
  }, []);

  if (accounts.length === 0) return null;
  return (
    <section aria-label="Demo accounts" className="mt-8 border-line border-t pt-4">
      <h2 className="text-muted text-sm">Just looking? Try the demo as</h2>
      <div className="mt-2 flex flex-wrap gap-2">
        {accounts.map((account) => (
          <Button
            disabled={isBusy}
            key={account.email}
            onClick={() => onChoose(account)}
            size="small"
            title={account.email}
          >
            {account.role.toLowerCase()}
          </Button>
        ))}
      </div>
    </section>
  );
}
