// Runs graphql-http's audits of a server; prints each with its verdict as a line of JSON.
import { serverAudits } from 'graphql-http';

for (const audit of serverAudits({ url: process.argv[2], fetchFn: fetch })) {
  const result = await audit.fn();
  process.stdout.write(
    `${JSON.stringify({ id: audit.id, name: audit.name, status: result.status, reason: result.reason ?? null })}\n`,
  );
}
