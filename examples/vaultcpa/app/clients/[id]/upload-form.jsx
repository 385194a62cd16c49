'use client';

import { useRouter } from 'next/navigation';
import { api } from '../../../lib/browser-api.js';
import { documentKinds } from '../../../lib/format.js';
import { Form } from '../../form.jsx';

export function UploadForm({ clientId }) {
  const router = useRouter();

  async function upload(fields) {
    const file = fields.get('file');
    await api('POST', `/clients/${clientId}/documents`, {
      name: file.name,
      kind: fields.get('kind'),
      taxYear: fields.get('taxYear') ? Number(fields.get('taxYear')) : null,
      contentType: file.type || undefined,
      content: await base64(file),
    });
    router.refresh();
  }

  return (
    <Form send={upload} action="Upload" inline>
      <label>
        File (up to 1 MB)
        <input name="file" type="file" required />
      </label>
      <label>
        Kind
        <select name="kind" defaultValue="OTHER">
          {documentKinds.map(([kind, title]) => (
            <option key={kind} value={kind}>
              {title}
            </option>
          ))}
        </select>
      </label>
      <label>
        Tax year
        <input name="taxYear" type="number" min="1900" max="2200" />
      </label>
    </Form>
  );
}

function base64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(',') + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}
