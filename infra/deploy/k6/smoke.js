// Does it work at all? One person walks the main paths; run after every deployment.

import http from 'k6/http';
import { check } from 'k6';
import { BASE_URL, cleanUp, moveTask, number, prepare, readBoard, readTask, thresholds } from './target.js';

export const options = {
  vus: 1,
  iterations: number('ITERATIONS', 5),
  thresholds: { ...thresholds(), checks: ['rate==1'] },
};

export const setup = () => prepare(1);

export default function smoke({ token, board, taskIds }) {
  const ready = http.get(`${BASE_URL}/readyz`, { tags: { name: 'readyz' } });
  const client = http.get(`${BASE_URL}/`, { tags: { name: 'client' } });
  const schema = http.get(`${BASE_URL}/schema.graphql`, { tags: { name: 'schema' } });
  const columnId = board.columns[__ITER % board.columns.length].id;
  const moved = moveTask(token, taskIds[0], columnId, `smoke-${__ITER}`);
  const task = readTask(token, taskIds[0]);
  check(null, {
    'it is ready': () => ready.status === 200,
    'the client is served': () => client.status === 200 && client.body.includes('<div id="root">'),
    'the schema is served': () => schema.status === 200 && schema.body.includes('type Query'),
    'a board can be read': () => readBoard(token) !== null,
    'a task can be moved': () => moved !== null,
    'and is where it was moved to': () => task !== null && task.task.column.id === columnId,
  });
}

export const teardown = cleanUp;
