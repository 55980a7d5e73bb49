// What the tests share: where the server is, who asks it, and what counts as an error.
//
//   BASE_URL          http://127.0.0.1:8000
//   TASKWIRE_TOKEN    a bearer token; without it the tests sign in:
//   EMAIL, PASSWORD   the demo's owner
//   WORKSPACE, PROJECT  demo, DEMO: a project the tests may change
//   P95_MS, ERROR_RATE  bounds for the environment, never wider than the required ones

import http from 'k6/http';
import { Rate } from 'k6/metrics';

export const BASE_URL = __ENV.BASE_URL || 'http://127.0.0.1:8000';
const WORKSPACE = __ENV.WORKSPACE || 'demo';
const PROJECT = __ENV.PROJECT || 'DEMO';

// Required of every environment: 95 of 100 requests within 2 s, fewer than 1 of 100 failing.
const REQUIRED_P95_MS = 2000;
const REQUIRED_ERROR_RATE = 0.01;

// A response of 200 that carries errors is one, too.
export const graphqlErrors = new Rate('graphql_errors');

export function number(name, standard) {
  const value = Number(__ENV[name] || standard);
  if (!Number.isFinite(value) || value < 0) {
    throw new Error(`${name} is no number: ${__ENV[name]}`);
  }
  return value;
}

// The required thresholds, and our own, which are tighter where the environment does not say
// otherwise.
export function thresholds(p95Ms = 500, errorRate = 0.001) {
  const ownP95Ms = number('P95_MS', p95Ms);
  const ownErrorRate = number('ERROR_RATE', errorRate);
  return {
    http_req_duration: [`p(95)<${REQUIRED_P95_MS}`, `p(95)<${ownP95Ms}`],
    http_req_failed: [`rate<${REQUIRED_ERROR_RATE}`, `rate<=${ownErrorRate}`],
    graphql_errors: [`rate<${REQUIRED_ERROR_RATE}`, `rate<=${ownErrorRate}`],
  };
}

export function signIn() {
  if (__ENV.TASKWIRE_TOKEN) {
    return __ENV.TASKWIRE_TOKEN;
  }
  const answer = http.post(
    `${BASE_URL}/auth/login`,
    JSON.stringify({
      email: __ENV.EMAIL || 'owner@demo.test',
      password: __ENV.PASSWORD || 'taskwire-demo',
    }),
    { headers: { 'content-type': 'application/json' }, tags: { name: 'sign in' } },
  );
  if (answer.status !== 200) {
    throw new Error(`cannot sign in: ${answer.status} ${answer.body}`);
  }
  return answer.json('accessToken');
}

// The data of an operation, or null when it failed; what failed is counted, and said once a test.
export function ask(token, name, query, variables = {}) {
  const answer = http.post(`${BASE_URL}/graphql`, JSON.stringify({ query, variables }), {
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      authorization: `Bearer ${token}`,
    },
    // Without a name every request would be a time series of its own.
    tags: { name },
  });
  const body = answer.status === 200 ? answer.json() : null;
  const isWrong = body === null || body.errors !== undefined || hasUserErrors(body.data);
  graphqlErrors.add(isWrong, { name });
  if (isWrong && __ITER === 0) {
    console.error(`${name}: ${answer.status} ${String(answer.body).slice(0, 300)}`);
  }
  return isWrong ? null : body.data;
}

function hasUserErrors(data) {
  return Object.values(data).some((field) => field && field.errors && field.errors.length > 0);
}

const BOARD = `query Board($workspace: String!, $project: String!) {
  project(workspaceSlug: $workspace, key: $project) {
    id
    cursor
    columns {
      id
      name
      taskCount
      tasks(first: 50) {
        nodes { id key title position priority dueDate version assignee { id name } labels { id name } }
      }
    }
  }
}`;

export function readBoard(token) {
  const data = ask(token, 'board', BOARD, { workspace: WORKSPACE, project: PROJECT });
  return data === null ? null : data.project;
}

const TASK = `query Task($id: ID!) {
  task(id: $id) { id key title description priority version column { id name } assignee { id name } }
}`;

export function readTask(token, id) {
  return ask(token, 'task', TASK, { id });
}

const CREATE = `mutation Create($input: TaskCreateInput!) {
  taskCreate(input: $input) { task { id } errors { code message } }
}`;

export function createTask(token, board, title) {
  const input = { projectId: board.id, columnId: board.columns[0].id, title };
  const data = ask(token, 'create a task', CREATE, { input });
  return data === null ? null : data.taskCreate.task.id;
}

const MOVE = `mutation Move($input: TaskMoveInput!) {
  taskMove(input: $input) { task { id version } cursor errors { code message } }
}`;

export function moveTask(token, taskId, columnId, clientMutationId) {
  return ask(token, 'move a task', MOVE, { input: { taskId, columnId, clientMutationId } });
}

const DELETE = `mutation Delete($input: TaskDeleteInput!) {
  taskDelete(input: $input) { errors { code message } }
}`;

export function deleteTask(token, taskId) {
  return ask(token, 'delete a task', DELETE, { input: { taskId } });
}

// A board to work on with some tasks of its own, so that nobody's tasks are moved about.
export function prepare(count) {
  const token = signIn();
  const board = readBoard(token);
  if (board === null) {
    throw new Error(`there is no project ${PROJECT} in ${WORKSPACE}`);
  }
  const taskIds = [];
  for (let i = 0; i < count; i += 1) {
    taskIds.push(createTask(token, board, `Load test ${i + 1}`));
  }
  return { token, board, taskIds };
}

export function cleanUp({ token, taskIds }) {
  for (const id of taskIds) {
    deleteTask(token, id);
  }
}

// Mostly reading, as people do: of 20 requests 16 open a task, 3 a board, 1 moves a card.
export function work({ token, board, taskIds }) {
  const turn = __ITER % 20;
  const taskId = taskIds[(__VU + __ITER) % taskIds.length];
  if (turn < 16) {
    readTask(token, taskId);
  } else if (turn < 19) {
    readBoard(token);
  } else {
    moveTask(token, taskId, board.columns[__ITER % board.columns.length].id, `load-${__VU}-${__ITER}`);
  }
}
