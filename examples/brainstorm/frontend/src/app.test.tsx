import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { MemoryRouter } from 'react-router';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createApi, type Idea } from './api';
import { App } from './app';
import { withIdea } from './live';

const project = { id: 'p1', title: 'Engine', description: '', owned: true };
const idea = (id: string, content: string): Idea => ({ id, projectId: 'p1', content, author: 'ada', votes: 0 });

/** What the server answers, by method and path; a list is answered one after the other. */
let answers: Record<string, [number, unknown][]>;
let asked: string[];

class Socket {
  static all: Socket[] = [];
  onopen?: () => void;
  onmessage?: (event: { data: string }) => void;
  onclose?: (event: { code: number }) => void;
  sent: string[] = [];

  constructor(readonly address: string) {
    Socket.all.push(this);
  }

  send(text: string) {
    this.sent.push(text);
  }

  close() {}

  tell(message: object) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

beforeEach(() => {
  Socket.all = [];
  asked = [];
  answers = {
    'POST /api/auth/refresh': [[200, { accessToken: 'token' }]],
    'GET /api/projects': [[200, { projects: [project] }]],
    'GET /api/projects/p1': [[200, { project }]],
    'GET /api/projects/p1/ideas': [[200, { ideas: [idea('i1', 'Steam')] }]],
  };
  vi.stubGlobal('WebSocket', Socket);
  vi.stubGlobal('fetch', (path: string, { method }: { method: string }) => {
    const call = `${method} ${path}`;
    asked.push(call);
    const known = answers[call] ?? [];
    const [status, body] = (known.length > 1 ? known.shift() : known[0]) ?? [404, { error: `${call} not found` }];
    return Promise.resolve(new Response(JSON.stringify(body), { status }));
  });
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const open = (path: string) =>
  render(
    <MemoryRouter initialEntries={[path]}>
      <App api={createApi('')} />
    </MemoryRouter>,
  );

test('asks a visitor to sign in, and shows what was wrong', async () => {
  answers['POST /api/auth/refresh'] = [[401, { error: 'Sign in first' }]];
  answers['POST /api/auth/login'] = [
    [401, { error: 'Email or password is wrong' }],
    [200, { accessToken: 'token' }],
  ];
  open('/');
  const submit = await screen.findByRole('button', { name: 'Sign in' });
  fireEvent.submit(submit.closest('form') as HTMLFormElement);
  expect((await screen.findByRole('alert')).textContent).toBe('Email or password is wrong');
  fireEvent.submit(submit.closest('form') as HTMLFormElement);
  expect(await screen.findByText('Engine')).toBeTruthy();
});

test('renews a session that has run out, once for all', async () => {
  answers['GET /api/projects/p1'] = [[401, {}], [200, { project }]];
  answers['GET /api/projects/p1/ideas'] = [[401, {}], [200, { ideas: [idea('i1', 'Steam')] }]];
  open('/projects/p1');
  expect(await screen.findByText('Engine')).toBeTruthy();
  expect(await screen.findByText('Steam')).toBeTruthy();
  // One when the page opens, one for both requests.
  expect(asked.filter((call) => call === 'POST /api/auth/refresh')).toHaveLength(2);
});

test('shows ideas as they are told, and comes back when the server restarts', async () => {
  open('/projects/p1');
  expect(await screen.findByText('Steam')).toBeTruthy();
  const [first] = Socket.all;
  expect(first?.address).toMatch(/^ws:.*\/api\/ws$/);
  first?.onopen?.();
  expect(JSON.parse(first?.sent[0] ?? '')).toEqual({ type: 'join', token: 'token', projectId: 'p1' });
  first?.tell({ type: 'joined' });
  first?.tell({ type: 'idea', idea: idea('i2', 'Water') });
  expect(await screen.findByText('Water')).toBeTruthy();
  expect(screen.getByText('Live')).toBeTruthy();

  first?.onclose?.({ code: 1001 });
  expect(await screen.findByText('Connecting…')).toBeTruthy();
  await waitFor(() => expect(Socket.all).toHaveLength(2), { timeout: 5_000 });
  answers['GET /api/projects/p1/ideas'] = [[200, { ideas: [idea('i3', 'Wind'), idea('i1', 'Steam')] }]];
  Socket.all[1]?.tell({ type: 'joined' });
  expect(await screen.findByText('Wind')).toBeTruthy();
});

test('an idea stands once, the newest first', () => {
  const [one, two] = [idea('i1', 'Steam'), idea('i2', 'Water')];
  expect(withIdea([one], two)).toEqual([two, one]);
  expect(withIdea([two, one], { ...one, votes: 1 })).toEqual([two, { ...one, votes: 1 }]);
});
