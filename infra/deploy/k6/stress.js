// Where does it bend, and does it come back? The rate climbs to three times a busy day's, then
// falls. While it is too much, answers may be slow, but wrong or lost ones stay rare; once it is
// over, the required times hold again.
//
//   STRESS_RATE 3000 at the peak, STRESS_SECONDS 60 a step, VUS 2000

import { cleanUp, number, prepare, work } from './target.js';

const peak = number('STRESS_RATE', 3000);
const seconds = number('STRESS_SECONDS', 60);
const climb = [0.25, 0.5, 0.75, 1].map((part) => ({
  target: Math.ceil(peak * part),
  duration: `${seconds}s`,
}));
const climbSeconds = climb.length * seconds;
const vus = number('VUS', 2000);

function scenario(executor, options) {
  return { executor, timeUnit: '1s', preAllocatedVUs: Math.ceil(vus / 4), maxVUs: vus, ...options };
}

export const options = {
  scenarios: {
    climb: scenario('ramping-arrival-rate', {
      startRate: Math.ceil(peak / 10),
      stages: [...climb, { target: Math.ceil(peak / 10), duration: `${seconds}s` }],
    }),
    after: scenario('constant-arrival-rate', {
      startTime: `${climbSeconds + seconds}s`,
      rate: Math.ceil(peak / 10),
      duration: `${seconds}s`,
    }),
  },
  thresholds: {
    'http_req_failed{scenario:climb}': ['rate<0.05'],
    'http_req_failed{scenario:after}': ['rate<0.01'],
    'http_req_duration{scenario:after}': [`p(95)<${Math.min(2000, number('P95_MS', 500))}`],
  },
};

export const setup = () => prepare(20);
export default work;
export const teardown = cleanUp;
