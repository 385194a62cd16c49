/** Where this server finds the API; read at run time, so that one build serves every environment. */
export const apiUrl = () => process.env.API_URL || 'http://localhost:3001';
