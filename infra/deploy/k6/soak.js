// Hours of ordinary load, to find what grows: memory, connections, queues. Watch the process
// dashboards meanwhile; the last tenth must be as fast as the first.
//
//   SOAK_RATE 200, SOAK_SECONDS 14400, VUS 100

import { Trend } from 'k6/metrics';
import { cleanUp, number, prepare, signIn, thresholds, work } from './target.js';

const seconds = number('SOAK_SECONDS', 14400);
const late = new Trend('late_duration', true);
// Access tokens live for 15 minutes, and this test does not.
const TOKEN_SECONDS = 600;

export const options = {
  scenarios: {
    soak: {
      executor: 'constant-arrival-rate',
      rate: number('SOAK_RATE', 200),
      timeUnit: '1s',
      duration: `${seconds}s`,
      preAllocatedVUs: Math.ceil(number('VUS', 100) / 4),
      maxVUs: number('VUS', 100),
    },
  },
  thresholds: { ...thresholds(), late_duration: [`p(95)<${Math.min(2000, number('P95_MS', 500))}`] },
};

export const setup = () => ({ ...prepare(20), startedAt: Date.now() });

let token = null;
let signedInAt = 0;

export default function soak(data) {
  if (Date.now() - signedInAt > TOKEN_SECONDS * 1000) {
    token = signedInAt === 0 ? data.token : signIn();
    signedInAt = Date.now();
  }
  const begunAt = Date.now();
  work({ ...data, token });
  if (begunAt - data.startedAt > seconds * 900) {
    late.add(Date.now() - begunAt);
  }
}

export function teardown(data) {
  cleanUp({ ...data, token: signIn() });
}
