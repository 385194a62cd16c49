import { read } from '../../../lib/server-api.js';
import { DocumentTable } from '../../documents/document-table.jsx';
import { ArchiveButton } from './archive-button.jsx';
import { UploadForm } from './upload-form.jsx';

export const metadata = { title: 'Client' };

export default async function ClientPage({ params }) {
  const path = `/clients/${encodeURIComponent((await params).id)}`;
  const [{ client }, { documents }] = await Promise.all([
    read(path, path),
    read(`${path}/documents?limit=200`, path),
  ]);
  return (
    <>
      <h1>{client.name}</h1>
      <p className="muted">
        {[client.email, client.taxId, client.status.toLowerCase()].filter(Boolean).join(' · ')}
      </p>
      {client.notes && <p>{client.notes}</p>}
      <ArchiveButton id={client.id} status={client.status} />
      <h2>Documents</h2>
      <DocumentTable documents={documents} />
      <h2>Add a document</h2>
      <UploadForm clientId={client.id} />
    </>
  );
}
