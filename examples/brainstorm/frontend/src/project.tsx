import { useEffect, useState } from 'react';
import { Link, useParams } from 'react-router';
import type { Api, Idea, Project } from './api';
import { follow, withIdea } from './live';
import { text, useSubmit } from './use-submit';

export function ProjectPage({ api }: { api: Api }) {
  const { id = '' } = useParams();
  const [project, setProject] = useState<Project>();
  const [ideas, setIdeas] = useState<Idea[]>([]);
  const [live, setLive] = useState(false);
  const [problem, setProblem] = useState<string>();
  const put = (idea: Idea) => setIdeas((known) => withIdea(known, idea));

  const add = useSubmit(async (fields) => put(await api.addIdea(id, text(fields, 'content'))));
  const suggest = useSubmit(async () => (await api.suggest(id)).forEach(put));
  const invite = useSubmit((fields) => api.invite(id, text(fields, 'email')));
  const vote = (idea: Idea) => void api.vote(idea.id).then(put, (error: Error) => setProblem(error.message));

  useEffect(() => {
    // Told while a list was on its way: it may be older than them.
    let meanwhile: Idea[] = [];
    const told = (idea: Idea) => {
      meanwhile.push(idea);
      setIdeas((known) => withIdea(known, idea));
    };
    const load = async () => {
      meanwhile = [];
      const list = await api.ideas(id);
      setIdeas(meanwhile.reduce(withIdea, list));
    };
    const failed = (error: Error) => setProblem(error.message);
    api.project(id).then(setProject, failed);
    load().catch(failed);
    const joined = () => {
      setLive(true);
      load().catch(failed);
    };
    return follow(api, id, { told, joined, lost: () => setLive(false) });
  }, [api, id]);

  return (
    <div className="space-y-6">
      <p><Link className="link" to="/">Projects</Link></p>
      <header>
        <h2 className="text-2xl font-bold">{project?.title}</h2>
        <p className="text-stone-600">{project?.description}</p>
        <p className="text-sm text-stone-500">{live ? 'Live' : 'Connecting…'}</p>
      </header>
      {[problem, add.problem, suggest.problem, invite.problem].filter(Boolean).map((text) => (
        <p key={text} role="alert" className="text-red-700">{text}</p>
      ))}
      <form onSubmit={add.onSubmit} className="flex gap-2">
        <input className="field" name="content" placeholder="An idea" aria-label="An idea" required maxLength={2000} />
        <button className="button" disabled={add.busy}>Add</button>
      </form>
      <button className="button" disabled={suggest.busy} onClick={suggest.onClick}>
        {suggest.busy ? 'Thinking…' : 'Suggest some'}
      </button>
      <ul className="space-y-2">
        {ideas.map((idea) => (
          <li key={idea.id} className="flex items-center justify-between rounded border border-stone-200 bg-white p-3">
            <span>
              {idea.content} <span className="text-sm text-stone-500">{idea.author ?? 'Claude'}</span>
            </span>
            <button className="link" aria-label={`Vote for ${idea.content}`} onClick={() => vote(idea)}>
              ▲ {idea.votes}
            </button>
          </li>
        ))}
      </ul>
      {project?.owned && (
        <form onSubmit={invite.onSubmit} className="flex gap-2">
          <input className="field" name="email" type="email" placeholder="Email" aria-label="Email" required />
          <button className="button" disabled={invite.busy}>Invite</button>
        </form>
      )}
    </div>
  );
}
