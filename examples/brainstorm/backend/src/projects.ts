import { z } from 'zod';
import type { Database } from './database.js';
import { notFound } from './errors.js';

export interface Project {
  id: string;
  title: string;
  description: string;
  owned: boolean;
  createdAt: Date;
}

export interface Idea {
  id: string;
  projectId: string;
  content: string;
  author: string | null;
  votes: number;
  createdAt: Date;
}

/** Channel on which the database tells of new ideas. */
export const IDEAS_CHANNEL = 'ideas';

const newsSchema = z.object({ projectId: z.uuid(), id: z.uuid() });

/** What a payload of the channel says, if it is one. */
export function newsOf(payload: string) {
  try {
    return newsSchema.safeParse(JSON.parse(payload)).data;
  } catch {
    return undefined;
  }
}

const MAY_SEE = `(p.user_id = $1 OR EXISTS (
  SELECT FROM project_members m WHERE m.project_id = p.id AND m.user_id = $1))`;
const PROJECT = `p.id, p.title, p.description, p.user_id = $1 AS owned, p.created_at AS "createdAt"`;
const IDEA = `i.id, i.project_id AS "projectId", i.content, i.votes, i.created_at AS "createdAt",
  (SELECT u.name FROM users u WHERE u.id = i.user_id) AS author`;

export type Projects = ReturnType<typeof createProjects>;

/** Projects and their ideas, for those who may see them: the owner and the members. Ids are checked to be UUIDs. */
export function createProjects(database: Database) {
  async function list(userId: string): Promise<Project[]> {
    const { rows } = await database.query<Project>(
      `SELECT ${PROJECT} FROM projects p WHERE ${MAY_SEE} ORDER BY p.created_at DESC LIMIT 200`,
      [userId],
    );
    return rows;
  }

  async function find(userId: string, id: string): Promise<Project> {
    const { rows } = await database.query<Project>(
      `SELECT ${PROJECT} FROM projects p WHERE p.id = $2 AND ${MAY_SEE}`,
      [userId, id],
    );
    return one(rows, 'Project');
  }

  async function create(userId: string, title: string, description: string): Promise<Project> {
    const { rows } = await database.query<Project>(
      `INSERT INTO projects AS p (user_id, title, description) VALUES ($1, $2, $3) RETURNING ${PROJECT}`,
      [userId, title, description],
    );
    return one(rows, 'Project');
  }

  /** What is not given stays. */
  async function update(userId: string, id: string, change: { title?: string; description?: string }) {
    const { rows } = await database.query<Project>(
      `UPDATE projects p SET title = coalesce($3, title), description = coalesce($4, description)
       WHERE p.id = $2 AND p.user_id = $1 RETURNING ${PROJECT}`,
      [userId, id, change.title ?? null, change.description ?? null],
    );
    return one(rows, 'Project');
  }

  async function remove(userId: string, id: string): Promise<void> {
    const { rows } = await database.query('DELETE FROM projects WHERE id = $2 AND user_id = $1 RETURNING id', [
      userId,
      id,
    ]);
    one(rows, 'Project');
  }

  async function invite(userId: string, id: string, email: string): Promise<void> {
    const { rows } = await database.query(
      `INSERT INTO project_members (project_id, user_id)
       SELECT p.id, u.id FROM projects p, users u WHERE p.id = $2 AND p.user_id = $1 AND u.email = $3
       ON CONFLICT (project_id, user_id) DO UPDATE SET user_id = excluded.user_id RETURNING user_id`,
      [userId, id, email],
    );
    one(rows, 'Project or user');
  }

  async function ideas(userId: string, id: string): Promise<Idea[]> {
    await find(userId, id);
    const { rows } = await database.query<Idea>(
      `SELECT ${IDEA} FROM ideas i WHERE i.project_id = $1 ORDER BY i.created_at DESC, i.id LIMIT 500`,
      [id],
    );
    return rows;
  }

  /** Adds ideas and tells everyone who listens, in one transaction. Without an author the model had them. */
  async function addIdeas(projectId: string, author: string | null, contents: string[]): Promise<Idea[]> {
    const { rows } = await database.query<Idea>(
      `WITH i AS (
         INSERT INTO ideas (project_id, user_id, content) SELECT $1, $2, unnest($3::text[]) RETURNING *),
       told AS MATERIALIZED (
         SELECT i.id, pg_notify($4, json_build_object('projectId', i.project_id, 'id', i.id)::text) FROM i)
       SELECT ${IDEA} FROM i JOIN told USING (id)`,
      [projectId, author, contents, IDEAS_CHANNEL],
    );
    return rows;
  }

  /** An idea as everyone may see it who sees its project. */
  async function findIdea(id: string): Promise<Idea | undefined> {
    const { rows } = await database.query<Idea>(`SELECT ${IDEA} FROM ideas i WHERE i.id = $1`, [id]);
    return rows[0];
  }

  async function changeIdea(userId: string, id: string, content: string): Promise<Idea> {
    const { rows } = await database.query<Idea>(
      `UPDATE ideas i SET content = $3 FROM projects p
       WHERE i.id = $2 AND p.id = i.project_id AND ${MAY_SEE} RETURNING ${IDEA}`,
      [userId, id, content],
    );
    return one(rows, 'Idea');
  }

  async function vote(userId: string, id: string): Promise<Idea> {
    const { rows } = await database.query<Idea>(
      `UPDATE ideas i SET votes = votes + 1 FROM projects p
       WHERE i.id = $2 AND p.id = i.project_id AND ${MAY_SEE} RETURNING ${IDEA}`,
      [userId, id],
    );
    return one(rows, 'Idea');
  }

  async function removeIdea(userId: string, id: string): Promise<void> {
    const { rows } = await database.query(
      `DELETE FROM ideas i USING projects p
       WHERE i.id = $2 AND p.id = i.project_id AND ${MAY_SEE} RETURNING i.id`,
      [userId, id],
    );
    one(rows, 'Idea');
  }

  return { list, find, create, update, remove, invite, ideas, addIdeas, findIdea, changeIdea, vote, removeIdea };
}

function one<Row>(rows: Row[], what: string): Row {
  const [row] = rows;
  if (row === undefined) throw notFound(what);
  return row;
}
