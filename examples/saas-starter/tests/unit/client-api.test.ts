import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, createApi } from '../../src/client/api.ts';

function answering(status: number, body: string | null) {
  const asked: { url: string; init?: RequestInit }[] = [];
  const send: typeof fetch = async (url, init) => {
    asked.push({ url: String(url), init });
    return new Response(body, { status });
  };
  return { asked, send };
}

test('asks as whoever the token is of', async () => {
  const { asked, send } = answering(200, '{"plans":[],"paymentEnabled":false}');
  assert.deepEqual(await createApi('https://api.example.com', 'abc', send).plans(), {
    plans: [],
    paymentEnabled: false,
  });
  assert.equal(asked[0]?.url, 'https://api.example.com/api/billing/plans');
  assert.deepEqual(asked[0]?.init?.headers, { Authorization: 'Bearer abc' });
});

test('passes on what the server said when it refused', async () => {
  const { send } = answering(401, '{"error":"E-mail or password is wrong"}');
  const refused = createApi('', null, send).login('ada@example.com', 'nonsense');
  await assert.rejects(refused, new ApiError(401, 'E-mail or password is wrong'));
});

test('has words for an answer that is no JSON, and none for an empty one', async () => {
  await assert.rejects(createApi('', null, answering(502, '<html>').send).plans(), /answered 502/);
  assert.equal(await createApi('', 'abc', answering(204, null).send).logout(), undefined);
});
