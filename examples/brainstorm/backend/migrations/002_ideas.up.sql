CREATE TABLE ideas (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id UUID NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  -- NULL: the model had it.
  user_id UUID REFERENCES users (id) ON DELETE SET NULL,
  content VARCHAR(2000) NOT NULL,
  votes INTEGER NOT NULL DEFAULT 0,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE INDEX ideas_project_id_created_at ON ideas (project_id, created_at);
