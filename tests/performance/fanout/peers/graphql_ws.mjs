// graphql-ws over ws, with graphql-js: `node graphql_ws.mjs PORT FOLDER`, where FOLDER has the
// packages. `POST /change` publishes one event, which is all in memory.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const [port, folder] = process.argv.slice(2);
const require = createRequire(`${folder}/package.json`);
const { buildSchema } = require('graphql');
const { useServer } = require('graphql-ws/use/ws');
const { WebSocketServer } = require('ws');

const schema = buildSchema(`
  scalar JSON scalar DateTime scalar Date
  type User { id: ID! name: String! }
  type Column { id: ID! }
  type Label { id: ID! name: String! color: String! }
  type Task {
    id: ID! key: String! title: String! priority: String! position: String! dueDate: Date
    version: Int! column: Column! assignee: User labels: [Label!]! commentCount: Int!
  }
  type FieldChange { field: String! before: JSON after: JSON }
  type ProjectEvent {
    seq: Int! occurredAt: DateTime! kind: String! taskId: ID! actor: User!
    changes: [FieldChange!]! task: Task!
  }
  type ResyncRequired { reason: String! cursor: String! }
  union ProjectUpdate = ProjectEvent | ResyncRequired
  type Query { seq: Int! }
  type Subscription { projectEvents(projectId: ID!): ProjectUpdate! }
`);

const followers = new Set();

// The events from now on, for one subscriber.
function follow() {
  const waiting = [];
  let wake = null;
  let isOver = false;
  const follower = (event) => {
    if (wake === null) waiting.push(event);
    else {
      wake({ value: event, done: false });
      wake = null;
    }
  };
  followers.add(follower);
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next() {
      if (isOver) return Promise.resolve({ value: undefined, done: true });
      if (waiting.length > 0) return Promise.resolve({ value: waiting.shift(), done: false });
      return new Promise((resolve) => {
        wake = resolve;
      });
    },
    return() {
      isOver = true;
      followers.delete(follower);
      wake?.({ value: undefined, done: true });
      return Promise.resolve({ value: undefined, done: true });
    },
  };
}

const [taskId, columnId, actorId] = [randomUUID(), randomUUID(), randomUUID()];
let seq = 0;

function publish() {
  seq += 1;
  const [before, title] = [`Watched ${seq - 1}`, `Watched ${seq}`];
  const projectEvents = {
    __typename: 'ProjectEvent',
    seq,
    occurredAt: new Date().toISOString(),
    kind: 'TASK_UPDATED',
    taskId,
    actor: { id: actorId, name: 'Watcher' },
    changes: [{ field: 'title', before, after: title }],
    task: {
      id: taskId,
      key: 'FAN0-1',
      title,
      priority: 'NONE',
      position: 'a0',
      dueDate: null,
      version: seq,
      column: { id: columnId },
      assignee: null,
      labels: [],
      commentCount: 0,
    },
  };
  for (const follower of followers) follower({ projectEvents });
}

const http = createServer((request, response) => {
  if (request.url === '/change') publish();
  response.writeHead(204).end();
});
const websockets = new WebSocketServer({ server: http, path: '/graphql' });
useServer({ schema, roots: { subscription: { projectEvents: follow } } }, websockets);
http.listen(Number(port), '127.0.0.1', 2048);
