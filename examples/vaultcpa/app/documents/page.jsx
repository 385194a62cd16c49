import { read } from '../../lib/server-api.js';
import { DocumentTable } from './document-table.jsx';

export const metadata = { title: 'Documents' };

export default async function DocumentsPage() {
  const { documents, total } = await read('/documents?limit=200', '/documents');
  return (
    <>
      <h1>Documents</h1>
      <p className="muted">
        {documents.length} of {total}
      </p>
      <DocumentTable documents={documents} withClient />
    </>
  );
}
