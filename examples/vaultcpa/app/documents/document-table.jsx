import Link from 'next/link';
import { downloadUrl } from '../../lib/public-api-url.js';
import { day, documentKind, fileSize } from '../../lib/format.js';

export function DocumentTable({ documents, withClient = false }) {
  if (documents.length === 0) return <p className="muted">None yet.</p>;
  return (
    <table>
      <thead>
        <tr>
          <th>Name</th>
          {withClient && <th>Client</th>}
          <th>Kind</th>
          <th>Year</th>
          <th>Size</th>
          <th>Added</th>
          <th>SHA-256</th>
        </tr>
      </thead>
      <tbody>
        {documents.map((document) => (
          <tr key={document.id}>
            <td>
              <a href={downloadUrl(document.id)}>{document.name}</a>
            </td>
            {withClient && (
              <td>
                <Link href={`/clients/${document.clientId}`}>{document.client.name}</Link>
              </td>
            )}
            <td>{documentKind(document.kind)}</td>
            <td>{document.taxYear}</td>
            <td>{fileSize(document.sizeBytes)}</td>
            <td>
              {day(document.createdAt)}
              {document.uploadedBy && ` by ${document.uploadedBy.name}`}
            </td>
            <td>
              <code title={document.sha256}>{document.sha256.slice(0, 12)}</code>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
