import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileSize, ownPath } from '../lib/format.js';

test('a login leads to pages of this site only', () => {
  assert.equal(ownPath('/clients/42'), '/clients/42');
  for (const path of [undefined, '', 'https://evil.example', '//evil.example', '/\\evil.example', 'javascript:alert(1)']) {
    assert.equal(ownPath(path), '/clients');
  }
});

test('sizes are readable', () => {
  assert.equal(fileSize(12), '12 B');
  assert.equal(fileSize(1536), '1.5 KB');
  assert.equal(fileSize(1024 * 1024), '1.0 MB');
});
