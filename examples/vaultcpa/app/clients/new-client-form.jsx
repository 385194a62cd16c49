'use client';

import { useRouter } from 'next/navigation';
import { api } from '../../lib/browser-api.js';
import { Form } from '../form.jsx';

export function NewClientForm() {
  const router = useRouter();

  async function create(fields) {
    const { client } = await api('POST', '/clients', {
      name: fields.get('name'),
      email: fields.get('email') || null,
      taxId: fields.get('taxId') || null,
    });
    router.push(`/clients/${client.id}`);
  }

  return (
    <Form send={create} action="Add client" inline>
      <label>
        Name
        <input name="name" required />
      </label>
      <label>
        E-mail
        <input name="email" type="email" />
      </label>
      <label>
        Tax id
        <input name="taxId" placeholder="12-3456789" />
      </label>
    </Form>
  );
}
