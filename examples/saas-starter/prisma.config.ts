// How the Prisma command line reaches the database. It runs in JavaScript (`engine: "js"`), so `prisma generate`,
// `migrate deploy` and `migrate status` work without downloading Prisma's native engines.
import { config } from "dotenv";
import { defineConfig } from "prisma/config";
import { PrismaPg } from "@prisma/adapter-pg";

config({ quiet: true });

// `prisma generate` needs no database. But Prisma reads the engine type from the schema only when the variable its
// datasource names exists, and would otherwise look for a native engine; so a name that leads nowhere stands in.
const databaseUrl = process.env.DATABASE_URL;
process.env.DATABASE_URL ||= "postgresql://unset.invalid/unset";

// The adapter does not know the catalog types "char" and name, which the migration engine reads. Both arrive as text.
const TEXT = 25;
const CATALOG_TYPES = new Map([[18, TEXT], [19, TEXT]]);

// The migration engine allows itself ten seconds to take its lock and never cancels that timer, so every finished
// `migrate deploy` would linger. A timer still fires while a query waits, but no longer keeps the process alive alone.
function releaseTimers() {
  const start: any = globalThis.setTimeout;
  globalThis.setTimeout = ((...args: unknown[]) => start(...args).unref()) as any;
}

class MigrationAdapter extends PrismaPg {
  async connect(): Promise<any> {
    releaseTimers();
    const connection: any = await super.connect();

    const performIO = connection.performIO.bind(connection);
    connection.performIO = async (query: unknown) => {
      const result = await performIO(query);
      for (const field of result.fields) {
        field.dataTypeID = CATALOG_TYPES.get(field.dataTypeID) ?? field.dataTypeID;
      }
      return result;
    };

    // The adapter would cut a migration at every ";", which breaks function bodies and leaves a failed migration half
    // applied. Sent whole, PostgreSQL runs it as one transaction, as Prisma's native engine does.
    connection.executeScript = async (script: string) => {
      try {
        await connection.underlyingDriver().query(script);
      } catch (error) {
        connection.onError(error);
      }
    };

    return connection;
  }
}

export default defineConfig({
  schema: "prisma/schema.prisma",
  migrations: { path: "prisma/migrations" },
  experimental: { adapter: true },
  engine: "js",
  adapter: async () => {
    if (!databaseUrl) throw new Error("DATABASE_URL is not set; this command needs a database.");
    // One connection, because the lock that keeps two deployments apart belongs to a connection. The command line never
    // closes it, hence allowExitOnIdle.
    return new MigrationAdapter({ connectionString: databaseUrl, max: 1, allowExitOnIdle: true });
  },
});
