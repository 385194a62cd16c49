//! Where keys that others issue come from, by the beginning of their variable's name.

const ORIGINS: &[(&str, &str)] = &[
    ("STRIPE_WEBHOOK", "Stripe dashboard, Developers, Webhooks, the endpoint's signing secret"),
    ("STRIPE", "Stripe dashboard, Developers, API keys (https://dashboard.stripe.com/apikeys)"),
    ("SENDGRID", "SendGrid, Settings, API Keys (https://app.sendgrid.com/settings/api_keys)"),
    ("RESEND", "Resend, API Keys (https://resend.com/api-keys)"),
    ("MAILGUN", "Mailgun, API Security (https://app.mailgun.com/settings/api_security)"),
    ("POSTMARK", "Postmark, the server's API Tokens"),
    ("CLAUDE", "Anthropic console, API keys (https://console.anthropic.com/settings/keys)"),
    ("ANTHROPIC", "Anthropic console, API keys (https://console.anthropic.com/settings/keys)"),
    ("OPENAI", "OpenAI platform, API keys (https://platform.openai.com/api-keys)"),
    ("GEMINI", "Google AI Studio, API keys (https://aistudio.google.com/apikey)"),
    ("SENTRY_AUTH", "Sentry, Settings, Auth Tokens"),
    ("SENTRY", "Sentry, the project's Settings, Client Keys (DSN)"),
    ("NEXT_PUBLIC_SENTRY", "Sentry, the project's Settings, Client Keys (DSN)"),
    ("AWS_", "AWS console, IAM, a user or role for this application alone"),
    ("NPM_", "a token of the registry of packages, which may only read"),
    ("POETRY_HTTP_BASIC", "an account at the index of packages, which may only read"),
    ("UV_INDEX", "an account at the index of packages, which may only read"),
    ("S3_", "the provider of the bucket: an access key for this bucket alone"),
    ("CLOUDINARY", "Cloudinary console, Settings, API Keys"),
    ("GITHUB", "GitHub, Settings, Developer settings"),
    ("GOOGLE", "Google Cloud console, APIs & Services, Credentials"),
    ("FACEBOOK", "Meta for Developers, the app's Settings, Basic"),
    ("TWILIO", "Twilio console, Account, API keys & tokens"),
    ("SLACK", "Slack API, the app's Basic Information (https://api.slack.com/apps)"),
    ("SMTP", "the mail provider's SMTP settings"),
    ("MAIL", "the mail provider's SMTP settings"),
    ("EMAIL_", "the mail provider's SMTP settings"),
    ("CLERK", "Clerk dashboard, API Keys"),
    ("SUPABASE", "Supabase dashboard, Project Settings, API"),
    ("FIREBASE", "Firebase console, Project settings"),
    ("PAYPAL", "PayPal Developer, Apps & Credentials"),
    ("VERCEL", "Vercel, Account Settings, Tokens"),
    ("RAILWAY", "Railway, the project's Settings, Tokens"),
];

/// Where the value of a variable is to be had, when somebody else issues it.
pub(super) fn of(name: &str) -> Option<&'static str> {
    ORIGINS.iter().find(|(beginning, _)| name.starts_with(beginning)).map(|(_, origin)| *origin)
}
