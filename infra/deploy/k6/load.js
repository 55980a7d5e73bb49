// The load of a busy day: more than 1000 requests a second, at a rate that does not wait for slow
// answers.
//
//   LOAD_RATE 1200, LOAD_SECONDS 300, LOAD_MIN_RATE 1000, VUS 400

import { cleanUp, number, prepare, thresholds, work } from './target.js';

const rate = number('LOAD_RATE', 1200);

export const options = {
  scenarios: {
    load: {
      executor: 'constant-arrival-rate',
      rate,
      timeUnit: '1s',
      duration: `${number('LOAD_SECONDS', 300)}s`,
      preAllocatedVUs: Math.ceil(number('VUS', 400) / 4),
      maxVUs: number('VUS', 400),
    },
  },
  thresholds: {
    ...thresholds(),
    'http_reqs{scenario:load}': [`rate>${number('LOAD_MIN_RATE', 1000)}`],
    // Requests that could not even be sent: every one would make the other figures look better.
    dropped_iterations: [`count<=${Math.ceil(rate * number('LOAD_SECONDS', 300) * 0.01)}`],
  },
};

export const setup = () => prepare(20);
export default work;
export const teardown = cleanUp;
