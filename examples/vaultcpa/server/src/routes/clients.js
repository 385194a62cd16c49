const { Router } = require('express');
const Joi = require('joi');
const { conflict, notFound } = require('../errors');
const { email, identified, page } = require('../fields');
const { validate } = require('../middleware/validate');

const fields = {
  name: Joi.string().trim().min(1).max(200),
  email: email.allow(null),
  taxId: Joi.string()
    .pattern(/^\d{2}-\d{7}$/)
    .allow(null)
    .messages({ 'string.pattern.base': '{{#label}} must look like 12-3456789' }),
  notes: Joi.string().max(10_000).allow(''),
  status: Joi.string().valid('ACTIVE', 'ARCHIVED'),
};
const newClient = Joi.object({ ...fields, name: fields.name.required() });
const changes = Joi.object(fields).min(1);
const query = Joi.object({
  q: Joi.string().trim().max(200).allow(''),
  status: fields.status,
  ...page,
});

function clientRoutes({ prisma }) {
  const router = Router();

  router.get('/', async (req, res) => {
    const { q, status, limit, offset } = validate(query, req.query);
    const where = { status, ...(q && { name: { contains: q, mode: 'insensitive' } }) };
    const [clients, total] = await prisma.$transaction([
      prisma.client.findMany({
        where,
        include: { _count: { select: { documents: true } } },
        orderBy: [{ name: 'asc' }, { id: 'asc' }],
        skip: offset,
        take: limit,
      }),
      prisma.client.count({ where }),
    ]);
    res.json({ clients: clients.map(present), total });
  });

  router.post('/', async (req, res) => {
    const client = await prisma.client.create({ data: validate(newClient, req.body) }).catch(taxIdTaken);
    res.status(201).json({ client });
  });

  router.get('/:id', async (req, res) => {
    const { id } = validate(identified, req.params);
    const client = await prisma.client.findUnique({
      where: { id },
      include: { _count: { select: { documents: true } } },
    });
    if (!client) throw notFound('Client');
    res.json({ client: present(client) });
  });

  router.patch('/:id', async (req, res) => {
    const { id } = validate(identified, req.params);
    const data = validate(changes, req.body);
    res.json({ client: await prisma.client.update({ where: { id }, data }).catch(taxIdTaken) });
  });

  router.delete('/:id', async (req, res) => {
    const { id } = validate(identified, req.params);
    if (await prisma.document.findFirst({ where: { clientId: id }, select: { id: true } })) {
      throw conflict('The client has documents; archive it instead');
    }
    await prisma.client.delete({ where: { id } });
    res.status(204).end();
  });

  return router;
}

function taxIdTaken(error) {
  throw error.code === 'P2002' ? conflict('Another client has this tax id') : error;
}

const present = ({ _count, ...client }) => ({ ...client, documentCount: _count.documents });

module.exports = { clientRoutes };
