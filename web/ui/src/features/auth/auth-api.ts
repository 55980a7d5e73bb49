export type SessionUser = { id: string; name: string; email: string };
export type Grant = { accessToken: string; expiresIn: number; user: SessionUser };
export type Credentials = { email: string; password: string };
export type DemoAccount = Credentials & { role: string };

/** The server refused: wrong credentials, a taken address, a field out of bounds, an ended session. */
export class AuthRefused extends Error {
  readonly status: number;
  readonly code: string;
  readonly fields: Record<string, string>;

  constructor(status: number, code: string, message: string, fields: Record<string, string> = {}) {
    super(message);
    this.name = 'AuthRefused';
    this.status = status;
    this.code = code;
    this.fields = fields;
  }
}

type ErrorBody = {
  error?: { code?: string; message?: string; fields?: Record<string, string> };
};

// A login that takes longer is a server that is not there.
const TIMEOUT_MS = 15_000;

async function post(path: string, body?: unknown): Promise<Response> {
  const response = await fetch(path, {
    method: 'POST',
    credentials: 'same-origin',
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  if (response.ok) return response;
  if (response.status >= 500) throw new Error(`The server answered ${response.status}.`);
  const { error } = (await response.json().catch(() => ({}))) as ErrorBody;
  throw new AuthRefused(
    response.status,
    error?.code ?? 'REFUSED',
    error?.message ?? 'The server refused the request.',
    error?.fields,
  );
}

async function grantFrom(response: Promise<Response>): Promise<Grant> {
  return (await (await response).json()) as Grant;
}

/** The account endpoints. Each throws AuthRefused on a 4xx answer and a plain Error otherwise. */
export const authApi = {
  login: (credentials: Credentials) => grantFrom(post('/auth/login', credentials)),
  signup: (account: Credentials & { name: string }) => grantFrom(post('/auth/signup', account)),
  refresh: () => grantFrom(post('/auth/refresh')),
  logout: async () => {
    await post('/auth/logout');
  },
};

export type AuthApi = typeof authApi;

/** The accounts a visitor may try, or none where the server offers none. */
export async function findDemoAccounts(signal: AbortSignal): Promise<DemoAccount[]> {
  const response = await fetch('/auth/demo', { signal });
  if (!response.ok) return [];
  const { accounts } = (await response.json()) as { accounts?: DemoAccount[] };
  return accounts ?? [];
}
