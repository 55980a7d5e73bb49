// Many open boards: every socket sees every change once, in order and soon.
//
//   SOCKETS 1000, MOVES_RATE 5 a second, LIVE_SECONDS 60, DELIVERY_P95_MS 500

import { WebSocket } from 'k6/experimental/websockets';
import { Counter, Rate, Trend } from 'k6/metrics';
import exec from 'k6/execution';
import { BASE_URL, cleanUp, graphqlErrors, moveTask, number, prepare, thresholds } from './target.js';

const sockets = number('SOCKETS', 1000);
const seconds = number('LIVE_SECONDS', 60);
// Sockets come over some time, as after a deployment.
const openSeconds = number('OPEN_SECONDS', Math.ceil(sockets / 100));
const delivery = new Trend('delivery_duration', true);
const deliveries = new Counter('deliveries');
const acknowledged = new Rate('sockets_acknowledged');
const gaps = new Counter('events_missing_or_repeated');
const closes = new Counter('sockets_closed_by_the_server');

const EVENTS = `subscription Events($projectId: ID!, $after: Cursor) {
  projectEvents(projectId: $projectId, after: $after) {
    __typename
    ... on ProjectEvent { seq kind clientMutationId taskId }
    ... on ResyncRequired { reason }
  }
}`;

export const options = {
  scenarios: {
    watch: {
      executor: 'per-vu-iterations',
      vus: sockets,
      iterations: 1,
      maxDuration: `${openSeconds + seconds + 60}s`,
      exec: 'watch',
    },
    move: {
      executor: 'constant-arrival-rate',
      rate: number('MOVES_RATE', 5),
      timeUnit: '1s',
      startTime: `${openSeconds + 2}s`,
      duration: `${seconds}s`,
      preAllocatedVUs: 10,
      maxVUs: 50,
      exec: 'move',
    },
  },
  thresholds: {
    ...thresholds(),
    delivery_duration: ['p(95)<2000', `p(95)<${number('DELIVERY_P95_MS', 500)}`],
    // Nothing delivered would be nothing late.
    deliveries: [`count>=${Math.floor(sockets * seconds * number('MOVES_RATE', 5) * 0.9)}`],
    sockets_acknowledged: ['rate==1'],
    events_missing_or_repeated: ['count==0'],
    sockets_closed_by_the_server: ['count==0'],
  },
};

export const setup = () => prepare(10);

export function watch({ token, board }) {
  const place = exec.vu.idInTest;
  const delayMs = ((place % sockets) / sockets) * openSeconds * 1000;
  setTimeout(() => open(token, board), delayMs);
}

function open(token, board) {
  const socket = new WebSocket(`${BASE_URL.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws');
  let last = null;
  let isAcknowledged = false;
  let isLeaving = false;
  socket.onopen = () =>
    socket.send(
      JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }),
    );
  socket.onmessage = (event) => {
    const message = JSON.parse(event.data);
    if (message.type === 'connection_ack') {
      isAcknowledged = true;
      const payload = { query: EVENTS, variables: { projectId: board.id } };
      socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload }));
    } else if (message.type === 'ping') {
      socket.send(JSON.stringify({ type: 'pong' }));
    } else if (message.type === 'next') {
      last = receive(message.payload, last);
    } else if (message.type === 'error') {
      graphqlErrors.add(true, { name: 'subscription' });
    }
  };
  socket.onclose = () => {
    acknowledged.add(isAcknowledged);
    if (!isLeaving) {
      closes.add(1);
    }
  };
  setTimeout(
    () => {
      isLeaving = true;
      socket.close();
    },
    (openSeconds + seconds + 10) * 1000,
  );
}

// The sequence number of what came, or the last one when it was nothing with a number.
function receive(payload, last) {
  const event = payload.data && payload.data.projectEvents;
  if (!event || event.__typename !== 'ProjectEvent') {
    graphqlErrors.add(true, { name: 'subscription' });
    return last;
  }
  if (last !== null && event.seq !== last + 1) {
    gaps.add(1);
  }
  const sentAt = /^live-(\d+)-/.exec(event.clientMutationId || '');
  if (sentAt !== null) {
    delivery.add(Date.now() - Number(sentAt[1]));
    deliveries.add(1);
  }
  return event.seq;
}

export function move({ token, board, taskIds }) {
  const turn = exec.scenario.iterationInTest;
  const columnId = board.columns[turn % board.columns.length].id;
  moveTask(token, taskIds[turn % taskIds.length], columnId, `live-${Date.now()}-${turn}`);
}

export const teardown = cleanUp;
