import { createApiClient } from './api-client.js';
import { PUBLIC_API_URL } from './public-api-url.js';

/** Calls the API from the browser; the session travels in cookies. */
export const api = createApiClient(PUBLIC_API_URL, { credentials: 'include' });
