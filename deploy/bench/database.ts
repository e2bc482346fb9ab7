import postgres from "postgres";

/** A database of its own on a server; disposing drops it. */
export async function makeDatabase(serverUrl: string): Promise<AsyncDisposable & { url: string }> {
  const admin = postgres(serverUrl, { max: 1, onnotice: () => {} });
  const name = `bench_${crypto.randomUUID().replaceAll("-", "")}`;
  await admin.unsafe(`create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    async [Symbol.asyncDispose]() {
      // A pool that has ended may still be saying goodbye; one that is cut off throws where nobody catches.
      for (let tries = 0; tries < 50; tries++) {
        const [open] = await admin`select 1 from pg_stat_activity where datname = ${name}`;
        if (!open) break;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      await admin.unsafe(`drop database if exists ${name} with (force)`);
      await admin.end();
    },
  };
}
