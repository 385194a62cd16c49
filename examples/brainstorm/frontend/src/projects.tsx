import { useEffect, useState } from 'react';
import { Link, useNavigate } from 'react-router';
import type { Api, Project } from './api';
import { text, useSubmit } from './use-submit';

export function Projects({ api }: { api: Api }) {
  const [projects, setProjects] = useState<Project[]>();
  const [problem, setProblem] = useState<string>();
  const navigate = useNavigate();
  const create = useSubmit(async (fields) => {
    const project = await api.createProject(text(fields, 'title'), text(fields, 'description'));
    await navigate(`/projects/${project.id}`);
  });

  useEffect(() => {
    api.projects().then(setProjects, (error: Error) => setProblem(error.message));
  }, [api]);

  return (
    <div className="space-y-6">
      <h2 className="text-2xl font-bold">Projects</h2>
      {problem && <p role="alert" className="text-red-700">{problem}</p>}
      <ul className="space-y-2">
        {projects?.map((project) => (
          <li key={project.id} className="rounded border border-stone-200 bg-white p-4">
            <Link className="link font-medium" to={`/projects/${project.id}`}>{project.title}</Link>
            {!project.owned && <span className="ml-2 text-sm text-stone-500">shared with you</span>}
            <p className="text-stone-600">{project.description}</p>
          </li>
        ))}
      </ul>
      {projects?.length === 0 && <p>None yet. What do you want to think about?</p>}
      <form onSubmit={create.onSubmit} className="space-y-3">
        <input className="field" name="title" placeholder="Title" aria-label="Title" required maxLength={255} />
        <textarea
          className="field"
          name="description"
          placeholder="What it is about"
          aria-label="What it is about"
          maxLength={2000}
        />
        {create.problem && <p role="alert" className="text-red-700">{create.problem}</p>}
        <button className="button" disabled={create.busy}>New project</button>
      </form>
    </div>
  );
}
