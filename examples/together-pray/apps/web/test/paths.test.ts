import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOwnForm, ownPath } from '../lib/paths.ts';

test('a login leads to our own pages only', () => {
  assert.equal(ownPath('/groups/1?x=2'), '/groups/1?x=2');
  for (const path of ['https://evil.example', '//evil.example', '/\\evil.example', '', null, undefined]) {
    assert.equal(ownPath(path), '/');
  }
});

test('forms of other sites are known by what the browser says', () => {
  const from = (site?: string) =>
    isOwnForm(new Request('http://x.example', { headers: site ? { 'sec-fetch-site': site } : {} }));
  assert.deepEqual([from('same-origin'), from(), from('cross-site'), from('same-site')], [true, true, false, false]);
});
