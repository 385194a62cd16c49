/** A path of this site, or the start page: a link to the login must not lead elsewhere. */
export const ownPath = (path: string | null | undefined): string =>
  /^\/(?![/\\])[^\s\\]*$/.test(path ?? '') ? (path as string) : '/';

/** Whether a form was sent from one of our own pages, as far as the browser says. */
export const isOwnForm = (request: Request): boolean =>
  ['same-origin', 'none', null].includes(request.headers.get('sec-fetch-site'));
