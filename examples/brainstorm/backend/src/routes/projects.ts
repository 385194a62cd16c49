import { Router } from 'express';
import { z } from 'zod';
import type { Services } from '../app.js';
import { parse } from '../errors.js';
import { userOf } from '../request.js';

const title = z.string().trim().min(1).max(255);
const description = z.string().trim().max(2_000);
const content = z.string().trim().min(1).max(2_000);

const newProjectSchema = z.object({ title, description: description.default('') });
const projectChangeSchema = z.object({ title: title.optional(), description: description.optional() });
const memberSchema = z.object({ email: z.email().toLowerCase() });
const ideaSchema = z.object({ content });
const suggestSchema = z.object({ count: z.number().int().min(1).max(10).default(3) });
const paramsSchema = z.object({ id: z.uuid() });

const idOf = (params: unknown) => parse(paramsSchema, params).id;

export function projectRoutes({ projects, claude }: Services): Router {
  const router = Router();

  router.get('/', async (_req, res) => {
    res.json({ projects: await projects.list(userOf(res)) });
  });

  router.post('/', async (req, res) => {
    const { title, description } = parse(newProjectSchema, req.body);
    res.status(201).json({ project: await projects.create(userOf(res), title, description) });
  });

  router.get('/:id', async (req, res) => {
    res.json({ project: await projects.find(userOf(res), idOf(req.params)) });
  });

  router.patch('/:id', async (req, res) => {
    const { title, description } = parse(projectChangeSchema, req.body);
    const change = { ...(title !== undefined && { title }), ...(description !== undefined && { description }) };
    res.json({ project: await projects.update(userOf(res), idOf(req.params), change) });
  });

  router.delete('/:id', async (req, res) => {
    await projects.remove(userOf(res), idOf(req.params));
    res.status(204).end();
  });

  router.post('/:id/members', async (req, res) => {
    const { email } = parse(memberSchema, req.body);
    await projects.invite(userOf(res), idOf(req.params), email);
    res.status(204).end();
  });

  router.get('/:id/ideas', async (req, res) => {
    res.json({ ideas: await projects.ideas(userOf(res), idOf(req.params)) });
  });

  router.post('/:id/ideas', async (req, res) => {
    const { content } = parse(ideaSchema, req.body);
    const project = await projects.find(userOf(res), idOf(req.params));
    const [idea] = await projects.addIdeas(project.id, userOf(res), [content]);
    res.status(201).json({ idea });
  });

  router.post('/:id/suggestions', async (req, res) => {
    const { count } = parse(suggestSchema, req.body ?? {});
    const project = await projects.find(userOf(res), idOf(req.params));
    const known = await projects.ideas(userOf(res), project.id);
    const subject = { ...project, ideas: known.map((idea) => idea.content) };
    const contents = await claude.suggest(subject, count);
    res.status(201).json({ ideas: await projects.addIdeas(project.id, null, contents) });
  });

  return router;
}

export function ideaRoutes({ projects }: Services): Router {
  const router = Router();

  router.patch('/:id', async (req, res) => {
    const { content } = parse(ideaSchema, req.body);
    res.json({ idea: await projects.changeIdea(userOf(res), idOf(req.params), content) });
  });

  router.post('/:id/votes', async (req, res) => {
    res.json({ idea: await projects.vote(userOf(res), idOf(req.params)) });
  });

  router.delete('/:id', async (req, res) => {
    await projects.removeIdea(userOf(res), idOf(req.params));
    res.status(204).end();
  });

  return router;
}
