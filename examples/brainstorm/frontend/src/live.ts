import type { Api, Idea } from './api';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
// The server's own code for a token it does not know.
const REFUSED = 4401;

export interface Follower {
  /** Someone had an idea. */
  told(idea: Idea): void;
  /** Listening, perhaps again: ideas may have been missed before. */
  joined(): void;
  lost(): void;
}

interface Message {
  type: 'joined' | 'refresh' | 'idea';
  idea?: Idea;
}

/** Follows a project over a WebSocket and comes back whenever the server goes, as in every deploy. Returns what ends it. */
export function follow(api: Api, projectId: string, follower: Follower): () => void {
  let socket: WebSocket | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let pause = FIRST_PAUSE_MS;
  let ended = false;

  function connect(): void {
    const { address, greeting } = api.live(projectId);
    const current = new WebSocket(address);
    socket = current;
    current.onopen = () => current.send(greeting);
    current.onmessage = ({ data }) => {
      const message = JSON.parse(String(data)) as Message;
      if (message.type === 'idea' && message.idea) return follower.told(message.idea);
      pause = FIRST_PAUSE_MS;
      follower.joined();
    };
    current.onclose = ({ code }) => {
      if (ended) return;
      follower.lost();
      timer = setTimeout(() => {
        if (code === REFUSED) void api.renew().then((signedIn) => signedIn && !ended && connect());
        else connect();
      }, pause);
      pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
    };
  }

  connect();
  return () => {
    ended = true;
    clearTimeout(timer);
    socket?.close();
  };
}

/** With a new or changed idea, the newest first. */
export function withIdea(ideas: Idea[], idea: Idea): Idea[] {
  const known = ideas.some(({ id }) => id === idea.id);
  return known ? ideas.map((other) => (other.id === idea.id ? idea : other)) : [idea, ...ideas];
}
