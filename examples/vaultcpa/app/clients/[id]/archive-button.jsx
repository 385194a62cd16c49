'use client';

import { useRouter } from 'next/navigation';
import { api } from '../../../lib/browser-api.js';
import { Form } from '../../form.jsx';

export function ArchiveButton({ id, status }) {
  const router = useRouter();
  const archived = status === 'ARCHIVED';

  async function toggle() {
    await api('PATCH', `/clients/${id}`, { status: archived ? 'ACTIVE' : 'ARCHIVED' });
    router.refresh();
  }

  return <Form send={toggle} action={archived ? 'Reactivate' : 'Archive'} inline />;
}
