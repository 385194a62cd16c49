import Link from 'next/link';
import { read } from '../../lib/server-api.js';
import { NewClientForm } from './new-client-form.jsx';

export const metadata = { title: 'Clients' };

export default async function ClientsPage({ searchParams }) {
  const { q = '' } = await searchParams;
  const { clients, total } = await read(`/clients?limit=200&q=${encodeURIComponent(q)}`, '/clients');
  return (
    <>
      <h1>Clients</h1>
      <form className="inline">
        <input name="q" defaultValue={q} placeholder="Name" aria-label="Search by name" />
        <button>Search</button>
      </form>
      <p className="muted">
        {clients.length} of {total}
      </p>
      <table>
        <thead>
          <tr>
            <th>Name</th>
            <th>Tax id</th>
            <th>Status</th>
            <th>Documents</th>
          </tr>
        </thead>
        <tbody>
          {clients.map((client) => (
            <tr key={client.id}>
              <td>
                <Link href={`/clients/${client.id}`}>{client.name}</Link>
              </td>
              <td>{client.taxId}</td>
              <td>{client.status.toLowerCase()}</td>
              <td>{client.documentCount}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <h2>New client</h2>
      <NewClientForm />
    </>
  );
}
