import type { EmailConfig } from '../config.js';
import type { Logger } from './logger.js';

const TIMEOUT_MS = 5_000;

export interface Message {
  to: string;
  subject: string;
  text: string;
}

/** Mail through SendGrid. Nothing that a user does fails because a message could not be sent. */
export class Mail {
  constructor(private readonly config: EmailConfig | undefined) {}

  /** https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send */
  async send(message: Message, log: Logger): Promise<void> {
    if (!this.config) return;
    try {
      const response = await fetch(new URL('/v3/mail/send', this.config.apiBase), {
        method: 'POST',
        headers: { Authorization: `Bearer ${this.config.apiKey}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({
          personalizations: [{ to: [{ email: message.to }] }],
          from: { email: this.config.from },
          subject: message.subject,
          content: [{ type: 'text/plain', value: message.text }],
        }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (!response.ok) throw new Error(`SendGrid answered ${response.status}`);
    } catch (error) {
      log.error({ err: error, subject: message.subject }, 'mail was not sent');
    }
  }
}
