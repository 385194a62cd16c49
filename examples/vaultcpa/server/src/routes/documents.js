const { createHash } = require('node:crypto');
const { Router } = require('express');
const Joi = require('joi');
const { notFound } = require('../errors');
const { identified, page } = require('../fields');
const { validate } = require('../middleware/validate');

const newDocument = Joi.object({
  name: Joi.string().trim().min(1).max(200).required(),
  kind: Joi.string().valid('TAX_RETURN', 'STATEMENT', 'ENGAGEMENT_LETTER', 'OTHER').default('OTHER'),
  taxYear: Joi.number().integer().min(1900).max(2200).allow(null),
  contentType: Joi.string()
    .pattern(/^[\w.+-]+\/[\w.+-]+$/)
    .max(100)
    .default('application/octet-stream'),
  content: Joi.string().base64().required(),
});
const query = Joi.object(page);

// Everything but the content, which only the download reads.
const listed = {
  id: true,
  clientId: true,
  name: true,
  kind: true,
  taxYear: true,
  contentType: true,
  sizeBytes: true,
  sha256: true,
  createdAt: true,
  client: { select: { name: true } },
  uploadedBy: { select: { name: true } },
};

function documentRoutes({ prisma }) {
  const router = Router();

  async function list(req, res, where) {
    const { limit, offset } = validate(query, req.query);
    const [documents, total] = await prisma.$transaction([
      prisma.document.findMany({
        where,
        select: listed,
        orderBy: [{ createdAt: 'desc' }, { id: 'asc' }],
        skip: offset,
        take: limit,
      }),
      prisma.document.count({ where }),
    ]);
    res.json({ documents, total });
  }

  router.get('/documents', (req, res) => list(req, res, {}));

  router.get('/clients/:id/documents', async (req, res) => {
    const { id } = validate(identified, req.params);
    if (!(await prisma.client.findUnique({ where: { id }, select: { id: true } }))) throw notFound('Client');
    await list(req, res, { clientId: id });
  });

  router.post('/clients/:id/documents', async (req, res) => {
    const { id: clientId } = validate(identified, req.params);
    const { content, ...data } = validate(newDocument, req.body);
    if (!(await prisma.client.findUnique({ where: { id: clientId }, select: { id: true } }))) throw notFound('Client');
    const { id } = await prisma.document.create({
      data: { ...data, clientId, uploadedById: req.user.id, content: Buffer.from(content, 'base64') },
      select: { id: true },
    });
    // Read back, because size and fingerprint are the database's doing.
    res.status(201).json({ document: await prisma.document.findUnique({ where: { id }, select: listed }) });
  });

  router.get('/documents/:id', async (req, res) => {
    const { id } = validate(identified, req.params);
    const document = await prisma.document.findUnique({ where: { id }, select: listed });
    if (!document) throw notFound('Document');
    res.json({ document });
  });

  router.get('/documents/:id/content', async (req, res) => {
    const { id } = validate(identified, req.params);
    const document = await prisma.document.findUnique({ where: { id } });
    if (!document) throw notFound('Document');
    const sha256 = createHash('sha256').update(document.content).digest('hex');
    if (sha256 !== document.sha256) throw new Error(`document ${id} does not match its fingerprint`);
    res.attachment(document.name).type(document.contentType).set('Cache-Control', 'private, no-store');
    res.send(Buffer.from(document.content));
  });

  router.delete('/documents/:id', async (req, res) => {
    const { id } = validate(identified, req.params);
    await prisma.document.delete({ where: { id } });
    res.status(204).end();
  });

  return router;
}

module.exports = { documentRoutes };
