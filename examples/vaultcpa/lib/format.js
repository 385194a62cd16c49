const KINDS = {
  TAX_RETURN: 'Tax return',
  STATEMENT: 'Statement',
  ENGAGEMENT_LETTER: 'Engagement letter',
  OTHER: 'Other',
};

export const documentKinds = Object.entries(KINDS);

export const documentKind = (kind) => KINDS[kind] ?? kind;

export const day = (timestamp) => timestamp.slice(0, 10);

export function fileSize(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

/** A path of this site, or the start page: a login link must not lead elsewhere. */
export const ownPath = (path) => (/^\/(?![/\\])[^\s\\]*$/.test(path ?? '') ? path : '/clients');
