//! Services and libraries in TypeScript.

use super::repository::{Random, Writer};
use crate::Failure;

/// What a service is made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Express,
    Fastify,
    Nest,
    Worker,
    Next,
    Vite,
}

/// Things that a business has.
const NOUNS: [&str; 24] = [
    "account", "address", "basket", "batch", "carrier", "coupon", "customer", "discount", "document",
    "event", "invoice", "item", "ledger", "message", "order", "parcel", "payment", "price", "product",
    "refund", "session", "stock", "tax", "user",
];

/// A package that services share.
pub(super) fn library(writer: &mut Writer, number: usize) -> Result<(), Failure> {
    let at = format!("packages/lib-{number}");
    let json = format!(
        "{{\n  \"name\": \"@mono/lib-{number}\",\n  \"version\": \"1.0.0\",\n  \"main\": \"dist/index.js\",\n  \
         \"scripts\": {{ \"build\": \"tsc\" }}\n}}\n"
    );
    writer.file(&format!("{at}/package.json"), &json)?;
    writer.file(&format!("{at}/tsconfig.json"), TSCONFIG)?;
    let names = &NOUNS[..14];
    let exports: String = names.iter().map(|noun| format!("export * from './{noun}';\n")).collect();
    writer.file(&format!("{at}/src/index.ts"), &exports)?;
    for noun in names {
        let text = module(&writer.random, noun, "", 5);
        writer.file(&format!("{at}/src/{noun}.ts"), &text)?;
    }
    Ok(())
}

/// A service.
pub(super) fn service(writer: &mut Writer, name: &str, kind: Kind) -> Result<(), Failure> {
    let at = format!("services/{name}");
    writer.file(&format!("{at}/package.json"), &package(name, kind))?;
    writer.file(&format!("{at}/tsconfig.json"), TSCONFIG)?;
    writer.file(
        &format!("{at}/.env.example"),
        &format!("PORT=3000\nDATABASE_URL=postgresql://localhost/{name}\nREDIS_URL=\n"),
    )?;
    match kind {
        Kind::Next => pages(writer, &at, true),
        Kind::Vite => pages(writer, &at, false),
        Kind::Nest => {
            writer.file(&format!("{at}/nest-cli.json"), "{ \"sourceRoot\": \"src\" }\n")?;
            writer.file(&format!("{at}/src/main.ts"), NEST)?;
            back_end(writer, &at, name)
        }
        Kind::Express => {
            writer.file(&format!("{at}/src/index.ts"), EXPRESS)?;
            writer.file(&format!("{at}/Dockerfile"), DOCKERFILE)?;
            back_end(writer, &at, name)
        }
        Kind::Fastify => {
            writer.file(&format!("{at}/src/index.ts"), FASTIFY)?;
            back_end(writer, &at, name)
        }
        Kind::Worker => {
            writer.file(&format!("{at}/src/index.ts"), WORKER)?;
            back_end(writer, &at, name)
        }
    }
}

fn back_end(writer: &mut Writer, at: &str, name: &str) -> Result<(), Failure> {
    writer.file(&format!("{at}/src/config.ts"), &config(name))?;
    writer.file(&format!("{at}/prisma/schema.prisma"), SCHEMA)?;
    for number in 0..6 {
        let sql = format!("ALTER TABLE \"Order\" ADD COLUMN \"field_{number}\" TEXT;\n");
        writer.file(&format!("{at}/prisma/migrations/2024010{number}000000_step/migration.sql"), &sql)?;
    }
    for (place, noun) in NOUNS.iter().enumerate() {
        let folder = format!("{at}/src/modules/{noun}");
        let other = NOUNS[(place + 1) % NOUNS.len()];
        for part in ["controller", "service", "repository", "types", "errors"] {
            // One module in a dozen reads the environment by itself.
            let variable = if part == "service" && place % 3 == 0 { noun } else { "" };
            let mut text = format!("import {{ find{} }} from '../{other}/{other}.types';\n", capital(other));
            text.push_str("import { config } from '../../config';\n");
            text.push_str(&module(&writer.random, noun, variable, 4));
            writer.file(&format!("{folder}/{noun}.{part}.ts"), &text)?;
        }
        let test = module(&writer.random, noun, "", 3);
        writer.file(&format!("{folder}/{noun}.service.test.ts"), &test)?;
    }
    Ok(())
}

fn pages(writer: &mut Writer, at: &str, next: bool) -> Result<(), Failure> {
    if next {
        writer.file(&format!("{at}/next.config.mjs"), "export default { output: 'standalone' };\n")?;
        writer.file(
            &format!("{at}/app/layout.tsx"),
            &component(&writer.random, "layout", "NEXT_PUBLIC_SITE_URL"),
        )?;
        writer.file(&format!("{at}/app/page.tsx"), &component(&writer.random, "page", "API_URL"))?;
    } else {
        writer.file(&format!("{at}/vite.config.ts"), VITE)?;
        writer.file(
            &format!("{at}/index.html"),
            "<div id=\"root\"></div><script type=\"module\" src=\"/src/main.tsx\"></script>\n",
        )?;
        let main = "import { App } from './App';\nconsole.log(import.meta.env.VITE_API_URL, App);\n";
        writer.file(&format!("{at}/src/main.tsx"), main)?;
        writer.file(&format!("{at}/src/App.tsx"), &component(&writer.random, "app", ""))?;
    }
    for noun in NOUNS {
        for part in ["List", "Form", "Detail"] {
            let (name, folder) = (format!("{}{part}", capital(noun)), format!("{at}/src/components/{noun}"));
            writer.file(&format!("{folder}/{name}.tsx"), &component(&writer.random, noun, ""))?;
            writer.file(
                &format!("{folder}/{name}.module.css"),
                &".row { display: flex; gap: 4px; }\n".repeat(12),
            )?;
        }
        let page = component(&writer.random, noun, if next { "NEXT_PUBLIC_API_URL" } else { "" });
        writer.file(&format!("{at}/{}/{noun}/page.tsx", if next { "app" } else { "src/pages" }), &page)?;
    }
    Ok(())
}

/// A module with functions and types, which reads a variable if one is given.
fn module(random: &Random, noun: &str, variable: &str, functions: usize) -> String {
    let class = capital(noun);
    let mut text = String::new();
    if !variable.is_empty() {
        text.push_str(&format!(
            "const limit = Number(process.env.{0}_LIMIT ?? 100);\nconst key = process.env['{0}_KEY'];\n\n",
            variable.to_uppercase()
        ));
    }
    text.push_str(&format!(
        "/** What is known of one {noun}. */\nexport interface {class} {{\n  id: string;\n  created: Date;\n  total: number;\n  \
         tags?: readonly string[];\n}}\n\n"
    ));
    for _ in 0..functions + random.below(3) {
        let verb = random.of(&["find", "create", "update", "remove", "archive", "count"]);
        let (first, second) = (random.of(&NOUNS), random.of(&NOUNS));
        text.push_str(&format!(
            "/**\n * Does what has to be done to {verb} a {noun}, with its {first} and its {second}.\n */\n\
             export async function {verb}{class}(id: string, {first}: Map<string, {class}>): Promise<{class} | undefined> {{\n  \
             const found = {first}.get(id);\n  if (!found) {{\n    throw new Error(`no {noun} ${{id}} in {second}`);\n  }}\n  \
             const {second}s = [...{first}.values()].filter((each) => each.total > 0 && each.id !== id);\n  \
             const total = {second}s.reduce((sum, each) => sum + each.total * 1.19, 0);\n  \
             if (total > {limit}) {{\n    console.log('large {noun}', {{ id, total, count: {second}s.length }});\n  }}\n  \
             return {{ ...found, total: Math.round(total * 100) / 100, tags: ['{verb}', '{second}'] }};\n}}\n\n",
            limit = random.below(10_000),
        ));
    }
    text
}

fn component(random: &Random, noun: &str, variable: &str) -> String {
    let class = capital(noun);
    let mut text = String::from("import { useState } from 'react';\n\n");
    if !variable.is_empty() {
        text.push_str(&format!("const base = process.env.{variable};\n\n"));
    }
    text.push_str(&format!(
        "type Props = {{ title: string; rows: {{ id: string; name: string; total: number }}[] }};\n\n\
         export default function {class}({{ title, rows }}: Props) {{\n  const [open, setOpen] = useState(false);\n  \
         const shown = rows.filter((row) => row.total > {});\n  return (\n    <section className=\"panel\">\n",
        random.below(1000)
    ));
    for line in 0..6 + random.below(10) {
        let other = random.of(&NOUNS);
        text.push_str(&format!(
            "      <div className=\"row\" key=\"{line}\" onClick={{() => setOpen(!open)}}>\n        <h3>{{title}} {other}</h3>\n        \
             {{shown.map((row) => <span key={{row.id}}>{{row.name}}: {{row.total.toFixed(2)}}</span>)}}\n      </div>\n"
        ));
    }
    text.push_str("    </section>\n  );\n}\n");
    text
}

fn config(name: &str) -> String {
    format!(
        "import {{ z }} from 'zod';\n\nconst schema = z.object({{\n  PORT: z.coerce.number().default(3000),\n  \
         DATABASE_URL: z.string().url(),\n  REDIS_URL: z.string().optional(),\n  JWT_SECRET: z.string().min(32),\n  \
         LOG_LEVEL: z.enum(['debug', 'info', 'warn']).default('info'),\n  {}_API_KEY: z.string(),\n}});\n\n\
         export const config = schema.parse(process.env);\n",
        name.replace('-', "_").to_uppercase()
    )
}

fn package(name: &str, kind: Kind) -> String {
    let (scripts, dependencies) = match kind {
        Kind::Next => (
            "\"dev\": \"next dev\", \"build\": \"next build\", \"start\": \"next start\"",
            "\"next\": \"14.2.0\", \"react\": \"18.3.1\", \"react-dom\": \"18.3.1\"",
        ),
        Kind::Vite => (
            "\"dev\": \"vite\", \"build\": \"tsc && vite build\", \"preview\": \"vite preview\"",
            "\"react\": \"18.3.1\", \"vite\": \"^5.4.0\", \"@vitejs/plugin-react\": \"^4.3.0\"",
        ),
        Kind::Nest => (
            "\"build\": \"nest build\", \"start:prod\": \"node dist/main\"",
            "\"@nestjs/core\": \"^10.4.0\", \"@nestjs/common\": \"^10.4.0\", \"@nestjs/cli\": \"^10.4.0\", \"@prisma/client\": \"^5.20.0\"",
        ),
        Kind::Fastify => (
            "\"build\": \"tsc\", \"start\": \"node dist/index.js\"",
            "\"fastify\": \"^4.28.0\", \"zod\": \"^3.23.0\", \"@prisma/client\": \"^5.20.0\"",
        ),
        Kind::Worker => (
            "\"build\": \"tsc\", \"start\": \"node dist/index.js\"",
            "\"bullmq\": \"^5.13.0\", \"zod\": \"^3.23.0\", \"@prisma/client\": \"^5.20.0\"",
        ),
        Kind::Express => (
            "\"dev\": \"tsx watch src/index.ts\", \"build\": \"tsc\", \"start\": \"node dist/index.js\"",
            "\"express\": \"^4.21.0\", \"zod\": \"^3.23.0\", \"ioredis\": \"^5.4.0\", \"@prisma/client\": \"^5.20.0\"",
        ),
    };
    format!(
        "{{\n  \"name\": \"@mono/{name}\",\n  \"version\": \"1.0.0\",\n  \"private\": true,\n  \"scripts\": {{ {scripts} }},\n  \
         \"dependencies\": {{ {dependencies}, \"@mono/lib-1\": \"*\" }},\n  \"devDependencies\": {{ \"typescript\": \"^5.6.0\" }}\n}}\n"
    )
}

fn capital(noun: &str) -> String {
    let (first, rest) = noun.split_at(1);
    first.to_uppercase() + rest
}

const TSCONFIG: &str = "{\n  \"extends\": \"../../tsconfig.base.json\",\n  \"compilerOptions\": { \"outDir\": \"dist\", \"rootDir\": \"src\", \"module\": \"commonjs\" },\n  \"include\": [\"src\"]\n}\n";
const VITE: &str = "import { defineConfig } from 'vite';\nimport react from '@vitejs/plugin-react';\nexport default defineConfig({ plugins: [react()] });\n";
const SCHEMA: &str = "datasource db {\n  provider = \"postgresql\"\n  url      = env(\"DATABASE_URL\")\n}\n\nmodel Order {\n  id String @id\n}\n";
const DOCKERFILE: &str = "FROM node:20-alpine\nWORKDIR /app\nCOPY . .\nRUN npm ci && npm run build\nEXPOSE 3000\nCMD [\"node\", \"dist/index.js\"]\n";
const EXPRESS: &str = "import express from 'express';\nimport { config } from './config';\nimport { findOrder } from './modules/order/order.service';\n\nconst app = express();\napp.get('/health', (request, response) => response.json({ status: 'ok' }));\napp.get('/orders/:id', async (request, response) => response.json(await findOrder(request.params.id, new Map())));\napp.listen(config.PORT);\n";
const FASTIFY: &str = "import Fastify from 'fastify';\nimport { config } from './config';\nimport { findPayment } from './modules/payment/payment.service';\n\nconst app = Fastify();\napp.get('/health', async () => ({ status: 'ok' }));\napp.get('/payments', async () => findPayment('1', new Map()));\napp.listen({ port: config.PORT, host: '0.0.0.0' });\n";
const NEST: &str = "import { NestFactory } from '@nestjs/core';\nimport { config } from './config';\n\nasync function bootstrap() {\n  const app = await NestFactory.create({} as never);\n  await app.listen(process.env.PORT ?? config.PORT);\n}\nvoid bootstrap();\n";
const WORKER: &str = "import { Worker } from 'bullmq';\nimport { config } from './config';\nimport { findMessage } from './modules/message/message.service';\n\nnew Worker('messages', async (job) => findMessage(job.id ?? '', new Map()), { connection: { url: config.REDIS_URL } });\n";
